//! The ledger: the position of every policy in every stream.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::policy::Policy;
use super::seen::MAX_RECORDS;
use super::source::Source;
use super::stream::{Stream, StreamKey};
use super::uid::Uid;

/// The position of every policy in every stream. Its methods are spread over the files of this module, by
/// what they are for.
#[derive(Debug)]
pub struct Ledger {
    pub(super) sources: BTreeMap<Uid, Source>,
    pub(super) policies: BTreeMap<Uid, Policy>,
    /// How far a stream may be behind before the policies that use it are incomplete.
    pub(super) stale_after: TimeDelta,
    pub(super) changed_policies: BTreeSet<Uid>,
    /// How many records of each stream are remembered.
    pub(super) seen_limit: usize,
}

impl Ledger {
    /// An empty ledger. A policy is incomplete if one of its streams is further behind than `stale_after`.
    pub fn new(stale_after: TimeDelta) -> Self {
        Self {
            sources: BTreeMap::new(),
            policies: BTreeMap::new(),
            stale_after,
            changed_policies: BTreeSet::new(),
            seen_limit: MAX_RECORDS,
        }
    }

    /// The uids of all sources.
    #[cfg(test)]
    pub(super) fn sources(&self) -> impl Iterator<Item = &Uid> {
        self.sources.keys()
    }

    /// The head of a stream: everything up to it was read, and judged by every policy that is joined. None before the first
    /// poll was read to its end.
    pub fn head(&self, source: &Uid, stream: &StreamKey) -> Option<DateTime<Utc>> {
        let stream = self.sources.get(source)?.streams.get(stream)?;
        stream.was_read.then_some(stream.head)
    }

    /// The Regions that a source reads; empty if the source is unknown.
    pub fn regions(&self, source: &Uid) -> Vec<String> {
        self.sources.get(source).map(|source| source.regions.clone()).unwrap_or_default()
    }

    /// The other sources that read the same account and Region.
    pub fn other_readers(&self, source: &Uid, stream: &StreamKey) -> Vec<Uid> {
        let others = self.sources.iter().filter(|(uid, _)| *uid != source);
        let readers = others.filter(|(_, other)| other.named().any(|(key, _)| key == stream));
        readers.map(|(uid, _)| uid.clone()).collect()
    }

    /// Reports that something else changed that the statuses of these policies show.
    pub fn touch(&mut self, policies: impl IntoIterator<Item = Uid>) {
        self.changed_policies.extend(policies);
    }

    /// Reports that something changed that is shown in the status of every policy that uses this source, whether or not the
    /// policy judges.
    pub fn touch_users(&mut self, source: &Uid) {
        let users = self
            .policies
            .iter()
            .filter(|(_, policy)| policy.pairs.get(source).is_some_and(|pair| pair.removed_at.is_none()));
        self.changed_policies.extend(users.map(|(uid, _)| uid.clone()));
    }

    /// The policies whose coverage may have changed since the last call.
    pub fn take_changed_policies(&mut self) -> BTreeSet<Uid> {
        std::mem::take(&mut self.changed_policies)
    }

    pub(super) fn stream_mut(&mut self, source: &Uid, key: &StreamKey) -> Option<&mut Stream> {
        self.sources.get_mut(source)?.streams.get_mut(key)
    }
}
