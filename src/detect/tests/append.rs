use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{key, new_upload, policy, upload};
use crate::api::{MAX_UPLOADS, OffHoursUpload, OffHoursUploadStatus};
use crate::detect::{FindingKey, NewUpload, PartWrite, plan_append};

type Parts = BTreeMap<i32, OffHoursUpload>;

fn finding_key() -> FindingKey {
    key(&policy(json!({"businessHours": []})), &upload(&[]))
}

fn plan(parts: &Parts, first: i32, uploads: Vec<NewUpload>) -> Vec<PartWrite> {
    plan_append(&finding_key(), parts, first, uploads)
}

fn status(parts: &Parts, part: i32) -> &OffHoursUploadStatus {
    parts[&part].status.as_ref().unwrap()
}

fn statuses(parts: &Parts) -> impl Iterator<Item = &OffHoursUploadStatus> {
    parts.values().filter_map(|finding| finding.status.as_ref())
}

fn numbered(number: usize) -> NewUpload {
    let time = chrono::DateTime::from_timestamp(1_795_000_000 + i64::try_from(number).unwrap(), 0).unwrap();
    new_upload(&[("/eventID", json!(format!("event-{number:05}"))), ("/eventTime", json!(time.to_rfc3339()))])
}

/// Applies a plan as the writer does.
fn apply(parts: &mut Parts, uploads: Vec<NewUpload>) -> usize {
    let plan = plan(parts, 1, uploads);
    let count = plan.len();
    for write in plan {
        parts.entry(write.part).or_insert_with(|| finding_key().object(write.part)).status = Some(write.status);
    }
    count
}

fn ids(parts: &Parts) -> Vec<String> {
    let uploads = statuses(parts).flat_map(|status| &status.uploads);
    uploads.map(|upload| upload.event_id.clone()).collect()
}

#[test]
fn a_part_holds_a_hundred_uploads_and_the_next_goes_to_the_next_part() {
    let mut parts = Parts::new();
    assert_eq!(apply(&mut parts, (0..250).map(numbered).collect()), 3);
    let sizes: Vec<i32> = statuses(&parts).map(|status| status.count).collect();
    assert_eq!(sizes, [100, 100, 50]);
    apply(&mut parts, (250..251).map(numbered).collect());
    assert_eq!(status(&parts, 3).count, 51);
}

#[test]
fn a_part_without_evidence_yet_is_filled() {
    let parts = Parts::from([(1, finding_key().object(1))]);
    let plan = plan(&parts, 1, vec![numbered(1)]);
    assert_eq!((plan[0].part, plan[0].added.uploads), (1, 1));
}

#[test]
fn a_part_that_was_deleted_is_made_again_without_what_later_parts_hold() {
    let mut parts = Parts::new();
    apply(&mut parts, (0..150).map(numbered).collect());
    parts.remove(&1);
    apply(&mut parts, (0..150).map(numbered).collect());
    assert_eq!(ids(&parts).len(), 150);
}

#[test]
fn full_parts_before_the_first_with_room_are_not_needed() {
    let mut parts = Parts::new();
    apply(&mut parts, (0..250).map(numbered).collect());
    let last = parts.split_off(&3);
    let plan = plan(&last, 3, (240..320).map(numbered).collect());
    let written: Vec<_> = plan.iter().map(|write| (write.part, write.added.uploads, write.status.count)).collect();
    assert_eq!(written, [(3, 50, 100), (4, 20, 20)]);
}

#[test]
fn the_status_follows_from_the_uploads() {
    let failed = ("/errorCode", json!("ImageTagAlreadyExistsException"));
    let mut parts = Parts::new();
    let late = new_upload(&[("/eventID", json!("b")), ("/eventTime", json!("2026-11-18T23:20:00Z")), failed]);
    apply(&mut parts, vec![late]);
    let early = new_upload(&[("/eventID", json!("a")), ("/eventTime", json!("2026-11-18T23:10:00Z"))]);
    let message = early.message();
    apply(&mut parts, vec![early]);
    let status = status(&parts, 1);
    assert_eq!((status.count, status.pushes, status.failed), (2, 2, 1));
    assert_eq!(status.first_time.to_rfc3339(), "2026-11-18T23:10:00+00:00");
    assert_eq!(status.last_time.to_rfc3339(), "2026-11-18T23:20:00+00:00");
    assert_eq!(status.message, message, "the sentence is about the first upload");
    assert_eq!(
        message,
        "arn:aws:iam::111122223333:role/ci/release pushed prod/api:v1.2 at Wed 2026-11-18 23:10:00 +00:00 (UTC); \
         there are no business hours"
    );
}

fn index_and_images() -> (NewUpload, Vec<NewUpload>) {
    let images: Vec<NewUpload> = (0..3)
        .map(|number| {
            let manifest = json!({"schemaVersion": 2, "config": {}, "number": number}).to_string();
            new_upload(&[
                ("/eventID", json!(format!("image-{number}"))),
                ("/requestParameters/imageManifest", json!(manifest)),
                ("/requestParameters/imageTag", Value::Null),
            ])
        })
        .collect();
    let listed: Vec<Value> = images.iter().map(|image| json!({"digest": image.evidence.digest})).collect();
    let manifest = json!({"schemaVersion": 2, "manifests": listed}).to_string();
    (new_upload(&[("/eventID", json!("index")), ("/requestParameters/imageManifest", json!(manifest))]), images)
}

#[test]
fn an_index_and_the_images_it_lists_are_one_push_in_whatever_order_they_come() {
    let (index, images) = index_and_images();
    for index_comes in 0..=images.len() {
        let mut parts = Parts::new();
        let mut order = images.clone();
        order.insert(index_comes, index.clone());
        for upload in order {
            apply(&mut parts, vec![upload]);
        }
        let status = status(&parts, 1);
        assert_eq!((status.count, status.pushes), (4, 1), "the index came after {index_comes} images");
    }
}

#[test]
fn an_image_that_no_index_lists_is_a_push_of_its_own() {
    let (index, images) = index_and_images();
    let mut parts = Parts::new();
    apply(&mut parts, [vec![index, numbered(1)], images].concat());
    assert_eq!(status(&parts, 1).pushes, 2);
}

#[test]
fn copies_of_one_event_in_two_accounts_are_one_upload() {
    let copy = |id: &str| new_upload(&[("/eventID", json!(id)), ("/sharedEventID", json!("shared"))]);
    let mut parts = Parts::new();
    apply(&mut parts, vec![copy("caller")]);
    assert_eq!(apply(&mut parts, vec![copy("owner")]), 0);
    assert_eq!(ids(&parts), ["caller"]);
}

/// An index, its images and other uploads, some of which failed. Numbers may repeat: those records are delivered again.
fn mixed(number: usize) -> NewUpload {
    let (index, images) = index_and_images();
    match number {
        0..3 => images[number].clone(),
        3 => index,
        number if number % 7 == 0 => {
            let failed = ("/errorCode", json!("ImageTagAlreadyExistsException"));
            new_upload(&[("/eventID", json!(format!("failed-{number}"))), failed])
        }
        number => numbered(number),
    }
}

#[test]
fn what_a_write_adds_is_counted_in_pushes_and_named_by_its_latest_tag() {
    let (index, images) = index_and_images();
    let refused = new_upload(&[
        ("/eventID", json!("refused")),
        ("/eventTime", json!("2026-11-18T23:20:00Z")),
        ("/requestParameters/imageTag", json!("v1.3")),
        ("/errorCode", json!("ImageTagAlreadyExistsException")),
    ]);
    let mut parts = Parts::new();
    let added = plan(&parts, 1, [vec![index, refused], images[1..].to_vec()].concat())[0].added.clone();
    assert_eq!((added.uploads, added.pushes, added.failed_pushes), (4, 2, 1));
    assert_eq!((added.latest.tag.as_deref(), added.why.as_str()), (Some("v1.3"), "there are no business hours"));
    let (index, _) = index_and_images();
    apply(&mut parts, vec![index]);
    let added = &plan(&parts, 1, images[..1].to_vec())[0].added;
    assert_eq!((added.uploads, added.pushes), (1, 0), "an image of an index that was reported before");
}

#[test]
fn the_short_forms_are_about_the_latest_tag_and_the_last_upload() {
    let tag = |tag: Option<&str>| ("/requestParameters/imageTag", json!(tag));
    let at = |minute: u32| ("/eventTime", json!(format!("2026-11-18T23:{minute}:00Z")));
    let manifest = ("/requestParameters/imageManifest", json!("{}"));
    let mut parts = Parts::new();
    apply(&mut parts, vec![new_upload(&[("/eventID", json!("a")), tag(Some("v1.2")), at(10)])]);
    apply(&mut parts, vec![new_upload(&[("/eventID", json!("b")), tag(Some("v1.3")), at(20)])]);
    apply(&mut parts, vec![new_upload(&[("/eventID", json!("c")), tag(None), at(30), manifest])]);
    let status = status(&parts, 1);
    let summary = &status.summary;
    assert_eq!((summary.tag.as_deref(), summary.principal.as_str()), (Some("v1.3"), "role/ci/release"));
    assert_eq!((summary.last.as_str(), summary.triage.as_str()), ("Wed 23:30", "New"));
    assert_eq!(summary.digest, status.uploads[1].digest);
    assert_ne!(summary.digest, status.uploads[2].digest);
}

proptest! {
    /// While one part holds all uploads, the finding does not depend on the batches and the order in which they are read.
    #[test]
    fn batches_and_their_order_change_nothing(
        numbers in prop::collection::vec(0usize..60, 1..40), sizes in prop::collection::vec(1usize..9, 1..12),
    ) {
        let uploads: Vec<NewUpload> = numbers.iter().copied().map(mixed).collect();
        let mut at_once = Parts::new();
        let mut in_order = uploads.clone();
        in_order.sort_by(|a, b| a.evidence.event_id.cmp(&b.evidence.event_id));
        apply(&mut at_once, in_order);
        let mut in_batches = Parts::new();
        let mut rest = uploads.as_slice();
        for size in sizes.into_iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (batch, later) = rest.split_at(size.min(rest.len()));
            apply(&mut in_batches, batch.to_vec());
            rest = later;
        }
        prop_assert_eq!(in_batches, at_once);
    }

    /// However often and in whatever batches uploads are read, each is held once, no part overflows, and times are in order.
    #[test]
    fn every_record_is_held_once(batches in prop::collection::vec(prop::collection::vec(0usize..300, 0..80), 0..8)) {
        let mut parts = Parts::new();
        for batch in &batches {
            apply(&mut parts, batch.iter().copied().map(numbered).collect());
        }
        let expected: BTreeSet<String> =
            batches.iter().flatten().map(|number| format!("event-{number:05}")).collect();
        let mut held = ids(&parts);
        held.sort();
        prop_assert_eq!(held, expected.into_iter().collect::<Vec<_>>());
        for status in statuses(&parts) {
            prop_assert!(status.uploads.len() <= MAX_UPLOADS);
            prop_assert!(status.uploads.is_sorted_by_key(|upload| upload.time));
            prop_assert_eq!(status.count as usize, status.uploads.len());
            prop_assert_eq!(status.first_time, status.uploads[0].time);
        }
    }
}
