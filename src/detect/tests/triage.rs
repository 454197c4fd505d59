use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{key, new_upload, policy, upload};
use crate::api::{OffHoursUpload, TriageCoverage, TriageState};
use crate::detect::{count_untriaged, plan_append, plan_triage};

/// A finding with uploads of these ids, as the controller writes it.
fn finding(ids: &[&str]) -> OffHoursUpload {
    let key = key(&policy(json!({"businessHours": []})), &upload(&[]));
    let mut finding = key.object(1);
    finding.metadata.generation = Some(1);
    append(&mut finding, ids);
    finding
}

fn append(finding: &mut OffHoursUpload, ids: &[&str]) {
    let key = key(&policy(json!({"businessHours": []})), &upload(&[]));
    let new = ids.iter().map(|id| new_upload(&[("/eventID", json!(id))])).collect();
    let existing = BTreeMap::from([(1, finding.clone())]);
    for write in plan_append(&key, &existing, 1, new) {
        finding.status = Some(write.status);
    }
}

/// Sets the triage, as a person does.
fn set(finding: &mut OffHoursUpload, state: TriageState) {
    finding.spec.triage.state = state;
    finding.metadata.generation = finding.metadata.generation.map(|generation| generation + 1);
}

fn record(finding: &mut OffHoursUpload) {
    finding.status = Some(plan_triage(finding).expect("something to record"));
    assert_eq!(plan_triage(finding), None, "recorded once");
}

/// The number of uploads that are not covered, the number that were when the triage was set, and the short form in tables.
fn seen(finding: &OffHoursUpload) -> (i32, Option<i32>, String) {
    let status = finding.status.clone().unwrap();
    assert_eq!(count_untriaged(finding), status.untriaged);
    assert_eq!(status.observed_generation, finding.metadata.generation);
    (status.untriaged, status.triage.map(|triage| triage.uploads), status.summary.triage)
}

fn expected(untriaged: i32, covered: Option<i32>, in_short: &str) -> (i32, Option<i32>, String) {
    (untriaged, covered, in_short.to_owned())
}

#[test]
fn nothing_is_covered_while_the_triage_is_new() {
    let finding = finding(&["a", "b"]);
    assert_eq!(seen(&finding), expected(2, None, "New"));
    assert_eq!(plan_triage(&finding), None);
}

#[test]
fn a_triage_covers_what_was_there_and_not_what_comes_later() {
    let mut finding = finding(&["a", "b"]);
    set(&mut finding, TriageState::Expected);
    assert_eq!(count_untriaged(&finding), 0, "before it is recorded too");
    record(&mut finding);
    assert_eq!(seen(&finding), expected(0, Some(2), "Expected"));
    append(&mut finding, &["c", "d"]);
    assert_eq!(seen(&finding), expected(2, Some(2), "Expected+2"));
    assert_eq!(plan_triage(&finding), None);
}

#[test]
fn a_triage_that_nobody_has_recorded_covers_no_upload_that_is_added_now() {
    let mut finding = finding(&["a"]);
    set(&mut finding, TriageState::Incident);
    append(&mut finding, &["b"]);
    assert_eq!(seen(&finding), expected(1, Some(1), "Incident+1"));
}

#[test]
fn a_triage_set_anew_covers_what_came_meanwhile() {
    let mut finding = finding(&["a"]);
    set(&mut finding, TriageState::Expected);
    append(&mut finding, &["b"]);
    // The same state with another note is another generation.
    set(&mut finding, TriageState::Expected);
    record(&mut finding);
    assert_eq!(seen(&finding), expected(0, Some(2), "Expected"));
}

#[test]
fn a_finding_that_is_set_back_to_new_is_open_with_all_its_uploads() {
    let mut finding = finding(&["a"]);
    set(&mut finding, TriageState::Expected);
    append(&mut finding, &["b"]);
    set(&mut finding, TriageState::New);
    record(&mut finding);
    assert_eq!(seen(&finding), expected(2, None, "New"));
}

#[test]
fn a_triage_from_before_the_evidence_covers_nothing() {
    let mut finding = finding(&[]);
    assert!(finding.status.is_none());
    set(&mut finding, TriageState::Expected);
    assert_eq!(plan_triage(&finding), None, "the first append records it");
    append(&mut finding, &["a"]);
    assert_eq!(seen(&finding), expected(1, Some(0), "Expected+1"));
}

#[test]
fn a_finding_that_was_created_with_a_triage_is_open() {
    let mut finding = finding(&[]);
    finding.spec.triage.state = TriageState::Expected;
    append(&mut finding, &["a"]);
    assert_eq!(seen(&finding), expected(1, Some(0), "Expected+1"));
}

#[test]
fn a_status_that_was_edited_by_hand_is_mended_and_hides_nothing_to_come() {
    let covered = |uploads| Some(TriageCoverage { uploads, pushes: 1, set_time: None, set_by: None });
    for (by_hand, mended) in
        [(None, expected(1, Some(0), "Expected+1")), (covered(100), expected(0, Some(1), "Expected"))]
    {
        let mut finding = finding(&["a"]);
        set(&mut finding, TriageState::Expected);
        record(&mut finding);
        finding.status.as_mut().unwrap().triage = by_hand;
        record(&mut finding);
        assert_eq!(seen(&finding), mended);
        append(&mut finding, &["b"]);
        assert_eq!(seen(&finding).0, mended.0 + 1);
    }
    let mut finding = finding(&["a"]);
    finding.status.as_mut().unwrap().untriaged = 0;
    record(&mut finding);
    assert_eq!(seen(&finding), expected(1, None, "New"));
}

#[test]
fn the_time_and_the_client_are_those_of_the_last_write_of_the_triage() {
    let entry = |manager: &str, time: &str, subresource: Value, fields: Value| {
        json!({"manager": manager, "time": time, "subresource": subresource, "fieldsV1": fields,
               "operation": "Update", "apiVersion": "offhours.dev/v1alpha1", "fieldsType": "FieldsV1"})
    };
    let triage = |fields: Value| json!({"f:spec": {"f:triage": fields}});
    let mut finding = finding(&["a"]);
    set(&mut finding, TriageState::Expected);
    let managed = json!([
        entry(
            "offhours",
            "2026-11-20T12:00:00Z",
            Value::Null,
            json!({"f:spec": {"f:triage": {".": {}}, "f:policy": {}}})
        ),
        entry("kubectl-patch", "2026-11-20T10:00:00Z", Value::Null, triage(json!({"f:note": {}}))),
        entry("kubectl-edit", "2026-11-20T11:00:00Z", Value::Null, triage(json!({".": {}, "f:state": {}}))),
        entry("offhours", "2026-11-20T13:00:00Z", json!("status"), triage(json!({"f:state": {}}))),
        entry("labels", "2026-11-20T14:00:00Z", Value::Null, json!({"f:metadata": {"f:labels": {}}})),
    ]);
    finding.metadata.managed_fields = serde_json::from_value(managed).unwrap();
    let triage = plan_triage(&finding).unwrap().triage.unwrap();
    assert_eq!(triage.set_by.as_deref(), Some("kubectl-edit"));
    assert_eq!(triage.set_time, Some("2026-11-20T11:00:00Z".parse().unwrap()));

    finding.metadata.managed_fields = None;
    let triage = plan_triage(&finding).unwrap().triage.unwrap();
    assert_eq!((triage.uploads, triage.set_by, triage.set_time), (1, None, None), "the cluster does not say");
}
