//! What the ledger knows of a stream.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::seen::Seen;
use super::sweep_runs::SweepRuns;
use super::time_range::TimeRange;
use super::uid::Uid;

/// The event history of one account and Region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamKey {
    /// The AWS account; empty until it is known.
    pub account: String,
    /// The AWS Region.
    pub region: String,
}

/// A stream in the ledger. A policy of its source that is not in `behind` is joined, without a hole.
#[derive(Debug)]
pub(super) struct Stream {
    pub first_seen: DateTime<Utc>,
    /// Everything up to here was read and judged by every policy that is joined.
    pub head: DateTime<Utc>,
    /// Whether a poll was ever read to its end.
    pub was_read: bool,
    /// Whether it was fresh when that was last looked at.
    pub was_fresh: bool,
    /// The head that the status of the source had at the start, where policies are that their status calls joined. None when
    /// there is no such time, or none to be believed.
    pub loaded_head: Option<DateTime<Utc>>,
    /// Whether the status of the source had it at the start.
    pub was_loaded: bool,
    /// When the spec stopped naming its Region.
    pub removed_at: Option<DateTime<Utc>>,
    /// What lies before this is out of CloudTrail's reach and was not read.
    pub lost_before: Option<DateTime<Utc>>,
    pub behind: BTreeMap<Uid, Behind>,
    /// Counts the placements.
    epoch: u64,
    /// Policies whose position changed since the poll in progress was planned, so that it is not for them.
    pub newcomers: BTreeSet<Uid>,
    /// When a poll next goes back by the overlap; None for the next one.
    pub next_overlap: Option<DateTime<Utc>>,
    /// The hole that is being read.
    pub reading: Option<TimeRange>,
    pub seen: Seen,
    pub sweeps: SweepRuns,
    /// When the poll in progress was planned.
    pub poll_planned_at: Option<DateTime<Utc>>,
    /// How much time a slice covers.
    pub slice: TimeDelta,
    /// The last time the head moved further than polls move it. If the clock goes back, what was read since then was read by a
    /// wrong clock.
    pub leap: Option<Leap>,
}

/// A large move of the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Leap {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
}

/// A policy that is not joined to a stream, or has a hole behind where it joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Behind {
    /// Everything up to here, from where the policy begins, was judged.
    pub through: DateTime<Utc>,
    /// Where it joined the head; None while it is not joined.
    pub joined_at: Option<DateTime<Utc>>,
    /// Which placement this is, so that a read that was planned before it moves nothing.
    pub epoch: u64,
    /// When to try again, and after how many refusals; None when nothing was refused.
    pub refused: Option<Refused>,
}

impl Behind {
    /// What lies between what was judged and where it joined.
    pub fn hole(&self) -> Option<TimeRange> {
        self.joined_at.map(|end| TimeRange { start: self.through, end })
    }
}

/// The API server refused a finding of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused {
    pub retry_at: DateTime<Utc>,
    pub times: u32,
}

const FIRST_SLICE: TimeDelta = TimeDelta::hours(24);
/// Reading goes ten minutes beyond a slice on both sides, for what was pushed with what is in it: a sixth more than its pages.
const SHORTEST_SLICE: TimeDelta = TimeDelta::hours(2);
const LONGEST_SLICE: TimeDelta = TimeDelta::days(7);
const FIRST_RETRY: TimeDelta = TimeDelta::seconds(1);
pub(super) const LONGEST_RETRY: TimeDelta = TimeDelta::seconds(30);
/// A slice that takes more pages is followed by a shorter one, so that a restart repeats little.
const MANY_PAGES: usize = 20;

impl Stream {
    pub fn new(first_seen: DateTime<Utc>, seen: Seen) -> Self {
        Self {
            first_seen,
            head: first_seen,
            was_read: false,
            was_fresh: false,
            loaded_head: None,
            was_loaded: false,
            removed_at: None,
            lost_before: None,
            behind: BTreeMap::new(),
            epoch: 0,
            newcomers: BTreeSet::new(),
            next_overlap: None,
            reading: None,
            seen,
            sweeps: SweepRuns::default(),
            poll_planned_at: None,
            slice: FIRST_SLICE,
            leap: None,
        }
    }

    /// Slices hold as much as can be read in a while, and as little as is worth a request.
    pub fn adapt_slice(&mut self, pages: usize) {
        if pages > MANY_PAGES {
            self.slice = (self.slice / 2).max(SHORTEST_SLICE);
        } else if pages <= 2 {
            self.slice = (self.slice * 2).min(LONGEST_SLICE);
        }
    }

    /// Everything up to here was judged by this policy.
    pub fn through(&self, policy: &Uid) -> DateTime<Utc> {
        self.behind.get(policy).map_or(self.head, |behind| behind.through)
    }

    /// Moves a policy; a read that is under way is not for it.
    pub fn place(&mut self, policy: &Uid, through: DateTime<Utc>, joined_at: Option<DateTime<Utc>>) {
        self.newcomers.insert(policy.clone());
        let through = through.min(self.head);
        if joined_at.is_some_and(|joined_at| through >= joined_at) {
            self.behind.remove(policy);
            return;
        }
        self.epoch += 1;
        self.behind.insert(policy.clone(), Behind { through, joined_at, epoch: self.epoch, refused: None });
    }

    /// A finding of a policy was not taken: it leaves the head and tries again later, each time later.
    pub fn leave(&mut self, policy: &Uid, through: DateTime<Utc>, now: DateTime<Utc>) {
        let times = self.behind.get(policy).and_then(|behind| behind.refused).map_or(0, |refused| refused.times) + 1;
        self.place(policy, through, None);
        if let Some(behind) = self.behind.get_mut(policy) {
            let wait = (FIRST_RETRY * 2i32.pow(times.min(10) - 1)).min(LONGEST_RETRY);
            behind.refused = Some(Refused { retry_at: now + wait, times });
        }
    }

    /// Whether this policy gets what a poll reads.
    pub fn is_joined(&self, policy: &Uid) -> bool {
        self.behind.get(policy).is_none_or(|behind| behind.joined_at.is_some())
    }
}
