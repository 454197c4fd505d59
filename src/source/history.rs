//! Reading the past of an account once, from its event history in several Regions: what `scan --lookup` judges.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::future::join_all;
use tokio_util::sync::CancellationToken;

use super::{Batch, LookupEvents, Read, SourceError};
use crate::coverage::TimeRange;
use crate::upload::{OtherPutImage, RecordError, Upload};

/// What was read of one Region.
#[derive(Debug)]
pub struct RegionHistory {
    /// The AWS account.
    pub account: String,
    /// The AWS Region.
    pub region: String,
    /// Pushes to ECR.
    pub uploads: Vec<Upload>,
    /// How many records are something else.
    pub not_uploads: usize,
    /// Those of them that are of a call of the same name.
    pub other_put_images: Vec<OtherPutImage>,
    /// Records that could not be decoded, by LookupEvents' name for each: slices share a second, and with it records.
    pub broken: BTreeMap<String, RecordError>,
    /// Everything up to this time was read; None when nothing was.
    pub complete_through: Option<DateTime<Utc>>,
    /// Why the rest was not, unless it was told to stop.
    pub error: Option<SourceError>,
}

/// Throttling is met with ever fewer requests, so it ends unless others take the whole quota for minutes.
const MAX_THROTTLED: u32 = 10;

/// Reads a window of every stream, all at once, each from its oldest record on, so that what was read is whole up to a
/// time. Ends early when `stop` is cancelled, or a stream cannot be read; `progress` hears of every step with the seconds of
/// the window that it brought.
pub async fn read_history(
    streams: Vec<LookupEvents>,
    window: TimeRange,
    stop: &CancellationToken,
    progress: &(impl Fn(u64) + Sync),
) -> Vec<RegionHistory> {
    join_all(streams.iter().map(|stream| read_region(stream, window, stop, progress))).await
}

async fn read_region(
    stream: &LookupEvents,
    window: TimeRange,
    stop: &CancellationToken,
    progress: &(impl Fn(u64) + Sync),
) -> RegionHistory {
    let mut history = RegionHistory {
        account: stream.account().to_owned(),
        region: stream.region().to_owned(),
        uploads: Vec::new(),
        not_uploads: 0,
        other_put_images: Vec::new(),
        broken: BTreeMap::new(),
        complete_through: None,
        error: None,
    };
    let mut todo: Vec<TimeRange> = window.slices().collect();
    todo.reverse();
    while let Some(slice) = todo.pop() {
        let read = tokio::select! {
            () = stop.cancelled() => return history,
            read = read_patiently(stream, slice) => read,
        };
        match read {
            Ok(Read::Whole(batch)) => {
                history.add(batch);
                history.complete_through = Some(slice.end);
                progress((slice.end - slice.start).num_seconds().unsigned_abs());
            }
            Ok(Read::TooMany) => {
                if let Some((older, newer)) = slice.halves() {
                    todo.extend([newer, older]);
                }
            }
            Err(error) => {
                history.error = Some(error);
                return history;
            }
        }
    }
    history
}

async fn read_patiently(stream: &LookupEvents, slice: TimeRange) -> Result<Read, SourceError> {
    let mut throttled = 0;
    loop {
        match stream.read(slice).await {
            Err(SourceError::Throttled { .. }) if throttled < MAX_THROTTLED => {
                throttled += 1;
                tokio::time::sleep(Duration::from_secs(u64::from(throttled))).await;
            }
            result => return result,
        }
    }
}

impl RegionHistory {
    fn add(&mut self, batch: Batch) {
        self.uploads.extend(batch.uploads);
        self.not_uploads += batch.not_uploads;
        self.other_put_images.extend(batch.other_put_images);
        self.broken.extend(batch.broken);
    }
}
