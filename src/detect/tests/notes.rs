//! The notes of Events about pushes, word for word.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{key, policy, upload};
use crate::api::{OffHoursReason, OffHoursUpload, TriageCoverage, TriageState};
use crate::detect::{Added, NewUpload, note_after_triage, note_of_pushes, plan_append, pushes_after};

/// Uploads of these tags by the hours of a team, a minute apart; None is an upload by digest.
fn pushed(tags: &[Option<&str>], failed: bool) -> (OffHoursUpload, Added) {
    let tokyo = json!({"name": "tokyo", "match": {"principals": ["*"]}, "timeZone": "Asia/Tokyo"});
    let policy = policy(json!({"teams": [tokyo]}));
    let uploads: Vec<_> = tags
        .iter()
        .enumerate()
        .map(|(minute, tag)| {
            let error = if failed { json!("ImageTagAlreadyExistsException") } else { Value::Null };
            upload(&[
                ("/eventID", json!(minute.to_string())),
                ("/eventTime", json!(format!("2026-11-18T18:1{minute}:07Z"))),
                ("/requestParameters/imageTag", json!(tag)),
                ("/errorCode", error),
            ])
        })
        .collect();
    let new = uploads
        .iter()
        .map(|upload| NewUpload::new(&policy, upload, &policy.judge(upload), OffHoursReason::OutsideHours));
    let key = key(&policy, &uploads[0]);
    let write = plan_append(&key, &BTreeMap::new(), 1, new.collect()).remove(0);
    let mut finding = key.object(1);
    finding.status = Some(write.status);
    (finding, write.added)
}

fn note(tags: &[Option<&str>], failed: bool) -> String {
    let (finding, added) = pushed(tags, failed);
    note_of_pushes(&finding, &added)
}

#[test]
fn a_note_counts_the_pushes_and_names_the_latest_tag() {
    assert_eq!(
        note(&[Some("v1.4.2")], false),
        "1 push by role/ci/release to prod/api, v1.4.2 at Thu 2026-11-19 03:10 +09:00 (Asia/Tokyo): outside business hours; \
         business hours of tokyo are Mon-Fri 08:00-20:00"
    );
    assert_eq!(
        note(&[Some("v1.4.1"), Some("v1.4.2"), None], false),
        "3 pushes by role/ci/release to prod/api, the latest v1.4.2 at Thu 2026-11-19 03:11 +09:00 (Asia/Tokyo): outside \
         business hours; business hours of tokyo are Mon-Fri 08:00-20:00"
    );
}

#[test]
fn a_note_says_what_ecr_refused() {
    let refused = note(&[Some("v1")], true);
    assert!(refused.starts_with("1 push (refused by ECR) by role/ci/release to prod/api, v1 at Thu "), "{refused}");
    let (finding, added) = pushed(&[Some("v1"), Some("v2"), Some("v3")], true);
    let some = note_of_pushes(&finding, &Added { failed_pushes: 2, ..added });
    assert!(some.starts_with("3 pushes (2 of them refused by ECR) by role/ci/release to "), "{some}");
}

#[test]
fn an_image_without_tag_is_named_by_its_digest() {
    let (finding, added) = pushed(&[None], false);
    let digest = added.latest.digest.clone().unwrap();
    let note = note_of_pushes(&finding, &added);
    assert!(note.contains(&format!(" to prod/api, {} at Thu ", &digest[..19])), "{note}");
    let late = note_of_pushes(&finding, &Added { pushes: 0, ..added });
    assert!(
        late.starts_with("further images of an index pushed before by role/ci/release to prod/api, sha256:"),
        "{late}"
    );
}

#[test]
fn a_note_after_triage_says_what_was_decided_and_what_to_do() {
    let (mut finding, added) = pushed(&[Some("v1.4.2")], false);
    finding.spec.triage.state = TriageState::Expected;
    let push = "1 push by role/ci/release to prod/api, v1.4.2 at Thu 2026-11-19 03:10 +09:00 (Asia/Tokyo)";
    let to_do = "review it, then change spec.triage to cover it too (a new note is enough)";
    assert_eq!(
        note_after_triage(&finding, &added),
        format!("{push}: after the finding was triaged as Expected; {to_do}")
    );
    (finding.spec.triage.by, finding.spec.triage.note) = (Some("kaori".to_owned()), Some("CHG-1234".to_owned()));
    assert_eq!(
        note_after_triage(&finding, &added),
        format!("{push}: after the finding was triaged as Expected by kaori (CHG-1234); {to_do}")
    );
}

#[test]
fn pushes_after_a_triage_are_one_at_least() {
    let coverage = TriageCoverage { uploads: 3, pushes: 3, set_time: None, set_by: None };
    assert_eq!([5, 4, 1].map(|pushes| pushes_after(pushes, &coverage)), [2, 1, 1]);
}
