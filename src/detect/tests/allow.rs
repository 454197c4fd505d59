use chrono::{DateTime, Utc};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{at, compile, policy, upload, verdict};
use crate::api::AllowRuleState;
use crate::detect::Policy;
use crate::upload::Relation;

/// A freeze with one rule of this shape.
fn with_rule(rule: Value) -> Value {
    let mut full = json!({"name": "rule", "reason": "CHG-1"});
    full.as_object_mut().unwrap().extend(rule.as_object().unwrap().clone());
    json!({"businessHours": [], "allow": [full]})
}

fn allows(rule: Value, changes: &[(&str, Value)]) -> bool {
    verdict(&policy(with_rule(rule)), &upload(changes)) == "Allowed(rule)"
}

#[test]
fn each_field_lets_through_what_it_names_and_nothing_else() {
    let console = [("/sourceIPAddress", json!("203.0.113.7")), ("/userAgent", json!("aws-cli/2.1"))];
    for (rule, changes, expected) in [
        (json!({"principals": ["arn:aws:iam::*:role/ci/release"]}), vec![], true),
        (json!({"principals": ["arn:aws:iam::*:role/release"]}), vec![], false),
        (json!({"principals": ["arn:aws:sts::111122223333:assumed-role/release/run-1"]}), vec![], false),
        (json!({"principals": ["*/ci/*"], "sessions": ["run-*"]}), vec![], true),
        (json!({"principals": ["*/ci/*"], "sessions": ["deploy-*"]}), vec![], false),
        (json!({"repositories": ["prod/*"]}), vec![], true),
        (json!({"repositories": ["prod"]}), vec![], false),
        (json!({"tags": ["v*"]}), vec![], true),
        (json!({"tags": ["nightly-*", "v1.?"]}), vec![], true),
        (json!({"tags": ["?*"]}), vec![("/requestParameters/imageTag", Value::Null)], false),
        (json!({"accounts": ["111122223333"]}), vec![], true),
        (json!({"accounts": ["444455556666"]}), vec![], false),
        (json!({"regions": ["eu-*"]}), vec![], true),
        (json!({"regions": ["us-*"]}), vec![], false),
        (json!({"sourceIPs": ["203.0.113.0/24"]}), console.to_vec(), true),
        (json!({"sourceIPs": ["203.0.113.7"]}), console.to_vec(), true),
        (json!({"sourceIPs": ["198.51.100.0/24", "2001:db8::/32"]}), console.to_vec(), false),
        (json!({"sourceIPs": ["2001:db8::/32"]}), vec![("/sourceIPAddress", json!("2001:db8::5"))], true),
        // The record of a docker push has no address: no block matches it, not even 0.0.0.0/0.
        (json!({"sourceIPs": ["0.0.0.0/0", "::/0"]}), vec![], false),
        (json!({"userAgents": ["aws-cli/*"]}), console.to_vec(), true),
        (json!({"userAgents": ["aws-cli/*"]}), vec![], false),
        (json!({"userAgents": ["?*"]}), vec![("/userAgent", Value::Null)], false),
        (json!({"repositories": ["prod/*"], "tags": ["nightly"]}), vec![], false),
    ] {
        assert_eq!(allows(rule.clone(), &changes), expected, "{rule} {changes:?}");
    }
}

#[test]
fn kinds_name_what_was_pushed_and_an_index_child_is_one_whatever_it_holds() {
    let helm = r#"{"config": {"mediaType": "application/vnd.cncf.helm.config.v1+json"}}"#;
    let helm = ("/requestParameters/imageManifest", json!(helm));
    assert!(allows(json!({"kinds": ["HelmChart"]}), std::slice::from_ref(&helm)));
    assert!(!allows(json!({"kinds": ["Image", "Index"]}), &[helm]));

    let policy = policy(with_rule(json!({"kinds": ["IndexChild"]})));
    let mut child = upload(&[("/requestParameters/imageTag", Value::Null)]);
    assert_eq!(verdict(&policy, &child), "OffHours(Freeze)");
    child.relation = Relation::IndexChild;
    assert_eq!(verdict(&policy, &child), "Allowed(rule)");
    child.kind = crate::upload::Kind::Attestation;
    assert_eq!(verdict(&policy, &child), "Allowed(rule)");
}

#[test]
fn the_windows_of_a_rule_are_in_the_zone_of_the_team_and_holidays_do_not_cancel_them() {
    // 23:17 UTC is 08:17 on the next day in Tokyo.
    let spec = |zone: &str, start: &str| {
        let mut spec = with_rule(json!({"during": [{"days": ["Wed", "Thu"], "start": start, "end": "24:00"}]}));
        spec["holidays"] = json!({"dates": [{"date": "2026-11-18", "name": "x"}, {"date": "2026-11-19", "name": "y"}]});
        spec["teams"] = json!([{"name": "team", "match": {"repositories": ["prod/*"]}, "timeZone": zone}]);
        policy(spec)
    };
    assert_eq!(verdict(&spec("UTC", "23:00"), &upload(&[])), "Allowed(rule)");
    assert_eq!(verdict(&spec("Asia/Tokyo", "23:00"), &upload(&[])), "OffHours(Freeze)");
    assert_eq!(verdict(&spec("Asia/Tokyo", "08:00"), &upload(&[])), "Allowed(rule)");
}

#[test]
fn a_rule_holds_from_not_before_until_expires_by_the_time_of_the_push() {
    let rule = json!({
        "repositories": ["prod/*"], "notBefore": "2026-11-18T10:00:00Z", "expires": "2026-11-18T20:00:00Z"
    });
    for (time, expected) in [
        ("2026-11-18T09:59:59Z", false),
        ("2026-11-18T10:00:00Z", true),
        ("2026-11-18T19:59:59Z", true),
        ("2026-11-18T20:00:00Z", false),
    ] {
        assert_eq!(allows(rule.clone(), &[at(time)]), expected, "{time}");
    }
}

#[test]
fn the_first_rule_that_covers_a_push_is_named_and_business_hours_need_none() {
    let rule = |name: &str, repository: &str| json!({"name": name, "reason": "CHG-1", "repositories": [repository]});
    let spec = json!({"allow": [rule("lab", "lab/*"), rule("first", "prod/*"), rule("second", "prod/api")]});
    let policy = policy(spec);
    assert_eq!(verdict(&policy, &upload(&[])), "Allowed(first)");
    assert_eq!(verdict(&policy, &upload(&[at("2026-11-18T12:00:00Z")])), "BusinessHours");
}

fn state(rule: Value, now: &str) -> (AllowRuleState, Option<DateTime<Utc>>) {
    let policy: Policy = policy(with_rule(rule));
    let now = now.parse().unwrap();
    (policy.allow_rules()[0].state(now), policy.allow_rules()[0].next_change(now))
}

#[test]
fn a_rule_says_a_week_before_that_it_expires() {
    let rule = json!({
        "repositories": ["prod/*"], "notBefore": "2026-11-01T00:00:00Z", "expires": "2026-12-01T00:00:00Z"
    });
    use AllowRuleState::{Active, Expired, Expiring, Pending};
    for (now, expected, next) in [
        ("2026-10-31T23:59:59Z", Pending, Some("2026-11-01T00:00:00Z")),
        ("2026-11-01T00:00:00Z", Active, Some("2026-11-24T00:00:00Z")),
        ("2026-11-24T00:00:00Z", Expiring, Some("2026-12-01T00:00:00Z")),
        ("2026-12-01T00:00:00Z", Expired, None),
    ] {
        let next = next.map(|next| next.parse().unwrap());
        assert_eq!(state(rule.clone(), now), (expected, next), "{now}");
    }
    assert_eq!(state(json!({"repositories": ["prod/*"]}), "2026-12-01T00:00:00Z"), (Active, None));
}

#[test]
fn a_rule_that_allows_too_much_or_nothing_is_refused_with_its_place() {
    for (rule, expected) in [
        (json!({}), "spec.allow[0]: an allow rule must not match every push"),
        (json!({"expires": "2026-12-01T00:00:00Z"}), "spec.allow[0]: an allow rule must not match every push"),
        (
            json!({"sessions": ["x"], "tags": ["v1"]}),
            "spec.allow[0].sessions: sessions must be used together with principals",
        ),
        (json!({"sessions": ["x"], "principals": ["*"], "tags": ["v1"]}), "spec.allow[0].sessions: sessions must be"),
        (
            json!({"sessions": ["x"], "principals": ["*/ci/*", "**"], "tags": ["v1"]}),
            "spec.allow[0].sessions: sessions must be",
        ),
        (json!({"principals": ["*"]}), "spec.allow[0]: an allow rule must not match every push"),
        (json!({"repositories": ["prod/*", "**"], "tags": ["*"]}), "spec.allow[0]: an allow rule must not"),
        (json!({"tags": ["v1"], "reason": " "}), "spec.allow[0].reason: must say why"),
        (json!({"sourceIPs": ["10.0.0.0/8", "AWS Internal"]}), "spec.allow[0].sourceIPs[1]: \"AWS Internal\" is not"),
        (
            json!({"tags": ["v1"], "notBefore": "2026-12-01T00:00:00Z", "expires": "2026-12-01T00:00:00Z"}),
            "spec.allow[0].notBefore: must be before expires",
        ),
        (json!({"during": [{"days": ["Mon"], "start": "25:00", "end": "03:00"}]}), "spec.allow[0].during[0].start: "),
    ] {
        let error = compile(with_rule(rule.clone())).unwrap_err();
        assert!(error.to_string().starts_with(expected), "{rule}: {error}");
        assert!(["InvalidAllowRule", "InvalidBusinessHours"].contains(&error.reason().as_str()), "{}", error.reason());
    }
}

/// A rule, by its definition: every list that is not empty has an item that matches the field.
fn by_definition(rule: &Value, fields: &[(&str, Option<&str>)]) -> bool {
    fields.iter().all(|(name, value)| {
        let items = rule[*name].as_array().map(Vec::as_slice).unwrap_or_default();
        items.is_empty() || items.iter().any(|item| Some(item.as_str().unwrap()) == *value)
    })
}

proptest! {
    #[test]
    fn fields_are_anded_and_items_ored(
        repositories in prop::sample::subsequence(vec!["a", "b", "c"], 0..=3),
        tags in prop::sample::subsequence(vec!["x", "y"], 0..=2),
        regions in prop::sample::subsequence(vec!["eu-central-1", "us-east-1"], 0..=2),
        repository in prop::sample::select(vec!["a", "b", "c", "d"]),
        tag in prop::option::of(prop::sample::select(vec!["x", "y", "z"])),
        region in prop::sample::select(vec!["eu-central-1", "us-east-1", "ap-south-1"]),
    ) {
        prop_assume!(!repositories.is_empty() || !tags.is_empty() || !regions.is_empty());
        let rule = json!({"repositories": repositories, "tags": tags, "regions": regions});
        let changes = [
            ("/requestParameters/repositoryName", json!(repository)),
            ("/requestParameters/imageTag", json!(tag)),
            ("/awsRegion", json!(region)),
        ];
        let fields = [("repositories", Some(repository)), ("tags", tag), ("regions", Some(region))];
        prop_assert_eq!(allows(rule.clone(), &changes), by_definition(&rule, &fields));
    }
}
