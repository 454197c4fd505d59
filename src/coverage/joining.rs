//! How a policy joins the streams of a source, and leaves them.

use super::ledger::Ledger;
use super::policy::{Recorded, since};
use super::time_range::before;
use super::uid::Uid;

impl Ledger {
    /// Puts a policy where it was left, by what the status of both said.
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

    /// Joins a policy to the streams of a source that it uses, or takes it away from those that it doesn't. Returns whether it
    /// moved.
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
                    // What was never judged is judged now, however short the lookback.
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
