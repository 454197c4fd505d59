//! A CloudTrail record, and what the service's own index knows about it.

use chrono::{DateTime, SubsecRound as _, Utc};
use serde_json::Value;

use super::super::seed::sha256_hex;

/// A record, filed under an account, a Region and a second.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub account: String,
    pub region: String,
    /// The time by which the service sorts and filters. The record may name another time, or none.
    pub time: DateTime<Utc>,
    pub event_id: String,
    pub event_name: String,
    pub event_source: String,
    pub read_only: bool,
    pub username: Option<String>,
    pub access_key_id: Option<String>,
    /// Type and name of each.
    pub resources: Vec<(String, String)>,
    /// The record itself.
    pub text: String,
}

impl Record {
    /// Files any record, however broken, under an account, Region and time.
    pub fn filed(account: &str, region: &str, time: DateTime<Utc>, content: &Value) -> Self {
        let field = |pointer: &str| content.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let text = content.to_string();
        let session = field("/userIdentity/arn")
            .filter(|_| field("/userIdentity/type").as_deref() == Some("AssumedRole"))
            .and_then(|arn| arn.rsplit_once('/').map(|(_, session)| session.to_owned()));
        let resources = content.get("resources").and_then(Value::as_array).into_iter().flatten();
        Self {
            account: account.to_owned(),
            region: region.to_owned(),
            time: time.trunc_subsecs(0),
            event_id: field("/eventID").unwrap_or_else(|| event_id(&text)),
            event_name: field("/eventName").unwrap_or_default(),
            event_source: field("/eventSource").unwrap_or_default(),
            read_only: content.get("readOnly").and_then(Value::as_bool).unwrap_or_default(),
            username: session.or_else(|| field("/userIdentity/userName")),
            access_key_id: field("/userIdentity/accessKeyId"),
            resources: resources
                .filter_map(|resource| {
                    let arn = resource.get("ARN")?.as_str()?;
                    let (_, name) = arn.rsplit_once(":repository/")?;
                    Some(("AWS::ECR::Repository".to_owned(), name.to_owned()))
                })
                .collect(),
            text,
        }
    }

    /// Files a record where it says it belongs: recipientAccountId, awsRegion, eventTime.
    ///
    /// # Panics
    /// When one of the three is missing or malformed; [`Record::filed`] takes those.
    pub fn of(content: &Value) -> Self {
        let field = |name: &str| {
            content.get(name).and_then(Value::as_str).unwrap_or_else(|| panic!("a record without {name}: {content}"))
        };
        let time = field("eventTime").parse().unwrap_or_else(|error| panic!("eventTime: {error} in {content}"));
        Self::filed(field("recipientAccountId"), field("awsRegion"), time, content)
    }

    /// The record as JSON, as CloudTrail writes it to a log file.
    ///
    /// # Panics
    /// Never: the text was made from JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).expect("the text was made from JSON")
    }
}

/// An event id in CloudTrail's format, derived from a text that is unique to the event.
pub fn event_id(unique: &str) -> String {
    let hex = sha256_hex(&format!("event {unique}"));
    format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
}
