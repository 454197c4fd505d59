//! `offhours scan` prints what the controller writes.

use std::process::Command;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::installation::{ACCOUNT, Installation, REGION, fast_source};
use crate::rig::fake_cloudtrail::{Principal, PutImage};
use crate::rig::{ControlPlaneOptions, FakeCloudTrail, Output, RunFolder};

/// Pushes of every sort over the last twenty hours: indexes, retags, failures, cut records, several people and places.
fn pushes(now: DateTime<Utc>) -> Vec<PutImage> {
    let ago = |minutes: i64| now - TimeDelta::minutes(minutes);
    let mut pushes = vec![
        PutImage::new("prod/api", ago(1_100)).tag("v1"),
        PutImage::new("prod/api", ago(1_099)).tag("v1").failed("ImageTagAlreadyExistsException"),
        PutImage::new("prod/api", ago(900)).by(Principal::user("ann")).cut(),
        PutImage::new("prod/api", ago(700)).by(Principal::identity_center("Developer", "kaori@example.com")),
        PutImage::new("lab/x", ago(500)).from("203.0.113.7", "aws-cli/2.1"),
        PutImage::new("gallery/x", ago(400)).public(),
        PutImage::new("prod/api", ago(300)).tag("nightly-1"),
        PutImage::new("prod/web", ago(200)).by(Principal::role("tokyo-ci", "run-7")),
    ];
    let image = PutImage::new("prod/web", ago(120)).seed(7).tag("v2");
    pushes.push(image.clone().at(ago(119)).tag("latest").event_id("7d4b4e5c-0000-4000-8000-000000000001"));
    pushes.push(image);
    pushes.extend(PutImage::new("prod/multi", ago(60)).multi_platform(2, true));
    // A finding of two parts.
    pushes.extend((0..130).map(|number| {
        let time = now - TimeDelta::hours(2) - TimeDelta::seconds(number);
        PutImage::new("prod/many", time).tag(&format!("v{number}"))
    }));
    pushes
}

fn policies() -> Value {
    let spec = json!({
        "timeZone": "Europe/Berlin", "businessHours": [], "severity": "High", "lookback": "48h",
        "scope": {"registries": ["Private"]},
        "teams": [
            {"name": "tokyo", "match": {"principals": ["arn:aws:iam::*:role/tokyo-*"]}, "timeZone": "Asia/Tokyo"},
            {"name": "people", "match": {"principals": ["arn:aws:iam::*:user/*"]}, "holidays": {"countries": ["DE"]}},
        ],
        "allow": [
            {"name": "nightly", "reason": "CHG-1", "tags": ["nightly-*"]},
            {"name": "lab", "reason": "CHG-2", "repositories": ["lab/*"], "sourceIPs": ["203.0.113.0/24"]},
        ],
    });
    json!({
        "apiVersion": "offhours.dev/v1alpha1", "kind": "EcrUploadPolicy",
        "metadata": {"name": "production", "namespace": "default"}, "spec": spec,
    })
}

/// An object without what the cluster sets.
fn as_written(mut object: Value) -> Value {
    let metadata = object["metadata"].as_object_mut().expect("metadata");
    for set_by_the_cluster in ["creationTimestamp", "generation", "managedFields", "resourceVersion", "uid"] {
        metadata.remove(set_by_the_cluster);
    }
    object
}

#[tokio::test]
async fn scan_prints_exactly_the_objects_that_the_controller_writes() {
    let fake = FakeCloudTrail::start(31);
    let aws = fake.caller(ACCOUNT, REGION);
    let installation = Installation::start_with(ControlPlaneOptions::default(), &aws, &fast_source(), &[]).await;
    let pushes = pushes(Utc::now());
    let records: Vec<Value> = pushes.iter().map(PutImage::json).collect();
    fake.push_all(pushes);
    installation.apply(&policies().to_string()).await;
    installation.wait_until_applied("production").await;
    let kubectl = installation.control_plane.kubectl();
    let list = kubectl.run(&["get", "ohu", "--namespace", "default", "-o", "json"]).expect_success();
    let list: Value = serde_json::from_str(&list).unwrap();
    let mut written: Vec<Value> = list["items"].as_array().unwrap().iter().cloned().map(as_written).collect();
    written.sort_by_key(|object| object["metadata"]["name"].to_string());
    assert!(written.len() >= 8, "{}", written.len());

    let folder = RunFolder::new("scan");
    let policy = folder.write("policy.yaml", policies().to_string());
    let records = folder.write("records.json", json!({ "Records": records }).to_string());
    let mut scan = Command::new(env!("CARGO_BIN_EXE_offhours"));
    let output = Output::of(scan.args(["scan", "-o", "json", "--policy"]).arg(policy).arg(records));
    let printed: Value = serde_json::from_str(&output.stdout).unwrap();
    let printed: Vec<Value> = printed["items"].as_array().unwrap().clone();
    for (written, printed) in written.iter().zip(&printed) {
        assert_eq!(written.to_string(), printed.to_string());
    }
    assert_eq!(written.len(), printed.len());
}
