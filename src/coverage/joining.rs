//! How policies join the streams of a source, and leave them.

use super::ledger::Ledger;
use super::policy::{Recorded, since};
use super::time_range::before;
use super::uid::Uid;

impl Ledger {
    /// Places a policy in the streams of a source where it was before the start, as far as the statuses of both say.
    pub(super) fn place_loaded(&mut self, policy_uid: &Uid, source_uid: &Uid) {
        let (Some(policy), Some(source)) = (self.policies.get(policy_uid), self.sources.get_mut(source_uid)) else {
            return;
        };
        let Some(pair) = policy.pairs.get(source_uid) else { return };
        for stream in source.streams.values_mut() {
            let since = before(since(pair, policy.lookback, stream));
            let through = match pair.loaded {
                Recorded::Through(through) if stream.was_loaded => through,
                Recorded::Joined if stream.was_loaded => stream.loaded_head.unwrap_or(since),
                _ => since,
            };
            stream.place(policy_uid, through, None);
        }
    }

    /// Joins a policy to the streams of a source if it uses the source, else removes it from them. Returns whether the
    /// policy was moved.
    pub(super) fn join_or_leave(&mut self, policy_uid: &Uid, source_uid: &Uid, is_edited: bool) -> bool {
        let (Some(policy), Some(source)) = (self.policies.get(policy_uid), self.sources.get_mut(source_uid)) else {
            return false;
        };
        let uses = policy.uses(source_uid);
        let used = source.policies.contains(policy_uid);
        let Some(pair) = policy.pairs.get(source_uid) else {
            source.policies.remove(policy_uid);
            return false;
        };
        let moves = uses != used || is_edited;
        if moves {
            for stream in source.streams.values_mut() {
                let mut through = stream.through(policy_uid);
                if is_edited {
                    // An edit never gives up what has not been judged, however short the lookback.
                    through = through.min(before(since(pair, policy.lookback, stream)));
                }
                stream.place(policy_uid, through, uses.then_some(stream.head));
            }
            self.changed_policies.insert(policy_uid.clone());
        }
        if uses {
            source.policies.insert(policy_uid.clone());
        } else {
            source.policies.remove(policy_uid);
        }
        moves
    }
}
