//! OffHoursUpload: its identity cannot be changed, its triage can, and findings are selected by their fields.

use offhours::api::OffHoursUpload;
use serde_json::{Value, json};

use crate::cluster::{assert_refused, cluster};
use crate::rig::Kubectl;

fn spec() -> Value {
    json!({
        "policy": "production",
        "team": "tokyo",
        "date": "2026-11-20",
        "timeZone": "Asia/Tokyo",
        "account": "111122223333",
        "region": "eu-central-1",
        "registry": "Private",
        "repository": "prod/api",
        "principal": {
            "type": "AssumedRole",
            "arn": "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_0123456789abcdef",
            "session": "kaori@example.com",
        },
        "part": 1,
    })
}

fn object(name: &str, changes: &Value) -> String {
    let mut spec = spec();
    for (field, value) in changes.as_object().into_iter().flatten() {
        spec[field] = value.clone();
    }
    json!({
        "apiVersion": "offhours.dev/v1alpha1",
        "kind": "OffHoursUpload",
        "metadata": {"name": name},
        "spec": spec,
    })
    .to_string()
}

fn patch(kubectl: &Kubectl, name: &str, patch: &Value) -> crate::rig::Output {
    kubectl.run(&["patch", "ohu", name, "--type=merge", "--patch", &patch.to_string()])
}

#[tokio::test]
async fn the_identity_of_a_finding_cannot_be_changed() {
    let kubectl = cluster().await.kubectl();
    kubectl.apply(&object("identity", &json!({}))).expect_success();
    let changes = [
        ("policy", json!("other")),
        ("team", json!("berlin")),
        ("team", Value::Null),
        ("date", json!("2026-11-21")),
        ("timeZone", json!("UTC")),
        ("account", json!("444455556666")),
        ("region", json!("us-east-1")),
        ("registry", json!("Public")),
        ("repository", json!("prod/web")),
        ("principal", json!({"type": "Root"})),
        ("principal", json!({"arn": "arn:aws:iam::111122223333:user/ann"})),
        ("principal", json!({"session": "ann@example.com"})),
        ("principal", json!({"session": null})),
        ("part", json!(2)),
    ];
    for (field, value) in changes {
        let message = patch(&kubectl, "identity", &json!({"spec": {field: value}})).expect_failure();
        let words = format!("{field} is part of the identity of a finding and cannot be changed; only triage can");
        assert!(message.contains(&words), "{field} to {value}: {message}");
    }
}

#[tokio::test]
async fn a_finding_without_a_team_cannot_get_one() {
    let kubectl = cluster().await.kubectl();
    let without_team = object("teamless", &json!({})).replace(r#""team":"tokyo","#, "");
    assert!(!without_team.contains("tokyo\""), "{without_team}");
    kubectl.apply(&without_team).expect_success();
    let message = patch(&kubectl, "teamless", &json!({"spec": {"team": "tokyo"}})).expect_failure();
    assert!(message.contains("team is part of the identity"), "{message}");
}

/// A finding with this name, in a policy with the same name.
async fn created(name: &str) -> Kubectl {
    let kubectl = cluster().await.kubectl();
    kubectl.apply(&object(name, &json!({"policy": name}))).expect_success();
    kubectl
}

#[tokio::test]
async fn the_triage_of_a_finding_begins_as_new() {
    let kubectl = created("untriaged").await;
    let triage = kubectl.run(&["get", "ohu", "untriaged", "-o", "jsonpath={.spec.triage}"]).expect_success();
    assert_eq!(triage, r#"{"state":"New"}"#);
}

#[tokio::test]
async fn triage_can_be_patched_to_every_state_and_to_no_other() {
    let kubectl = created("triaged").await;
    for state in ["Acknowledged", "Expected", "Incident", "New"] {
        let triage = json!({"state": state, "note": "CHG-1234 ✓", "by": "ann"});
        patch(&kubectl, "triaged", &json!({"spec": {"triage": triage}})).expect_success();
    }
    patch(&kubectl, "triaged", &json!({"spec": {"triage": {"state": "Unknown"}}})).expect_failure();
}

#[tokio::test]
async fn the_note_of_a_triage_has_at_most_1024_characters() {
    let kubectl = created("noted").await;
    let long = |length: usize| json!({"spec": {"triage": {"note": "ü".repeat(length)}}});
    patch(&kubectl, "noted", &long(1024)).expect_success();
    let message = patch(&kubectl, "noted", &long(1025)).expect_failure();
    assert!(message.contains("spec.triage.note"), "{message}");
}

#[tokio::test]
async fn wrong_fields_of_a_finding_are_refused_with_the_field() {
    let with = |field: &str, value: Value| {
        let mut spec = spec();
        spec[field] = value;
        spec
    };
    assert_refused::<OffHoursUpload>(&[
        (with("policy", json!("x".repeat(64))), "spec.policy", "may not be more than 63"),
        (with("date", json!("20 November")), "spec.date", "date"),
        (with("registry", json!("Docker")), "spec.registry", "supported values: \"Private\", \"Public\""),
        (with("part", json!(0)), "spec.part", "greater than or equal to 1"),
        (with("triage", json!({"state": "Done"})), "spec.triage.state", "supported values: \"New\", \"Acknowledged\""),
        (with("triage", json!({"by": "x".repeat(257)})), "spec.triage.by", "may not be more than 256"),
        (json!({}), "spec.repository", "Required value"),
    ])
    .await;
}

/// The status of a finding with these values of the fields that can be selected.
fn status(severity: &str, reason: &str, untriaged: i32) -> String {
    json!({"status": {
        "severity": severity, "reason": reason, "untriaged": untriaged, "signature": "PutImage", "count": 2, "pushes": 2,
        "failed": 0, "firstTime": "2026-11-20T18:12:07Z", "lastTime": "2026-11-20T18:12:09Z", "message": "pushed",
        "summary": {"principal": "root", "last": "Sat 03:12", "triage": "New"},
    }})
    .to_string()
}

/// A namespace with the findings one, two and three.
async fn three_findings(namespace: &str) -> Kubectl {
    let kubectl = cluster().await.kubectl();
    kubectl.run(&["create", "namespace", namespace]).expect_success();
    let objects = [
        object("one", &json!({"policy": "a"})),
        object("two", &json!({"policy": "b", "repository": "prod/web", "region": "us-east-1"})),
        object("three", &json!({"policy": "b", "account": "444455556666", "triage": {"state": "Incident"}})),
    ];
    kubectl.run_with(&["apply", "-n", namespace], &objects.join("\n---\n")).expect_success();
    for (name, status) in [
        ("one", status("Medium", "OutsideHours", 2)),
        ("two", status("High", "Holiday", 0)),
        ("three", status("High", "OutsideHours", 1)),
    ] {
        let patch = ["patch", "ohu", name, "-n", namespace, "--subresource=status", "--type=merge", "--patch", &status];
        kubectl.run(&patch).expect_success();
    }
    kubectl
}

/// The names of the findings that kubectl selects by a flag.
fn selected(kubectl: &Kubectl, namespace: &str, flag: &str, selector: &str) -> String {
    let names = "jsonpath={.items[*].metadata.name}";
    kubectl.run(&["get", "ohu", "-n", namespace, flag, selector, "-o", names]).expect_success()
}

#[tokio::test]
async fn findings_are_selected_by_eight_fields() {
    let kubectl = three_findings("selected").await;
    for (selector, expected) in [
        ("spec.policy=a", "one"),
        ("spec.policy=b", "three two"),
        ("spec.repository=prod/web", "two"),
        ("spec.account=444455556666", "three"),
        ("spec.region=us-east-1", "two"),
        ("spec.triage.state=New", "one two"),
        ("spec.triage.state!=New", "three"),
        ("status.severity=High", "three two"),
        ("status.reason=Holiday", "two"),
        ("status.untriaged!=0", "one three"),
        ("status.untriaged=0", "two"),
        ("status.severity=High,status.untriaged!=0", "three"),
    ] {
        assert_eq!(selected(&kubectl, "selected", "--field-selector", selector), expected, "{selector}");
    }
}

#[tokio::test]
async fn findings_are_selected_by_the_label_of_the_team() {
    let kubectl = three_findings("labelled").await;
    kubectl.run(&["label", "ohu", "two", "-n", "labelled", "offhours.dev/team=tokyo"]).expect_success();
    assert_eq!(selected(&kubectl, "labelled", "--selector", "offhours.dev/team=tokyo"), "two");
}
