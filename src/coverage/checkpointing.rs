//! How far each policy and stream may be recorded.

use chrono::{DateTime, TimeDelta, Utc};

use super::checkpoint::{PolicyCheckpoint, SourceCheckpoint, SourcePosition, StreamCheckpoint};
use super::ledger::Ledger;
use super::policy::{Pair, Recorded};
use super::source::Source;
use super::stream::{Stream, StreamKey};
use super::time_range::before;
use super::uid::Uid;

impl Ledger {
    /// What the status of a policy must keep now. Once this was asked for, it may be what the status says: a write whose answer
    /// is lost may have been made.
    pub fn policy_checkpoint(&mut self, uid: &Uid) -> Option<PolicyCheckpoint> {
        let policy = self.policies.get_mut(uid)?;
        let sources = policy.pairs.iter_mut().map(|(source, pair)| {
            let through = match self.sources.get(source) {
                Some(known) => known.oldest_through(uid, pair, policy.lookback),
                // The source is not known yet: what the status says stays.
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

    /// The status of a policy keeps this now.
    pub fn policy_checkpoint_written(&mut self, uid: &Uid, checkpoint: &PolicyCheckpoint) {
        let Some(policy) = self.policies.get_mut(uid) else { return };
        for position in &checkpoint.sources {
            if let Some(pair) = policy.pairs.get_mut(&position.source) {
                pair.recorded = position.through.map_or(Recorded::Joined, Recorded::Through);
            }
        }
    }

    /// What the status of a source may keep now.
    ///
    /// The next start takes a policy that is recorded as joined to be where this says that the head is, and any other to be
    /// where its status says, also in a stream that was not there when that was written. So the head is not written down beyond
    /// where a policy really is, unless the policy's status says so.
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
    /// The oldest end of what a policy has judged without a hole, in any stream that it can come back to.
    fn oldest_through(&self, policy: &Uid, pair: &Pair, lookback: TimeDelta) -> Option<DateTime<Utc>> {
        let behind = self.streams.values().filter_map(|stream| stream.behind.get(policy)).map(|behind| behind.through);
        let unopened = self.unopened.values().map(|first_seen| pair.unopened_since.max(*first_seen - lookback));
        behind.chain(unopened.map(before)).min()
    }
}
