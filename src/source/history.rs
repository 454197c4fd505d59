//! Reads the event history of an account in several Regions once, for `scan --lookup`.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use futures::future::join_all;
use tokio_util::sync::CancellationToken;

use super::{Batch, LookupEventsClient, Reading, SourceError, Urgency, patiently};
use crate::coverage::TimeRange;
use crate::upload::{OtherPutImage, RecordError, Upload};

/// What was read of one Region.
#[derive(Debug)]
pub struct RegionHistory {
    /// The AWS account.
    pub account: String,
    /// The AWS Region.
    pub region: String,
    /// The uploads.
    pub uploads: Vec<Upload>,
    /// The number of records that are not uploads.
    pub not_uploads: usize,
    /// Those of them that record a call named PutImage.
    pub other_put_images: Vec<OtherPutImage>,
    /// Records that could not be decoded, by their event ids in LookupEvents. Two slices share a second and the records in
    /// it.
    pub broken: BTreeMap<String, RecordError>,
    /// The time up to which everything was read; None when nothing was.
    pub complete_through: Option<DateTime<Utc>>,
    /// Why the rest was not read; None if nothing is missing, or if the program was interrupted.
    pub error: Option<SourceError>,
}

/// Reads a range of every stream, all at the same time, each in slices from its oldest record on, so that what was read is
/// complete up to a time. Ends early if `stop` is cancelled or a stream cannot be read. `progress` is called at every step
/// with the number of seconds of the range that it covered.
pub async fn read_history(
    streams: Vec<LookupEventsClient>,
    range: TimeRange,
    stop: &CancellationToken,
    progress: &(impl Fn(u64) + Sync),
) -> Vec<RegionHistory> {
    join_all(streams.iter().map(|stream| read_region(stream, range, stop, progress))).await
}

async fn read_region(
    stream: &LookupEventsClient,
    range: TimeRange,
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
    for slice in range.slices() {
        let read = tokio::select! {
            () = stop.cancelled() => return history,
            read = read_slice(stream, slice, progress) => read,
        };
        match read {
            Ok(batch) => {
                history.add(batch);
                history.complete_through = Some(slice.end);
            }
            Err(error) => {
                history.error = Some(error);
                return history;
            }
        }
    }
    history
}

/// Reads a slice to its last page. A failure in the middle of it is retried patiently, so that little is read in vain.
async fn read_slice(
    stream: &LookupEventsClient,
    slice: TimeRange,
    progress: &(impl Fn(u64) + Sync),
) -> Result<Batch, SourceError> {
    let (mut reading, mut batch) = (Reading::new(slice), Batch::default());
    let mut reached_before = slice.end;
    while !reading.is_done() {
        // Nothing more urgent is read by the same program.
        patiently(async || reading.read_page(stream, Urgency::Poll, &mut batch).await).await?;
        let reached = reading.read_down_to().unwrap_or(reached_before).min(reached_before);
        progress((reached_before - reached).num_seconds().unsigned_abs());
        reached_before = reached;
    }
    Ok(batch)
}

impl RegionHistory {
    fn add(&mut self, mut batch: Batch) {
        self.not_uploads += batch.not_uploads;
        self.other_put_images.append(&mut batch.other_put_images);
        self.broken.extend(std::mem::take(&mut batch.broken));
        self.uploads.extend(batch.into_uploads());
    }
}
