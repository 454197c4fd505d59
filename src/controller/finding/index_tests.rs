use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kube::core::DeserializeGuard;
use kube::runtime::watcher::Event;
use serde_json::json;

use super::index::FindingIndex;
use super::reservation::Claim;
use crate::api::{OffHoursUpload, TriageCoverage};
use crate::detect::{FindingKey, plan_triage};

fn finding(name: &str, version: &str, ids: &[&str], state: &str) -> DeserializeGuard<OffHoursUpload> {
    let uploads: Vec<_> = ids
        .iter()
        .map(|id| {
            json!({"eventID": id, "time": "2026-11-18T23:17:30Z", "localTime": "2026-11-18T23:17:30Z",
                   "reason": "Freeze", "kind": "Image"})
        })
        .collect();
    let object = json!({
        "apiVersion": "offhours.dev/v1alpha1", "kind": "OffHoursUpload",
        // A triage that has not been recorded yet.
        "metadata": {"name": name, "namespace": "security", "resourceVersion": version, "generation": 2},
        "spec": {
            "policy": "production", "date": "2026-11-18", "timeZone": "UTC", "account": "111122223333",
            "region": "eu-central-1", "registry": "Private", "repository": "prod/api", "part": 1,
            "principal": {"type": "Root", "arn": "arn:aws:iam::111122223333:root"}, "triage": {"state": state}
        },
        "status": {
            "severity": "Medium", "signature": "PutImage", "count": 1, "pushes": 1, "failed": 0, "message": "", "untriaged": 1,
            "observedGeneration": 1,
            "summary": {"principal": "root", "last": "Wed 23:17", "triage": state},
            "firstTime": "2026-11-18T23:17:30Z", "lastTime": "2026-11-18T23:17:30Z", "reason": "Freeze",
            "uploads": uploads
        }
    });
    serde_json::from_value(object).unwrap()
}

fn reports(index: &Arc<FindingIndex>, namespace: &str, id: &str) -> bool {
    matches!(Claim::of(index, &Arc::new((namespace.to_owned(), "production".to_owned())), id), Claim::Reported)
}

fn is_reported(index: &Arc<FindingIndex>, id: &str) -> bool {
    reports(index, "security", id)
}

#[test]
fn what_a_finding_holds_is_reported_until_it_is_deleted() {
    let index = Arc::new(FindingIndex::default());
    index.observe(Event::Apply(finding("a", "1", &["x"], "New")));
    assert!(is_reported(&index, "x"));
    assert!(!reports(&index, "other", "x"), "another namespace has its own policies");
    index.observe(Event::Delete(finding("a", "1", &["x"], "New")));
    assert!(!is_reported(&index, "x"));
}

#[test]
fn an_older_state_from_the_watch_does_not_undo_what_was_written() {
    let index = Arc::new(FindingIndex::default());
    index.learn(&finding("a", "7", &["x", "y"], "New").0.unwrap());
    index.observe(Event::Apply(finding("a", "6", &[], "New")));
    assert!(is_reported(&index, "y"));
}

#[test]
fn a_new_list_removes_what_is_gone() {
    let index = Arc::new(FindingIndex::default());
    index.observe(Event::Apply(finding("a", "1", &["x"], "New")));
    index.observe(Event::Apply(finding("b", "2", &["y"], "New")));
    index.observe(Event::Init);
    index.observe(Event::InitApply(finding("b", "2", &["y"], "New")));
    assert!(is_reported(&index, "x"), "until the list is whole, everything stays");
    index.observe(Event::InitDone);
    assert!(!is_reported(&index, "x") && is_reported(&index, "y"));
}

#[test]
fn open_findings_are_those_with_uploads_that_no_triage_covers() {
    let index = Arc::new(FindingIndex::default());
    index.observe(Event::Apply(finding("a", "1", &["x"], "New")));
    index.observe(Event::Apply(finding("b", "2", &["y"], "Expected")));
    let open = || index.summary("security", "production").counts.open;
    assert_eq!((open(), index.summary("security", "production").counts.total), (1, 2));
    assert!(index.summary("security", "production").last_time.is_some());
    let mut later = finding("b", "3", &["y", "z"], "Expected").0.unwrap();
    let status = later.status.as_mut().unwrap();
    status.observed_generation = Some(2);
    status.triage = Some(TriageCoverage { uploads: 1, pushes: 1, set_time: None, set_by: None });
    index.learn(&later);
    assert_eq!(open(), 2, "whatever its triage says");
}

#[test]
fn a_triage_that_is_not_recorded_is_handed_out_once() {
    let index = Arc::new(FindingIndex::default());
    index.observe(Event::Init);
    index.observe(Event::InitApply(finding("a", "1", &["x"], "New")));
    index.observe(Event::InitApply(finding("b", "2", &["y"], "Expected")));
    index.observe(Event::InitApply(finding("c", "3", &[], "Incident")));
    index.observe(Event::InitDone);
    // The first was set back to New, which has not been recorded either; the last has no evidence to cover.
    let names = BTreeSet::from(["a".to_owned(), "b".to_owned()]);
    assert_eq!(index.take_triaged(), BTreeMap::from([("security".to_owned(), names)]));
    let mut recorded = finding("b", "4", &["y"], "Expected").0.unwrap();
    recorded.status = plan_triage(&recorded);
    index.learn(&recorded);
    assert_eq!(index.take_triaged(), BTreeMap::new());
}

#[test]
fn the_deletion_of_an_older_object_of_the_same_name_removes_nothing() {
    let index = Arc::new(FindingIndex::default());
    index.learn(&finding("a", "9", &["x"], "New").0.unwrap());
    index.observe(Event::Delete(finding("a", "8", &["y"], "New")));
    assert!(is_reported(&index, "x"));
}

#[test]
fn what_was_written_during_a_list_is_not_gone_at_its_end() {
    let index = Arc::new(FindingIndex::default());
    index.observe(Event::Init);
    index.learn(&finding("a", "9", &["x"], "New").0.unwrap());
    index.observe(Event::InitDone);
    assert!(is_reported(&index, "x"));
}

#[test]
fn totals_follow_each_change() {
    let index = Arc::new(FindingIndex::default());
    let summary = || {
        let summary = index.summary("security", "production");
        (summary.counts.open, summary.counts.total, summary.last_time.is_some())
    };
    index.observe(Event::Apply(finding("a", "1", &["x"], "New")));
    index.observe(Event::Apply(finding("b", "2", &["y"], "New")));
    index.observe(Event::Apply(finding("a", "3", &["x", "z"], "Incident")));
    assert_eq!(summary(), (1, 2, true));
    index.observe(Event::Delete(finding("b", "4", &["y"], "New")));
    assert_eq!(summary(), (0, 1, true));
    index.observe(Event::Delete(finding("a", "5", &["x", "z"], "New")));
    assert_eq!(summary(), (0, 0, false));
}

#[test]
fn a_change_names_its_policy_and_what_was_known_is_no_change() {
    let index = Arc::new(FindingIndex::default());
    let policies = || index.take_changed();
    let production = BTreeSet::from([("security".to_owned(), "production".to_owned())]);
    index.learn(&finding("a", "1", &["x"], "New").0.unwrap());
    assert_eq!(policies(), production);
    // The watch delivers what this process wrote.
    index.observe(Event::Apply(finding("a", "1", &["x"], "New")));
    assert_eq!(policies(), BTreeSet::new());
    index.observe(Event::Delete(finding("a", "2", &["x"], "New")));
    assert_eq!(policies(), production);
}

#[test]
fn a_reservation_ends_when_it_is_dropped() {
    let index = Arc::new(FindingIndex::default());
    let policy = Arc::new(("security".to_owned(), "production".to_owned()));
    let other = Arc::new(("other".to_owned(), "production".to_owned()));
    let reserved = Claim::of(&index, &policy, "x");
    assert!(matches!(reserved, Claim::Reserved(_)));
    assert!(matches!(Claim::of(&index, &policy, "x"), Claim::InFlight));
    assert!(matches!(Claim::of(&index, &other, "x"), Claim::Reserved(_)), "another policy reports it too");
    drop(reserved);
    assert!(matches!(Claim::of(&index, &policy, "x"), Claim::Reserved(_)));
    index.learn(&finding("a", "1", &["x"], "New").0.unwrap());
    assert!(matches!(Claim::of(&index, &policy, "x"), Claim::Reported));
}

/// A part of one finding, with this many uploads.
fn part(number: i32, uploads: usize) -> (FindingKey, OffHoursUpload) {
    let ids: Vec<String> = (0..uploads).map(|upload| format!("{number}-{upload}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut object = finding("", &number.to_string(), &ids, "New").0.unwrap();
    object.spec.part = number;
    let key = FindingKey::of_spec(&object.spec);
    object.metadata.name = Some(key.name(number));
    (key, object)
}

#[test]
fn uploads_go_to_the_last_part_while_it_has_room() {
    let index = Arc::new(FindingIndex::default());
    let tail = |key: &FindingKey| {
        let tail = index.tail("security", key);
        (tail.part, tail.exists)
    };
    let (key, first) = part(1, 100);
    assert_eq!(tail(&key), (1, false));
    index.learn(&first);
    assert_eq!(tail(&key), (2, false));
    index.learn(&part(2, 99).1);
    assert_eq!(tail(&key), (2, true));
    index.learn(&part(3, 0).1);
    assert_eq!(tail(&key), (3, true));
    index.observe(Event::Delete(DeserializeGuard(Ok(part(3, 0).1))));
    index.observe(Event::Delete(DeserializeGuard(Ok(first))));
    assert_eq!(tail(&key), (2, true), "the gap stays");
}
