use proptest::prelude::*;
use serde_json::{Value, json};

use super::{key, policy, upload};

fn freeze() -> crate::detect::Policy {
    policy(json!({"businessHours": []}))
}

fn name(changes: &[(&str, Value)]) -> String {
    key(&freeze(), &upload(changes)).name(1)
}

#[test]
fn the_name_is_the_same_on_every_run() {
    // A change of this name would report everything again after an update.
    assert_eq!(name(&[]), "production-prod-api-b04ab46ab8442aab");
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

proptest! {
    #[test]
    fn the_name_is_a_dns_label_whatever_the_record_holds(repository in "\\PC{1,300}", arn in "\\PC{1,300}") {
        let changes = [
            ("/requestParameters/repositoryName", json!(repository)),
            ("/userIdentity/sessionContext/sessionIssuer/arn", json!(arn)),
        ];
        let name = name(&changes);
        prop_assert!(name.len() <= 63, "{name}");
        prop_assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'), "{name}");
        prop_assert!(!name.starts_with('-') && !name.ends_with('-') && !name.contains("--"), "{name}");
    }
}

#[test]
fn the_key_of_a_stored_part_has_the_names_of_all_its_parts() {
    let key = key(&freeze(), &upload(&[]));
    assert_eq!(crate::detect::FindingKey::of_spec(&key.spec(7)), key);
}
