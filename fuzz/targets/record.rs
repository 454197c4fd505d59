//! One record of CloudTrail, as text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use offhours::upload::{Decoded, RecordError, decode, decode_value};

fuzz_target!(|text: &str| {
    let decoded = decode(text);
    match &decoded {
        Ok(Decoded::Upload(upload)) => {
            let texts = [upload.id.as_str(), &upload.event_id, &upload.account, &upload.region, &upload.repository];
            assert!(texts.iter().all(|text| !text.is_empty()), "{upload:?}");
        }
        Ok(Decoded::NotAnUpload) => {}
        Err(RecordError::Field { field, expected, found, .. }) => {
            assert!(!field.is_empty() && !expected.is_empty() && !found.is_empty());
        }
        Err(RecordError::NotAnObject { found }) => assert!(!found.is_empty()),
        Err(RecordError::NotJson { .. }) => assert!(serde_json::from_str::<serde_json::Value>(text).is_err()),
    }
    if let Ok(value) = serde_json::from_str(text) {
        assert_eq!(decode_value(&value), decoded, "text and value of a record are judged alike");
    }
});
