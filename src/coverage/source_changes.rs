//! Sources that are added, edited and removed.

use chrono::{DateTime, Utc};

use super::ledger::Ledger;
use super::policy::since;
use super::seen::Seen;
use super::source::{Source, SourceInput};
use super::stream::{Stream, StreamKey};
use super::time_range::before;
use super::uid::Uid;

impl Ledger {
    /// Reports that a source exists, or was edited. Returns the streams whose recorded head lies in the future: they are
    /// read again.
    pub fn set_source(&mut self, uid: &Uid, input: SourceInput, now: DateTime<Utc>) -> Vec<StreamKey> {
        let mut from_the_future = Vec::new();
        let input = input.bounded();
        if !self.sources.contains_key(uid) {
            let (source, future) = Source::load(&input, self.seen_limit, now);
            from_the_future = future;
            self.sources.insert(uid.clone(), source);
            let policies: Vec<Uid> = self.policies.keys().cloned().collect();
            for policy in policies {
                self.place_loaded(&policy, uid);
                self.join_or_leave(&policy, uid, false);
            }
            self.touch_users(uid);
        }
        let Some(source) = self.sources.get_mut(uid) else { return from_the_future };
        let (regions_before, heads_before) = (source.regions.clone(), source.heads());
        source.follow(input, now);
        if source.regions != regions_before {
            self.changed_policies.extend(source.policies.iter().cloned());
        }
        let is_gone = |(key, _): &(StreamKey, _)| !source.named().any(|(named, _)| named == key);
        let gone: Vec<_> = heads_before.into_iter().filter(is_gone).collect();
        let policies = source.policies.clone();
        self.give_back_copies(&policies, &gone);
        from_the_future
    }

    /// Reports the account whose event history a source reads in a Region. Returns the account before, if it was another.
    pub fn open(&mut self, source: &Uid, region: &str, account: &str, now: DateTime<Utc>) -> Option<String> {
        let entry = self.sources.get_mut(source)?;
        let key = StreamKey { account: account.to_owned(), region: region.to_owned() };
        let mut account_before = None;
        let mut was_other_until = None;
        for (other, stream) in &mut entry.streams {
            if other.region == region && other.account != account && stream.removed_at.is_none() {
                stream.removed_at = Some(now);
                account_before = Some(other.account.clone());
                was_other_until = Some(stream.head);
            }
        }
        if let (Some(before), Some(head)) = (&account_before, was_other_until) {
            let policies = entry.policies.clone();
            let gone = StreamKey { account: before.clone(), region: region.to_owned() };
            self.give_back_copies(&policies, &[(gone, head)]);
        }
        let entry = self.sources.get_mut(source)?;
        // It is not known when the credentials changed to this account, only until when they were another's.
        let first_seen = entry.unopened.remove(region).or(was_other_until).unwrap_or(now);
        self.changed_policies.extend(entry.policies.iter().cloned());
        if let Some(stream) = entry.streams.get_mut(&key) {
            stream.removed_at = None;
            return account_before;
        }
        let mut stream = Stream::new(first_seen.min(now), Seen::new(self.seen_limit));
        stream.sweeps.restart(&entry.sweeps, Some(stream.first_seen));
        for (uid, policy) in &self.policies {
            if let Some(pair) = policy.pairs.get(source) {
                let joined_at = policy.uses(source).then_some(stream.head);
                // Edits made while the stream could not be opened do not give up what had to be judged before them.
                let unopened_since = pair.unopened_since.max(stream.first_seen - policy.lookback);
                let through = before(since(pair, policy.lookback, &stream).min(unopened_since));
                stream.place(uid, through, joined_at);
            }
        }
        entry.streams.insert(key, stream);
        account_before
    }

    /// Reports that a source was deleted. Everything about it is forgotten.
    pub fn remove_source(&mut self, uid: &Uid) {
        if let Some(source) = self.sources.remove(uid) {
            self.give_back_copies(&source.policies, &source.heads());
            self.changed_policies.extend(source.policies);
        }
        for policy in self.policies.values_mut() {
            policy.pairs.remove(uid);
        }
    }
}
