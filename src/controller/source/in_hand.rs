//! The records of a read that wait for delivery.
//!
//! A record alone does not show how it relates to others: an untagged manifest may belong to an index that was pushed
//! minutes later, and a tag may be added to a manifest that was pushed minutes before. Reads go from the newest record to
//! the oldest, a chunk at a time. So uploads at the old edge of a chunk wait for the next chunk, and those at its new edge
//! are compared with the chunk before.

use chrono::{DateTime, Utc};

use crate::source::Batch;
use crate::upload::{RELATION_DISTANCE, RecordError, Upload, relate};

/// The limits for one read. Two reads of a stream are under way at a time, so it has at most 2,000 records in hand: for
/// each read a chunk with its last page, those that wait, and those that are compared again.
const CHUNK: usize = 500;
const WAITING: usize = 200;
const CONTEXT: usize = 200;

/// The records that a read has in hand.
#[derive(Debug, Default)]
pub(super) struct InHand {
    /// The chunk that is being read.
    pub batch: Batch,
    /// Uploads at the old edge of the chunk before, which wait.
    waiting: Vec<Upload>,
    /// Delivered uploads to which the next ones may be related.
    context: Vec<Upload>,
}

/// Records that are ready to be delivered.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    /// The uploads, related to each other, in the order of their times.
    pub uploads: Vec<Upload>,
    /// The number of other records.
    pub not_uploads: usize,
    /// Records that could not be decoded, each with the id that LookupEvents gave.
    pub broken: Vec<(String, RecordError)>,
}

impl InHand {
    /// Whether there is enough for a chunk.
    pub fn is_full(&self) -> bool {
        self.batch.records() >= CHUNK
    }

    /// Takes what can be delivered once everything from `down_to` on was read, or everything if `is_all`.
    ///
    /// More than 200 uploads within ten minutes do not wait for the rest of these: which of them only add a tag is then
    /// decided by those in hand.
    pub fn take(&mut self, down_to: Option<DateTime<Utc>>, is_all: bool) -> Chunk {
        let mut batch = self.batch.take();
        let (not_uploads, broken) = (batch.not_uploads, std::mem::take(&mut batch.broken));
        let context = std::mem::take(&mut self.context);
        let context_ids: std::collections::HashSet<_> = context.iter().map(|upload| upload.id.clone()).collect();
        let mut uploads = context;
        uploads.append(&mut self.waiting);
        uploads.extend(batch.into_uploads());
        uploads.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
        relate(&mut uploads);
        let edge = down_to.filter(|_| !is_all).map(|down_to| down_to + RELATION_DISTANCE);
        let waiting = uploads.iter().filter(|upload| edge.is_some_and(|edge| upload.time < edge)).count();
        if waiting <= WAITING && !is_all {
            self.waiting = uploads.drain(..waiting).collect();
        }
        if !is_all {
            let oldest = self.waiting.first().or(uploads.first()).map(|upload| upload.time);
            let near = |upload: &&Upload| oldest.is_some_and(|oldest| upload.time <= oldest + RELATION_DISTANCE * 2);
            self.context = uploads.iter().filter(near).take(CONTEXT).cloned().collect();
        }
        uploads.retain(|upload| !context_ids.contains(&upload.id));
        Chunk { uploads, not_uploads, broken }
    }
}
