use serde_json::{Value, json};

use super::{at, compile, key, policy, upload};
use crate::detect::{NewUpload, Policy, Verdict};

const ISSUER: &str = "/userIdentity/sessionContext/sessionIssuer/arn";

fn team_of(policy: &Policy, changes: &[(&str, Value)]) -> Option<String> {
    policy.judge(&upload(changes)).hours.team().map(str::to_owned)
}

#[test]
fn the_first_team_that_matches_decides_and_the_policy_judges_the_rest() {
    let policy = policy(json!({"teams": [
        {"name": "tokyo", "match": {"principals": ["arn:aws:iam::*:role/tokyo-*"]}},
        {"name": "web", "match": {"repositories": ["web/*"], "accounts": ["111122223333", "444455556666"]}},
        {"name": "all-of-prod", "match": {"repositories": ["prod/*", "web/*"]}},
    ]}));
    let tokyo = (ISSUER, json!("arn:aws:iam::111122223333:role/tokyo-ci"));
    let web = ("/requestParameters/repositoryName", json!("web/shop"));
    let lab = ("/requestParameters/repositoryName", json!("lab/x"));
    let elsewhere = ("/requestParameters/registryId", json!("999900001111"));
    for (changes, expected) in [
        (vec![], Some("all-of-prod")),
        (vec![tokyo.clone()], Some("tokyo")),
        (vec![tokyo, web.clone()], Some("tokyo")),
        (vec![web.clone()], Some("web")),
        (vec![web, elsewhere], Some("all-of-prod")),
        (vec![lab], None),
    ] {
        assert_eq!(team_of(&policy, &changes).as_deref(), expected, "{changes:?}");
    }
}

#[test]
fn a_team_is_matched_by_its_role_never_by_the_session_that_the_caller_names() {
    let policy = policy(json!({"teams": [{"name": "tokyo", "match": {"principals": ["*tokyo*"]}}]}));
    let session = ("/userIdentity/arn", json!("arn:aws:sts::111122223333:assumed-role/release/tokyo"));
    assert_eq!(team_of(&policy, &[session]), None);
}

#[test]
fn what_a_team_leaves_out_is_the_policys() {
    let base = json!({
        "timeZone": "Europe/Berlin",
        "businessHours": [{"days": ["Mon", "Tue", "Wed", "Thu", "Fri"], "start": "08:00", "end": "18:00"}],
        "holidays": {"dates": [{"date": "2026-11-18", "name": "Founding day"}]},
    });
    let with_team = |team: Value| {
        let mut spec = base.clone();
        let mut full = json!({"name": "prod", "match": {"repositories": ["prod/*"]}});
        full.as_object_mut().unwrap().extend(team.as_object().unwrap().clone());
        spec["teams"] = json!([full]);
        policy(spec)
    };
    // 10:00 in Berlin, 18:00 in Tokyo, on the holiday and on the day after.
    let (holiday, day_after) = (at("2026-11-18T09:00:00Z"), at("2026-11-19T09:00:00Z"));
    let tokyo = json!({"timeZone": "Asia/Tokyo"});
    let around_the_clock = json!({"businessHours": [{"days": ["Wed", "Thu"], "start": "00:00", "end": "24:00"}]});
    let no_holidays = json!({"holidays": {}});
    let freeze = json!({"businessHours": []});
    for (team, on_holiday, after) in [
        (json!({}), "OffHours(Holiday)", "BusinessHours"),
        (tokyo, "OffHours(Holiday)", "OffHours(OutsideHours)"),
        (around_the_clock, "OffHours(Holiday)", "BusinessHours"),
        (no_holidays, "BusinessHours", "BusinessHours"),
        (freeze, "OffHours(Freeze)", "OffHours(Freeze)"),
    ] {
        let policy = with_team(team.clone());
        let verdict = |time| super::verdict(&policy, &upload(&[time]));
        assert_eq!(
            (verdict(holiday.clone()).as_str(), verdict(day_after.clone()).as_str()),
            (on_holiday, after),
            "{team}"
        );
    }
}

#[test]
fn the_finding_names_the_team_and_counts_by_its_clock() {
    let policy = policy(json!({"teams": [{
        "name": "tokyo", "match": {"repositories": ["prod/*"]}, "timeZone": "Asia/Tokyo",
    }]}));
    let upload = upload(&[at("2026-11-20T18:12:07Z")]);
    let spec = key(&policy, &upload).spec(1);
    assert_eq!(spec.team.as_deref(), Some("tokyo"));
    assert_eq!((spec.time_zone.as_str(), spec.date.to_string().as_str()), ("Asia/Tokyo", "2026-11-20"));
    let object = key(&policy, &upload).object(1);
    assert_eq!(object.metadata.labels.unwrap()["offhours.dev/team"], "tokyo");

    let judgement = policy.judge(&upload);
    let Verdict::OffHours(reason) = judgement.verdict else { panic!("{judgement:?}") };
    assert_eq!(
        NewUpload::new(&policy, &upload, &judgement, reason).message(),
        "arn:aws:iam::111122223333:role/ci/release pushed prod/api:v1.2 at Sat 2026-11-21 03:12:07 +09:00 (Asia/Tokyo); \
         business hours of tokyo are Mon-Fri 08:00-20:00"
    );
}

#[test]
fn a_team_that_matches_everything_or_has_a_wrong_zone_is_refused_with_its_place() {
    let team = |field: &str, value: Value| {
        let mut team = json!({"name": "prod", "match": {"repositories": ["prod/*"]}});
        team[field] = value;
        compile(json!({"teams": [{"name": "first", "match": {"accounts": ["111122223333"]}}, team]}))
            .unwrap_err()
            .to_string()
    };
    assert!(team("match", json!({})).starts_with("spec.teams[1].match: a team must match something"));
    assert!(team("timeZone", json!("Mars/Olympus")).starts_with("spec.teams[1].timeZone: there is no time zone"));
    let window = json!([{"days": [], "start": "08:00", "end": "09:00"}]);
    assert!(
        team("businessHours", window).starts_with("spec.teams[1].businessHours[0]: a window needs at least one day")
    );
}
