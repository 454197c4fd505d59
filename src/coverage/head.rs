//! Moving the head of a stream: forward when a poll was read and delivered, and back when the clock went back behind it.

use chrono::{DateTime, TimeDelta, Utc};

use super::ledger::Ledger;
use super::poll::PollRead;
use super::stream::{Leap, Stream, StreamKey};
use super::time_range::{TimeRange, has_expired};
use super::uid::Uid;
use crate::upload::RELATION_DISTANCE;

/// A poll that moves the head further than this came after a pause, or after the clock was wrong.
const LEAP: TimeDelta = TimeDelta::minutes(10);
/// If a poll that goes back by the overlap takes no more pages than this, the next one does so as well.
const FEW_PAGES: usize = 5;
/// If the clock does not go back for this long after a leap, it was right then.
const LEAP_IS_PAST: TimeDelta = TimeDelta::hours(24);

impl Ledger {
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
        stream.seen.forget_before(now - reach - LEAP - RELATION_DISTANCE);
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
    pub(super) fn follow_clock(&mut self, now: DateTime<Utc>) -> bool {
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
