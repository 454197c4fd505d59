//! Sweeps: reading again what lies behind the head, for records that CloudTrail delivers late.

use chrono::{DateTime, Utc};

use super::ledger::Ledger;
use super::stream::StreamKey;
use super::time_range::TimeRange;
use super::uid::Uid;
use crate::upload::RELATION_DISTANCE;

/// A slice of a sweep, to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SweepRead {
    /// The time range to read: the slice, and the ten minutes around it, in which uploads may belong to the same push.
    pub range: TimeRange,
    /// The end of the slice.
    pub(super) end: DateTime<Utc>,
}

impl Ledger {
    /// The next slice of a sweep, if one is due.
    pub fn plan_sweep(&mut self, source: &Uid, key: &StreamKey, now: DateTime<Utc>) -> Option<SweepRead> {
        let source = self.sources.get_mut(source)?;
        let stream = source.streams.get_mut(key).filter(|stream| stream.removed_at.is_none())?;
        if !stream.was_read {
            return None;
        }
        if stream.sweeps.running.is_none() {
            stream.sweeps.begin(&source.sweeps, stream.head, now);
        }
        let running = stream.sweeps.running.as_ref()?;
        // CloudTrail may no longer keep the beginning of what was planned.
        let start = TimeRange::new(running.next, now).start;
        let end = running.end.min(start + stream.slice).max(start);
        // Polls read what lies beyond the head.
        let range = TimeRange::new(start - RELATION_DISTANCE, stream.head.min(end + RELATION_DISTANCE).max(end));
        Some(SweepRead { range, end })
    }

    /// When the next sweep is due; None if the source has none.
    pub fn next_sweep(&self, source: &Uid, key: &StreamKey) -> Option<DateTime<Utc>> {
        let source = self.sources.get(source)?;
        let sweeps = &source.streams.get(key)?.sweeps;
        let due = source.sweeps.iter().zip(&sweeps.last);
        due.map(|(sweep, last)| last.map_or(DateTime::UNIX_EPOCH, |last| last + sweep.every)).min()
    }

    /// Reports that a slice was read to its end, in this many pages, and delivered.
    pub fn swept(&mut self, source: &Uid, key: &StreamKey, read: &SweepRead, pages: usize) {
        let Some(stream) = self.stream_mut(source, key) else { return };
        stream.adapt_slice(pages);
        let Some(running) = &mut stream.sweeps.running else { return };
        running.next = running.next.max(read.end);
        if running.next >= running.end {
            stream.seen.read(running.start, running.end);
            if let Some(last) = stream.sweeps.last.get_mut(running.sweep) {
                *last = Some(running.began);
            }
            stream.sweeps.running = None;
        }
    }
}
