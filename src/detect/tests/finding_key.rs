use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{key, policy, upload};
use crate::detect::FindingKey;

fn freeze() -> crate::detect::Policy {
    policy(json!({"businessHours": []}))
}

fn name(changes: &[(&str, Value)]) -> String {
    key(&freeze(), &upload(changes)).name(1)
}

#[test]
fn the_name_is_the_same_on_every_run() {
    // If this name changed, an update would report everything again.
    assert_eq!(name(&[]), "2026-11-18-production-prod-api-p15b8tnr");
}

#[test]
fn pushes_of_one_night_to_one_repository_by_one_principal_share_a_finding() {
    let night = [json!("2026-11-18T12:00:00Z"), json!("2026-11-18T23:59:59Z"), json!("2026-11-19T11:59:59Z")];
    for time in night {
        assert_eq!(name(&[("/eventTime", time), ("/requestParameters/imageTag", json!("other"))]), name(&[]));
    }
    assert_ne!(name(&[("/eventTime", json!("2026-11-19T12:00:00Z"))]), name(&[]));
}

#[test]
fn every_part_of_the_identity_makes_another_finding() {
    let mut names = vec![
        name(&[]),
        key(&freeze(), &upload(&[])).name(2),
        name(&[("/requestParameters/registryId", json!("444455556666"))]),
        name(&[("/awsRegion", json!("us-east-1"))]),
        name(&[("/eventSource", json!("ecr-public.amazonaws.com"))]),
        name(&[("/requestParameters/repositoryName", json!("prod-api"))]),
        name(&[("/userIdentity/sessionContext/sessionIssuer/arn", json!("arn:aws:iam::111122223333:role/release"))]),
    ];
    names.sort();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn the_session_is_identity_for_identity_center_only() {
    let issuer = "/userIdentity/sessionContext/sessionIssuer/arn";
    let sso =
        json!("arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_0123456789abcdef");
    let session = |name: &str| {
        let arn = format!("arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Dev_0123456789abcdef/{name}");
        ("/userIdentity/arn", json!(arn))
    };
    let kaori = key(&freeze(), &upload(&[(issuer, sso.clone()), session("kaori@example.com")]));
    let hans = key(&freeze(), &upload(&[(issuer, sso), session("hans@example.com")]));
    assert_ne!(kaori.name(1), hans.name(1));
    assert_eq!(kaori.spec(1).principal.session.as_deref(), Some("kaori@example.com"));

    let run = |name: &str| json!(format!("arn:aws:sts::111122223333:assumed-role/release/{name}"));
    assert_eq!(name(&[("/userIdentity/arn", run("run-1"))]), name(&[("/userIdentity/arn", run("run-2"))]));
}

/// An upload in which every value is unusual.
fn any_key() -> impl Strategy<Value = (FindingKey, i32)> {
    let text = "[a-zA-Z0-9/._-]{1,80}|\\PC{1,300}";
    (text, text, 0i64..3_000, "[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?", 1i32..3).prop_map(
        |(repository, arn, night, policy, part)| {
            let time = "2026-11-18T20:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap()
                + chrono::TimeDelta::days(night);
            let push = upload(&[
                ("/requestParameters/repositoryName", json!(repository)),
                ("/userIdentity/sessionContext/sessionIssuer/arn", json!(arn)),
                ("/eventTime", json!(time.to_rfc3339())),
            ]);
            (key(&freeze(), &push).under(&policy), part)
        },
    )
}

proptest! {
    #[test]
    fn both_names_are_dns_labels_whatever_the_record_holds((key, part) in any_key()) {
        for name in [key.name(part), key.second_name(part)] {
            prop_assert!(name.len() <= 63, "{name}");
            prop_assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'), "{name}");
            prop_assert!(!name.starts_with('-') && !name.ends_with('-') && !name.contains("--"), "{name}");
        }
    }

    #[test]
    fn names_sort_by_date_and_are_distinct(keys in prop::collection::vec(any_key(), 2..30)) {
        let mut objects: Vec<_> = keys.iter().map(|(key, part)| key.object(*part)).collect();
        objects.sort_by(|a, b| a.metadata.name.cmp(&b.metadata.name));
        prop_assert!(objects.is_sorted_by_key(|object| object.spec.date));
        let names: BTreeSet<_> = keys.iter().map(|(key, part)| key.name(*part)).collect();
        let parts: BTreeSet<_> = keys.iter().map(|(key, part)| (key.group(), part)).collect();
        prop_assert_eq!(names.len(), parts.len());
    }

    #[test]
    fn a_finding_owns_the_objects_that_it_made_and_no_other((key, part) in any_key(), (other, other_part) in any_key()) {
        prop_assert!(key.owns(part, &key.spec(part)));
        prop_assert!(!key.owns(part + 1, &key.spec(part)));
        prop_assert_eq!(key.owns(part, &other.spec(other_part)), (key.group(), part) == (other.group(), other_part));
    }
}

#[test]
fn team_zone_and_triage_do_not_change_whose_an_object_is() {
    let key = key(&freeze(), &upload(&[]));
    let mut spec = key.spec(1);
    (spec.team, spec.time_zone) = (Some("tokyo".to_owned()), "Asia/Tokyo".to_owned());
    spec.triage.state = crate::api::TriageState::Expected;
    assert!(key.owns(1, &spec));
}

#[test]
fn where_a_value_was_cut_the_name_has_a_longer_hash() {
    let hash = |repository: &str| {
        let name = name(&[("/requestParameters/repositoryName", json!(repository))]);
        name.rsplit('-').next().unwrap().len()
    };
    assert_eq!((hash(&"x".repeat(256)), hash(&"x".repeat(257))), (8, 16));
}

#[test]
fn the_key_of_a_stored_part_has_the_names_of_all_its_parts() {
    let key = key(&freeze(), &upload(&[]));
    assert_eq!(FindingKey::of_spec(&key.spec(7)), key);
}
