//! `offhours scan` prints what the controller writes.

use std::process::Command;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::installation::{ACCOUNT, Installation};
use crate::manifests::source;
use crate::rig::fake_cloudtrail::{Principal, PutImage};
use crate::rig::{ControlPlaneOptions, FakeCloudTrail, Output, RunFolder};

const HOME: &str = "eu-central-1";
/// The Region of the API of ECR Public.
const PUBLIC: &str = "us-east-1";

/// Pushes of every kind in the last twenty hours: indexes, retags, failures, incomplete records, several principals and
/// addresses.
fn pushes(now: DateTime<Utc>) -> Vec<PutImage> {
    let ago = |minutes: i64| now - TimeDelta::minutes(minutes);
    let service = Principal::role("aws-service-role/imagebuilder.amazonaws.com/AWSServiceRoleForImageBuilder", "build");
    let mut pushes = vec![
        PutImage::new("prod/api", ago(1_100)).tag("v1"),
        PutImage::new("prod/api", ago(1_099)).tag("v1").failed("ImageTagAlreadyExistsException"),
        PutImage::new("prod/api", ago(900)).by(Principal::user("ann")).cut(),
        PutImage::new("prod/api", ago(850)).by(Principal::user("ann")).untagged(),
        PutImage::new("prod/api", ago(700)).by(Principal::identity_center("Developer", "kaori@example.com")),
        PutImage::new("prod/api", ago(650)).by(Principal::Root),
        PutImage::new("prod/api", ago(640)).by(Principal::OtherAccount { account: "444455556666".to_owned() }),
        PutImage::new("prod/golden", ago(600)).by(service),
        PutImage::new("lab/x", ago(500)).from("203.0.113.7", "aws-cli/2.1"),
        PutImage::new("lab/x", ago(490)).from("198.51.100.7", "aws-cli/2.1"),
        PutImage::new("gallery/x", ago(400)).public(),
        PutImage::new("prod/api", ago(300)).tag("nightly-1"),
        PutImage::new("prod/web", ago(200)).by(Principal::role("tokyo-ci", "run-7")),
    ];
    let original = PutImage::new("prod/late", ago(450)).event_id("7d4b4e5c-0000-4000-8000-000000000002");
    pushes.push(original.clone().corrects(&original.id()).event_id("7d4b4e5c-0000-4000-8000-000000000003"));
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

/// A ConfigMap with a calendar in which the days around now are a holiday.
fn calendar(now: DateTime<Utc>, namespace: &str) -> Value {
    let day = |days: i64| (now + TimeDelta::days(days)).format("%Y%m%d");
    let ics = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//offhours//test//EN\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\n\
         DTSTART;VALUE=DATE:{}\r\nDTEND;VALUE=DATE:{}\r\nSUMMARY:Company outing\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        day(-3),
        day(3)
    );
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "holidays", "namespace": namespace, "labels": {"offhours.dev/calendar": "true"}},
        "data": {"company.ics": ics},
    })
}

fn policies(namespace: &str) -> [Value; 3] {
    let always = json!([{"days": ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], "start": "00:00", "end": "24:00"}]);
    let policy = |name: &str, spec: Value| {
        json!({
            "apiVersion": "offhours.dev/v1alpha1", "kind": "EcrUploadPolicy",
            "metadata": {"name": name, "namespace": namespace}, "spec": spec,
        })
    };
    [
        policy(
            "production",
            json!({
                "timeZone": "Europe/Berlin", "businessHours": [], "severity": "High", "lookback": "48h",
                "teams": [
                    {"name": "tokyo", "match": {"principals": ["arn:aws:iam::*:role/tokyo-*"]}, "timeZone": "Asia/Tokyo"},
                    {"name": "people", "match": {"principals": ["arn:aws:iam::*:user/*"]}, "businessHours": always,
                     "holidays": {"countries": ["DE"], "calendars": [{"configMap": "holidays", "key": "company.ics"}]}},
                ],
                "allow": [
                    {"name": "nightly", "reason": "CHG-1", "tags": ["nightly-*"]},
                    {"name": "lab", "reason": "CHG-2", "repositories": ["lab/*"], "sourceIPs": ["203.0.113.0/24"]},
                ],
            }),
        ),
        policy(
            "quiet",
            json!({
                "timeZone": "Pacific/Kiritimati", "businessHours": [], "severity": "Low", "lookback": "48h",
                "failedPushes": "Ignore", "serviceRoles": "Ignore", "scope": {"registries": ["Private"]},
            }),
        ),
        policy("public", json!({"businessHours": [], "lookback": "48h", "scope": {"registries": ["Public"]}})),
    ]
}

/// An object without the fields that the cluster sets.
fn as_written(mut object: Value) -> Value {
    let metadata = object["metadata"].as_object_mut().expect("metadata");
    for set_by_the_cluster in ["creationTimestamp", "generation", "managedFields", "resourceVersion", "uid"] {
        metadata.remove(set_by_the_cluster);
    }
    object
}

/// The output of `offhours scan -o json` for these pushes, with the policies and the calendar of a namespace.
fn scan(pushes: &[PutImage], now: DateTime<Utc>, namespace: &str) -> Output {
    let folder = RunFolder::new("scan");
    let records: Vec<Value> = pushes.iter().map(PutImage::json).collect();
    folder.write("records.json", json!({ "Records": records }).to_string());
    folder.write("holidays.yaml", calendar(now, namespace).to_string());
    let mut scan = Command::new(env!("CARGO_BIN_EXE_offhours"));
    scan.current_dir(folder.path()).args(["scan", "-o", "json", "--config-map", "holidays.yaml", "records.json"]);
    for policy in policies(namespace) {
        let file = folder.write(&format!("{}.yaml", policy["metadata"]["name"]), policy.to_string());
        scan.arg("--policy").arg(file);
    }
    let output = Output::of(&mut scan);
    assert_eq!(output.status.code(), Some(1), "there are findings: {}", output.stderr);
    output
}

/// The findings that the controller writes for the same input, in the order of names.
async fn written(
    pushes: &[PutImage],
    now: DateTime<Utc>,
    fake: &FakeCloudTrail,
    installation: &Installation,
) -> Vec<Value> {
    fake.push_all(pushes.to_vec());
    installation.apply(&calendar(now, installation.name()).to_string()).await;
    let policies = policies(installation.name());
    for policy in &policies {
        installation.apply(&policy.to_string()).await;
    }
    for policy in &policies {
        installation.wait_until_applied(policy["metadata"]["name"].as_str().unwrap()).await;
    }
    let list = installation.kubectl().run(&["get", "ohu", "-o", "json"]).expect_success();
    let list: Value = serde_json::from_str(&list).unwrap();
    let mut written: Vec<Value> = list["items"].as_array().unwrap().iter().cloned().map(as_written).collect();
    written.sort_by_key(|object| object["metadata"]["name"].as_str().unwrap().to_owned());
    written
}

#[tokio::test]
async fn scan_prints_exactly_the_objects_that_the_controller_writes() {
    let fake = FakeCloudTrail::start(31);
    let aws = fake.caller(ACCOUNT, HOME);
    let source = source("default", &[HOME, PUBLIC]);
    let installation = Installation::start_with(ControlPlaneOptions::default(), &aws, &source, &[]).await;
    let now = Utc::now();
    let pushes = pushes(now);

    let written = written(&pushes, now, &fake, &installation).await;
    let output = scan(&pushes, now, installation.name());

    // Compared as text, except for what `as_written` removes and for the indentation by kubectl.
    let list = json!({"apiVersion": "v1", "items": written, "kind": "List"});
    let expected = serde_json::to_string_pretty(&list).unwrap() + "\n";
    for (printed, expected) in output.stdout.lines().zip(expected.lines()) {
        assert_eq!(printed, expected);
    }
    assert_eq!(output.stdout, expected, "{}", output.stderr);
}

/// So that the comparison above covers everything.
#[test]
fn the_pushes_that_are_compared_make_findings_of_every_kind() {
    let now = Utc::now();

    let output = scan(&pushes(now), now, "default");

    let list: Value = serde_json::from_str(&output.stdout).unwrap();
    let findings = list["items"].as_array().unwrap();
    for (field, value) in [
        ("/spec/policy", "production"),
        ("/spec/policy", "quiet"),
        ("/spec/policy", "public"),
        ("/spec/team", "tokyo"),
        ("/spec/team", "people"),
        ("/spec/registry", "Public"),
        ("/spec/principal/session", "kaori@example.com"),
        ("/status/reason", "Holiday"),
        ("/status/reason", "Freeze"),
    ] {
        assert!(findings.iter().any(|object| object.pointer(field) == Some(&json!(value))), "no {field}: {value}");
    }
    assert!(findings.iter().any(|object| object["spec"]["part"] == 2), "a finding of two parts");
    assert!(findings.iter().any(|object| object["status"]["failed"] == 1), "a failed push");
}
