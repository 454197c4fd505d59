//! Polls: reading what is new, at the head.

use chrono::{DateTime, TimeDelta, Utc};

use super::gap::Gap;
use super::ledger::Ledger;
use super::stream::StreamKey;
use super::time_range::TimeRange;
use super::uid::Uid;
use crate::upload::RELATION_DISTANCE;

/// A poll, to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollRead {
    /// The time range to read. It begins behind the head.
    pub range: TimeRange,
    /// The head. What is later is new to every policy that is joined.
    pub head: DateTime<Utc>,
    /// Whether the next poll can follow at once, because this one ends before now.
    pub has_more: bool,
    /// Whether the range goes back by the overlap.
    pub(super) reads_overlap: bool,
    /// What CloudTrail ceased to keep before it was read; None if nothing, or if this only extends a gap reported before.
    pub gap: Option<Gap>,
    /// The head before, if the clock went back behind it; None otherwise.
    pub clock_went_back_from: Option<DateTime<Utc>>,
}

impl Ledger {
    /// What to read at the head now; None for a stream that the spec does not name.
    ///
    /// If a poll is in progress, it begins anew: what it delivered is delivered again.
    pub fn plan_poll(&mut self, source: &Uid, key: &StreamKey, now: DateTime<Utc>) -> Option<PollRead> {
        let entry = self.sources.get_mut(source)?;
        let stream = entry.streams.get_mut(key).filter(|stream| stream.removed_at.is_none())?;
        let head_before = stream.head;
        let went_back = stream.follow_clock(now);
        let oldest = TimeRange::new(stream.head, now).start;
        let mut gap = None;
        if oldest > stream.head {
            let lost = Gap { stream: key.clone(), from: stream.head, to: oldest };
            stream.head = oldest;
            stream.lost_before = Some(oldest);
            // The status of the source keeps only the latest gaps, and a long pause leaves one in each stream. So the
            // policies keep the time too; nothing older can be read in the other streams of the source either.
            for policy in self.policies.values_mut() {
                if let Some(pair) = policy.pairs.get_mut(source) {
                    pair.since = pair.since.max(oldest);
                }
            }
            gap = entry.add_gap(lost.clone()).then_some(lost);
            self.changed_policies.extend(entry.policies.iter().cloned());
        }
        let stream = entry.streams.get_mut(key)?;
        // At least the ten minutes before the head are read once more, for uploads that were not settled: it was not
        // known yet what else was pushed with them. The overlap is not read before the first poll has ended, since
        // everything behind the head is in holes then, nor by each poll if it takes many pages, which would cost more
        // than what is new.
        let is_due = stream.next_overlap.is_none_or(|due| due <= now || due > now + entry.overlap);
        let reads_overlap = stream.was_read && is_due;
        let overlap = if reads_overlap { entry.overlap.max(TimeDelta::zero()) } else { TimeDelta::zero() };
        let start = stream.head - overlap - RELATION_DISTANCE;
        // A second that is not over yet would be read in part.
        let whole = TimeRange::new(start, now - TimeDelta::seconds(1));
        let end = whole.end.min(stream.head + stream.slice).max(whole.start);
        stream.newcomers.clear();
        stream.poll_planned_at = Some(now);
        stream.seen.give_up_after(stream.head);
        Some(PollRead {
            range: TimeRange { start: whole.start, end },
            head: stream.head,
            has_more: end < whole.end,
            reads_overlap,
            gap,
            clock_went_back_from: went_back.then_some(head_before),
        })
    }
}
