//! The ledger: policies and sources, and how they meet.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::policy::{Pair, Policy, PolicyInput, Recorded};
use super::record::PolicyRecord;
use super::seen::{MAX_RECORDS, Seen};
use super::source::{Source, SourceInput};
use super::stream::{Stream, StreamKey};
use super::time_range::HISTORY;

/// The uid of a Kubernetes object.
pub type Uid = Arc<str>;

/// Where every policy is in every stream.
#[derive(Debug)]
pub struct Ledger {
    pub(super) sources: BTreeMap<Uid, Source>,
    pub(super) policies: BTreeMap<Uid, Policy>,
    /// How far a stream may be behind before a policy that rests on it is not complete.
    pub(super) stale_after: TimeDelta,
    pub(super) changed_policies: BTreeSet<Uid>,
    /// How many records of a stream are remembered.
    pub(super) seen_limit: usize,
}

impl Ledger {
    /// An empty ledger.
    pub fn new(stale_after: TimeDelta) -> Self {
        Self {
            sources: BTreeMap::new(),
            policies: BTreeMap::new(),
            stale_after,
            changed_policies: BTreeSet::new(),
            seen_limit: MAX_RECORDS,
        }
    }

    /// A source is there, or was edited. Returns the streams whose recorded head lies in the future: they are read again.
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

    /// It is known whose history a Region of a source is. Returns the account that it was before, if that was another.
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
        // Nobody knows when the role was given to this account, only until when it was another's.
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
                // Edits while it could not be opened do not take away what was to be judged before them.
                let unopened_since = pair.unopened_since.max(stream.first_seen - policy.lookback);
                let through = before(since(pair, policy.lookback, &stream).min(unopened_since));
                stream.place(uid, through, joined_at);
            }
        }
        entry.streams.insert(key, stream);
        account_before
    }

    /// A source is gone, and all that was known of it.
    pub fn remove_source(&mut self, uid: &Uid) {
        if let Some(source) = self.sources.remove(uid) {
            self.give_back_copies(&source.policies, &source.heads());
            self.changed_policies.extend(source.policies);
        }
        for policy in self.policies.values_mut() {
            policy.pairs.remove(uid);
        }
    }

    /// The uids of all sources.
    #[cfg(test)]
    pub(super) fn sources(&self) -> impl Iterator<Item = &Uid> {
        self.sources.keys()
    }

    /// A policy is there, or something about it changed. Returns whether that changed what is to be read.
    pub fn set_policy(&mut self, uid: &Uid, input: PolicyInput, now: DateTime<Utc>) -> bool {
        let input = input.bounded();
        let is_met_first = !self.policies.contains_key(uid);
        if is_met_first {
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
        if is_edited || is_met_first || policy.judges != input.judges {
            self.changed_policies.insert(uid.clone());
        }
        policy.judges = input.judges;
        if is_edited {
            for pair in policy.pairs.values_mut() {
                pair.since = revised_at - policy.lookback;
                pair.unopened_since = pair.unopened_since.min(pair.since);
            }
        }
        // A policy that was here before, and not admitted, meets a source now. Else the two met when the later of both was made
        // or edited: of the source, its streams know. A status without the pair says nothing: it may not have been written.
        let looked_at = std::mem::replace(&mut policy.looked_at, now);
        let is_admitted_now = |source: &Uid| {
            let known = self.sources.get(source).and_then(Source::appeared_at);
            !is_edited && !is_met_first && known.is_some_and(|appeared_at| appeared_at < looked_at)
        };
        let new: Vec<Uid> =
            input.sources.iter().filter(|source| !policy.pairs.contains_key(*source)).cloned().collect();
        for source in &new {
            let met_at = if is_admitted_now(source) { now } else { revised_at };
            policy.pairs.insert(source.clone(), Pair::new(met_at - policy.lookback));
        }
        let uses = |policy: &Policy| policy.pairs.values().filter(|pair| pair.removed_at.is_none()).count();
        let used = uses(policy);
        for (source, pair) in &mut policy.pairs {
            match input.sources.contains(source) {
                true => pair.removed_at = None,
                false => pair.removed_at = pair.removed_at.or(Some(now)),
            }
        }
        if !new.is_empty() || uses(policy) != used {
            self.changed_policies.insert(uid.clone());
        }
        policy.pairs.retain(|_, pair| pair.removed_at.is_none_or(|removed_at| now - removed_at < HISTORY));
        let leaves =
            |(source, known): &(&Uid, &Source)| known.policies.contains(uid) && !input.sources.contains(*source);
        let left: Vec<_> = self.sources.iter().filter(leaves).flat_map(|(_, known)| known.heads()).collect();
        let mut has_moved = false;
        let sources: Vec<Uid> = self.sources.keys().cloned().collect();
        for source in &sources {
            if new.contains(source) {
                self.place_loaded(uid, source);
            }
            has_moved |= self.join_or_leave(uid, source, is_edited);
        }
        self.give_back_copies(&BTreeSet::from([uid.clone()]), &left);
        has_moved
    }

    /// A policy is gone, and all that was known of it.
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

    /// Something else changed that the status of these policies shows.
    pub fn touch(&mut self, policies: impl IntoIterator<Item = Uid>) {
        self.changed_policies.extend(policies);
    }

    /// Something changed that the status of each policy shows that uses this source, whether it judges or not.
    pub fn touch_users(&mut self, source: &Uid) {
        let users = self
            .policies
            .iter()
            .filter(|(_, policy)| policy.pairs.get(source).is_some_and(|pair| pair.removed_at.is_none()));
        self.changed_policies.extend(users.map(|(uid, _)| uid.clone()));
    }

    /// The policies whose coverage may have changed since this was asked last.
    pub fn take_changed_policies(&mut self) -> BTreeSet<Uid> {
        std::mem::take(&mut self.changed_policies)
    }

    /// Puts a policy where it was left, by what the status of both said.
    fn place_loaded(&mut self, policy_uid: &Uid, source_uid: &Uid) {
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
    fn join_or_leave(&mut self, policy_uid: &Uid, source_uid: &Uid, is_edited: bool) -> bool {
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

    pub(super) fn stream_mut(&mut self, source: &Uid, key: &StreamKey) -> Option<&mut Stream> {
        self.sources.get_mut(source)?.streams.get_mut(key)
    }
}

/// From when on a policy judges what a stream shows: fixed when the two met.
pub(super) fn since(pair: &Pair, lookback: TimeDelta, stream: &Stream) -> DateTime<Utc> {
    let met = pair.since.max(stream.first_seen - lookback);
    met.max(stream.lost_before.unwrap_or(met))
}

/// The second before: what a policy has judged ends there, if it begins at this time.
pub(super) fn before(time: DateTime<Utc>) -> DateTime<Utc> {
    time - TimeDelta::seconds(1)
}

impl Source {
    fn load(input: &SourceInput, seen_limit: usize, now: DateTime<Utc>) -> (Self, Vec<StreamKey>) {
        let record = input.record.clone().unwrap_or_default();
        let mut from_the_future = Vec::new();
        let mut source = Self {
            regions: Vec::new(),
            poll_interval: input.poll_interval,
            overlap: input.overlap,
            sweeps: Vec::new(),
            unopened: BTreeMap::new(),
            streams: BTreeMap::new(),
            policies: BTreeSet::new(),
            gaps: VecDeque::from(record.gaps),
        };
        for recorded in record.streams {
            let first_seen = recorded.first_seen.min(now);
            if recorded.stream.account.is_empty() {
                source.unopened.insert(recorded.stream.region, first_seen);
                continue;
            }
            let mut stream = Stream::new(first_seen, Seen::new(seen_limit));
            stream.was_loaded = true;
            stream.lost_before =
                source.gaps.iter().filter(|gap| gap.stream == recorded.stream).map(|gap| gap.to.min(now)).max();
            stream.removed_at = recorded.removed_at.map(|removed_at| removed_at.min(now));
            stream.was_read = recorded.complete_through.is_some();
            stream.head = recorded.complete_through.unwrap_or(first_seen).min(now);
            let is_believable = recorded.complete_through.is_none_or(|head| head <= now);
            stream.loaded_head = is_believable.then_some(stream.head);
            if !is_believable {
                from_the_future.push(recorded.stream.clone());
            }
            let swept_through = recorded.swept_through.filter(|swept| *swept <= now);
            stream.sweeps.restart(&input.sweeps, swept_through.or(Some(first_seen)));
            source.streams.insert(recorded.stream, stream);
        }
        source.sweeps.clone_from(&input.sweeps);
        (source, from_the_future)
    }

    fn follow(&mut self, input: SourceInput, now: DateTime<Utc>) {
        for region in &input.regions {
            // One that was taken out may come back with the history of another account.
            let is_known = self.named().any(|(key, _)| key.region == *region);
            if !is_known && !self.unopened.contains_key(region) {
                self.unopened.insert(region.clone(), input.revised_at.min(now));
            }
        }
        self.unopened.retain(|region, _| input.regions.contains(region));
        for (key, stream) in &mut self.streams {
            if !input.regions.contains(&key.region) {
                stream.removed_at = stream.removed_at.or(Some(now));
            }
        }
        self.streams.retain(|_, stream| stream.removed_at.is_none_or(|removed_at| now - removed_at < HISTORY));
        if self.sweeps != input.sweeps {
            for stream in self.streams.values_mut() {
                let swept_through = stream.sweeps.swept_through(&self.sweeps);
                stream.sweeps.restart(&input.sweeps, swept_through);
            }
            self.sweeps = input.sweeps;
        }
        self.overlap = input.overlap;
        self.poll_interval = input.poll_interval;
        self.regions = input.regions;
    }
}

impl Policy {
    fn load(input: &PolicyInput, now: DateTime<Utc>) -> Self {
        let earliest = input.revised_at.min(now) - input.lookback;
        let record = input.record.clone();
        let revision = record.as_ref().map_or_else(|| input.revision.clone(), |record| record.revision.clone());
        let positions: Vec<_> = record.into_iter().flat_map(|record: PolicyRecord| record.sources).collect();
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
}

impl Pair {
    fn new(since: DateTime<Utc>) -> Self {
        Self { since, unopened_since: since, removed_at: None, recorded: Recorded::Nothing, loaded: Recorded::Nothing }
    }
}
