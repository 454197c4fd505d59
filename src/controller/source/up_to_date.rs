//! The condition `UpToDate` of a source.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

use crate::api::{self, UpToDateReason, condition};
use crate::coverage::StreamCheckpoint;

/// True while no stream of the source is further behind than `stale_after`.
pub(super) fn up_to_date(
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

/// A time difference in whole seconds; none when it is negative.
pub(super) fn whole_seconds(delta: TimeDelta) -> Duration {
    Duration::from_secs(delta.num_seconds().try_into().unwrap_or_default())
}
