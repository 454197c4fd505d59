use serde_json::{Value, json};

use super::super::{OutOfScope, PolicyError, Verdict};
use super::{policy, upload};
use crate::api::{EcrUploadPolicySpec, OffHoursReason};
use crate::detect::Policy;

fn verdict(spec: Value, changes: &[(&str, Value)]) -> Verdict {
    policy(spec).judge(&upload(changes)).verdict
}

fn at(time: &str) -> (&'static str, Value) {
    ("/eventTime", json!(time))
}

#[test]
fn a_policy_without_a_spec_is_the_reference_detection() {
    let defaults: EcrUploadPolicySpec = serde_json::from_value(json!({})).unwrap();
    assert_eq!(defaults, EcrUploadPolicySpec::default());
    for (time, expected) in [
        ("2024-01-15T07:59:59Z", Verdict::OffHours(OffHoursReason::OutsideHours)),
        ("2024-01-15T08:00:00Z", Verdict::BusinessHours),
        ("2024-01-15T19:59:59Z", Verdict::BusinessHours),
        ("2024-01-15T20:00:00Z", Verdict::OffHours(OffHoursReason::OutsideHours)),
        ("2024-01-20T12:00:00Z", Verdict::OffHours(OffHoursReason::NonWorkingDay)),
    ] {
        assert_eq!(verdict(json!({}), &[at(time)]), expected, "{time}");
    }
}

#[test]
fn a_policy_without_windows_is_a_freeze() {
    assert_eq!(
        verdict(json!({"businessHours": []}), &[at("2024-01-15T12:00:00Z")]),
        Verdict::OffHours(OffHoursReason::Freeze)
    );
}

#[test]
fn scope_is_judged_before_hours_and_says_what_left_the_push_out() {
    let public = ("/eventSource", json!("ecr-public.amazonaws.com"));
    let failed = ("/errorCode", json!("ImageTagAlreadyExistsException"));
    for (spec, changes, expected) in [
        (json!({"scope": {"accounts": ["444455556666"]}}), vec![], OutOfScope::Account),
        (json!({"scope": {"regions": ["us-*"]}}), vec![], OutOfScope::Region),
        (json!({"scope": {"repositories": ["lab/*", "prod/ap"]}}), vec![], OutOfScope::Repository),
        (json!({"scope": {"registries": ["Private"]}}), vec![public], OutOfScope::Registry),
        (json!({"failedPushes": "Ignore"}), vec![failed], OutOfScope::FailedPush),
    ] {
        assert_eq!(verdict(spec.clone(), &changes), Verdict::OutOfScope(expected), "{spec}");
    }
}

#[test]
fn fields_of_the_scope_are_anded_and_items_of_a_list_ored() {
    let scope = |repositories: &[&str], regions: &[&str]| json!({"scope": {"repositories": repositories, "regions": regions}, "businessHours": []});
    assert_eq!(verdict(scope(&["lab/*", "prod/*"], &["eu-*"]), &[]), Verdict::OffHours(OffHoursReason::Freeze));
    assert_eq!(verdict(scope(&["prod/*"], &["us-*"]), &[]), Verdict::OutOfScope(OutOfScope::Region));
}

#[test]
fn a_failed_push_is_an_attempt_and_is_reported_unless_ignored() {
    let failed = ("/errorCode", json!("ImageTagAlreadyExistsException"));
    assert_eq!(verdict(json!({"businessHours": []}), &[failed]), Verdict::OffHours(OffHoursReason::Freeze));
}

#[test]
fn the_local_time_and_the_night_it_belongs_to_are_those_of_the_zone() {
    let tokyo = policy(json!({"timeZone": "Asia/Tokyo"}));
    let judgement = tokyo.judge(&upload(&[at("2026-11-20T18:12:07Z")]));
    assert_eq!(judgement.local_time.to_rfc3339(), "2026-11-21T03:12:07+09:00");
    assert_eq!(judgement.date.to_string(), "2026-11-20");
    assert_eq!(judgement.verdict, Verdict::OffHours(OffHoursReason::NonWorkingDay));
}

#[test]
fn a_zone_that_only_the_server_knows_is_an_error_with_the_field() {
    let spec = EcrUploadPolicySpec { time_zone: "Europe/Atlantis".to_owned(), ..EcrUploadPolicySpec::default() };
    let error = Policy::compile("production", &spec).unwrap_err();
    assert!(matches!(error, PolicyError::TimeZone(_)));
    assert!(error.to_string().starts_with("spec.timeZone: "), "{error}");
}
