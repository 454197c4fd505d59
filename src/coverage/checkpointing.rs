//! Making checkpoints, and keeping track of what the statuses have.

use chrono::{DateTime, TimeDelta, Utc};

use super::checkpoint::{PolicyCheckpoint, SourceCheckpoint, SourcePosition, StreamCheckpoint};
use super::ledger::Ledger;
use super::policy::{Pair, Recorded};
use super::source::Source;
use super::stream::{Stream, StreamKey};
use super::time_range::before;
use super::uid::Uid;

impl Ledger {
    /// What the status of a policy must keep now; None for an unknown policy.
    ///
    /// From now on the ledger assumes that the status may say this: a write whose answer is lost may have been made.
    pub fn policy_checkpoint(&mut self, uid: &Uid) -> Option<PolicyCheckpoint> {
        let policy = self.policies.get_mut(uid)?;
        let sources = policy.pairs.iter_mut().map(|(source, pair)| {
            let through = match self.sources.get(source) {
                Some(known) => known.oldest_through(uid, pair, policy.lookback),
                // The source has not been reported since the start: what the status says stays.
                None => match pair.loaded {
                    Recorded::Through(through) => Some(through),
                    Recorded::Joined => None,
                    Recorded::Nothing => Some(pair.since),
                },
            };
            pair.recorded = pair.recorded.max(through.map_or(Recorded::Joined, Recorded::Through));
            SourcePosition { source: source.clone(), since: pair.since, through, removed_at: pair.removed_at }
        });
        let sources = sources.collect();
        Some(PolicyCheckpoint { revision: policy.revision.clone(), sources })
    }

    /// Reports that the status of a policy now keeps this.
    pub fn policy_checkpoint_written(&mut self, uid: &Uid, checkpoint: &PolicyCheckpoint) {
        let Some(policy) = self.policies.get_mut(uid) else { return };
        for position in &checkpoint.sources {
            if let Some(pair) = policy.pairs.get_mut(&position.source) {
                pair.recorded = position.through.map_or(Recorded::Joined, Recorded::Through);
            }
        }
    }

    /// What the status of a source may keep now; None for an unknown source.
    ///
    /// The next start places a policy whose status says "joined" at the head that this records, and any other policy
    /// where its own status says, even in a stream that was added after that status was written. So the head is not
    /// recorded beyond the position of any policy, unless the policy's status already records that it is behind.
    pub fn source_checkpoint(&self, uid: &Uid) -> Option<SourceCheckpoint> {
        let source = self.sources.get(uid)?;
        let unopened = source.unopened.iter().map(|(region, first_seen)| StreamCheckpoint {
            stream: StreamKey { account: String::new(), region: region.clone() },
            first_seen: *first_seen,
            head: None,
            complete_through: None,
            swept_through: None,
            removed_at: None,
        });
        let streams = source.streams.iter().map(|(key, stream)| {
            let limit = self.recordable_head(uid, stream);
            StreamCheckpoint {
                stream: key.clone(),
                first_seen: stream.first_seen,
                head: stream.was_read.then_some(stream.head),
                complete_through: match limit {
                    Some(limit) if limit < stream.head => Some(limit),
                    _ => stream.was_read.then_some(stream.head),
                },
                swept_through: stream.sweeps.swept_through(&source.sweeps),
                removed_at: stream.removed_at,
            }
        });
        Some(SourceCheckpoint {
            streams: streams.chain(unopened).collect(),
            gaps: source.gaps.iter().cloned().collect(),
        })
    }

    /// The oldest position in a stream of the policies whose statuses do not record that they are behind; None if all do.
    fn recordable_head(&self, source: &Uid, stream: &Stream) -> Option<DateTime<Utc>> {
        let is_recorded_too_far = |policy: &Uid, through: DateTime<Utc>| {
            let pair = self.policies.get(policy).and_then(|policy| policy.pairs.get(source));
            pair.is_some_and(|pair| match pair.recorded {
                Recorded::Nothing => false,
                Recorded::Joined => true,
                Recorded::Through(recorded) => recorded > through,
            })
        };
        let behind = stream.behind.iter().filter(|(policy, behind)| is_recorded_too_far(policy, behind.through));
        behind.map(|(_, behind)| behind.through).min()
    }
}

impl Source {
    /// The time up to which a policy has judged every stream of this source without a hole, including those that were
    /// removed from the spec and may return; None if it is joined to all of them.
    fn oldest_through(&self, policy: &Uid, pair: &Pair, lookback: TimeDelta) -> Option<DateTime<Utc>> {
        let behind = self.streams.values().filter_map(|stream| stream.behind.get(policy)).map(|behind| behind.through);
        let unopened = self.unopened.values().map(|first_seen| pair.unopened_since.max(*first_seen - lookback));
        behind.chain(unopened.map(before)).min()
    }
}
