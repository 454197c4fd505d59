//! Uploads are read in batches, in any order: those of one push may be read apart.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{policy, upload};
use crate::api::OffHoursUpload;
use crate::detect::{FindingKey, NewUpload, Policy, Verdict, findings, plan_append};
use crate::upload::{RELATION_DISTANCE, Upload, relate};

/// A record that has only the principal, the repository and the night in common with those of other numbers.
fn record(number: i64, seconds: i64, tag: Option<&str>, mut manifest: Value) -> Upload {
    let time: DateTime<Utc> = "2026-11-18T20:00:00Z".parse().unwrap();
    manifest["annotations"] = json!({"number": number.to_string()});
    upload(&[
        ("/eventID", json!(format!("event-{number:03}"))),
        ("/eventTime", json!((time + TimeDelta::seconds(seconds)).to_rfc3339())),
        ("/requestParameters/imageTag", json!(tag)),
        ("/requestParameters/imageManifest", json!(manifest.to_string())),
    ])
}

/// The records of one push: the manifests of platforms with an attestation, and within minutes the index that lists them; or
/// a single manifest.
fn push(number: i64, seconds: i64, shape: u8, minutes_until_index: i64) -> Vec<Upload> {
    let number = number * 10;
    let image = json!({"schemaVersion": 2, "config": {"mediaType": "application/vnd.oci.image.config.v1+json"}});
    let chart = json!({"config": {"mediaType": "application/vnd.cncf.helm.config.v1+json"}});
    let artifact = json!({"artifactType": "application/vnd.example.thing", "config": {"mediaType": "application/x"}});
    let statement = json!({"config": {}, "layers": [{"mediaType": "application/vnd.in-toto+json"}]});
    match shape {
        0 => vec![record(number, seconds, Some("v1"), image)],
        1 => vec![record(number, seconds, Some("1.2.3"), chart)],
        2 => vec![record(number, seconds, None, image)],
        _ => {
            let listed = [image.clone(), image, artifact, statement];
            let mut records: Vec<Upload> =
                (1..).zip(listed).map(|(child, manifest)| record(number + child, seconds, None, manifest)).collect();
            let digests: Vec<Value> =
                records.iter().map(|record| json!({"digest": record.digest.as_ref().unwrap().as_str()})).collect();
            let index = json!({"schemaVersion": 2, "manifests": digests});
            records.push(record(number, seconds + 60 * minutes_until_index, Some("latest"), index));
            records
        }
    }
}

/// Reads the batches like a stream: each is related to everything that was read before. If relations decide, uploads that
/// are not settled wait.
fn in_batches(policy: &Policy, batches: &[Vec<Upload>]) -> Vec<OffHoursUpload> {
    let mut read: Vec<Upload> = Vec::new();
    let mut delivered: Vec<String> = Vec::new();
    let mut parts: BTreeMap<FindingKey, BTreeMap<i32, OffHoursUpload>> = BTreeMap::new();
    let last = batches.iter().flatten().map(|upload| upload.time).max().unwrap();
    let early = last - TimeDelta::hours(1);
    // Time passes, so that everything is settled at the last read.
    let reads = batches.iter().map(|batch| (batch.as_slice(), early)).chain([(&[][..], last + RELATION_DISTANCE)]);
    for (batch, read_through) in reads {
        read.extend(batch.iter().cloned());
        relate(&mut read);
        let mut new: BTreeMap<FindingKey, Vec<NewUpload>> = BTreeMap::new();
        for upload in &read {
            let is_due = !policy.looks_at_relations() || upload.is_settled(read_through);
            if !is_due || delivered.contains(&upload.event_id) {
                continue;
            }
            delivered.push(upload.event_id.clone());
            let judgement = policy.judge(upload);
            if let Verdict::OffHours(reason) = judgement.verdict {
                let key = FindingKey::new(policy, upload, &judgement);
                new.entry(key).or_default().push(NewUpload::new(policy, upload, &judgement, reason));
            }
        }
        for (key, uploads) in new {
            let parts = parts.entry(key.clone()).or_default();
            for write in plan_append(&key, parts, 1, uploads) {
                parts.entry(write.part).or_insert_with(|| key.object(write.part)).status = Some(write.status);
            }
        }
    }
    let mut objects: Vec<OffHoursUpload> = parts.into_values().flat_map(BTreeMap::into_values).collect();
    objects.sort_by(|a, b| a.metadata.name.cmp(&b.metadata.name));
    objects
}

fn at_once(policy: &Policy, batches: &[Vec<Upload>]) -> Vec<OffHoursUpload> {
    let mut uploads = batches.concat();
    relate(&mut uploads);
    findings(policy, &uploads)
}

/// The pushes of one night, with their records in any order and any batches.
fn any_batches() -> impl Strategy<Value = Vec<Vec<Upload>>> {
    let pushes = prop::collection::vec((0i64..3600, 0u8..6, 0i64..10), 1..8);
    let records = pushes.prop_map(|pushes| {
        let numbered = (0..).zip(pushes);
        numbered
            .flat_map(|(number, (seconds, shape, minutes))| push(number, seconds, shape, minutes))
            .collect::<Vec<_>>()
    });
    (records.prop_shuffle(), 1usize..9)
        .prop_map(|(records, size)| records.chunks(size).map(<[Upload]>::to_vec).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// The same records make the same objects, however they are read: an index joins images that were reported before it.
    #[test]
    fn the_findings_of_a_night_do_not_depend_on_the_batches(batches in any_batches()) {
        let policy = policy(json!({"businessHours": []}));
        prop_assert!(!policy.looks_at_relations());
        prop_assert_eq!(in_batches(&policy, &batches), at_once(&policy, &batches));
    }

    /// If a rule names kinds, the verdict itself depends on what is pushed later.
    #[test]
    fn neither_does_what_rules_by_kind_let_through(
        batches in any_batches(),
        kinds in prop::sample::subsequence(vec!["Image", "Index", "IndexChild", "HelmChart", "Attestation", "Artifact"], 1..4),
    ) {
        let rule = json!({"name": "rule", "reason": "CHG-1", "kinds": kinds});
        let policy = policy(json!({"businessHours": [], "allow": [rule]}));
        let in_batches = in_batches(&policy, &batches);
        let verdicts = |objects: &[OffHoursUpload]| -> Vec<String> {
            let uploads = objects.iter().filter_map(|object| object.status.as_ref()).flat_map(|status| &status.uploads);
            uploads.map(|upload| upload.event_id.clone()).collect()
        };
        let at_once = at_once(&policy, &batches);
        prop_assert_eq!(verdicts(&in_batches), verdicts(&at_once));
        if policy.looks_at_relations() {
            prop_assert_eq!(in_batches, at_once);
        }
    }
}
