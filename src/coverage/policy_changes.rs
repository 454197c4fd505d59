//! Policies that are added, edited and removed.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::ledger::Ledger;
use super::policy::{Pair, Policy, PolicyInput};
use super::source::Source;
use super::time_range::HISTORY;
use super::uid::Uid;

impl Ledger {
    /// Reports that a policy exists, or that something about it changed. Returns whether that changes what is to be read.
    pub fn set_policy(&mut self, uid: &Uid, input: PolicyInput, now: DateTime<Utc>) -> bool {
        let input = input.bounded();
        let is_new_policy = !self.policies.contains_key(uid);
        if is_new_policy {
            self.policies.insert(uid.clone(), Policy::load(&input, now));
            let sources: Vec<Uid> = self.sources.keys().cloned().collect();
            for source in &sources {
                self.place_loaded(uid, source);
            }
        }
        let Some(policy) = self.policies.get_mut(uid) else { return false };
        let is_edited = policy.revision != input.revision;
        let revised_at = input.revised_at.min(now);
        policy.lookback = input.lookback;
        policy.revision = input.revision;
        if is_edited || is_new_policy || policy.judges != input.judges {
            self.changed_policies.insert(uid.clone());
        }
        policy.judges = input.judges;
        if is_edited {
            for pair in policy.pairs.values_mut() {
                pair.since = revised_at - policy.lookback;
                pair.unopened_since = pair.unopened_since.min(pair.since);
            }
        }
        // If the source was there before and did not admit the policy, the policy uses it from now on. Else it has used
        // it since the later of the two was created or edited: for the source, the streams have that time. That the
        // status lacks the source proves nothing, since it may not have been written.
        let last_reported_at = std::mem::replace(&mut policy.reported_at, now);
        let is_admitted_now = |source: &Uid| {
            let known = self.sources.get(source).and_then(Source::appeared_at);
            !is_edited && !is_new_policy && known.is_some_and(|appeared_at| appeared_at < last_reported_at)
        };
        let new_sources: Vec<Uid> =
            input.sources.iter().filter(|source| !policy.pairs.contains_key(*source)).cloned().collect();
        for source in &new_sources {
            let used_from = if is_admitted_now(source) { now } else { revised_at };
            policy.pairs.insert(source.clone(), Pair::new(used_from - policy.lookback));
        }
        let uses = |policy: &Policy| policy.pairs.values().filter(|pair| pair.removed_at.is_none()).count();
        let used = uses(policy);
        for (source, pair) in &mut policy.pairs {
            match input.sources.contains(source) {
                true => pair.removed_at = None,
                false => pair.removed_at = pair.removed_at.or(Some(now)),
            }
        }
        if !new_sources.is_empty() || uses(policy) != used {
            self.changed_policies.insert(uid.clone());
        }
        policy.pairs.retain(|_, pair| pair.removed_at.is_none_or(|removed_at| now - removed_at < HISTORY));
        let leaves =
            |(source, known): &(&Uid, &Source)| known.policies.contains(uid) && !input.sources.contains(*source);
        let left: Vec<_> = self.sources.iter().filter(leaves).flat_map(|(_, known)| known.heads()).collect();
        let mut has_moved = false;
        let sources: Vec<Uid> = self.sources.keys().cloned().collect();
        for source in &sources {
            if new_sources.contains(source) {
                self.place_loaded(uid, source);
            }
            has_moved |= self.join_or_leave(uid, source, is_edited);
        }
        self.give_back_copies(&BTreeSet::from([uid.clone()]), &left);
        has_moved
    }

    /// Reports that a policy was deleted. Everything about it is forgotten.
    pub fn remove_policy(&mut self, uid: &Uid) {
        self.policies.remove(uid);
        self.changed_policies.remove(uid);
        for source in self.sources.values_mut() {
            source.policies.remove(uid);
            for stream in source.streams.values_mut() {
                stream.behind.remove(uid);
                stream.newcomers.remove(uid);
            }
        }
    }
}
