//! Tests of the comparison, with made-up uploads.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::*;
use crate::detect::Calendars;
use crate::upload::{Decoded, decode_value};

fn policy(name: &str, spec: Value) -> Policy {
    Policy::compile(name, &serde_json::from_value(spec).unwrap(), &Calendars::default()).unwrap()
}

fn until(name: &str, end: &str) -> Policy {
    let days = ["Mon", "Tue", "Wed", "Thu", "Fri"];
    policy(name, json!({"businessHours": [{"days": days, "start": "08:00", "end": end}]}))
}

fn between(before: &Policy, after: &Policy, uploads: &[Upload]) -> Difference {
    difference(&[(Some(before), after)], uploads)
}

/// An upload at this time, which is also its tag.
fn upload(time: &str) -> Upload {
    let record = json!({
        "userIdentity": {
            "type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/release/run-1", "accountId": "111122223333",
            "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::111122223333:role/ci/release"}},
        },
        "eventTime": time, "eventSource": "ecr.amazonaws.com", "eventName": "PutImage", "awsRegion": "eu-central-1",
        "requestParameters": {"repositoryName": "prod/api", "registryId": "111122223333", "imageTag": time.replace(':', "-")},
        "eventID": time, "recipientAccountId": "111122223333",
    });
    match decode_value(&record) {
        Ok(Decoded::Upload(upload)) => *upload,
        other => panic!("not an upload: {other:?}"),
    }
}

/// `Added 2026-11-20: Added …, Removed …`.
fn in_short(difference: &Difference) -> Vec<String> {
    let upload = |upload: &UploadDifference| format!("{:?} {}", upload.change, upload.event_id);
    let finding = |finding: &FindingDifference| {
        let uploads: Vec<String> = finding.pushes.iter().map(upload).collect();
        format!("{:?} {}: {}", finding.change, finding.date, uploads.join(", "))
    };
    difference.differences.iter().map(finding).collect()
}

const EVENING: &str = "2026-11-18T19:00:00Z";
const NIGHT: &str = "2026-11-18T23:00:00Z";
const NEXT_EVENING: &str = "2026-11-19T19:00:00Z";
const DAY: &str = "2026-11-19T12:00:00Z";

fn uploads() -> Vec<Upload> {
    [EVENING, NIGHT, NEXT_EVENING, DAY].map(upload).to_vec()
}

#[test]
fn shorter_hours_add_findings_and_uploads_and_longer_ones_remove_them() {
    let (long, short) = (until("production", "20:00"), until("production", "18:00"));
    let added = between(&long, &short, &uploads());
    assert_eq!(
        in_short(&added),
        [format!("Changed 2026-11-18: Added {EVENING}"), format!("Added 2026-11-19: Added {NEXT_EVENING}")]
    );
    assert_eq!(added.findings, Counts { added: 1, removed: 0, changed: 1, same: 0 });
    assert_eq!(added.pushes, Counts { added: 2, removed: 0, changed: 0, same: 1 });
    assert_eq!(added.differences[0].pushes_that_stay, 1);
    let removed = between(&short, &long, &uploads());
    assert_eq!(
        in_short(&removed),
        [format!("Changed 2026-11-18: Removed {EVENING}"), format!("Removed 2026-11-19: Removed {NEXT_EVENING}")]
    );
    assert_eq!(removed.findings, Counts { added: 0, removed: 1, changed: 1, same: 0 });
}

#[test]
fn both_sides_have_a_reason() {
    let difference = between(&until("production", "20:00"), &until("production", "18:00"), &[upload(EVENING)]);
    let UploadDifference { before: Some(before), after, .. } = &difference.differences[0].pushes[0] else {
        panic!("{difference:?}")
    };
    assert_eq!((before.verdict, before.reason, before.finding.as_ref()), ("BusinessHours", None, None));
    assert_eq!(before.message, "within the business hours, Mon-Fri 08:00-20:00");
    assert_eq!((after.verdict, after.reason), ("OffHours", Some(OffHoursReason::OutsideHours)));
    assert_eq!(after.message, "business hours are Mon-Fri 08:00-18:00");
    assert_eq!(after.finding.as_ref(), Some(&difference.differences[0].name));
}

#[test]
fn a_new_name_for_a_policy_makes_no_difference() {
    let (before, after) = (until("production", "20:00"), until("tomorrow", "20:00"));
    let same = between(&before, &after, &uploads());
    assert_eq!(in_short(&same), [""; 0]);
    assert_eq!(same.findings, Counts { same: 1, ..Counts::default() });
    let other = between(&before, &until("tomorrow", "18:00"), &uploads());
    assert_eq!(in_short(&other), in_short(&between(&before, &until("production", "18:00"), &uploads())));
    assert!(
        other.differences.iter().all(|finding| finding.policy == "tomorrow" && finding.name.contains("-tomorrow-"))
    );
}

#[test]
fn a_zone_that_moves_the_date_moves_uploads_to_another_finding() {
    let freeze = |zone: &str| policy("production", json!({"timeZone": zone, "businessHours": []}));
    let moved = between(&freeze("UTC"), &freeze("Asia/Tokyo"), &[upload("2026-11-19T05:00:00Z")]);
    assert_eq!(
        in_short(&moved),
        ["Removed 2026-11-18: Removed 2026-11-19T05:00:00Z", "Added 2026-11-19: Added 2026-11-19T05:00:00Z"]
    );
    assert_eq!(moved.pushes, Counts { changed: 1, ..Counts::default() });
    let names: Vec<&str> = moved.differences.iter().map(|finding| finding.name.as_str()).collect();
    let before = moved.differences[1].pushes[0].before.as_ref().and_then(|before| before.finding.as_deref());
    let after = moved.differences[0].pushes[0].after.finding.as_deref();
    assert_eq!((before, after), (Some(names[0]), Some(names[1])));
}

#[test]
fn the_order_of_the_uploads_makes_no_difference() {
    let (before, after) = (until("production", "20:00"), until("production", "18:00"));
    let from: DateTime<Utc> = EVENING.parse().unwrap();
    let many: Vec<Upload> = (0..60)
        .map(|number| {
            let mut upload = upload(&format!("{:?}", from + TimeDelta::minutes(number * 17)));
            upload.repository = format!("prod/{}", number % 4);
            upload
        })
        .collect();
    let expected = between(&before, &after, &many);
    assert!(!expected.differences.is_empty());
    let (mut reversed, mut rotated) = (many.clone(), many);
    reversed.reverse();
    rotated.rotate_left(23);
    assert_eq!(between(&before, &after, &reversed), expected);
    assert_eq!(between(&before, &after, &rotated), expected);
}

#[test]
fn all_findings_of_a_new_policy_are_added_and_counted_with_those_of_other_pairs() {
    let (old, shorter, new) = (until("old", "20:00"), until("old", "18:00"), until("new", "18:00"));
    let difference = difference(&[(Some(&old), &shorter), (None, &new)], &uploads());
    assert_eq!(difference.findings, Counts { added: 3, removed: 0, changed: 1, same: 0 });
    let of_new = difference.differences.iter().filter(|finding| finding.policy == "new");
    let uploads: Vec<&UploadDifference> = of_new.flat_map(|finding| &finding.pushes).collect();
    assert!(uploads.len() == 3 && uploads.iter().all(|upload| upload.before.is_none()), "{uploads:?}");
    let names: Vec<Option<&str>> = difference.policies.iter().map(|pair| pair.before.as_deref()).collect();
    assert_eq!(names, [Some("old"), None]);
}
