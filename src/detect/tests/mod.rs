//! Tests of judging and grouping, over whole records.

mod allow;
mod append;
mod batches;
mod errors;
mod finding_key;
mod grouping;
mod heat_map;
mod holidays;
mod judge;
mod matching;
mod notes;
mod teams;
mod triage;
mod vectors;

use serde_json::{Value, json};

use super::{Calendars, FindingKey, NewUpload, Policy, PolicyError, Verdict};
use crate::api::{EcrUploadPolicySpec, OffHoursReason};
use crate::upload::{Decoded, Upload, decode_value};

/// The upload of a tagged image, decoded from a record in the shape of a real one with these fields replaced, by JSON
/// pointer.
fn upload(changes: &[(&str, Value)]) -> Upload {
    let mut record = json!({
        "eventVersion": "1.08",
        "userIdentity": {
            "type": "AssumedRole",
            "arn": "arn:aws:sts::111122223333:assumed-role/release/run-1",
            "accountId": "111122223333",
            "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::111122223333:role/ci/release"}}
        },
        "eventTime": "2026-11-18T23:17:30Z",
        "eventSource": "ecr.amazonaws.com",
        "eventName": "PutImage",
        "awsRegion": "eu-central-1",
        "sourceIPAddress": "AWS Internal",
        "userAgent": "AWS Internal",
        "requestParameters": {
            "repositoryName": "prod/api",
            "registryId": "111122223333",
            "imageTag": "v1.2",
            "imageManifest": "{\"schemaVersion\": 2, \"config\": {}}"
        },
        "responseElements": null,
        "eventID": "3f1e8e4e-0000-4000-8000-000000000001",
        "eventType": "AwsApiCall",
        "recipientAccountId": "111122223333"
    });
    for (pointer, value) in changes {
        match record.pointer_mut(pointer) {
            Some(field) => *field = value.clone(),
            None => {
                let (parent, name) = pointer.rsplit_once('/').expect("a pointer with a parent");
                record.pointer_mut(parent).expect("the parent exists")[name] = value.clone();
            }
        }
    }
    match decode_value(&record) {
        Ok(Decoded::Upload(upload)) => *upload,
        other => panic!("not an upload: {other:?}"),
    }
}

fn compile(spec: Value) -> Result<Policy, PolicyError> {
    let spec: EcrUploadPolicySpec = serde_json::from_value(spec).unwrap();
    Policy::compile("production", &spec, &Calendars::default())
}

fn policy(spec: Value) -> Policy {
    compile(spec).unwrap()
}

/// A verdict with its detail, as `OffHours(Freeze)` or `Allowed(nightly)`.
fn verdict(policy: &Policy, upload: &Upload) -> String {
    let judgement = policy.judge(upload);
    match judgement.verdict {
        Verdict::OutOfScope(part) => format!("OutOfScope({part:?})"),
        Verdict::BusinessHours => "BusinessHours".to_owned(),
        Verdict::Allowed(rule) => format!("Allowed({})", rule.name()),
        Verdict::OffHours(reason) => format!("OffHours({reason:?})"),
    }
}

fn at(time: &str) -> (&'static str, Value) {
    ("/eventTime", json!(time))
}

/// An upload on its way into a finding of a policy without business hours.
fn new_upload(changes: &[(&str, Value)]) -> NewUpload {
    let policy = policy(json!({"businessHours": []}));
    let upload = upload(changes);
    NewUpload::new(&policy, &upload, &policy.judge(&upload), OffHoursReason::Freeze)
}

fn key(policy: &Policy, upload: &Upload) -> FindingKey {
    let judgement = policy.judge(upload);
    assert!(matches!(judgement.verdict, Verdict::OffHours(_)), "{judgement:?}");
    FindingKey::new(policy, upload, &judgement)
}
