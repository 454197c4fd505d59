//! Plans the status of a source. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::health::RegionHealth;
use super::observed::Observed;
use super::ready::ready;
use super::up_to_date::{up_to_date, whole_seconds};
use super::warnings::with_warnings;
use crate::api;
use crate::api::{CloudTrailSourceStatus, GapReason, StreamStatus, UpToDateReason, merge_conditions};
use crate::coverage::{Gap, SourceCheckpoint, StreamCheckpoint, StreamKey, whole_second};

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
        observed.checkpoint.streams.iter().map(|stream| stream_status(stream, observed.health, now)).collect();
    // Streams that are read come first, then those that were read until the latest time.
    streams.sort_by_key(|stream| (stream.removed_at.is_some(), stream.removed_at.map(std::cmp::Reverse)));
    streams.truncate(MAX_STREAMS);
    streams.sort_by(|a, b| (&a.account, &a.region).cmp(&(&b.account, &b.region)));
    let conditions = vec![
        with_warnings(ready(observed, generation), observed.warnings),
        up_to_date(&observed.checkpoint.streams, stale_after, now, generation),
    ];
    CloudTrailSourceStatus {
        observed_generation: generation,
        complete_through: complete_through(&observed.checkpoint.streams).map(whole_second),
        conditions: merge_conditions(&observed.existing.conditions, conditions, now),
        streams,
        gaps: observed.checkpoint.gaps.iter().map(gap_status).collect(),
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

/// The checkpoint of a source, as its status has it. Values that make no sense count as absent.
pub(super) fn checkpoint_in(status: &CloudTrailSourceStatus) -> SourceCheckpoint {
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

#[cfg(test)]
#[path = "status_tests.rs"]
mod tests;
