//! Policies, as the ledger knows them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::checkpoint::PolicyCheckpoint;
use super::revision::Revision;
use super::stream::Stream;
use super::time_range::{bounded, bounded_length};
use super::uid::Uid;

/// A policy as the cluster has it now.
#[derive(Debug, Clone)]
pub struct PolicyInput {
    /// The edit.
    pub revision: Revision,
    /// When the edit was made, as far as `metadata.managedFields` says: a change of a label may move it.
    pub revised_at: DateTime<Utc>,
    /// How far back from there the policy is applied. Values outside of 0 to 3650 days are clamped.
    pub lookback: TimeDelta,
    /// Whether it judges: it is valid, not suspended, and its namespace is not being deleted.
    pub judges: bool,
    /// The uids of the sources that it uses.
    pub sources: BTreeSet<Uid>,
    /// What its status keeps. Used only when the policy is reported for the first time.
    pub checkpoint: Option<PolicyCheckpoint>,
}

/// A policy in the ledger.
#[derive(Debug)]
pub(super) struct Policy {
    pub revision: Revision,
    pub lookback: TimeDelta,
    pub judges: bool,
    /// When the policy was last reported.
    pub reported_at: DateTime<Utc>,
    /// The sources that it uses or has used.
    pub pairs: BTreeMap<Uid, Pair>,
}

/// A policy and a source that it uses or has used.
#[derive(Debug, Clone)]
pub(super) struct Pair {
    /// The time from which the current revision judges the uploads of the source, inclusive; see [`since`] for one stream.
    pub since: DateTime<Utc>,
    /// The oldest `since` of all revisions. No revision has judged what a stream that could not be opened yet shows from
    /// there.
    pub unopened_since: DateTime<Utc>,
    /// When the policy stopped using the source.
    pub removed_at: Option<DateTime<Utc>>,
    /// What the status of the policy says now, or may say.
    pub recorded: Recorded,
    /// What the status said at the start of this process: the position in the streams that the status of the source had.
    pub loaded: Recorded,
}

/// What the status of a policy says about a pair. The order is by how much has been judged according to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Recorded {
    /// Nothing: the next start treats the source as new to the policy.
    Nothing,
    /// The policy is behind: the next start reads on from this time.
    Through(DateTime<Utc>),
    /// The policy is joined: the next start places it at the head that the status of the source records.
    Joined,
}

impl PolicyInput {
    /// Limits all times and lengths, so that arithmetic with them cannot overflow.
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
    /// The policy as its status describes it, before the edits since then.
    pub fn load(input: &PolicyInput, now: DateTime<Utc>) -> Self {
        let earliest = input.revised_at.min(now) - input.lookback;
        let checkpoint = input.checkpoint.clone();
        let revision = checkpoint.as_ref().map_or(&input.revision, |checkpoint| &checkpoint.revision).clone();
        let positions = checkpoint.map(|checkpoint| checkpoint.sources).unwrap_or_default();
        let pairs = positions.into_iter().map(|position| {
            let recorded = position.through.map_or(Recorded::Joined, Recorded::Through);
            // A position in the future is ignored: the status was edited by hand, or the clock was wrong. One before the
            // time of the edit is believed, since that time is too late if the editor changed a label afterwards. The
            // claim does not begin before the stream in any case.
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
        Self { revision, lookback: input.lookback, judges: false, reported_at: now, pairs: pairs.collect() }
    }

    /// Whether it judges, and uses this source.
    pub fn uses(&self, source: &Uid) -> bool {
        self.judges && self.pairs.get(source).is_some_and(|pair| pair.removed_at.is_none())
    }
}

impl Pair {
    /// A source that the policy uses for the first time.
    pub fn new(since: DateTime<Utc>) -> Self {
        Self { since, unopened_since: since, removed_at: None, recorded: Recorded::Nothing, loaded: Recorded::Nothing }
    }
}

/// The time from which a policy judges the uploads in a stream, inclusive. It does not move with the clock.
pub(super) fn since(pair: &Pair, lookback: TimeDelta, stream: &Stream) -> DateTime<Utc> {
    let met = pair.since.max(stream.first_seen - lookback);
    met.max(stream.lost_before.unwrap_or(met))
}
