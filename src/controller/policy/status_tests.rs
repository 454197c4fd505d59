//! The status of a policy in each situation.

use std::sync::Arc;

use super::super::fixtures::{observed, policy, reading, source, stream};
use super::super::positions::checkpoint_in;
use super::*;
use crate::api::{AllowRuleState, SourceCoverage, SourceReadyReason};
use crate::coverage::{Incomplete, PolicyCheckpoint, Revision, SourcePosition};

/// The status at noon on a Monday.
fn plan(spec: serde_json::Value, observed: &Observed) -> EcrUploadPolicyStatus {
    plan_at("2024-01-15T12:00:00Z", spec, observed)
}

fn plan_at(now: &str, spec: serde_json::Value, observed: &Observed) -> EcrUploadPolicyStatus {
    let policy = policy(spec);
    let compiled = Policy::compile("production", &policy.spec, &observed.feeds).map(Arc::new);
    let before = EcrUploadPolicyStatus::default();
    plan_status(&policy, &before, &compiled, observed, now.parse().unwrap())
}

fn conditions(status: &EcrUploadPolicyStatus) -> Vec<(&str, &str, &str)> {
    status.conditions.iter().map(|c| (c.type_.as_str(), c.status.as_str(), c.reason.as_str())).collect()
}

#[test]
fn a_policy_that_is_applied_to_a_ready_source_is_complete() {
    let status = plan(serde_json::json!({}), &observed(reading(), None));
    let expected =
        [("Ready", "True", "Judging"), ("SourcesReady", "True", "AllReady"), ("FindingsComplete", "True", "Complete")];
    assert_eq!(conditions(&status), expected);
    assert_eq!(status.off_hours_now, Some(false));
    assert_eq!(status.next_transition.unwrap().to_rfc3339(), "2024-01-15T20:00:00+00:00");
    assert!(status.conditions.iter().all(|condition| condition.observed_generation == Some(3)));
}

#[test]
fn a_policy_with_a_rule_by_kind_says_that_untagged_pushes_wait() {
    let message = |kinds: &[&str]| {
        let rule = serde_json::json!({"name": "rule", "reason": "CHG-1", "kinds": kinds});
        let status = plan(serde_json::json!({"allow": [rule]}), &observed(reading(), None));
        status.conditions[2].message.clone()
    };
    assert!(message(&["Image"]).contains("up to 10 minutes later"));
    assert!(!message(&["Signature", "HelmChart"]).contains("10 minutes"));
}

#[test]
fn an_edited_policy_is_incomplete_until_its_lookback_was_read() {
    let (from, to) = (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH);
    let hole = Incomplete::Hole { stream: stream(), from, to };
    let status = plan(serde_json::json!({}), &observed(reading(), Some(hole)));
    assert_eq!(conditions(&status)[2], ("FindingsComplete", "False", "ReadingPast"));
    let message = &status.conditions[2].message;
    assert!(
        message.starts_with("the history of 111122223333/eu-central-1 is being read: the last 24h before"),
        "{message}"
    );
}

#[test]
fn a_source_that_cannot_be_read_is_named_with_its_message() {
    let sources = vec![
        source("default", Some((SourceReadyReason::Reading, ""))),
        source("member", Some((SourceReadyReason::NoCredentials, "no AWS credentials"))),
    ];
    let status = plan(serde_json::json!({}), &observed(sources, None));
    assert_eq!(conditions(&status)[1], ("SourcesReady", "False", "SourceNotReady"));
    assert_eq!(status.conditions[1].message, "member: no AWS credentials");
}

#[test]
fn a_finding_that_was_not_written_makes_the_findings_incomplete() {
    let refused = Some(Incomplete::Refused { stream: stream() });
    let observed = Observed { refusal: Some("quota exceeded".to_owned()), ..observed(reading(), refused) };
    let status = plan(serde_json::json!({}), &observed);
    assert_eq!(conditions(&status)[2], ("FindingsComplete", "False", "FindingsNotWritten"));
    assert_eq!(status.conditions[2].message, "quota exceeded");
}

#[test]
fn findings_are_not_complete_without_a_holiday_that_cannot_be_used() {
    let status = plan(serde_json::json!({"holidays": {"countries": ["ZZ"]}}), &observed(reading(), None));
    assert_eq!(conditions(&status)[0], ("Ready", "False", "InvalidHolidays"));
    assert_eq!(conditions(&status)[2], ("FindingsComplete", "False", "InvalidHolidays"));
}

#[test]
fn findings_are_not_complete_beyond_the_end_of_the_public_holidays() {
    let spec = serde_json::json!({"holidays": {"countries": ["DE"]}});
    let status = plan_at("2036-01-02T12:00:00Z", spec, &observed(reading(), None));
    assert_eq!(conditions(&status)[0], ("Ready", "False", "HolidayDataEnded"));
    assert_eq!(conditions(&status)[2], ("FindingsComplete", "False", "InvalidHolidays"));
}

#[test]
fn an_unknown_zone_comes_before_everything_else() {
    let status = plan(serde_json::json!({"timeZone": "Europe/Atlantis", "suspend": true}), &observed(Vec::new(), None));
    assert_eq!(conditions(&status)[0], ("Ready", "False", "InvalidTimeZone"));
    assert_eq!(conditions(&status)[2], ("FindingsComplete", "False", "NotJudging"));
    assert_eq!((status.off_hours_now, status.next_transition), (None, None));
}

#[test]
fn more_calendars_than_a_status_may_list_do_not_keep_it_from_being_written() {
    let team = |number: usize| {
        let calendars: Vec<_> =
            (0..16).map(|key| serde_json::json!({"configMap": format!("{number}"), "key": format!("{key}")})).collect();
        serde_json::json!({
            "name": format!("t{number}"), "match": {"repositories": ["x"]}, "holidays": {"calendars": calendars}
        })
    };
    let teams: Vec<_> = (0..64).map(team).collect();
    let status = plan(serde_json::json!({"teams": teams}), &observed(Vec::new(), None));
    assert_eq!(status.calendar_data.unwrap().calendars.len(), MAX_CALENDARS);
}

#[test]
fn an_edit_that_is_not_valid_forgets_no_counts() {
    let policy = policy(serde_json::json!({"timeZone": "Europe/Atlantis"}));
    let rule =
        AllowRuleStatus { name: "nightly".to_owned(), state: AllowRuleState::Active, allowed: 7, last_used: None };
    let before = EcrUploadPolicyStatus { allow_rules: vec![rule.clone()], ..Default::default() };
    let observed = observed(Vec::new(), None);
    let compiled = Policy::compile("production", &policy.spec, &observed.feeds).map(Arc::new);
    let status = plan_status(&policy, &before, &compiled, &observed, Utc::now());
    assert_eq!(status.allow_rules, [rule]);
}

#[test]
fn a_policy_that_moves_on_has_no_news_and_one_that_falls_back_has() {
    let status = |through: Option<&str>| EcrUploadPolicyStatus {
        covered_through: through.map(|through| through.parse().unwrap()),
        sources: vec![SourceCoverage {
            name: "default".to_owned(),
            uid: "uid".to_owned(),
            since: DateTime::UNIX_EPOCH,
            through: through.map(|through| through.parse().unwrap()),
            removed_at: None,
        }],
        ..EcrUploadPolicyStatus::default()
    };
    let (early, late) = (status(Some("2026-11-20T00:00:00Z")), status(Some("2026-11-21T00:00:00Z")));
    assert!(!is_news(&early, &late));
    assert!(is_news(&late, &early));
    assert!(is_news(&late, &status(None)), "the hole is closed");
    assert!(is_news(&status(None), &late));
}

#[test]
fn a_status_gives_back_the_checkpoint() {
    let checkpoint = PolicyCheckpoint {
        revision: Revision { generation: 3, calendars: Some("abc".to_owned()) },
        sources: vec![SourcePosition {
            source: "uid".into(),
            since: DateTime::UNIX_EPOCH,
            through: Some("2026-11-20T00:00:00Z".parse().unwrap()),
            removed_at: None,
        }],
    };
    let mut observed = observed(Vec::new(), None);
    observed.source_names.insert("uid".to_owned(), "default".to_owned());
    observed.checkpoint = Some(checkpoint.clone());
    let status = plan(serde_json::json!({}), &observed);
    assert_eq!(checkpoint_in(&status), Some(checkpoint));
    assert_eq!(checkpoint_in(&EcrUploadPolicyStatus::default()), None);
}

#[test]
fn a_policy_that_names_countries_says_in_its_status_what_its_holidays_rest_on() {
    let status = plan(serde_json::json!({"holidays": {"countries": ["TR"]}}), &observed(reading(), None));
    let data = status.calendar_data.unwrap().public_holidays.unwrap();
    assert_eq!((data.days_ahead, data.estimates_ahead), (169, 24));
    let status = plan(serde_json::json!({}), &observed(reading(), None));
    assert_eq!(status.calendar_data.unwrap().public_holidays, None);
}
