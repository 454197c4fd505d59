//! Decoding a CloudTrail record.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::error::{RecordError, type_of};
use super::fields::Fields;
use super::ocsf;
use super::put_image::{Registry, Upload};

/// A decoded CloudTrail record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decoded {
    /// A record of a push, successful or not.
    Upload(Box<Upload>),
    /// A record of anything else.
    NotAnUpload,
}

/// Decodes the JSON text of one CloudTrail record, without an envelope. It may be in the format of Amazon Security Lake, OCSF
/// 1.0.0-rc.2 or 1.1.0.
///
/// A record is an upload if its `eventSource` is ECR's or ECR Public's and its `eventName` is `PutImage`, unless its
/// `eventType` says that the service did it by itself. `readOnly`, `managementEvent` and `eventCategory` do not matter: they came
/// with later versions of the format, and some exporters change their types.
///
/// Instead of a field that is missing, null or cut by CloudTrail, others that say the same are used.
///
/// # Errors
/// If the text is not a JSON object, or lacks a field that every record has (`eventSource`, `eventName`). For an upload, also if
/// it has no `eventID`, no valid `eventTime`, or no repository, account or Region anywhere, or if a field that the verdict or the
/// identity of the upload depends on has a type other than the one that AWS documents. Fields that are only evidence (`imageTag`,
/// the manifest and its digest, `sourceIPAddress`, `userAgent`, `errorMessage`) never cause an error: those that are unreadable
/// count as absent, and [`Upload::unreadable`] names them.
pub fn decode(text: &str) -> Result<Decoded, RecordError> {
    if is_surely_not_an_upload(text) {
        return Ok(Decoded::NotAnUpload);
    }
    let record = serde_json::from_str(text).map_err(|error| RecordError::NotJson { message: error.to_string() })?;
    decode_value(&record)
}

/// As [`decode`], for a record that is already parsed.
///
/// # Errors
/// As [`decode`].
pub fn decode_value(record: &Value) -> Result<Decoded, RecordError> {
    let record = record.as_object().ok_or_else(|| RecordError::NotAnObject { found: type_of(record) })?;
    match ocsf::as_cloud_trail(record) {
        Some(event) => decode_event(&event).map_err(ocsf::in_ocsf_terms),
        None => decode_event(record),
    }
}

fn decode_event(record: &Map<String, Value>) -> Result<Decoded, RecordError> {
    let fields = Fields::new(record);
    if is_insight(fields.text("eventType").ok().flatten()) {
        return Ok(Decoded::NotAnUpload);
    }
    let source = fields.required("eventSource", "a string")?;
    let name = fields.required("eventName", "a string")?;
    let Some(registry) = upload_to(source, name) else {
        return Ok(Decoded::NotAnUpload);
    };
    if fields.text("eventType")? == Some("AwsServiceEvent") {
        return Ok(Decoded::NotAnUpload);
    }
    Ok(Decoded::Upload(Box::new(Upload::from_fields(fields, registry)?)))
}

/// The registry that a call pushed to; None if it is not a push.
fn upload_to(source: &str, name: &str) -> Option<Registry> {
    Registry::from_event_source(source).filter(|_| name == "PutImage")
}

/// CloudTrail Insights events are records without `eventSource` and `eventName` (CloudTrail User Guide, "CloudTrail
/// record contents for Insights events").
fn is_insight(event_type: Option<&str>) -> bool {
    event_type == Some("AwsCloudTrailInsight")
}

/// Whether a record is not an upload, without building the whole record. False is no verdict.
fn is_surely_not_an_upload(text: &str) -> bool {
    #[derive(Deserialize)]
    struct Header<'a> {
        #[serde(borrow, rename = "eventSource")]
        source: Cow<'a, str>,
        #[serde(borrow, rename = "eventName")]
        name: Cow<'a, str>,
    }
    // serde reads a struct from an array as well.
    text.trim_start().starts_with('{')
        && serde_json::from_str::<Header<'_>>(text).is_ok_and(|header| {
            !header.source.is_empty() && !header.name.is_empty() && upload_to(&header.source, &header.name).is_none()
        })
}
