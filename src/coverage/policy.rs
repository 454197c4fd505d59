//! What the ledger knows of a policy.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::checkpoint::PolicyCheckpoint;
use super::revision::Revision;
use super::stream::Stream;
use super::time_range::{bounded, bounded_length};
use super::uid::Uid;

/// A policy as it is now.
#[derive(Debug, Clone)]
pub struct PolicyInput {
    /// Which edit of it this is.
    pub revision: Revision,
    /// When that edit was made, as far as the cluster knows.
    pub revised_at: DateTime<Utc>,
    /// How far before that it is applied.
    pub lookback: TimeDelta,
    /// Whether it judges: it is valid, not suspended, and its namespace is not being deleted.
    pub judges: bool,
    /// The uids of the sources that it uses.
    pub sources: BTreeSet<Uid>,
    /// What its status says; looked at when the policy is met for the first time.
    pub checkpoint: Option<PolicyCheckpoint>,
}

/// A policy in the ledger.
#[derive(Debug)]
pub(super) struct Policy {
    pub revision: Revision,
    pub lookback: TimeDelta,
    pub judges: bool,
    /// When it was looked at last.
    pub looked_at: DateTime<Utc>,
    /// The sources that it uses or has used.
    pub pairs: BTreeMap<Uid, Pair>,
}

/// A policy and a source.
#[derive(Debug, Clone)]
pub(super) struct Pair {
    pub since: DateTime<Utc>,
    /// The oldest `since` of all revisions: what a stream that could not be opened yet has shown since then, none has judged.
    pub unopened_since: DateTime<Utc>,
    /// When the policy stopped using the source.
    pub removed_at: Option<DateTime<Utc>>,
    /// What the status of the policy says now.
    pub recorded: Recorded,
    /// What the status said when this process met the policy: where it is in the streams that the status of the source has.
    pub loaded: Recorded,
}

/// What a status says of a pair. What promises more is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Recorded {
    /// Nothing: the next start will take the two for strangers.
    Nothing,
    /// The next start will read on from there.
    Through(DateTime<Utc>),
    /// The next start will join the policy where the status of the source has the head.
    Joined,
}

impl PolicyInput {
    pub(super) fn bounded(mut self) -> Self {
        self.revised_at = bounded(self.revised_at);
        self.lookback = bounded_length(self.lookback);
        for position in self.checkpoint.iter_mut().flat_map(|checkpoint| &mut checkpoint.sources) {
            position.since = bounded(position.since);
            position.through = position.through.map(bounded);
            position.removed_at = position.removed_at.map(bounded);
        }
        self
    }
}

impl Policy {
    pub fn load(input: &PolicyInput, now: DateTime<Utc>) -> Self {
        let earliest = input.revised_at.min(now) - input.lookback;
        let checkpoint = input.checkpoint.clone();
        let revision = checkpoint.as_ref().map_or(&input.revision, |checkpoint| &checkpoint.revision).clone();
        let positions = checkpoint.map(|checkpoint| checkpoint.sources).unwrap_or_default();
        let pairs = positions.into_iter().map(|position| {
            let recorded = position.through.map_or(Recorded::Joined, Recorded::Through);
            // A status can be edited by hand, and a clock can have been wrong: what begins in the future says nothing. What
            // begins before the edit is believed. The time of the edit is not exact: whoever made it moves it by changing a
            // label. What is claimed begins no earlier than the stream.
            let (since, loaded) =
                if position.since > now { (earliest, Recorded::Nothing) } else { (position.since, recorded) };
            let removed_at = position.removed_at.map(|removed_at| removed_at.min(now));
            let unopened_since = match loaded {
                Recorded::Through(through) => since.min(through + TimeDelta::seconds(1)),
                Recorded::Nothing | Recorded::Joined => since,
            };
            let pair = Pair { since, unopened_since, removed_at, recorded, loaded };
            (position.source, pair)
        });
        Self { revision, lookback: input.lookback, judges: false, looked_at: now, pairs: pairs.collect() }
    }

    /// Whether it judges what this source shows.
    pub fn uses(&self, source: &Uid) -> bool {
        self.judges && self.pairs.get(source).is_some_and(|pair| pair.removed_at.is_none())
    }
}

impl Pair {
    pub fn new(since: DateTime<Utc>) -> Self {
        Self { since, unopened_since: since, removed_at: None, recorded: Recorded::Nothing, loaded: Recorded::Nothing }
    }
}

/// From when on a policy judges what a stream shows: fixed when the two met.
pub(super) fn since(pair: &Pair, lookback: TimeDelta, stream: &Stream) -> DateTime<Utc> {
    let met = pair.since.max(stream.first_seen - lookback);
    met.max(stream.lost_before.unwrap_or(met))
}
