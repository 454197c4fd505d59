//! The search over Amazon Security Lake, "ASL AWS ECR Container Upload Outside Business Hours", as it is described:
//!
//! - events whose `api.operation` is `PutImage`, of any service;
//! - `strftime` gives hour and weekday, taken here in the zone of whoever runs the search; the hour must be at least 20 or
//!   below 8, or the weekday Saturday or Sunday. `where weekday=Saturday` compares with a field of that name, which no
//!   event has: [`Weekend`];
//! - `fillnull` writes `0` for nulls. Without a list of fields it knows only those that some event of the result has:
//!   [`Fillnull`]. That this leaves nothing over, since no event has a `bucketName`, is inferred and was not seen on a Splunk;
//! - grouped by ten fields, with count, first and last time.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike as _, Timelike as _};
use chrono_tz::Tz;
use serde_json::Value;

/// The fields of the group, in the order of the search.
pub const GROUP: [&str; 10] = [
    "actor.user.uid",
    "api.operation",
    "api.service.name",
    "http_request.user_agent",
    "src_endpoint.ip",
    "actor.user.account.uid",
    "cloud.provider",
    "cloud.region",
    "api.request.data",
    "bucketName",
];

/// Whether `fillnull` fills what its authors counted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fillnull {
    /// As written: fields that at least one event of the result has.
    WhatSomeEventHas,
    /// As intended: all fields of the group.
    AllOfTheGroup,
}

/// Whether weekends are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weekend {
    /// As written: `weekday=Saturday` names a field.
    IsAField,
    /// As intended, and as the description of the search promises.
    IsAWeekday,
}

/// The search, and who runs it.
#[derive(Debug, Clone, Copy)]
pub struct SecurityLakeSearch {
    pub zone: Tz,
    pub fillnull: Fillnull,
    pub weekend: Weekend,
}

/// A row of the result, and the events that it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub group: [String; 10],
    /// `count` is their number.
    pub event_ids: Vec<String>,
    /// In milliseconds.
    pub first_time: i64,
    pub last_time: i64,
}

impl Row {
    /// The value of a field of the group.
    pub fn get(&self, field: &str) -> &str {
        let index = GROUP.iter().position(|name| *name == field).expect("a field of the group");
        &self.group[index]
    }
}

impl SecurityLakeSearch {
    /// As it is published, run by someone in this zone.
    pub fn as_written(zone: Tz) -> Self {
        Self { zone, fillnull: Fillnull::WhatSomeEventHas, weekend: Weekend::IsAField }
    }

    /// As it fires when `fillnull` does what it is there for.
    pub fn as_it_fires(zone: Tz) -> Self {
        Self { fillnull: Fillnull::AllOfTheGroup, ..Self::as_written(zone) }
    }

    /// As its description promises.
    pub fn as_meant(zone: Tz) -> Self {
        Self { weekend: Weekend::IsAWeekday, ..Self::as_it_fires(zone) }
    }

    /// The result over these events.
    pub fn rows(self, events: &[Value]) -> Vec<Row> {
        let found: Vec<&Value> = events.iter().filter(|event| self.is_found(event)).collect();
        let filled: BTreeSet<&str> = match self.fillnull {
            Fillnull::AllOfTheGroup => GROUP.into(),
            Fillnull::WhatSomeEventHas => {
                GROUP.into_iter().filter(|field| found.iter().any(|event| value(event, field).is_some())).collect()
            }
        };
        let mut rows: BTreeMap<[String; 10], Row> = BTreeMap::new();
        for event in found {
            let fields: Vec<String> = GROUP
                .iter()
                .filter_map(|field| value(event, field).or(filled.contains(field).then(|| "0".to_owned())))
                .collect();
            // `stats BY` leaves out an event that lacks a field.
            let Ok(group) = <[String; 10]>::try_from(fields) else { continue };
            let time = time(event).expect("a time");
            let empty = Row { group: group.clone(), event_ids: Vec::new(), first_time: time, last_time: time };
            let row = rows.entry(group).or_insert(empty);
            row.event_ids.push(value(event, "metadata.uid").unwrap_or_default());
            row.first_time = row.first_time.min(time);
            row.last_time = row.last_time.max(time);
        }
        rows.into_values().collect()
    }

    fn is_found(self, event: &Value) -> bool {
        let Some(local) = time(event).and_then(DateTime::from_timestamp_millis).map(|at| at.with_timezone(&self.zone))
        else {
            return false;
        };
        let is_night = local.hour() >= 20 || local.hour() < 8;
        let is_weekend = match self.weekend {
            Weekend::IsAField => false,
            Weekend::IsAWeekday => local.weekday().num_days_from_monday() >= 5,
        };
        value(event, "api.operation").as_deref() == Some("PutImage") && (is_night || is_weekend)
    }
}

fn time(event: &Value) -> Option<i64> {
    event.get("time")?.as_i64()
}

/// A field by its path; null counts as absent.
fn value(event: &Value, path: &str) -> Option<String> {
    event.pointer(&format!("/{}", path.replace('.', "/")))?.as_str().map(str::to_owned)
}
