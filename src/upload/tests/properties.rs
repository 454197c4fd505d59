//! The decoder with arbitrary and broken input: it returns a result, or an error with its field, and never panics.

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Map, Value};

use super::super::{Decoded, RecordError, decode, decode_value};
use super::samples::{docker_push, identities};

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        known_text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((known_name(), inner), 0..6)
                .prop_map(|fields| Value::from(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn known_name() -> impl Strategy<Value = String> {
    let names = "eventID eventTime eventSource eventName eventType awsRegion requestParameters responseElements image \
                 imageId imageDigest imageTag imageManifest repositoryName registryId userIdentity type arn ARN accountId \
                 sessionContext sessionIssuer resources addendum reason originalEventID sharedEventID errorCode omitted";
    prop::sample::select(names.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
}

fn known_text() -> impl Strategy<Value = String> {
    let texts = "ecr.amazonaws.com PutImage AwsApiCall AwsServiceEvent 2021-08-18T23:17:30Z AssumedRole UPDATED_DATA {} \
                 arn:aws:ecr:eu-central-1:111122223333:repository/a/b arn:aws:sts::111122223333:assumed-role/a/b arn:::::";
    prop::sample::select(texts.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
}

/// The JSON pointers of every value except the whole.
fn pointers(value: &Value) -> Vec<String> {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    let below = |(key, value): (String, &Value)| {
        let pointer = format!("/{}", key.replace('~', "~0").replace('/', "~1"));
        let deeper: Vec<String> = pointers(value).into_iter().map(|rest| format!("{pointer}{rest}")).collect();
        std::iter::once(pointer).chain(deeper).collect::<Vec<_>>()
    };
    inner.into_iter().flat_map(below).collect()
}

fn remove(record: &mut Value, pointer: &str) {
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
    match record.pointer_mut(parent).expect("the parent exists") {
        Value::Object(fields) => drop(fields.remove(&key.replace("~1", "/").replace("~0", "~"))),
        Value::Array(items) => drop(items.remove(key.parse().expect("an index"))),
        other => panic!("{other} has nothing within"),
    }
}

/// Checks what holds for every record: an error names a field or says that there is no record, an upload has all mandatory
/// fields, and text gives the same result as the value.
fn check(record: &Value) -> Result<Decoded, RecordError> {
    let decoded = decode_value(record);
    match &decoded {
        Ok(Decoded::NotAnUpload) => {}
        Ok(Decoded::Upload(upload)) => {
            let texts = [upload.id.as_str(), &upload.event_id, &upload.account, &upload.region, &upload.repository];
            assert!(texts.iter().all(|text| !text.is_empty()), "{upload:?}");
            assert!(!upload.principal.arn.is_empty() && !upload.principal.kind.is_empty(), "{upload:?}");
        }
        Err(RecordError::Field { field, expected, found, .. }) => {
            assert!(!field.is_empty() && !expected.is_empty() && !found.is_empty());
        }
        Err(RecordError::NotAnObject { .. }) => assert!(!record.is_object()),
        Err(RecordError::NotJson { .. }) => panic!("{record} is JSON"),
    }
    assert_eq!(decode(&record.to_string()), decoded);
    decoded
}

/// Whether an error is about the field that was changed, about one around or within it, or about one that it substitutes for.
fn is_about(error: &RecordError, pointer: &str) -> bool {
    let changed = pointer.trim_start_matches('/').replace('/', ".");
    let field = error.field().unwrap_or_default().replace('[', ".").replace(']', "");
    field == changed || changed.starts_with(&format!("{field}.")) || field.starts_with(&format!("{changed}."))
}

proptest! {
    #[test]
    fn arbitrary_json_is_answered(value in any_json()) {
        let _ = check(&value);
    }

    #[test]
    fn arbitrary_json_in_the_place_of_any_field_is_answered(at in any::<Index>(), value in any_json()) {
        let mut record = docker_push();
        let pointer = at.get(&pointers(&record)).clone();
        *record.pointer_mut(&pointer).expect("the field exists") = value;
        if let Err(error) = check(&record) {
            prop_assert!(is_about(&error, &pointer), "{pointer}: {error}");
        }
    }

    #[test]
    fn several_changes_to_any_sample_are_answered(
        sample in prop::option::of(any::<Index>()),
        changes in prop::collection::vec((any::<Index>(), prop::option::of(any_json())), 1..8),
    ) {
        // About every second time, the record of a push: most samples are known not to be uploads before their fields are read.
        let mut record = sample.map_or_else(docker_push, |sample| sample.get(identities()).1.clone());
        for (at, change) in changes {
            let pointers = pointers(&record);
            if pointers.is_empty() {
                break;
            }
            let pointer = at.get(&pointers);
            match change {
                Some(value) => *record.pointer_mut(pointer).expect("the field exists") = value,
                None => remove(&mut record, pointer),
            }
        }
        let _ = check(&record);
    }

    #[test]
    fn any_text_is_answered(text in ".{0,64}") {
        let _ = decode(&text);
    }
}

#[test]
fn only_fields_without_a_substitute_are_needed() {
    let record = docker_push();
    let mut needed = Vec::new();
    for pointer in pointers(&record) {
        let mut record = record.clone();
        remove(&mut record, &pointer);
        match check(&record) {
            Ok(Decoded::Upload(_)) => {}
            Ok(Decoded::NotAnUpload) => panic!("{pointer} decides"),
            Err(error) => {
                assert!(is_about(&error, &pointer), "{pointer}: {error}");
                needed.push(pointer);
            }
        }
    }
    needed.sort();
    assert_eq!(needed, ["/eventID", "/eventName", "/eventSource", "/eventTime"]);
}

#[test]
fn a_record_that_was_cut_short_anywhere_is_an_error() {
    // Without the response, because the work grows with the square of the length.
    let mut record = docker_push();
    record["responseElements"] = Value::Null;
    let text = record.to_string();
    for end in 0..text.len() {
        assert!(matches!(decode(&text[..end]), Err(RecordError::NotJson { .. })), "{end}");
    }
}
