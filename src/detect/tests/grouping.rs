//! All findings of a set of uploads, compared with a naive formulation.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::json;

use super::{policy, upload};
use crate::api::MAX_UPLOADS;
use crate::detect::findings;
use crate::upload::Upload;

/// An upload to one of few repositories in one of few hours, so that many share a finding.
fn push(number: usize, repository: &str, minutes: i64, tagged: bool, failed: bool) -> Upload {
    let noon: DateTime<Utc> = "2026-11-18T12:00:00Z".parse().unwrap();
    let time = noon + TimeDelta::minutes(minutes);
    let mut changes = vec![
        ("/eventID", json!(format!("id-{number}"))),
        ("/eventTime", json!(time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))),
        ("/requestParameters/repositoryName", json!(repository)),
        ("/requestParameters/imageTag", if tagged { json!("v1") } else { json!(null) }),
        ("/requestParameters/imageManifest", json!(format!("{{\"x\": {number}}}"))),
    ];
    if failed {
        changes.push(("/errorCode", json!("ImageTagAlreadyExistsException")));
    }
    upload(&changes)
}

fn pushes() -> impl Strategy<Value = Vec<Upload>> {
    let push_of = (prop::sample::select(vec!["a", "b"]), 0i64..4_000, any::<bool>(), prop::bool::weighted(0.2));
    prop::collection::vec(push_of, 0..260).prop_map(|pushes| {
        let pushes = pushes.into_iter().enumerate();
        pushes
            .map(|(number, (repository, minutes, tagged, failed))| push(number, repository, minutes, tagged, failed))
            .collect()
    })
}

/// By definition: the ids of each repository and each day from noon to noon UTC, in the order of time.
fn by_definition(pushes: &[Upload]) -> BTreeMap<(String, String), Vec<String>> {
    let mut groups: BTreeMap<(String, String), Vec<&Upload>> = BTreeMap::new();
    for push in pushes {
        let day = (push.time - TimeDelta::hours(12)).date_naive().to_string();
        groups.entry((push.repository.clone(), day)).or_default().push(push);
    }
    let ids = |mut group: Vec<&Upload>| {
        group.sort_by_key(|push| (push.time, push.tag.is_none(), push.event_id.clone()));
        group.iter().map(|push| push.event_id.clone()).collect()
    };
    groups.into_iter().map(|(key, group)| (key, ids(group))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_push_is_in_exactly_one_finding_of_its_repository_and_night(pushes in pushes()) {
        let objects = findings(&policy(json!({"businessHours": []})), &pushes);
        let mut found: BTreeMap<(String, String), BTreeMap<i32, Vec<String>>> = BTreeMap::new();
        for object in objects {
            let status = object.status.unwrap();
            prop_assert!(status.uploads.len() <= MAX_UPLOADS);
            prop_assert_eq!(status.count as usize, status.uploads.len());
            let failed = status.uploads.iter().filter(|upload| upload.error_code.is_some()).count();
            prop_assert_eq!(status.failed as usize, failed);
            prop_assert_eq!(status.first_time, status.uploads.iter().map(|upload| upload.time).min().unwrap());
            prop_assert_eq!(status.last_time, status.uploads.iter().map(|upload| upload.time).max().unwrap());
            let ids = status.uploads.into_iter().map(|upload| upload.event_id).collect();
            let key = (object.spec.repository, object.spec.date.to_string());
            prop_assert!(found.entry(key).or_default().insert(object.spec.part, ids).is_none());
        }
        let found: BTreeMap<_, Vec<String>> =
            found.into_iter().map(|(key, parts)| (key, parts.into_values().flatten().collect())).collect();
        prop_assert_eq!(found, by_definition(&pushes));
    }

    #[test]
    fn the_order_of_the_uploads_changes_nothing(
        (pushes, shuffled) in pushes().prop_flat_map(|pushes| (Just(pushes.clone()), Just(pushes).prop_shuffle())),
    ) {
        let policy = policy(json!({}));
        let text = |pushes: &[Upload]| serde_json::to_string(&findings(&policy, pushes)).unwrap();
        prop_assert_eq!(text(&pushes), text(&shuffled));
    }
}
