//! Whose hours count: teams, holidays from ConfigMaps, and allow rules, as the controller applies them.

use std::collections::BTreeSet;

use chrono::{Days, TimeDelta, Utc};
use offhours::api::{OffHoursReason, OffHoursUpload};

use crate::installation::{
    ACCOUNT, DEADLINE, Installation, REGION, assert_each_reported_once, fast_source, freeze, policy,
};
use crate::rig::fake_cloudtrail::{Principal, PutImage};
use crate::rig::{ControlPlaneOptions, FakeCloudTrail, Progress, wait_for};

/// Every minute is business time, unless something else says otherwise.
const ALWAYS_OPEN: &str =
    r#"businessHours: [{days: [Mon, Tue, Wed, Thu, Fri, Sat, Sun], start: "00:00", end: "24:00"}]"#;

async fn start(fake: &FakeCloudTrail) -> Installation {
    let aws = fake.caller(ACCOUNT, REGION);
    Installation::start_with(ControlPlaneOptions::default(), &aws, &fast_source(), &[]).await
}

fn recent(repository: &str) -> PutImage {
    PutImage::new(repository, Utc::now() - TimeDelta::minutes(1))
}

#[tokio::test]
async fn the_hours_of_the_team_decide_and_the_team_is_named_everywhere() {
    let fake = FakeCloudTrail::start(21);
    let installation = start(&fake).await;
    let tokyo = recent("prod/api").by(Principal::role("tokyo-release", "run-1"));
    let berlin = recent("prod/api").by(Principal::role("berlin-release", "run-1"));
    let tokyo_id = tokyo.id();
    fake.push_all([tokyo, berlin]);
    let teams = r#"teams: [
        {name: tokyo, match: {principals: ["arn:aws:iam::*:role/tokyo-*"]}, timeZone: Asia/Tokyo, businessHours: []},
        {name: berlin, match: {principals: ["arn:aws:iam::*:role/berlin-*"]}, timeZone: Europe/Berlin},
    ]"#
    .replace('\n', " ");
    installation.apply(&policy("production", &format!("{ALWAYS_OPEN}, {teams}"))).await;
    installation.wait_until_applied("production").await;

    let findings = installation.findings().await;
    assert_each_reported_once(&findings, [tokyo_id]);
    let spec = &findings[0].spec;
    assert_eq!((spec.team.as_deref(), spec.time_zone.as_str()), (Some("tokyo"), "Asia/Tokyo"));
    let kubectl = installation.control_plane.kubectl();
    let selected = kubectl.run(&["get", "ohu", "-l", "offhours.dev/team=tokyo", "-o", "name"]).expect_success();
    assert_eq!(selected.lines().count(), 1);
    let wide = kubectl.run(&["get", "ohu", "-o", "wide"]).expect_success();
    assert!(wide.contains(" tokyo "), "{wide}");
    let name = findings[0].metadata.name.clone().unwrap();
    let event =
        wait_for("an Event", DEADLINE, async || installation.events_about(&name).await.into_iter().next()).await;
    let note = event.note.unwrap();
    assert!(note.starts_with("1 push by role/tokyo-release to prod/api, "), "{note}");
    assert!(note.ends_with(": outside business hours; there are no business hours of tokyo"), "{note}");
    let metric = r#"offhours_uploads_reported_total{namespace="default",policy="production",team="tokyo"}"#;
    assert_eq!(installation.metric(metric).await, 1.0);
}

/// The ConfigMap `holidays` with a calendar of these events: a name, the value of DTSTART, and how many days.
fn calendar(label: &str, events: &[(&str, &str, u64)]) -> String {
    let mut lines = vec!["BEGIN:VCALENDAR".to_owned(), "VERSION:2.0".to_owned(), "PRODID:test".to_owned()];
    for (name, start, days) in events {
        let event =
            format!("BEGIN:VEVENT|UID:{name}|DTSTART;VALUE=DATE:{start}|DURATION:P{days}D|SUMMARY:{name}|END:VEVENT");
        lines.extend(event.split('|').map(str::to_owned));
    }
    lines.push("END:VCALENDAR".to_owned());
    let text: String = lines.iter().map(|line| format!("    {line}\n")).collect();
    format!(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: holidays\n  namespace: default\n  labels: {{{label}}}\n\
         data:\n  company.ics: |\n{text}"
    )
}

/// The date so many days ago, in UTC, as iCalendar writes it.
fn days_ago(days: u64) -> String {
    (Utc::now().date_naive() - Days::new(days)).format("%Y%m%d").to_string()
}

#[tokio::test]
async fn a_calendar_in_a_config_map_is_followed_and_a_broken_one_is_told_with_its_line() {
    let fake = FakeCloudTrail::start(22);
    let installation = start(&fake).await;
    let kubectl = installation.control_plane.kubectl();
    let (push, earlier) = (recent("prod/api"), PutImage::new("prod/api", Utc::now() - TimeDelta::days(7)));
    let ids = [push.id(), earlier.id()];
    fake.push_all([push, earlier]);
    let holidays = "holidays: {calendars: [{configMap: holidays, key: company.ics}]}, lookback: 240h";
    installation.apply(&policy("production", &format!("{ALWAYS_OPEN}, {holidays}"))).await;
    let problem = async |words: &str| {
        let place = format!("spec.holidays.calendars[0] (ConfigMap holidays, key company.ics): {words}");
        wait_for(&format!("Ready to say: {words}"), DEADLINE, async || {
            let message = installation.wait_for_reason("eup", "production", "Ready", "InvalidHolidays").await;
            if message.contains(&place) { Progress::Done(()) } else { Progress::Waiting(message) }
        })
        .await;
    };
    let status = async || installation.policy("default", "production").await.status.unwrap();

    // Not there yet, or not labelled: the policy says so, and goes on with what it has.
    problem("not found: create the ConfigMap").await;
    let (around_today, retreat) = (days_ago(2), days_ago(9));
    let events = [("Company day", around_today.as_str(), 5)];
    installation.apply(&calendar("app: calendar", &events)).await;
    installation.wait_until_applied("production").await;
    installation.wait_for_polls("default", 1).await;
    assert!(installation.findings().await.is_empty(), "without the calendar every minute is business time");
    problem("not found: create the ConfigMap").await;

    // It comes, and is applied to the lookback at once.
    kubectl.run(&["label", "configmap", "holidays", "offhours.dev/calendar=true"]).expect_success();
    let findings = installation.wait_for_uploads(1).await;
    assert_each_reported_once(&findings, [ids[0].clone()]);
    let finding = findings[0].status.as_ref().unwrap();
    assert_eq!(finding.reason, OffHoursReason::Holiday);
    assert!(finding.message.ends_with("holiday: Company day"), "{}", finding.message);
    installation.wait_for_condition("eup", "production", "Ready", "True").await;
    installation.wait_until_applied("production").await;
    let data = status().await.calendar_data.unwrap();
    assert_eq!(data.time_zone_database, chrono_tz::IANA_TZDB_VERSION);
    assert_eq!((data.calendars.len(), data.calendars[0].entries, data.public_holidays), (1, 1, None));
    assert_eq!(status().await.off_hours_now, Some(true));

    // An edit with one more holiday and a broken one: what can be read counts, for the past too, and nothing twice.
    let events = [events[0], ("Retreat", retreat.as_str(), 4), ("Broken", "2026-12-24", 1)];
    installation.apply(&calendar("offhours.dev/calendar: 'true'", &events)).await;
    let findings = installation.wait_for_uploads(2).await;
    assert_each_reported_once(&findings, ids.clone());
    problem("line 18: ").await;
    let now = status().await;
    assert_eq!((now.calendar_data.unwrap().calendars[0].entries, now.off_hours_now), (2, Some(true)));
    let event = wait_for("an Event about it", DEADLINE, async || {
        let events = installation.events_about("production").await;
        events.into_iter().find(|event| event.reason.as_deref() == Some("InvalidHolidays"))
    });
    assert!(event.await.note.unwrap().contains("key company.ics): "));

    // What is no text, and what is gone. Findings are evidence, and stay.
    let binary = r#"[{"op": "remove", "path": "/data"}, {"op": "add", "path": "/binaryData", "value": {"company.ics": "/w=="}}]"#;
    kubectl.run(&["patch", "configmap", "holidays", "--type=json", "-p", binary]).expect_success();
    problem("the key holds binary data").await;
    assert_eq!(status().await.off_hours_now, Some(false));
    kubectl.run(&["delete", "configmap", "holidays"]).expect_success();
    problem("not found: create the ConfigMap").await;
    installation.wait_until_applied("production").await;
    assert_each_reported_once(&installation.findings().await, ids);
}

#[tokio::test]
async fn allow_rules_let_through_what_they_name_count_it_and_expire() {
    let fake = FakeCloudTrail::start(23);
    let mut installation = start(&fake).await;
    let nightly = recent("prod/api").tag("nightly-1");
    let other = recent("prod/api").tag("v1");
    let other_id = other.id();
    fake.push_all([nightly, other]);
    let later = |delta: TimeDelta| (Utc::now() + delta).to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let rules = format!(
        "allow: [{{name: nightly, reason: CHG-1, tags: ['nightly-*']}}, \
         {{name: unused, reason: CHG-2, tags: ['x'], expires: '{}'}}, \
         {{name: soon, reason: CHG-3, tags: ['y'], expires: '{}'}}, \
         {{name: later, reason: CHG-4, tags: ['z'], expires: '{}'}}, \
         {{name: gone, reason: CHG-5, tags: ['v*'], expires: '{}'}}]",
        later(TimeDelta::days(30)),
        later(TimeDelta::days(3)),
        later(TimeDelta::days(5)),
        later(TimeDelta::days(-1)),
    );
    installation.apply(&policy("production", &format!("businessHours: [], {rules}"))).await;
    installation.wait_until_applied("production").await;
    assert_each_reported_once(&installation.findings().await, [other_id.clone()]);
    wait_for_allowed(&installation, 1).await;
    let states = ["nightly Active 1", "unused Active 0", "soon Expiring 0", "later Expiring 0", "gone Expired 0"];
    assert_eq!(rule_states(&installation).await, states);
    let metric = r#"offhours_allow_rule_expiry_timestamp_seconds{namespace="default",policy="production",rule="soon"}"#;
    assert!(installation.metric(metric).await > Utc::now().timestamp() as f64);

    let wanted = ["AllowRuleExpired gone", "AllowRuleExpiring later", "AllowRuleExpiring soon"].map(str::to_owned);
    wait_for("an Event about each rule", DEADLINE, async || {
        let told = rule_events(&installation).await;
        if told == BTreeSet::from(wanted.clone()) { Progress::Done(()) } else { Progress::Waiting(format!("{told:?}")) }
    })
    .await;

    // An edit is applied to the past, where the rule has counted already.
    installation.apply(&policy("production", &format!("businessHours: [], severity: High, {rules}"))).await;
    installation.wait_until_applied("production").await;
    installation.wait_for_polls("default", 1).await;
    assert_eq!(rule_states(&installation).await, states);

    // The counts outlive a restart, which reads the same pushes again and tells nobody about the rules again.
    installation.controller.stop();
    let events = installation.events_about("production").await.len();
    installation.restart().await;
    installation.wait_for_polls("default", 2).await;
    let again = recent("prod/api").tag("nightly-2").at(Utc::now());
    fake.push(again);
    wait_for_allowed(&installation, 2).await;
    assert_each_reported_once(&installation.findings().await, [other_id]);
    assert_eq!(installation.events_about("production").await.len(), events);

    // A deleted policy leaves no metric behind.
    installation.control_plane.kubectl().run(&["delete", "eup", "production"]).expect_success();
    wait_for("the metric to go", DEADLINE, async || match installation.metric_exists(metric).await {
        true => Progress::Waiting("there".to_owned()),
        false => Progress::Done(()),
    })
    .await;

    // A rule expires by itself, also where nothing is read that would make the controller look.
    let kubectl = installation.control_plane.kubectl();
    kubectl.run(&["delete", "cts", "default"]).expect_success();
    let rule = format!("{{name: brief, reason: CHG-6, tags: ['v*'], expires: '{}'}}", later(TimeDelta::seconds(4)));
    installation.apply(&policy("production", &format!("businessHours: [], allow: [{rule}]"))).await;
    wait_for("the rule to expire", DEADLINE, async || {
        let rules = rule_states(&installation).await;
        if rules == ["brief Expired 0"] { Progress::Done(()) } else { Progress::Waiting(format!("{rules:?}")) }
    })
    .await;
}

/// The allow rules as the status of the policy tells them.
async fn rule_states(installation: &Installation) -> Vec<String> {
    let rules = installation.policy("default", "production").await.status.unwrap_or_default().allow_rules;
    rules.iter().map(|rule| format!("{} {:?} {}", rule.name, rule.state, rule.allowed)).collect()
}

/// The Events about allow rules: the reason, and the rule that the note names.
async fn rule_events(installation: &Installation) -> BTreeSet<String> {
    let events = installation.events_about("production").await.into_iter();
    let told = events.filter_map(|event| Some((event.reason?, event.note?)));
    told.filter_map(|(reason, note)| {
        let rule = note.strip_prefix("the allow rule ")?.split(' ').next()?;
        Some(format!("{reason} {rule}"))
    })
    .collect()
}

async fn wait_for_allowed(installation: &Installation, expected: i64) {
    wait_for(&format!("nightly to have let {expected} through"), DEADLINE, async || {
        let status = installation.policy("default", "production").await.status.unwrap_or_default();
        match status.allow_rules.iter().find(|rule| rule.name == "nightly").map(|rule| rule.allowed) {
            Some(allowed) if allowed == expected => Progress::Done(()),
            other => Progress::Waiting(format!("{other:?}")),
        }
    })
    .await;
}

#[tokio::test]
async fn a_rule_for_the_images_of_an_index_waits_for_the_index_and_other_policies_do_not() {
    let fake = FakeCloudTrail::start(24);
    let installation = start(&fake).await;
    installation.apply(&freeze("prompt")).await;
    installation.wait_until_applied("prompt").await;
    let mut records = PutImage::new("prod/api", Utc::now()).multi_platform(2, false);
    let index = records.pop().expect("an index");
    let role = "aws-service-role/pullthroughcache.ecr.amazonaws.com/AWSServiceRoleForECRPullThroughCache";
    let image = PutImage::new("prod/api", Utc::now()).tag("v1").by(Principal::role(role, "cache"));
    let image_id = image.id();
    // The images are read before their index is pushed: nobody knows yet what they are.
    fake.push_all(records);
    fake.push(image);
    installation.wait_for_uploads(3).await;
    // Neither what is new nor the lookback takes them for images that stand alone.
    let rule = "allow: [{name: multi-platform, reason: CHG-1, kinds: [Index, IndexChild]}]";
    installation.apply(&policy("patient", &format!("businessHours: [], {rule}"))).await;
    installation.wait_until_applied("patient").await;
    installation.wait_for_polls("default", 1).await;
    fake.push(index);
    wait_for("three pushes to be allowed", DEADLINE, async || {
        let status = installation.policy("default", "patient").await.status.unwrap_or_default();
        match status.allow_rules.first().map(|rule| rule.allowed) {
            Some(3) => Progress::Done(()),
            other => Progress::Waiting(format!("{other:?}")),
        }
    })
    .await;
    let (patient, prompt): (Vec<OffHoursUpload>, Vec<OffHoursUpload>) =
        installation.findings().await.into_iter().partition(|finding| finding.spec.policy == "patient");
    assert_each_reported_once(&patient, [image_id]);
    let mut kinds: Vec<String> =
        prompt.iter().map(|finding| format!("{:?}", finding.status.as_ref().unwrap().kinds)).collect();
    kinds.sort();
    assert_eq!(kinds, ["[Image]", "[Index, IndexChild]"]);

    // What a service pushed goes by the name of the service.
    let name = patient[0].metadata.name.clone().unwrap();
    let event =
        wait_for("an Event", DEADLINE, async || installation.events_about(&name).await.into_iter().next()).await;
    let note = event.note.unwrap();
    assert!(note.starts_with("1 push by ECR pull-through cache to prod/api, v1 at "), "{note}");
    assert!(patient[0].status.as_ref().unwrap().message.starts_with("ECR pull-through cache (arn:"));
}
