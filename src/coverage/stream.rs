//! Streams, as the ledger knows them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::seen::Seen;
use super::sweep_runs::SweepRuns;
use super::time_range::TimeRange;
use super::uid::Uid;

/// The account and Region of a stream.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamKey {
    /// The AWS account; empty until it is known.
    pub account: String,
    /// The AWS Region.
    pub region: String,
}

/// A stream in the ledger. A policy of its source that is not in `behind` is joined and has no hole.
#[derive(Debug)]
pub(super) struct Stream {
    /// When the spec first named the Region, or when its account changed to this one.
    pub first_seen: DateTime<Utc>,
    /// Everything up to here was read, and judged by every policy that is joined; inclusive.
    pub head: DateTime<Utc>,
    /// Whether a poll was ever read to its end.
    pub was_read: bool,
    /// Whether it was fresh when that was last checked.
    pub was_fresh: bool,
    /// The head in the status of the source at the start, which is the position of policies whose status says that they are
    /// joined. None if the status had none, or one in the future.
    pub loaded_head: Option<DateTime<Utc>>,
    /// Whether the stream was in the status of the source at the start.
    pub was_loaded: bool,
    /// When the spec ceased to name the Region, or the account changed; None while the stream is read.
    pub removed_at: Option<DateTime<Utc>>,
    /// CloudTrail ceased to keep what lies before this time, and it was not read.
    pub lost_before: Option<DateTime<Utc>>,
    /// The policies that are not joined, or have a hole.
    pub behind: BTreeMap<Uid, Behind>,
    /// The number of placements so far.
    epoch: u64,
    /// The policies that were placed since the poll in progress was planned, so that they do not get what it returns.
    pub newcomers: BTreeSet<Uid>,
    /// When a poll next goes back by the overlap; None if the next one does.
    pub next_overlap: Option<DateTime<Utc>>,
    /// The slice of holes that is being read.
    pub reading: Option<TimeRange>,
    pub seen: Seen,
    pub sweeps: SweepRuns,
    /// When the poll in progress was planned.
    pub poll_planned_at: Option<DateTime<Utc>>,
    /// The length of the next slice.
    pub slice: TimeDelta,
    /// The last time the head moved further than a regular poll moves it. If the clock goes back later, it was wrong from
    /// then on.
    pub leap: Option<Leap>,
}

/// A move of the head by more than a regular poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Leap {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
}

/// The position of a policy that is not joined to a stream, or has a hole behind the place where it joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Behind {
    /// The policy has judged everything up to here, from its own beginning on; inclusive.
    pub through: DateTime<Utc>,
    /// The head when the policy joined; None while it is not joined.
    pub joined_at: Option<DateTime<Utc>>,
    /// The number of this placement. A read that was planned before it does not move the policy.
    pub epoch: u64,
    /// The rejection of its findings, if they were rejected.
    pub refused: Option<Refused>,
}

impl Behind {
    /// The time range between what was judged and the place where the policy joined; None while it is not joined.
    pub fn hole(&self) -> Option<TimeRange> {
        self.joined_at.map(|end| TimeRange { start: self.through, end })
    }
}

/// The API server rejected a finding of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused {
    /// When to try again.
    pub retry_at: DateTime<Utc>,
    /// How often in a row it was rejected, from 1.
    pub times: u32,
}

const FIRST_SLICE: TimeDelta = TimeDelta::hours(24);
/// A read goes ten minutes beyond the slice on both sides, which makes a slice of this length cost a sixth more.
const SHORTEST_SLICE: TimeDelta = TimeDelta::hours(2);
const LONGEST_SLICE: TimeDelta = TimeDelta::days(7);
const FIRST_RETRY: TimeDelta = TimeDelta::seconds(1);
pub(super) const LONGEST_RETRY: TimeDelta = TimeDelta::seconds(30);
/// A slice that takes more pages than this is followed by a shorter one, so that a restart repeats little.
const MANY_PAGES: usize = 20;

impl Stream {
    /// A stream that was never read.
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

    /// Adapts the length of the next slice after one that took this many pages.
    pub fn adapt_slice(&mut self, pages: usize) {
        if pages > MANY_PAGES {
            self.slice = (self.slice / 2).max(SHORTEST_SLICE);
        } else if pages <= 2 {
            self.slice = (self.slice * 2).min(LONGEST_SLICE);
        }
    }

    /// The time up to which this policy has judged everything, from its own beginning on; inclusive.
    pub fn through(&self, policy: &Uid) -> DateTime<Utc> {
        self.behind.get(policy).map_or(self.head, |behind| behind.through)
    }

    /// Places a policy that has judged everything up to `through`, and joined at `joined_at` if it did. It gets nothing
    /// of the reads in progress.
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

    /// Reports that a finding of a policy was rejected: it leaves the head, and retries with a delay that doubles each time.
    pub fn leave(&mut self, policy: &Uid, through: DateTime<Utc>, now: DateTime<Utc>) {
        let times = self.behind.get(policy).and_then(|behind| behind.refused).map_or(0, |refused| refused.times) + 1;
        self.place(policy, through, None);
        if let Some(behind) = self.behind.get_mut(policy) {
            let wait = (FIRST_RETRY * 2i32.pow(times.min(10) - 1)).min(LONGEST_RETRY);
            behind.refused = Some(Refused { retry_at: now + wait, times });
        }
    }

    /// Whether this policy gets what polls return.
    pub fn is_joined(&self, policy: &Uid) -> bool {
        self.behind.get(policy).is_none_or(|behind| behind.joined_at.is_some())
    }
}
