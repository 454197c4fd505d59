//! `offhours explain`: a verdict with its reason for each record of PutImage.

use serde_json::{Value, json};

use crate::program::{at, folder_with_freeze, offhours, other_call, summary, trail, write_policy};
use crate::rig::RunFolder;
use crate::rig::fake_cloudtrail::{Principal, PutImage};

const FIELDS: [&str; 11] = [
    "eventID",
    "eventTime",
    "localTime",
    "timeZone",
    "policy",
    "team",
    "verdict",
    "reason",
    "allowRule",
    "date",
    "finding",
];

/// A policy, a record for every verdict on an upload, and records of other calls.
fn folder() -> RunFolder {
    let folder = folder_with_freeze();
    let spec = json!({
        "timeZone": "Europe/Berlin",
        "scope": {"repositories": ["prod/*"]},
        "holidays": {"dates": [{"date": "2026-12-24", "name": "Christmas Eve"}]},
        "teams": [{"name": "tokyo", "match": {"principals": ["arn:aws:iam::*:role/tokyo-*"]}, "timeZone": "Asia/Tokyo"}],
        "allow": [{"name": "nightly", "reason": "CHG-1", "tags": ["nightly-*"]}],
        "failedPushes": "Ignore",
    });
    write_policy(&folder, "production.yaml", "production", spec);
    let record = |id: &str, time: &str| PutImage::new("prod/api", at(time)).tag("v1").event_id(id);
    let records = [
        record("business", "2026-11-20T12:00:00Z"),
        record("outside", "2026-11-20T22:30:00Z"),
        record("allowed", "2026-11-20T23:00:00Z").tag("nightly-1"),
        record("tokyo", "2026-11-20T02:00:00Z").by(Principal::role("tokyo-ci", "run-1")),
        record("weekend", "2026-11-21T12:00:00Z"),
        record("holiday", "2026-12-24T12:00:00Z"),
        record("failed", "2026-11-20T22:40:00Z").failed("ImageTagAlreadyExistsException"),
        record("elsewhere", "2026-11-20T22:50:00Z").with("/requestParameters/repositoryName", json!("lab/x")),
        record("service", "2026-11-20T22:55:00Z").with("/eventSource", json!("rekognition.amazonaws.com")),
        record("by-itself", "2026-11-20T22:56:00Z").with("/eventType", json!("AwsServiceEvent")),
    ];
    let repeated = records.iter().rev().take(3);
    folder.write("records.json", trail(records.iter().chain(repeated).map(PutImage::json).chain([other_call("pull")])));
    folder
}

fn explanations(folder: &RunFolder, arguments: &[&str]) -> Vec<Value> {
    let output = offhours(folder, &[&["explain", "-o", "json", "records.json"], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", output.stderr);
    output.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_explanation_has_the_fields_of_the_contract_and_no_others() {
    for explanation in explanations(&folder(), &["--policy", "production.yaml"]) {
        let names: Vec<&str> = explanation.as_object().unwrap().keys().map(String::as_str).collect();
        let mut expected = [&FIELDS[..], &["message"]].concat();
        expected.sort_unstable();
        assert_eq!(names, expected);
        assert_eq!(explanation["policy"], "production");
    }
}

#[test]
fn only_an_upload_that_is_off_hours_has_a_finding() {
    for explanation in explanations(&folder(), &["--policy", "production.yaml"]) {
        assert_eq!(explanation["finding"].is_string(), explanation["verdict"] == "OffHours", "{explanation}");
    }
}

#[test]
fn every_record_of_put_image_has_a_verdict_with_its_reason_ordered_by_time() {
    let explanations = explanations(&folder(), &["--policy", "production.yaml"]);
    let verdict = |explanation: &Value| {
        ["eventID", "verdict", "reason", "allowRule", "team"].map(|field| explanation[field].clone())
    };
    let found: Vec<[Value; 5]> = explanations.iter().map(verdict).collect();
    let expected = [
        ["tokyo", "BusinessHours", "", "", "tokyo"],
        ["business", "BusinessHours", "", "", ""],
        ["outside", "OffHours", "OutsideHours", "", ""],
        ["failed", "OutOfScope", "", "", ""],
        ["elsewhere", "OutOfScope", "", "", ""],
        ["service", "NotAnUpload", "", "", ""],
        ["by-itself", "NotAnUpload", "", "", ""],
        ["allowed", "Allowed", "", "nightly", ""],
        ["weekend", "OffHours", "NonWorkingDay", "", ""],
        ["holiday", "OffHours", "Holiday", "", ""],
    ];
    assert_eq!(found, expected.map(|row| row.map(|text| if text.is_empty() { Value::Null } else { json!(text) })));
}

#[test]
fn an_upload_has_the_local_time_of_its_team() {
    let explanations = explanations(&folder(), &["--policy", "production.yaml"]);
    let times = |explanation: &Value| ["timeZone", "localTime"].map(|field| explanation[field].clone());
    assert_eq!(times(&explanations[0]), ["Asia/Tokyo", "2026-11-20T11:00:00+09:00"]);
    assert_eq!(times(&explanations[1]), ["Europe/Berlin", "2026-11-20T13:00:00+01:00"]);
    assert_eq!(
        (&explanations[2]["timeZone"], &explanations[2]["date"]),
        (&json!("Europe/Berlin"), &json!("2026-11-20"))
    );
}

#[test]
fn a_call_that_is_not_a_push_has_its_time_in_utc_alone() {
    let explanations = explanations(&folder(), &["--policy", "production.yaml"]);
    assert_eq!(explanations[5]["eventTime"], "2026-11-20T22:55:00Z");
    assert_eq!(explanations[5]["localTime"], Value::Null);
}

#[test]
fn a_finding_is_named_as_scan_names_it() {
    let folder = folder();
    let output = offhours(&folder, &["scan", "--policy", "production.yaml", "-o", "json", "records.json"]);
    let list: Value = serde_json::from_str(&output.stdout).unwrap();
    let mut from_scan: Vec<(Value, Value)> = Vec::new();
    for item in list["items"].as_array().unwrap() {
        for upload in item["status"]["uploads"].as_array().unwrap() {
            from_scan.push((upload["eventID"].clone(), item["metadata"]["name"].clone()));
        }
    }
    let explained: Vec<(Value, Value)> = explanations(&folder, &["--policy", "production.yaml"])
        .into_iter()
        .filter(|explanation| !explanation["finding"].is_null())
        .map(|explanation| (explanation["eventID"].clone(), explanation["finding"].clone()))
        .collect();
    from_scan.sort_by_key(|(id, _)| id.to_string());
    let mut sorted = explained.clone();
    sorted.sort_by_key(|(id, _)| id.to_string());
    assert_eq!((sorted.len(), sorted), (3, from_scan));
}

#[test]
fn the_wide_output_is_a_sentence_with_principal_image_time_and_reason() {
    let output = offhours(&folder(), &["explain", "-o", "wide", "--policy", "production.yaml", "records.json"]);
    let who = "arn:aws:iam::111122223333:role/ci/release";
    let lines: Vec<&str> = output.stdout.lines().collect();
    for (line, expected) in lines.iter().zip([
        "BusinessHours by production: arn:aws:iam::111122223333:role/tokyo-ci pushed prod/api:v1 at Fri 2026-11-20 11:00:00 +09:00 (Asia/Tokyo); within the business hours of tokyo, Mon-Fri 08:00-20:00 except on holidays [event tokyo]".to_owned(),
        format!("BusinessHours by production: {who} pushed prod/api:v1 at Fri 2026-11-20 13:00:00 +01:00 (Europe/Berlin); within the business hours, Mon-Fri 08:00-20:00 except on holidays [event business]"),
        format!("OffHours by production: {who} pushed prod/api:v1 at Fri 2026-11-20 23:30:00 +01:00 (Europe/Berlin); business hours are Mon-Fri 08:00-20:00 except on holidays [finding 2026-11-20-production-prod-api-"),
        format!("OutOfScope by production: {who} tried to push prod/api:v1 (ImageTagAlreadyExistsException) at Fri 2026-11-20 23:40:00 +01:00 (Europe/Berlin); ECR refused it, and failedPushes is Ignore [event failed]"),
        format!("OutOfScope by production: {who} pushed lab/x:v1 at Fri 2026-11-20 23:50:00 +01:00 (Europe/Berlin); no pattern of scope.repositories matches [event elsewhere]"),
        "NotAnUpload by production: PutImage of rekognition.amazonaws.com is not a push to ECR [event service]".to_owned(),
        "NotAnUpload by production: nobody called PutImage: the service did it by itself (AwsServiceEvent) [event by-itself]".to_owned(),
        format!("Allowed by production: {who} pushed prod/api:nightly-1 at Sat 2026-11-21 00:00:00 +01:00 (Europe/Berlin); allowed by the rule nightly (CHG-1) [event allowed]"),
        format!("OffHours by production: {who} pushed prod/api:v1 at Sat 2026-11-21 13:00:00 +01:00 (Europe/Berlin); business hours are Mon-Fri 08:00-20:00 except on holidays [finding 2026-11-21-production-prod-api-"),
        format!("OffHours by production: {who} pushed prod/api:v1 at Thu 2026-12-24 13:00:00 +01:00 (Europe/Berlin); holiday: Christmas Eve [finding 2026-12-24-production-prod-api-"),
    ]) {
        assert!(line.starts_with(&expected), "{line}\n{expected}");
    }
    assert_eq!(lines.len(), 10);
    assert_eq!((summary(&output).not_uploads, summary(&output).repeated), (5, 1), "some records came twice");
}

#[test]
fn the_table_has_a_row_for_each_record_with_the_reason() {
    let output = offhours(&folder(), &["explain", "--policy", "production.yaml", "records.json"]);
    let rows: Vec<Vec<&str>> = output.stdout.lines().map(columns).collect();
    assert_eq!(rows[0], ["VERDICT", "LOCAL TIME", "PUSH", "PRINCIPAL", "WHY"]);
    let hours = "Mon-Fri 08:00-20:00 except on holidays";
    let expected = [
        [
            "BusinessHours",
            "Fri 2026-11-20 11:00:00 +09:00",
            "prod/api:v1",
            "role/tokyo-ci",
            &format!("within the business hours of tokyo, {hours}"),
        ],
        [
            "BusinessHours",
            "Fri 2026-11-20 13:00:00 +01:00",
            "prod/api:v1",
            "role/ci/release",
            &format!("within the business hours, {hours}"),
        ],
        [
            "OffHours",
            "Fri 2026-11-20 23:30:00 +01:00",
            "prod/api:v1",
            "role/ci/release",
            &format!("business hours are {hours}"),
        ],
    ];
    assert_eq!(rows[1..4], expected);
    let service = [
        "NotAnUpload",
        "Fri 2026-11-20 22:55:00 +00:00",
        "-",
        "-",
        "PutImage of rekognition.amazonaws.com is not a push to ECR",
    ];
    assert_eq!(rows[6], service);
    assert_eq!((rows.len(), output.status.code()), (11, Some(0)));
}

#[test]
fn the_table_names_the_policy_where_there_are_several_and_cuts_long_names() {
    let folder = folder_with_freeze();
    write_policy(&folder, "office.yaml", "office", json!({}));
    let repository = "r".repeat(200);
    folder.write("records.json", trail([PutImage::new(&repository, at("2026-11-20T12:00:00Z")).tag("v1").json()]));
    let both = ["explain", "--policy", "policy.yaml", "--policy", "office.yaml", "records.json"];
    let output = offhours(&folder, &both);
    let rows: Vec<Vec<&str>> = output.stdout.lines().map(columns).collect();
    assert_eq!(rows.iter().map(|row| row[0]).collect::<Vec<_>>(), ["POLICY", "freeze", "office"]);
    assert_eq!(rows[1][3], format!("{}…{}:v1", "r".repeat(18), "r".repeat(14)));
    let wide = offhours(&folder, &[&both[..], &["-o", "wide"]].concat());
    assert!(wide.stdout.contains(&repository), "{}", wide.stdout);
}

/// The cells of a row: columns are three spaces apart.
fn columns(row: &str) -> Vec<&str> {
    row.split("   ").map(str::trim).filter(|column| !column.is_empty()).collect()
}

#[test]
fn every_policy_has_an_explanation_of_its_own() {
    let both = ["--policy", "production.yaml", "--policy", "policy.yaml", "--event-id", "business"];
    let explanations = explanations(&folder(), &both);
    let verdicts: Vec<(&Value, &Value)> =
        explanations.iter().map(|explanation| (&explanation["policy"], &explanation["verdict"])).collect();
    assert_eq!(verdicts, [(&json!("freeze"), &json!("OffHours")), (&json!("production"), &json!("BusinessHours"))]);
}

#[test]
fn an_event_id_without_a_record_is_an_error() {
    for id in ["nowhere", "pull"] {
        let output = offhours(&folder(), &["explain", "--policy", "production.yaml", "--event-id", id, "records.json"]);
        assert_eq!((output.stdout.as_str(), output.status.code()), ("", Some(2)));
        assert!(output.stderr.ends_with(&format!("error: no PutImage record in the input has the eventID {id}\n")));
    }
}

#[test]
fn a_record_that_cannot_be_decoded_is_an_error_and_the_others_are_explained() {
    let folder = folder_with_freeze();
    let broken = PutImage::new("prod/api", at("2026-11-20T12:00:00Z")).event_id("broken").without("/eventTime");
    let good = PutImage::new("prod/api", at("2026-11-20T12:00:00Z")).event_id("good");
    folder.write("records.json", trail([broken.json(), good.json()]));
    let output = offhours(&folder, &["explain", "--policy", "policy.yaml", "records.json"]);
    assert_eq!((output.stdout.lines().count(), output.status.code()), (2, Some(2)));
    assert!(output.stderr.starts_with("error: records.json: record 1: eventID broken: eventTime: expected "));
    assert_eq!(summary(&output).failed, 1);
}
