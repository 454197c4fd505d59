//! Closing holes: reading what lies behind the head, for the policies that have not judged it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::ledger::Ledger;
use super::stream::{Behind, LONGEST_RETRY, StreamKey};
use super::time_range::{TimeRange, has_expired};
use super::uid::Uid;
use crate::upload::RELATION_DISTANCE;

/// A slice of the past to be read, and the policies that get it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastRead {
    /// The time range to read: the slice, and the ten minutes around it, in which uploads may belong to the same push.
    pub range: TimeRange,
    /// The time range that is judged.
    pub slice: TimeRange,
    /// For each policy, the part of the slice that it has not judged, and its placement when the read was planned.
    pub(super) parts: BTreeMap<Uid, (TimeRange, u64)>,
}

/// What CloudTrail ceased to keep before a policy judged it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// The policy.
    pub policy: Uid,
    /// The time up to which the policy had judged, inclusive.
    pub from: DateTime<Utc>,
    /// The time at which CloudTrail's history begins now.
    pub to: DateTime<Utc>,
}

impl Ledger {
    /// The oldest slice that a policy has not judged and may judge now, for all policies that have not judged some of it;
    /// and what can no longer be read.
    pub fn plan_past(
        &mut self,
        source_uid: &Uid,
        key: &StreamKey,
        now: DateTime<Utc>,
    ) -> (Option<PastRead>, Vec<Lost>) {
        let mut lost = Vec::new();
        let Some(entry) = self.sources.get_mut(source_uid) else { return (None, lost) };
        let policies = &entry.policies;
        let Some(stream) = entry.streams.get_mut(key).filter(|stream| stream.removed_at.is_none()) else {
            return (None, lost);
        };
        let head = stream.head;
        stream.reading = None;
        let is_due = |behind: &Behind| {
            // A retry far in the future was set before the clock went back.
            behind.refused.is_none_or(|refused| refused.retry_at <= now || refused.retry_at > now + LONGEST_RETRY)
        };
        let due: Vec<Uid> = stream
            .behind
            .iter()
            .filter(|(policy, behind)| policies.contains(*policy) && is_due(behind))
            .map(|(policy, _)| policy.clone())
            .collect();
        let mut open = Vec::new();
        for policy in due {
            let Some(behind) = stream.behind.get_mut(&policy) else { continue };
            let oldest = TimeRange::new(behind.through, now).start;
            if oldest > behind.through {
                lost.push(Lost { policy: policy.clone(), from: behind.through, to: oldest });
                behind.through = oldest;
                if let Some(pair) = self.policies.get_mut(&policy).and_then(|known| known.pairs.get_mut(source_uid)) {
                    pair.since = pair.since.max(oldest);
                }
                self.changed_policies.insert(policy.clone());
            }
            let end = behind.joined_at.unwrap_or(head);
            if behind.through >= end {
                // The policy left exactly at the head, or the head went back.
                let through = behind.through;
                stream.place(&policy, through, Some(head));
                self.changed_policies.insert(policy);
            } else {
                let was_refused = behind.refused.is_some();
                open.push((policy, TimeRange { start: behind.through, end }, behind.epoch, was_refused));
            }
        }
        // A rejected policy may be rejected again, which takes time: the others do not wait for it.
        if open.iter().any(|(.., was_refused)| !was_refused) {
            open.retain(|(.., was_refused)| !was_refused);
        }
        let Some(start) = open.iter().map(|(_, hole, ..)| hole.start).min() else { return (None, lost) };
        let last = open.iter().map(|(_, hole, ..)| hole.end).max().unwrap_or(head);
        // A short rest is added to the slice before it, since on its own it would cost the ten minutes around it too. The
        // default lookback is one slice and a second.
        let end = if last - start <= stream.slice * 5 / 4 { last } else { start + stream.slice };
        let slice = TimeRange { start, end };
        let parts = open.into_iter().filter(|(_, hole, ..)| hole.start <= slice.end).map(|(policy, hole, epoch, _)| {
            let part = TimeRange { start: hole.start.max(slice.start), end: hole.end.min(slice.end) };
            (policy, (part, epoch))
        });
        let parts = parts.collect();
        let range =
            TimeRange::new(slice.start - RELATION_DISTANCE, now.min(slice.end + RELATION_DISTANCE).max(slice.end));
        stream.reading = Some(slice);
        (Some(PastRead { range, slice, parts }), lost)
    }

    /// When the next read for a policy that is behind is due: in the past if it was not rejected; None if none is behind.
    pub fn next_retry(&self, source: &Uid, key: &StreamKey) -> Option<DateTime<Utc>> {
        let entry = self.sources.get(source)?;
        let behind = entry.streams.get(key)?.behind.iter().filter(|(policy, _)| entry.policies.contains(*policy));
        behind.map(|(_, behind)| behind.refused.map_or(DateTime::UNIX_EPOCH, |refused| refused.retry_at)).min()
    }

    /// Whether any policy still needs what is being read: one that was edited or rejected since the read was planned gets
    /// none of it.
    pub fn is_wanted(&self, source: &Uid, key: &StreamKey, read: &PastRead) -> bool {
        let stream = self.sources.get(source).and_then(|source| source.streams.get(key));
        stream.is_some_and(|stream| {
            let is_current = |(policy, (_, epoch)): (&Uid, &(TimeRange, u64))| {
                stream.behind.get(policy).is_some_and(|behind| behind.epoch == *epoch)
            };
            read.parts.iter().any(is_current)
        })
    }

    /// Reports that a slice was read to its end, in this many pages, and delivered. Policies whose findings were rejected
    /// must have been reported before, by [`Ledger::delivered`].
    pub fn read_past(&mut self, source: &Uid, key: &StreamKey, read: &PastRead, pages: usize, now: DateTime<Utc>) {
        // CloudTrail ceased to keep the beginning of the slice while it was read: the next plan reports what is lost.
        if has_expired(read.slice.start, now) {
            return;
        }
        let Some(stream) = self.stream_mut(source, key) else { return };
        stream.reading = None;
        stream.adapt_slice(pages);
        let head = stream.head;
        let mut moved = Vec::new();
        for (policy, (part, epoch)) in &read.parts {
            let Some(behind) = stream.behind.get_mut(policy).filter(|behind| behind.epoch == *epoch) else { continue };
            let through = behind.through.max(part.end);
            match behind.joined_at {
                Some(joined_at) if through < joined_at => behind.through = through,
                // What was rejected before is accepted now: the policy gets new uploads at once again, and the rest of
                // its hole like any other policy.
                joined_at => {
                    let got_the_poll = joined_at.is_some() && !stream.newcomers.contains(policy);
                    stream.place(policy, through, Some(joined_at.unwrap_or(head)));
                    if got_the_poll {
                        stream.newcomers.remove(policy);
                    }
                }
            }
            moved.push(policy.clone());
        }
        self.changed_policies.extend(moved);
    }
}
