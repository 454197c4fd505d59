//! `PutImage` calls that are not uploads.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::error::excerpt;
use super::{ocsf, record_time};

/// A record of a `PutImage` call that is not an upload. No policy judges it; it is kept to explain why it is not a finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OtherPutImage {
    /// `eventTime`, if it is a valid time.
    pub time: Option<DateTime<Utc>>,
    /// `eventID`, if there is one.
    pub event_id: Option<String>,
    /// Why it is not an upload, in words.
    pub why: String,
}

impl OtherPutImage {
    /// From a record that [`decode`](super::decode) found not to be an upload; None if it is of another call.
    pub fn of(record: &str) -> Option<Self> {
        // Most records are of other calls: this avoids parsing them.
        memchr::memmem::find(record.as_bytes(), b"PutImage")?;
        let record: Value = serde_json::from_str(record).ok()?;
        let record = record.as_object()?;
        let ocsf = ocsf::as_cloud_trail(record);
        let event = ocsf.as_ref().unwrap_or(record);
        let text = |field: &str| event.get(field).and_then(Value::as_str);
        if text("eventName") != Some("PutImage") {
            return None;
        }
        let why = match text("eventType") {
            Some(kind @ "AwsServiceEvent") => format!("nobody called PutImage: the service did it by itself ({kind})"),
            _ => format!("PutImage of {} is not a push to ECR", excerpt(text("eventSource").unwrap_or_default())),
        };
        Some(Self {
            time: text("eventTime").and_then(record_time::parse),
            event_id: text("eventID").map(str::to_owned),
            why,
        })
    }
}
