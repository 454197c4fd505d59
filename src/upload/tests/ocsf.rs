//! Records in the format of Security Lake: its samples, and uploads that are turned into it.

use std::path::PathBuf;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::super::ocsf::as_cloud_trail;
use super::super::{Decoded, Upload, decode, decode_value};
use super::synthetic::Synthetic;

/// Each sample: its name, the CloudTrail record, and the same in OCSF.
fn pairs() -> Vec<(String, Value, Value)> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/security-lake"));
    let mut pairs = Vec::new();
    for (version, raw) in [("ocsf-1.1.0", "raw"), ("ocsf-1.0.0-rc.2", "raw-rc2")] {
        for entry in std::fs::read_dir(folder.join(version)).expect("the samples") {
            let path = entry.expect("a sample").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            let Some(call) = name.strip_suffix(&format!(".{version}.json")) else { continue };
            let read = |path: PathBuf| -> Value {
                serde_json::from_str(&std::fs::read_to_string(path).expect("a file")).expect("JSON")
            };
            let original = read(folder.join(version).join(format!("{call}.{raw}.json")));
            // The samples of version 1 are in the envelope of a trail.
            let original = original.pointer("/Records/0").unwrap_or(&original).clone();
            pairs.push((name, original, read(path)));
        }
    }
    assert_eq!(pairs.len(), 10);
    pairs
}

#[test]
fn no_sample_is_an_upload_in_either_form() {
    for (name, original, ocsf) in pairs() {
        assert_eq!(decode_value(&original), Ok(Decoded::NotAnUpload), "{name}");
        assert_eq!(decode_value(&ocsf), Ok(Decoded::NotAnUpload), "{name}");
        assert_eq!(decode(&ocsf.to_string()), Ok(Decoded::NotAnUpload), "{name}");
    }
}

#[test]
fn the_fields_that_decide_are_those_of_the_original() {
    for (name, original, ocsf) in pairs() {
        let mapped = Value::Object(as_cloud_trail(ocsf.as_object().expect("an object")).expect("OCSF"));
        for field in [
            "/eventID",
            "/eventTime",
            "/eventSource",
            "/eventName",
            "/awsRegion",
            "/eventType",
            "/errorCode",
            "/errorMessage",
            "/sourceIPAddress",
            "/userAgent",
            "/recipientAccountId",
            "/userIdentity/type",
            "/userIdentity/arn",
            "/userIdentity/principalId",
            "/userIdentity/accountId",
            "/userIdentity/sessionContext/sessionIssuer/arn",
            "/userIdentity/invokedBy",
            "/sharedEventID",
        ] {
            let original = original.pointer(field).filter(|value| !value.is_null());
            assert_eq!(mapped.pointer(field), original, "{name} {field}");
        }
    }
}

/// The place of requests and responses.
#[derive(Debug, Clone, Copy)]
pub(super) enum Data {
    /// By path in `unmapped`.
    Flat,
    /// As text in `api.*.data`.
    Text,
}

/// A CloudTrail record in OCSF, by the table in the Security Lake User Guide.
pub(super) fn to_ocsf(record: &Value, version: u8, data: Data) -> Value {
    let text = |pointer: &str| record.pointer(pointer).cloned().unwrap_or(Value::Null);
    let time: chrono::DateTime<chrono::Utc> = text("/eventTime").as_str().expect("a time").parse().expect("a time");
    let mut unmapped = Map::new();
    let mut api = json!({
        "operation": text("/eventName"), "service": {"name": text("/eventSource")},
        "request": {"uid": text("/requestID")},
        "response": {"error": text("/errorCode"), "message": text("/errorMessage")},
    });
    match data {
        Data::Flat => {
            flatten("requestParameters", &text("/requestParameters"), &mut unmapped);
            flatten("responseElements", &text("/responseElements"), &mut unmapped);
        }
        Data::Text => {
            api["request"]["data"] = json!(text("/requestParameters").to_string());
            api["response"]["data"] = json!(text("/responseElements").to_string());
        }
    }
    unmapped.insert("recipientAccountId".to_owned(), text("/recipientAccountId"));
    unmapped.insert("sharedEventID".to_owned(), text("/sharedEventID"));
    let issuer = "userIdentity.sessionContext.sessionIssuer.userName";
    unmapped.insert(issuer.to_owned(), text("/userIdentity/sessionContext/sessionIssuer/userName"));
    let (arn, principal, account) =
        (text("/userIdentity/arn"), text("/userIdentity/principalId"), text("/userIdentity/accountId"));
    let mut user = json!({"type": text("/userIdentity/type"), "name": text("/userIdentity/userName")});
    let extra = match version {
        1 => json!({"uuid": arn, "uid": principal, "account_uid": account}),
        _ => json!({"uid": arn, "uid_alt": principal, "account": {"uid": account}}),
    };
    user.as_object_mut().expect("a user").extend(extra.as_object().expect("fields").clone());
    let resources: Vec<Value> =
        text("/resources").as_array().into_iter().flatten().map(|r| json!({"uid": r["ARN"]})).collect();
    json!({
        "metadata": {"uid": text("/eventID"), "product": {"name": "CloudTrail"}, "event_code": text("/eventType")},
        "class_uid": if version == 1 { 3005 } else { 6003 }, "time": time.timestamp_millis(), "activity_id": 99,
        "cloud": {"region": text("/awsRegion"), "provider": "AWS"}, "api": api, "resources": resources,
        "actor": {
            "user": user, "session": {"issuer": text("/userIdentity/sessionContext/sessionIssuer/arn")},
            "invoked_by": text("/userIdentity/invokedBy"),
        },
        "http_request": {"user_agent": text("/userAgent")},
        "src_endpoint": {"ip": null, "domain": text("/sourceIPAddress")},
        "unmapped": unmapped,
    })
}

fn flatten(path: &str, value: &Value, into: &mut Map<String, Value>) {
    match value {
        Value::Object(object) => {
            object.iter().for_each(|(name, value)| flatten(&format!("{path}.{name}"), value, into))
        }
        other => drop(into.insert(path.to_owned(), other.clone())),
    }
}

/// Several kinds of uploads, all but the first synthetic.
fn pushes() -> Vec<Synthetic> {
    let role = json!({
        "type": "AssumedRole", "principalId": "AROAEXAMPLE:run-1", "accountId": "111122223333",
        "arn": "arn:aws:sts::111122223333:assumed-role/release/run-1",
        "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::111122223333:role/ci/release", "userName": "release"}},
    });
    let failed = Synthetic::push()
        .with("/errorCode", json!("ImageTagAlreadyExistsException"))
        .with("/errorMessage", json!("exists"))
        .with("/responseElements", Value::Null);
    vec![Synthetic::push(), Synthetic::push().with_identity(role), failed]
}

fn upload(record: &Value) -> Upload {
    match decode_value(record) {
        Ok(Decoded::Upload(upload)) => *upload,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_push_is_the_same_upload_in_every_form() {
    for push in pushes() {
        let original = push.upload();
        for (version, data) in [(1, Data::Flat), (2, Data::Flat), (2, Data::Text)] {
            assert_eq!(upload(&to_ocsf(push.json(), version, data)), original, "version {version}, {data:?}");
        }
    }
}

#[test]
fn another_service_of_the_same_operation_is_no_upload() {
    let mut other = to_ocsf(Synthetic::push().json(), 2, Data::Text);
    other["api"]["service"]["name"] = json!("imaging.example.com");
    assert_eq!(decode_value(&other), Ok(Decoded::NotAnUpload));
}

#[test]
fn errors_name_the_fields_of_ocsf() {
    let error = |path: &str, value: Value| {
        let mut record = to_ocsf(Synthetic::push().json(), 2, Data::Text);
        *record.pointer_mut(path).expect("the field") = value;
        decode_value(&record).expect_err("an error").to_string()
    };
    assert!(error("/metadata/uid", Value::Null).contains("metadata.uid: expected"));
    assert!(error("/time", json!("noon")).contains(": time: expected"));
    assert!(error("/cloud/region", json!(5)).contains("cloud.region: expected"));
}

proptest! {
    #[test]
    fn a_damaged_record_never_panics(field in any::<prop::sample::Index>(), junk in prop::sample::select(vec![
        Value::Null, json!(5), json!("x"), json!([]), json!({}), json!([["a.b", "c"]]), json!({"a.b": "c", "a": "d"}),
    ])) {
        let mut record = to_ocsf(Synthetic::push().json(), 2, Data::Flat);
        let mut pointers = Vec::new();
        collect("", &record, &mut pointers);
        let pointer = pointers[field.index(pointers.len())].clone();
        *record.pointer_mut(&pointer).expect("a field") = junk;
        let _ = decode_value(&record);
    }
}

fn collect(path: &str, value: &Value, into: &mut Vec<String>) {
    for (name, value) in value.as_object().into_iter().flatten() {
        let path = format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"));
        into.push(path.clone());
        collect(&path, value, into);
    }
}
