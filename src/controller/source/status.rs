//! Plans the status of a source. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

use super::health::RegionHealth;
use super::warnings::with_warnings;
use crate::api;
use crate::api::{
    CloudTrailSourceStatus, ConditionType, GapReason, SourceReadyReason, StreamStatus, UpToDateReason, condition,
    merge_conditions,
};
use crate::coverage::{Gap, SourceCheckpoint, StreamCheckpoint, StreamKey, whole_second};
use crate::source::SourceError;

/// What is known of a source when its status is planned.
#[derive(Debug)]
pub(super) struct Observed<'o> {
    /// The Regions that it reads.
    pub regions: &'o [String],
    pub health: &'o BTreeMap<String, RegionHealth>,
    pub record: &'o SourceCheckpoint,
    /// Its current status.
    pub existing: &'o CloudTrailSourceStatus,
    /// Warnings that are added to the message of `Ready`.
    pub warnings: &'o [String],
}

/// The most streams that the schema allows: those of 64 Regions, and as many that the spec no longer names.
const MAX_STREAMS: usize = 128;

/// The status that a source must have at `now`.
pub(super) fn plan_status(
    observed: &Observed<'_>,
    generation: Option<i64>,
    stale_after: Duration,
    now: DateTime<Utc>,
) -> CloudTrailSourceStatus {
    let mut streams: Vec<StreamStatus> =
        observed.record.streams.iter().map(|stream| stream_status(stream, observed.health, now)).collect();
    // Streams that are read come first, then those that were read until the latest time.
    streams.sort_by_key(|stream| (stream.removed_at.is_some(), stream.removed_at.map(std::cmp::Reverse)));
    streams.truncate(MAX_STREAMS);
    streams.sort_by(|a, b| (&a.account, &a.region).cmp(&(&b.account, &b.region)));
    let conditions = vec![
        with_warnings(ready(observed, generation), observed.warnings),
        up_to_date(&observed.record.streams, stale_after, now, generation),
    ];
    CloudTrailSourceStatus {
        observed_generation: generation,
        complete_through: complete_through(&observed.record.streams).map(whole_second),
        conditions: merge_conditions(&observed.existing.conditions, conditions, now),
        streams,
        gaps: observed.record.gaps.iter().map(gap_status).collect(),
    }
}

/// Whether a status has something that a reader would act on and that the one before it does not have. Streams that only
/// moved on are no news; they are written from time to time.
pub(super) fn is_news(before: &CloudTrailSourceStatus, after: &CloudTrailSourceStatus) -> bool {
    let essence = |status: &CloudTrailSourceStatus| {
        let mut status = status.clone();
        status.complete_through = status.complete_through.map(|_| DateTime::UNIX_EPOCH);
        for stream in &mut status.streams {
            stream.complete_through = stream.complete_through.map(|_| DateTime::UNIX_EPOCH);
            stream.swept_through = None;
            stream.lag = None;
        }
        for condition in &mut status.conditions {
            let is_lag = condition.reason == UpToDateReason::Lagging.as_str();
            condition.message = if is_lag { String::new() } else { std::mem::take(&mut condition.message) };
        }
        status
    };
    essence(before) != essence(after)
}

/// The record of a source for the ledger, as its status has it. Values that make no sense count as absent.
pub(super) fn recorded(status: &CloudTrailSourceStatus) -> SourceCheckpoint {
    let key = |account: &str, region: &str| StreamKey { account: account.to_owned(), region: region.to_owned() };
    let streams = status.streams.iter().filter_map(|stream| {
        Some(StreamCheckpoint {
            stream: key(&stream.account, &stream.region),
            first_seen: stream.first_seen.or(stream.complete_through)?,
            head: None,
            complete_through: stream.complete_through,
            swept_through: stream.swept_through,
            removed_at: stream.removed_at,
        })
    });
    let gaps = status.gaps.iter().map(|gap| Gap { stream: key(&gap.account, &gap.region), from: gap.from, to: gap.to });
    SourceCheckpoint { streams: streams.collect(), gaps: gaps.collect() }
}

/// The time up to which every stream that the spec names was read; None while one of them was not.
fn complete_through(streams: &[StreamCheckpoint]) -> Option<DateTime<Utc>> {
    let named = streams.iter().filter(|stream| stream.removed_at.is_none());
    named.map(|stream| stream.complete_through).min().flatten()
}

fn stream_status(
    stream: &StreamCheckpoint,
    health: &BTreeMap<String, RegionHealth>,
    now: DateTime<Utc>,
) -> StreamStatus {
    let health = health.get(&stream.stream.region).filter(|_| stream.removed_at.is_none());
    let lag = stream.head.filter(|_| stream.removed_at.is_none());
    StreamStatus {
        account: stream.stream.account.clone(),
        region: stream.stream.region.clone(),
        first_seen: Some(whole_second(stream.first_seen)),
        complete_through: stream.complete_through.map(whole_second),
        swept_through: stream.swept_through.map(whole_second),
        removed_at: stream.removed_at.map(whole_second),
        lag: lag.map(|through| whole_seconds(now - through).into()),
        error: health.and_then(RegionHealth::error).map(|error| error.to_string().into()),
    }
}

fn gap_status(gap: &Gap) -> api::Gap {
    api::Gap {
        account: gap.stream.account.clone(),
        region: gap.stream.region.clone(),
        from: whole_second(gap.from),
        to: whole_second(gap.to),
        reason: GapReason::HistoryExpired,
    }
}

fn ready(observed: &Observed<'_>, generation: Option<i64>) -> Condition {
    let not = |reason, message: String| condition(reason, message, generation);
    let regions = observed.regions;
    if regions.is_empty() {
        return not(SourceReadyReason::NoRegion, SourceError::NoRegion.to_string());
    }
    let known: Vec<(&String, &RegionHealth)> =
        regions.iter().filter_map(|region| Some((region, observed.health.get(region)?))).collect();
    let failed: Vec<(&String, &RegionHealth, &SourceError)> =
        known.iter().filter_map(|(region, health)| Some((*region, *health, health.error()?))).collect();
    if let Some((_, health, first)) = failed.first() {
        // The account is not known, and the error is the same for all Regions.
        let is_one = health.account.is_none() && failed.iter().all(|(_, _, error)| error == first);
        if is_one || regions.len() == 1 {
            return not(first.reason(), first.to_string());
        }
        let account = |health: &RegionHealth| health.account.clone().unwrap_or_default();
        let messages: Vec<String> =
            failed.iter().map(|(region, health, error)| format!("{}/{region}: {error}", account(health))).collect();
        let of = format!("{} of {} streams cannot be read: ", failed.len(), regions.len());
        return not(first.reason(), of + &messages.join("; "));
    }
    let is_read = |region: &&String| observed.health.get(*region).is_some_and(|health| health.was_read);
    let waiting: Vec<&str> = regions.iter().filter(|region| !is_read(region)).map(String::as_str).collect();
    if !waiting.is_empty() {
        // After a start, the condition that the last process wrote stays until something else is known, unless the spec was
        // edited.
        let before = observed.existing.conditions.iter().find(|before| before.type_ == ConditionType::Ready.as_str());
        if let Some(before) = before.filter(|before| before.observed_generation == generation) {
            return before.clone();
        }
        let message = format!("waiting for the first read of {}", waiting.join(", "));
        return condition(SourceReadyReason::NotReadYet, message, generation);
    }
    let account = known.iter().find_map(|(_, health)| health.account.as_deref());
    let message = match account {
        Some(account) => format!("reading account {account} in {}", regions.join(", ")),
        None => format!("reading {}", regions.join(", ")),
    };
    condition(SourceReadyReason::Reading, message, generation)
}

fn up_to_date(
    streams: &[StreamCheckpoint],
    stale_after: Duration,
    now: DateTime<Utc>,
    generation: Option<i64>,
) -> Condition {
    let named: Vec<&StreamCheckpoint> = streams.iter().filter(|stream| stream.removed_at.is_none()).collect();
    let place = |stream: &StreamCheckpoint| match (stream.stream.account.as_str(), &stream.stream.region) {
        ("", region) => region.clone(),
        (account, region) => format!("{account}/{region}"),
    };
    let unread: Vec<String> = named.iter().filter(|stream| stream.head.is_none()).map(|stream| place(stream)).collect();
    if named.is_empty() || !unread.is_empty() {
        let message = match unread.is_empty() {
            true => "waiting for the first read; if it lasts, see Ready".to_owned(),
            false => format!("waiting for the first read of {}; if it lasts, see Ready", unread.join(", ")),
        };
        return condition(UpToDateReason::NotReadYet, message, generation);
    }
    let behind: Vec<String> = named
        .iter()
        .filter_map(|stream| {
            let through = stream.head.filter(|through| whole_seconds(now - *through) > stale_after)?;
            Some(format!("{} is only read through {}", place(stream), through.format("%Y-%m-%dT%H:%M:%SZ")))
        })
        .collect();
    if behind.is_empty() {
        let message = format!("every stream is at most {} behind", api::Duration::from(stale_after));
        return condition(UpToDateReason::UpToDate, message, generation);
    }
    let message = format!("{}; see Ready; if that is True, the source is catching up", behind.join("; "));
    condition(UpToDateReason::Lagging, message, generation)
}

fn whole_seconds(delta: TimeDelta) -> Duration {
    Duration::from_secs(delta.num_seconds().try_into().unwrap_or_default())
}

#[cfg(test)]
#[path = "status_tests.rs"]
mod tests;
