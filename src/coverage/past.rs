//! Closing holes: reading what lies behind the head for the policies that have not judged it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::ledger::Ledger;
use super::stream::{Behind, LONGEST_RETRY, StreamKey};
use super::time_range::{TimeRange, has_expired};
use super::uid::Uid;
use crate::upload::RELATION_WINDOW;

/// A slice of the past to read, and for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastRead {
    /// What to read: the slice, and what was pushed shortly before and after it.
    pub range: TimeRange,
    /// What is judged of it.
    pub slice: TimeRange,
    /// The part of the slice that each policy has not judged, and at which placement.
    pub(super) parts: BTreeMap<Uid, (TimeRange, u64)>,
}

/// A policy could not be given what left CloudTrail's history while it did not judge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// The policy.
    pub policy: Uid,
    /// Where it had got to.
    pub from: DateTime<Utc>,
    /// Where CloudTrail's history begins now.
    pub to: DateTime<Utc>,
}

impl Ledger {
    /// The oldest slice that a policy has not judged and may judge now; for all policies that have not judged some of it.
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
            // A time far ahead was set before the clock went back.
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
                // It left right at the head, or the head went back.
                let through = behind.through;
                stream.place(&policy, through, Some(head));
                self.changed_policies.insert(policy);
            } else {
                let was_refused = behind.refused.is_some();
                open.push((policy, TimeRange { start: behind.through, end }, behind.epoch, was_refused));
            }
        }
        // Whoever was refused may be refused again, and slowly: others do not wait for that.
        if open.iter().any(|(.., was_refused)| !was_refused) {
            open.retain(|(.., was_refused)| !was_refused);
        }
        let Some(start) = open.iter().map(|(_, hole, ..)| hole.start).min() else { return (None, lost) };
        let last = open.iter().map(|(_, hole, ..)| hole.end).max().unwrap_or(head);
        // A short rest goes with the slice before it: by itself it would cost all that lies around it too. The default lookback
        // is a slice and a second.
        let end = if last - start <= stream.slice * 5 / 4 { last } else { start + stream.slice };
        let slice = TimeRange { start, end };
        let parts = open.into_iter().filter(|(_, hole, ..)| hole.start <= slice.end).map(|(policy, hole, epoch, _)| {
            let part = TimeRange { start: hole.start.max(slice.start), end: hole.end.min(slice.end) };
            (policy, (part, epoch))
        });
        let parts = parts.collect();
        let range = TimeRange::new(slice.start - RELATION_WINDOW, now.min(slice.end + RELATION_WINDOW).max(slice.end));
        stream.reading = Some(slice);
        (Some(PastRead { range, slice, parts }), lost)
    }

    /// When a policy that was refused may be tried again; None when none waits.
    pub fn next_retry(&self, source: &Uid, key: &StreamKey) -> Option<DateTime<Utc>> {
        let entry = self.sources.get(source)?;
        let behind = entry.streams.get(key)?.behind.iter().filter(|(policy, _)| entry.policies.contains(*policy));
        behind.map(|(_, behind)| behind.refused.map_or(DateTime::UNIX_EPOCH, |refused| refused.retry_at)).min()
    }

    /// Whether anybody still needs what is being read: whoever was refused, or edited, gets none of it.
    pub fn is_wanted(&self, source: &Uid, key: &StreamKey, read: &PastRead) -> bool {
        let stream = self.sources.get(source).and_then(|source| source.streams.get(key));
        stream.is_some_and(|stream| {
            let is_current = |(policy, (_, epoch)): (&Uid, &(TimeRange, u64))| {
                stream.behind.get(policy).is_some_and(|behind| behind.epoch == *epoch)
            };
            read.parts.iter().any(is_current)
        })
    }

    /// A slice was read to its end, in this many pages, and delivered. Whoever did not get its findings written has said so
    /// before.
    pub fn read_past(&mut self, source: &Uid, key: &StreamKey, read: &PastRead, pages: usize, now: DateTime<Utc>) {
        // CloudTrail forgot its beginning while it was read: the next plan finds what is lost.
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
                // What it was refused is taken: it gets new pushes at once again, and the rest of its hole as others do.
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
