//! The events of all accounts and Regions, and when each can be seen.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Instant;

use chrono::{DateTime, Utc};

use super::record::Record;

/// The position of a record in its stream: newest first, and within a second the one that was added last.
pub type Position = (Reverse<DateTime<Utc>>, Reverse<u64>);

#[derive(Debug)]
struct Entry {
    record: Record,
    /// `None` until a held record is released.
    visible: Option<Instant>,
}

#[derive(Debug, Default)]
pub struct Trail {
    streams: HashMap<(String, String), BTreeMap<Position, Entry>>,
    added: u64,
}

impl Trail {
    pub fn add(&mut self, record: Record, visible: Option<Instant>) {
        self.added += 1;
        let position = (Reverse(record.time), Reverse(self.added));
        let stream = self.streams.entry((record.account.clone(), record.region.clone())).or_default();
        stream.insert(position, Entry { record, visible });
    }

    pub fn release(&mut self, event_id: &str) -> usize {
        let now = Instant::now();
        self.streams
            .values_mut()
            .flat_map(BTreeMap::values_mut)
            .filter(|entry| entry.visible.is_none() && entry.record.event_id == event_id)
            .map(|entry| entry.visible = Some(now))
            .count()
    }

    pub fn event_ids(&self) -> BTreeSet<String> {
        self.streams.values().flat_map(BTreeMap::values).map(|entry| entry.record.event_id.clone()).collect()
    }

    /// The records of a stream that are visible now, from `start` to `end` (both inclusive), newest first, strictly behind
    /// `after`.
    pub fn visible(
        &self,
        account: &str,
        region: &str,
        start: DateTime<Utc>,
        end: DateTime<Utc>,
        after: Option<Position>,
    ) -> impl Iterator<Item = (Position, &Record)> {
        use std::ops::Bound::{Excluded, Included};
        let now = Instant::now();
        let first = after.map_or(Included((Reverse(end), Reverse(u64::MAX))), Excluded);
        let last = Included((Reverse(start), Reverse(u64::MIN)));
        self.streams
            .get(&(account.to_owned(), region.to_owned()))
            .into_iter()
            .flat_map(move |stream| stream.range((first, last)))
            .filter(move |(_, entry)| entry.visible.is_some_and(|visible| visible <= now))
            .map(|(position, entry)| (*position, &entry.record))
    }
}
