//! LookupEvents: valid requests, and one page of the answer.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::super::seed::{Seed, sha256_hex};
use super::aws_error::AwsError;
use super::record::Record;
use super::trail::{Position, Trail};

const MAX_RESULTS: u64 = 50;
/// The event history goes back 90 days. The extra minute is for a caller that asks for exactly 90 days, slightly later.
const HISTORY: TimeDelta = TimeDelta::days(90);
const LENIENCY: TimeDelta = TimeDelta::minutes(1);

const ATTRIBUTES: [&str; 8] =
    ["EventId", "EventName", "ReadOnly", "Username", "ResourceType", "ResourceName", "EventSource", "AccessKeyId"];

/// A valid request.
#[derive(Debug, Clone)]
pub struct Query {
    pub start: Option<DateTime<Utc>>,
    pub end: Option<DateTime<Utc>>,
    /// The first lookup attribute. The service silently ignores the others.
    pub attribute: Option<(String, String)>,
    pub next_token: Option<String>,
    max_results: u64,
}

impl Query {
    pub fn parse(body: &str) -> Result<Self, AwsError> {
        let body: Map<String, Value> =
            serde_json::from_str(body).map_err(|error| AwsError::new("SerializationException", error.to_string()))?;
        let max_results = body.get("MaxResults").map_or(Some(MAX_RESULTS), Value::as_u64);
        let Some(max_results @ 1..=MAX_RESULTS) = max_results else {
            let message = "The maximum number of results must be between 1 and 50.";
            return Err(AwsError::new("InvalidMaxResultsException", message));
        };
        Ok(Self {
            start: time(&body, "StartTime")?,
            end: time(&body, "EndTime")?,
            attribute: attribute(&body)?,
            next_token: body.get("NextToken").and_then(Value::as_str).map(str::to_owned),
            max_results,
        })
    }

    /// The parameters for which a NextToken is valid.
    fn fingerprint(&self, account: &str, region: &str) -> String {
        format!("{account} {region} {:?} {:?} {:?} {}", self.start, self.end, self.attribute, self.max_results)
    }
}

/// Epoch seconds. The service only knows whole seconds.
fn time(body: &Map<String, Value>, name: &str) -> Result<Option<DateTime<Utc>>, AwsError> {
    let Some(value) = body.get(name).filter(|value| !value.is_null()) else { return Ok(None) };
    let time = value.as_f64().and_then(|seconds| DateTime::from_timestamp(seconds.floor() as i64, 0));
    let wrong = || AwsError::new("SerializationException", format!("{name} is not a number of seconds: {value}"));
    time.map(Some).ok_or_else(wrong)
}

fn attribute(body: &Map<String, Value>) -> Result<Option<(String, String)>, AwsError> {
    let Some(first) = body.get("LookupAttributes").and_then(|attributes| attributes.get(0)) else { return Ok(None) };
    let text = |name| first.get(name).and_then(Value::as_str).unwrap_or_default();
    let (key, value) = (text("AttributeKey"), text("AttributeValue"));
    if !ATTRIBUTES.contains(&key) || value.is_empty() {
        let message = format!("not a lookup attribute: {first}");
        return Err(AwsError::new("InvalidLookupAttributesException", message));
    }
    Ok(Some((key.to_owned(), value.to_owned())))
}

/// One page, as it is sent.
#[derive(Debug)]
pub struct Page {
    pub body: String,
    pub events: usize,
    pub more: bool,
}

/// Answers in pages, and remembers where the page of each NextToken starts.
#[derive(Debug)]
pub struct Pages {
    seed: u64,
    luck: Seed,
    refused: f64,
    empty: f64,
    expire_after: Option<Duration>,
    tokens: HashMap<String, Continuation>,
}

#[derive(Debug)]
struct Continuation {
    fingerprint: String,
    after: Position,
    issued: Instant,
}

impl Pages {
    pub fn new(seed: u64) -> Self {
        // A generator of its own: the number of pages must not shift the draws of the other faults.
        Self { seed, luck: Seed::new(seed), refused: 0.0, empty: 0.0, expire_after: None, tokens: HashMap::new() }
    }

    pub fn expire_after(&mut self, age: Option<Duration>) {
        self.expire_after = age;
    }

    pub fn refuse_tokens(&mut self, chance: f64) {
        self.refused = chance;
    }

    pub fn set_empty(&mut self, chance: f64) {
        self.empty = chance;
    }

    pub fn answer(&mut self, trail: &Trail, account: &str, region: &str, query: &Query) -> Result<Page, AwsError> {
        let fingerprint = query.fingerprint(account, region);
        let after = query.next_token.as_ref().map(|token| self.position(token, &fingerprint)).transpose()?;
        let (start, end) = range(query)?;
        let (is_refused, is_empty) = (self.luck.chance(self.refused), self.luck.chance(self.empty));
        if is_refused && after.is_some() {
            return Err(invalid_token());
        }
        if is_empty {
            let token = self.issue(fingerprint, after.unwrap_or((Reverse(end), Reverse(u64::MAX))));
            return Ok(Page { body: json!({"Events": [], "NextToken": token}).to_string(), events: 0, more: true });
        }
        let mut matching = trail
            .visible(account, region, start, end, after)
            .filter(|(_, record)| query.attribute.as_ref().is_none_or(|(key, value)| matches(record, key, value)));
        let limit = usize::try_from(query.max_results).expect("at most 50");
        let page = matching.by_ref().take(limit).collect::<Vec<_>>();
        let more = matching.next().is_some();
        let mut body = json!({"Events": page.iter().map(|(_, record)| summary(record)).collect::<Vec<_>>()});
        if let Some((last, _)) = page.last().filter(|_| more) {
            body["NextToken"] = json!(self.issue(fingerprint, *last));
        }
        Ok(Page { body: body.to_string(), events: page.len(), more })
    }

    fn position(&self, token: &str, fingerprint: &str) -> Result<Position, AwsError> {
        let fresh = |continuation: &&Continuation| {
            self.expire_after.is_none_or(|age| continuation.issued.elapsed() <= age)
                && continuation.fingerprint == fingerprint
        };
        let continuation = self.tokens.get(token).filter(fresh);
        continuation.map(|continuation| continuation.after).ok_or_else(invalid_token)
    }

    fn issue(&mut self, fingerprint: String, after: Position) -> String {
        let token = sha256_hex(&format!("token {} {}", self.seed, self.tokens.len()));
        self.tokens.insert(token.clone(), Continuation { fingerprint, after, issued: Instant::now() });
        token
    }
}

fn invalid_token() -> AwsError {
    AwsError::new("InvalidNextTokenException", "Invalid token or token that was issued for other parameters.")
}

fn range(query: &Query) -> Result<(DateTime<Utc>, DateTime<Utc>), AwsError> {
    let now = Utc::now();
    let (start, end) = (query.start.unwrap_or(now - HISTORY), query.end.unwrap_or(now));
    let wrong = |message: &str| Err(AwsError::new("InvalidTimeRangeException", message));
    if start > end {
        return wrong("The start time must be before the end time.");
    }
    if start < now - HISTORY - LENIENCY {
        return wrong("The start time must be within the last 90 days.");
    }
    Ok((start, end))
}

fn matches(record: &Record, key: &str, value: &str) -> bool {
    match key {
        "EventId" => record.event_id == value,
        "EventName" => record.event_name == value,
        "ReadOnly" => record.read_only.to_string() == value,
        "Username" => record.username.as_deref() == Some(value),
        "ResourceType" => record.resources.iter().any(|(kind, _)| kind == value),
        "ResourceName" => record.resources.iter().any(|(_, name)| name == value),
        "EventSource" => record.event_source == value,
        "AccessKeyId" => record.access_key_id.as_deref() == Some(value),
        _ => false,
    }
}

/// The outer event: a summary of the record, and the record as a string.
fn summary(record: &Record) -> Value {
    let resources = record.resources.iter().map(|(kind, name)| json!({"ResourceType": kind, "ResourceName": name}));
    let mut event = json!({
        "EventId": record.event_id,
        "EventName": record.event_name,
        "ReadOnly": record.read_only.to_string(),
        "EventTime": record.time.timestamp(),
        "EventSource": record.event_source,
        "Resources": resources.collect::<Vec<_>>(),
        "CloudTrailEvent": record.text,
    });
    if let Some(username) = &record.username {
        event["Username"] = json!(username);
    }
    if let Some(access_key_id) = &record.access_key_id {
        event["AccessKeyId"] = json!(access_key_id);
    }
    event
}
