//! Every published record in `tests/fixtures`: four are uploads, and no other record is ever taken for one.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::super::{Contents, Decoded, decode, decode_value};

/// A record and its source: the file, and in `identities.json` the shape.
type Labelled = (String, Value);

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of fixtures") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            found.push(path);
        }
    }
}

/// All records, in the order of their labels.
fn corpus() -> Vec<Labelled> {
    let mut paths = Vec::new();
    files(&fixtures(), &mut paths);
    paths.sort();
    let mut corpus = Vec::new();
    for path in paths {
        let label = path.strip_prefix(fixtures()).expect("a path within").display().to_string();
        let text = std::fs::read_to_string(&path).expect("a readable fixture");
        let value: Value = serde_json::from_str(&text).expect("the fixture is JSON");
        if label.ends_with("identities.json") {
            for (shape, entries) in value.as_object().expect("an object of shapes") {
                let entries = entries.as_array().expect("a list of records").iter();
                corpus.extend(entries.map(|entry| (format!("{label} {shape}"), entry["event"].clone())));
            }
        } else if let Some(records) = value["Records"].as_array() {
            corpus.extend(records.iter().map(|record| (label.clone(), record.clone())));
        } else {
            corpus.push((label, value));
        }
    }
    corpus
}

const UPLOADS: [&str; 4] = [
    "cloudtrail/identities.json invokedBy_AWS_Internal",
    "cloudtrail/putimage/console-2019.json",
    "cloudtrail/putimage/docker-push-iamuser.json",
    "cloudtrail/putimage/ecr-public-2019.rebuilt.json",
];

#[test]
fn every_published_record_is_decoded_and_four_are_uploads() {
    let corpus = corpus();
    assert_eq!(corpus.len(), 97 + 8 + 20, "records were added or removed: say which are uploads");
    let mut uploads = Vec::new();
    for (label, record) in &corpus {
        match decode_value(record) {
            Ok(Decoded::Upload(_)) => uploads.push(label.as_str()),
            Ok(Decoded::NotAnUpload) => {}
            Err(error) => panic!("{label}: {error}"),
        }
        assert_eq!(decode(&record.to_string()), decode_value(record), "{label}: text and value are judged alike");
    }
    assert_eq!(uploads, UPLOADS);
}

#[test]
fn in_every_envelope_the_records_are_the_same() {
    let records: Vec<Value> = corpus().into_iter().map(|(_, record)| record).collect();
    let expected = Contents::of(Value::from(records.clone()).to_string().as_bytes());
    assert_eq!((expected.uploads.len(), expected.read(), expected.failed), (UPLOADS.len(), records.len() as u64, 0));

    let lines = |records: &[Value]| records.iter().map(|record| format!("{record}\n")).collect::<String>();
    let lookup = |record: &Value| serde_json::json!({"EventId": "x", "CloudTrailEvent": record.to_string()});
    let bridge = |record: &Value| serde_json::json!({"detail-type": "AWS API Call via CloudTrail", "detail": record});
    for (envelope, document) in [
        ("a trail", serde_json::json!({"Records": records}).to_string()),
        ("lines", lines(&records)),
        ("LookupEvents", serde_json::json!({"Events": records.iter().map(lookup).collect::<Vec<_>>()}).to_string()),
        ("EventBridge", lines(&records.iter().map(bridge).collect::<Vec<_>>())),
        ("indented", serde_json::to_string_pretty(&serde_json::json!({"Records": records})).expect("JSON")),
    ] {
        assert_eq!(Contents::of(document.as_bytes()), expected, "{envelope}");
        assert_eq!(Contents::of_verified(document.as_bytes(), |_| {}), expected, "{envelope}, verified");
    }
}

#[test]
fn the_order_of_the_records_changes_only_the_order_of_the_uploads() {
    let mut records: Vec<Value> = corpus().into_iter().map(|(_, record)| record).collect();
    let uploads = |records: &[Value]| {
        let contents = Contents::of(serde_json::json!({"Records": records}).to_string().as_bytes());
        let mut ids: Vec<String> = contents.uploads.iter().map(|upload| format!("{upload:?}")).collect();
        ids.sort();
        (ids, contents.not_uploads, contents.failed)
    };
    let expected = uploads(&records);
    for turn in 0..records.len() {
        records.rotate_left(1);
        if turn % 10 == 0 {
            records.reverse();
            assert_eq!(uploads(&records), expected, "after {turn} turns");
        }
    }
}

/// The words that make a record an upload are everywhere except where they count.
#[test]
fn a_record_that_only_mentions_a_push_is_none() {
    let mention = "PutImage ecr.amazonaws.com";
    for (label, record) in corpus() {
        let is_upload = matches!(decode_value(&record), Ok(Decoded::Upload(_)));
        let Value::Object(mut fields) = record else { panic!("{label} is no object") };
        for name in ["userAgent", "errorMessage", "PutImage", "ecr.amazonaws.com"] {
            fields.insert(name.to_owned(), mention.into());
        }
        fields.insert(
            "additionalEventData".to_owned(),
            serde_json::json!({"eventName": "PutImage", "eventSource": "ecr.amazonaws.com"}),
        );
        let record = Value::Object(fields);
        let contents = Contents::of_verified(serde_json::json!({"Records": [record]}).to_string().as_bytes(), |_| {});
        assert_eq!(contents.uploads.len(), usize::from(is_upload), "{label}");
    }
}
