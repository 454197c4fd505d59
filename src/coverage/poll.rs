//! Polls: reading what is new, at the head.

use chrono::{DateTime, TimeDelta, Utc};

use super::gap::Gap;
use super::ledger::Ledger;
use super::stream::{Leap, Stream, StreamKey};
use super::time_range::{TimeRange, has_expired};
use super::uid::Uid;
use crate::upload::RELATION_WINDOW;

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

/// A poll that moves the head further than this came after a pause, or after the clock was wrong.
const LEAP: TimeDelta = TimeDelta::minutes(10);
/// If a poll that goes back by the overlap takes no more pages than this, the next one does so as well.
const FEW_PAGES: usize = 5;
/// If the clock does not go back for this long after a leap, it was right then.
const LEAP_IS_PAST: TimeDelta = TimeDelta::hours(24);

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
        let start = stream.head - overlap - RELATION_WINDOW;
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

    /// Reports that a poll was read to its end, in this many pages, and delivered. Policies whose findings were rejected
    /// must have been reported before, by [`Ledger::delivered`]. Returns whether there are holes now, of policies that
    /// joined since the poll was planned.
    pub fn polled(&mut self, source: &Uid, key: &StreamKey, read: &PollRead, pages: usize, now: DateTime<Utc>) -> bool {
        let Some(entry) = self.sources.get_mut(source) else { return false };
        let reach = entry.sweeps.iter().map(|sweep| sweep.back).max().unwrap_or_default().max(entry.overlap);
        let Some(stream) = entry.streams.get_mut(key) else { return false };
        // A read that took so long that CloudTrail ceased to keep its beginning proves nothing: the next plan reports the
        // gap.
        if stream.head != read.head || has_expired(read.head, now) {
            return false;
        }
        let head = read.range.end.max(read.head);
        let has_holes = !stream.newcomers.is_empty();
        for policy in std::mem::take(&mut stream.newcomers) {
            stream.missed(&policy, read.head, head);
            self.changed_policies.insert(policy);
        }
        stream.leap = stream.leap.filter(|leap| head - leap.to < LEAP_IS_PAST);
        if head - stream.head > LEAP {
            let from = stream.leap.map_or(stream.head, |leap| leap.from);
            stream.leap = Some(Leap { from, to: head });
        }
        if !stream.was_read {
            self.changed_policies.extend(entry.policies.iter().cloned());
        }
        if read.reads_overlap {
            stream.next_overlap = (pages > FEW_PAGES).then(|| now + entry.overlap / 3);
        }
        if let Some(planned_at) = stream.poll_planned_at.take() {
            stream.sweeps.leave_to_the_next(planned_at);
        }
        stream.head = head;
        stream.was_read = true;
        stream.seen.read(read.range.start, read.range.end);
        stream.seen.forget_before(now - reach - LEAP - RELATION_WINDOW);
        if read.has_more {
            stream.adapt_slice(pages);
        }
        has_holes
    }
}

impl Stream {
    /// Records that the head moves from `from` to `to`, and that this policy did not get what lies between.
    fn missed(&mut self, policy: &Uid, from: DateTime<Utc>, to: DateTime<Utc>) {
        match self.behind.get_mut(policy) {
            // Its hole becomes longer.
            Some(behind) => behind.joined_at = behind.joined_at.map(|_| to),
            None => {
                self.place(policy, from, Some(to));
                self.newcomers.remove(policy);
            }
        }
    }

    /// Moves the head back if the clock went back behind it: what lies beyond was read by a wrong clock. Returns whether
    /// it did.
    fn follow_clock(&mut self, now: DateTime<Utc>) -> bool {
        let now = TimeRange::new(now, now).end;
        if self.head <= now {
            return false;
        }
        // If the clock was only a little ahead, polls ended in the future, but they began in the past.
        let was_far_ahead = self.head - now > LEAP;
        let leap = self.leap.take().filter(|_| was_far_ahead);
        self.head = leap.map_or(now, |leap| leap.from.min(now));
        for behind in self.behind.values_mut() {
            behind.through = behind.through.min(self.head);
            behind.joined_at = behind.joined_at.map(|joined_at| joined_at.min(self.head));
        }
        true
    }
}
