//! The published records, and the uploads that they must give.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde_json::Value;

use super::super::{Decoded, Digest, Kind, Principal, Registry, Upload, decode, decode_value};

pub(super) fn fixture(name: &str) -> String {
    let path = folder().join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The one public record of a real `docker push`.
pub(super) fn docker_push() -> Value {
    static RECORD: LazyLock<Value> = LazyLock::new(|| parsed("putimage/docker-push-iamuser.json"));
    RECORD.clone()
}

/// The records of `identities.json`, each with its shape and origin.
pub(super) fn identities() -> &'static [(String, Value)] {
    static RECORDS: LazyLock<Vec<(String, Value)>> = LazyLock::new(|| {
        let shapes = parsed("identities.json");
        let labelled = |(shape, entries): (&String, &Value)| -> Vec<_> {
            let entries = entries.as_array().expect("a list of records");
            entries.iter().map(|entry| (format!("{shape}: {}", entry["origin"]), entry["event"].clone())).collect()
        };
        shapes.as_object().expect("an object of shapes").iter().flat_map(labelled).collect()
    });
    &RECORDS
}

fn parsed(name: &str) -> Value {
    serde_json::from_str(&fixture(name)).expect("the fixture is JSON")
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/cloudtrail")
}

fn upload(name: &str) -> Upload {
    match decode(&fixture(name)) {
        Ok(Decoded::Upload(upload)) => *upload,
        other => panic!("{name}: {other:?}"),
    }
}

fn iam_user(arn: &str, name: &str) -> Principal {
    Principal {
        kind: "IAMUser".into(),
        arn: arn.into(),
        session: None,
        user_name: Some(name.into()),
        own_arn: Some(arn.into()),
    }
}

#[test]
fn a_docker_push_is_read_whole() {
    let upload = upload("putimage/docker-push-iamuser.json");
    let digest = Digest::parse("sha256:b7798f35949cc1a2d435c9ac59ab69e857fe635a359c96e4f56a8498ce02019c");
    assert_eq!(upload.id.as_str(), "1aef3588-ae84-4f1f-9276-8ec94ee6a7e9");
    assert_eq!(
        upload,
        Upload {
            id: upload.id.clone(),
            event_id: "1aef3588-ae84-4f1f-9276-8ec94ee6a7e9".into(),
            time: "2021-08-18T23:17:30Z".parse().expect("a time"),
            account: "111111111112".into(),
            region: "eu-central-1".into(),
            registry: Registry::Private,
            repository: "devsecops/cat_dog_server".into(),
            tag: Some("latest".into()),
            digest,
            kind: Kind::Image,
            relation: Default::default(),
            children: Vec::new(),
            error_code: None,
            error_message: None,
            principal: iam_user("arn:aws:iam::111111111111:user/test", "test"),
            caller_account: Some("111111111111".into()),
            recipient_account: Some("111111111111".into()),
            source_ip: Some("AWS Internal".into()),
            user_agent: Some("AWS Internal".into()),
            omitted: Default::default(),
            addendum: None,
            unreadable: Vec::new(),
        }
    );
}

#[test]
fn a_record_of_the_2019_format_is_read_whole() {
    let upload = upload("putimage/console-2019.json");
    let digest = Digest::parse("sha256:98c8b060c21d9adbb6b8c41b916e95e6307102786973ab93a41e8b86d1fc6d3e");
    assert_eq!(upload.id.as_str(), "2bfd4ee2-2178-4a82-a27d-b12939923f0f");
    assert_eq!(
        upload,
        Upload {
            id: upload.id.clone(),
            event_id: "2bfd4ee2-2178-4a82-a27d-b12939923f0f".into(),
            time: "2019-04-15T16:45:00Z".parse().expect("a time"),
            account: "123456789012".into(),
            region: "us-east-2".into(),
            registry: Registry::Private,
            repository: "testrepo".into(),
            tag: Some("latest".into()),
            digest,
            kind: Kind::Image,
            relation: Default::default(),
            children: Vec::new(),
            error_code: None,
            error_message: None,
            principal: iam_user("arn:aws:sts::123456789012:user/Mary_Major", "Mary_Major"),
            caller_account: Some("123456789012".into()),
            recipient_account: Some("123456789012".into()),
            source_ip: Some("203.0.113.12".into()),
            user_agent: Some("console.amazonaws.com".into()),
            omitted: Default::default(),
            addendum: None,
            unreadable: Vec::new(),
        }
    );
}

#[test]
fn a_push_to_ecr_public_is_an_upload_of_the_public_registry() {
    let public = upload("putimage/ecr-public-2019.rebuilt.json");
    let private = upload("putimage/console-2019.json");
    assert_eq!(public, Upload { registry: Registry::Public, region: "us-east-1".into(), ..private });
}

#[test]
fn digests_of_the_manifests_are_those_that_ecr_answered() {
    for name in ["docker-push-iamuser.json", "console-2019.json", "ecr-public-2019.rebuilt.json"] {
        let mut record = parsed(&format!("putimage/{name}"));
        let answered = record["responseElements"]["image"]["imageId"]["imageDigest"].take();
        record["responseElements"] = Value::Null;
        match decode_value(&record) {
            Ok(Decoded::Upload(upload)) => {
                assert_eq!(upload.digest.as_ref().map(Digest::as_str), answered.as_str(), "{name}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn other_calls_to_ecr_are_no_uploads() {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder().join("other")).expect("the folder of fixtures") {
        let path = entry.expect("a readable entry").path();
        let text = std::fs::read_to_string(&path).expect("a readable fixture");
        assert_eq!(decode(&text), Ok(Decoded::NotAnUpload), "{}", path.display());
        names.push(path);
    }
    assert_eq!(names.len(), 5, "{names:?}");
}

#[test]
fn one_of_the_identity_samples_is_an_upload() {
    let mut uploads = Vec::new();
    let samples = identities();
    assert_eq!(samples.len(), 97);
    for (origin, event) in samples {
        match decode(&event.to_string()) {
            Ok(Decoded::Upload(upload)) => uploads.push(*upload),
            Ok(Decoded::NotAnUpload) => {}
            Err(error) => panic!("{origin}: {error}"),
        }
    }
    assert_eq!(uploads, [upload("putimage/docker-push-iamuser.json")]);
}
