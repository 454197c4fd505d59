use serde_json::{Value, json};

use super::{at, compile, policy, upload};
use crate::api::EcrUploadPolicySpec;

fn verdict(spec: Value, changes: &[(&str, Value)]) -> String {
    super::verdict(&policy(spec), &upload(changes))
}

#[test]
fn a_policy_without_a_spec_is_the_reference_detection() {
    let defaults: EcrUploadPolicySpec = serde_json::from_value(json!({})).unwrap();
    assert_eq!(defaults, EcrUploadPolicySpec::default());
    for (time, expected) in [
        ("2024-01-15T07:59:59Z", "OffHours(OutsideHours)"),
        ("2024-01-15T08:00:00Z", "BusinessHours"),
        ("2024-01-15T19:59:59Z", "BusinessHours"),
        ("2024-01-15T20:00:00Z", "OffHours(OutsideHours)"),
        ("2024-01-20T12:00:00Z", "OffHours(NonWorkingDay)"),
    ] {
        assert_eq!(verdict(json!({}), &[at(time)]), expected, "{time}");
    }
}

#[test]
fn a_policy_without_windows_is_a_freeze() {
    assert_eq!(verdict(json!({"businessHours": []}), &[at("2024-01-15T12:00:00Z")]), "OffHours(Freeze)");
}

#[test]
fn scope_is_judged_before_hours_and_says_what_left_the_push_out() {
    let public = ("/eventSource", json!("ecr-public.amazonaws.com"));
    let failed = ("/errorCode", json!("ImageTagAlreadyExistsException"));
    for (spec, changes, expected) in [
        (json!({"scope": {"accounts": ["444455556666"]}}), vec![], "OutOfScope(Account)"),
        (json!({"scope": {"regions": ["us-*"]}}), vec![], "OutOfScope(Region)"),
        (json!({"scope": {"repositories": ["lab/*", "prod/ap"]}}), vec![], "OutOfScope(Repository)"),
        (json!({"scope": {"registries": ["Private"]}}), vec![public], "OutOfScope(Registry)"),
        (json!({"failedPushes": "Ignore"}), vec![failed], "OutOfScope(FailedPush)"),
    ] {
        assert_eq!(verdict(spec.clone(), &changes), expected, "{spec}");
    }
}

#[test]
fn fields_of_the_scope_are_anded_and_items_of_a_list_ored() {
    let scope = |repositories: &[&str], regions: &[&str]| json!({"scope": {"repositories": repositories, "regions": regions}, "businessHours": []});
    assert_eq!(verdict(scope(&["lab/*", "prod/*"], &["eu-*"]), &[]), "OffHours(Freeze)");
    assert_eq!(verdict(scope(&["prod/*"], &["us-*"]), &[]), "OutOfScope(Region)");
}

#[test]
fn a_failed_push_is_an_attempt_and_is_reported_unless_ignored() {
    let failed = ("/errorCode", json!("ImageTagAlreadyExistsException"));
    assert_eq!(verdict(json!({"businessHours": []}), &[failed]), "OffHours(Freeze)");
}

#[test]
fn the_local_time_and_the_night_it_belongs_to_are_those_of_the_zone() {
    let tokyo = policy(json!({"timeZone": "Asia/Tokyo"}));
    let judgement = tokyo.judge(&upload(&[at("2026-11-20T18:12:07Z")]));
    assert_eq!(judgement.local_time.to_rfc3339(), "2026-11-21T03:12:07+09:00");
    assert_eq!(judgement.date.to_string(), "2026-11-20");
    assert_eq!(super::verdict(&tokyo, &upload(&[at("2026-11-20T18:12:07Z")])), "OffHours(NonWorkingDay)");
}

#[test]
fn a_zone_that_only_the_server_knows_is_an_error_with_the_field() {
    let error = compile(json!({"timeZone": "Europe/Atlantis"})).unwrap_err();
    assert_eq!(error.reason().as_str(), "InvalidTimeZone");
    assert!(error.to_string().starts_with("spec.timeZone: "), "{error}");
}

#[test]
fn a_window_that_is_none_is_an_error_with_its_place() {
    let error = compile(json!({"businessHours": [
        {"days": ["Mon"], "start": "08:00", "end": "20:00"}, {"days": ["Mon"], "start": "8", "end": "20:00"},
    ]}))
    .unwrap_err();
    assert_eq!(error.reason().as_str(), "InvalidBusinessHours");
    assert!(error.to_string().starts_with("spec.businessHours[1].start: "), "{error}");
}

#[test]
fn service_roles_are_distinguished_by_their_path_and_ignored_if_asked() {
    let issuer = "/userIdentity/sessionContext/sessionIssuer/arn";
    let service_role = "arn:aws:iam::111122223333:role/aws-service-role/pullthroughcache.ecr.amazonaws.com/AWSServiceRoleForECRPullThroughCache";
    let imitation = "arn:aws:iam::111122223333:role/AWSServiceRoleForECRPullThroughCache";
    let freeze = |service_roles: &str| json!({"businessHours": [], "serviceRoles": service_roles});
    for (service_roles, arn, expected) in [
        ("Report", service_role, "OffHours(Freeze)"),
        ("Ignore", service_role, "OutOfScope(ServiceRole)"),
        ("Ignore", imitation, "OffHours(Freeze)"),
    ] {
        assert_eq!(verdict(freeze(service_roles), &[(issuer, json!(arn))]), expected, "{service_roles} {arn}");
    }
}
