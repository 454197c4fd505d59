//! CloudTrail records in the Open Cybersecurity Schema Framework, as Amazon Security Lake stores them: source version 1
//! (OCSF 1.0.0-rc.2) and version 2 (OCSF 1.1.0). A record is turned back into CloudTrail's shape, so that one decoder decides
//! what an upload is, and which field substitutes for which.
//!
//! From the Security Lake User Guide ("CloudTrail event logs") and the mapping's own validation samples:
//!
//! | CloudTrail | version 1 | version 2 |
//! |---|---|---|
//! | `userIdentity.arn`, `principalId` | `actor.user.uuid`, `uid` | `actor.user.uid`, `uid_alt` |
//! | `userIdentity.accountId` | `actor.user.account_uid` | `actor.user.account.uid` |
//! | request and response | flattened in `unmapped` | the same, or as text in `api.request.data`, `api.response.data` |
//!
//! `activity_id` is not needed: service and operation identify the call.

use chrono::{DateTime, SecondsFormat};
use serde_json::{Map, Value};

use super::error::RecordError;

/// The record in CloudTrail's shape; None if it is not in OCSF.
pub(super) fn as_cloud_trail(record: &Map<String, Value>) -> Option<Map<String, Value>> {
    record.get("class_uid").filter(|class| class.is_number())?;
    let mut event = Event::default();
    event.unmapped(record.get("unmapped"));
    event.text_of("requestParameters", at(record, "api.request.data"));
    event.text_of("responseElements", at(record, "api.response.data"));
    event.put("eventID", at(record, "metadata.uid"));
    event.put("eventVersion", at(record, "metadata.product.version"));
    event.put("eventType", at(record, "metadata.event_code"));
    event.put("eventSource", at(record, "api.service.name"));
    event.put("eventName", at(record, "api.operation"));
    event.put("awsRegion", at(record, "cloud.region"));
    event.put("userAgent", at(record, "http_request.user_agent"));
    event.put("errorCode", at(record, "api.response.error"));
    event.put("errorMessage", at(record, "api.response.message"));
    // An address, the name of a service, or a VPC endpoint.
    let source = ["ip", "domain", "uid"].iter().find_map(|field| at(record, &format!("src_endpoint.{field}")));
    event.put("sourceIPAddress", source);
    event.put("eventTime", time(record).as_ref());
    event.identity(record);
    event.resources(record.get("resources"));
    Some(event.0)
}

/// An error of the decoder, with OCSF's name of the field.
pub(super) fn in_ocsf_terms(error: RecordError) -> RecordError {
    const NAMES: [(&str, &str); 11] = [
        ("eventID", "metadata.uid"),
        ("eventTime", "time"),
        ("eventSource", "api.service.name"),
        ("eventName", "api.operation"),
        ("eventType", "metadata.event_code"),
        ("awsRegion", "cloud.region"),
        ("errorCode", "api.response.error"),
        ("userIdentity.type", "actor.user.type"),
        ("userIdentity.arn", "actor.user.uid"),
        ("requestParameters.repositoryName", "api.request.data or unmapped: requestParameters.repositoryName"),
        ("recipientAccountId", "unmapped.recipientAccountId"),
    ];
    match error {
        RecordError::Field { id, field, expected, found } => {
            let field = NAMES.iter().find(|(name, _)| *name == field).map_or(field, |(_, ocsf)| (*ocsf).to_owned());
            RecordError::Field { id, field, expected, found }
        }
        other => other,
    }
}

/// The value at a path; None if it is absent or null.
fn at<'a>(record: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    let mut names = path.split('.');
    let mut value = record.get(names.next()?)?;
    for name in names {
        value = value.get(name)?;
    }
    Some(value).filter(|value| !value.is_null())
}

/// `time` is in milliseconds since 1970; `time_dt` is text.
fn time(record: &Map<String, Value>) -> Option<Value> {
    let time = at(record, "time").or_else(|| at(record, "time_dt"))?;
    let instant = time.as_i64().and_then(DateTime::from_timestamp_millis);
    Some(instant.map_or_else(|| time.clone(), |at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true).into()))
}

/// A record of CloudTrail under construction.
#[derive(Default)]
struct Event(Map<String, Value>);

impl Event {
    fn put(&mut self, path: &str, value: Option<&Value>) {
        if let Some(value) = value {
            insert(&mut self.0, path, value.clone());
        }
    }

    /// Adds the fields that have no place in the schema, each under its path in the CloudTrail record: a map, or a list of pairs.
    /// Lists are joined to text there (`resources[].ARN`), and are left out.
    fn unmapped(&mut self, unmapped: Option<&Value>) {
        let pairs: Vec<(&str, &Value)> = match unmapped {
            Some(Value::Object(map)) => map.iter().map(|(path, value)| (path.as_str(), value)).collect(),
            Some(Value::Array(pairs)) => {
                pairs.iter().filter_map(|pair| Some((pair.get(0)?.as_str()?, pair.get(1)?))).collect()
            }
            _ => Vec::new(),
        };
        for (path, value) in pairs.into_iter().filter(|(path, value)| !path.contains("[]") && !value.is_null()) {
            insert(&mut self.0, path, value.clone());
        }
    }

    /// Adds a field whose value is JSON in a string.
    fn text_of(&mut self, field: &str, text: Option<&Value>) {
        let parsed = text.and_then(Value::as_str).and_then(|text| serde_json::from_str::<Value>(text).ok());
        self.put(field, parsed.as_ref().filter(|value| !value.is_null()));
    }

    fn identity(&mut self, record: &Map<String, Value>) {
        let is_version_1 = at(record, "actor.user.uuid").is_some() || record.get("class_uid") == Some(&3005.into());
        let (arn, principal) = if is_version_1 { ("uuid", "uid") } else { ("uid", "uid_alt") };
        let user = |field: &str| at(record, &format!("actor.user.{field}"));
        self.put("userIdentity.type", user("type"));
        self.put("userIdentity.arn", user(arn));
        self.put("userIdentity.principalId", user(principal));
        self.put("userIdentity.accountId", user("account_uid").or_else(|| user("account.uid")));
        self.put("userIdentity.accessKeyId", user("credential_uid"));
        self.put("userIdentity.userName", user("name"));
        self.put("userIdentity.invokedBy", at(record, "actor.invoked_by"));
        self.put("userIdentity.sessionContext.sessionIssuer.arn", at(record, "actor.session.issuer"));
    }

    fn resources(&mut self, resources: Option<&Value>) {
        let resources: Vec<Value> = resources
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|resource| {
                Some(serde_json::json!({ "ARN": resource.get("uid").filter(|uid| !uid.is_null())? }))
            })
            .collect();
        if !resources.is_empty() {
            self.0.insert("resources".to_owned(), resources.into());
        }
    }
}

/// Inserts a value at a path, with the objects on the way. A value on the way that is not an object stays.
fn insert(object: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => drop(object.insert(path.to_owned(), value)),
        Some((name, rest)) => {
            let inner = object.entry(name).or_insert_with(|| Value::Object(Map::new()));
            if let Some(inner) = inner.as_object_mut() {
                insert(inner, rest, value);
            }
        }
    }
}
