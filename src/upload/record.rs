//! From a CloudTrail record to an upload.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::error::{RecordError, type_of};
use super::fields::Fields;
use super::ocsf;
use super::put_image::{Registry, Upload};

/// What a CloudTrail record is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decoded {
    /// A push, or the attempt of one.
    Upload(Box<Upload>),
    /// A record of anything else.
    NotAnUpload,
}

/// Decodes the JSON text of one CloudTrail record: the bare record, without an envelope. It may be in the form that Amazon
/// Security Lake keeps, OCSF 1.0.0-rc.2 or 1.1.0.
///
/// A record is an upload when its `eventSource` is ECR's or ECR Public's and its `eventName` is `PutImage`, unless its
/// `eventType` says that the service did it by itself. `readOnly`, `managementEvent` and `eventCategory` are not
/// looked at: they came with later versions of the format, and some exporters change their types.
///
/// A field that is missing or null, or that CloudTrail cut, falls back to others that say the same.
///
/// # Errors
/// When the text is not a JSON object; when it lacks what every record has (`eventSource`, `eventName`); and for an
/// upload, when it has no `eventID`, no valid `eventTime`, no repository, account or Region anywhere, or when a field
/// that the verdict or the identity of the push rests on has another type than AWS documents. Fields of mere evidence
/// (`imageTag`, the manifest and its digest, `sourceIPAddress`, `userAgent`, `errorMessage`) never make an error: those
/// that are unreadable count as absent, and [`Upload::unreadable`] names them.
pub fn decode(text: &str) -> Result<Decoded, RecordError> {
    if is_surely_not_an_upload(text) {
        return Ok(Decoded::NotAnUpload);
    }
    let record = serde_json::from_str(text).map_err(|error| RecordError::NotJson { message: error.to_string() })?;
    decode_value(&record)
}

/// Decodes one CloudTrail record that is parsed already, as [`decode`] does.
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

/// The registry that a call pushed to, when it is a push.
fn upload_to(source: &str, name: &str) -> Option<Registry> {
    Registry::from_event_source(source).filter(|_| name == "PutImage")
}

/// CloudTrail Insights events are records without `eventSource` and `eventName` (CloudTrail User Guide, "CloudTrail
/// record contents for Insights events").
fn is_insight(event_type: Option<&str>) -> bool {
    event_type == Some("AwsCloudTrailInsight")
}

/// The call that a record is of. It is enough to know most records of a trail for something other than an upload, without
/// building the whole record.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Call<'a> {
    #[serde(borrow, default, rename = "eventSource")]
    source: Cow<'a, str>,
    #[serde(borrow, default, rename = "eventName")]
    name: Cow<'a, str>,
}

impl Call<'_> {
    /// Whether a record of this call is not an upload, whatever else is in it. False is no verdict.
    pub(super) fn is_not_an_upload(&self) -> bool {
        !self.source.is_empty() && !self.name.is_empty() && upload_to(&self.source, &self.name).is_none()
    }
}

fn is_surely_not_an_upload(text: &str) -> bool {
    // serde reads a struct from an array as well.
    text.trim_start().starts_with('{')
        && serde_json::from_str::<Call<'_>>(text).is_ok_and(|call| call.is_not_an_upload())
}
