//! One record of Security Lake: any JSON object, made into an upload in one of the two formats.

#![no_main]

use libfuzzer_sys::fuzz_target;
use offhours::upload::{Decoded, decode, decode_value};
use serde_json::{Value, json};

fuzz_target!(|input: (bool, &str)| {
    let (is_version_1, text) = input;
    let Ok(Value::Object(mut record)) = serde_json::from_str(text) else { return };
    record.insert("class_uid".to_owned(), json!(if is_version_1 { 3005 } else { 6003 }));
    let api = record.entry("api").or_insert_with(|| json!({}));
    if let Some(api) = api.as_object_mut() {
        api.insert("service".to_owned(), json!({"name": "ecr.amazonaws.com"}));
        api.insert("operation".to_owned(), json!("PutImage"));
    }
    let record = Value::Object(record);
    let decoded = decode_value(&record);
    assert_eq!(decode(&record.to_string()), decoded, "text and value of a record are judged alike");
    if let Ok(Decoded::Upload(upload)) = decoded {
        let texts = [upload.id.as_str(), &upload.event_id, &upload.account, &upload.region, &upload.repository];
        assert!(texts.iter().all(|text| !text.is_empty()), "{upload:?}");
    }
});
