//! The records of a stream that were delivered already.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};

use crate::upload::RecordId;

/// The records that this process delivered to every policy at the head. They keep a poll from delivering the overlap
/// again, and distinguish the records that CloudTrail delivers for the first time. They are lost with the process, so
/// that is only known of records at or after `known_from`.
#[derive(Debug)]
pub(super) struct Seen {
    records: BTreeMap<(DateTime<Utc>, IdHash), Patience>,
    /// Every record from this time on that was ever returned is in `records`; None until the first read has ended.
    known_from: Option<DateTime<Utc>>,
    /// Records from before this time may have been forgotten, even those that are read again.
    forgotten_before: Option<DateTime<Utc>>,
    /// How many records to remember.
    limit: usize,
}

type IdHash = [u8; 16];

/// Which policies a record was delivered to: some wait until it is known what else was pushed with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// Only those that do not wait.
    Waiting,
    /// All.
    Settled,
    /// In a poll that did not end: the record is delivered again, but not as one that is delivered for the first time.
    GivenUp,
}

/// How many records of each stream are remembered, about 4 MB. A stream with more within the reach of its sweeps forgets the
/// oldest. They are delivered again then, which costs work but reports nothing twice.
pub(super) const MAX_RECORDS: usize = 50_000;

impl Seen {
    /// Remembers at most `limit` records.
    pub fn new(limit: usize) -> Self {
        Self { records: BTreeMap::new(), known_from: None, forgotten_before: None, limit }
    }

    /// Which policies a record was delivered to; None if to none, or if it is forgotten.
    pub fn get(&self, time: DateTime<Utc>, id: &RecordId) -> Option<Patience> {
        self.records.get(&(time, hash(id.as_str()))).copied()
    }

    /// Whether this correction of a delivered record is returned for the first time. Remembers it.
    pub fn is_new_correction(&mut self, time: DateTime<Utc>, event_id: &str) -> bool {
        self.records.insert((time, hash(event_id)), Patience::Settled).is_none()
    }

    /// Remembers a record, and forgets the oldest if there are too many.
    pub fn insert(&mut self, time: DateTime<Utc>, id: &RecordId, patience: Patience) {
        self.records.insert((time, hash(id.as_str())), patience);
        if self.records.len() > self.limit
            && let Some(((oldest, _), _)) = self.records.pop_first()
        {
            self.forget_before(oldest + chrono::TimeDelta::seconds(1));
        }
    }

    /// Whether a record of this time that is not remembered was certainly never delivered before.
    pub fn knows(&self, time: DateTime<Utc>) -> bool {
        self.known_from.is_some_and(|from| from <= time)
    }

    /// Whether records of this time may have been forgotten.
    pub fn forgot(&self, time: DateTime<Utc>) -> bool {
        self.forgotten_before.is_some_and(|before| time < before)
    }

    /// Reports that a read from `start` to `end` has ended, and that every record in it was inserted.
    pub fn read(&mut self, start: DateTime<Utc>, end: DateTime<Utc>) {
        match self.known_from {
            Some(from) if end >= from => self.known_from = Some(from.min(start)),
            Some(_) => {}
            None => self.known_from = Some(start),
        }
        // A long read may return more than is remembered.
        self.known_from = self.known_from.max(self.known_from.and(self.forgotten_before));
    }

    /// Reports that the poll which began at this head did not end. What it returned has to be delivered again, since
    /// policies that joined in between did not get it.
    pub fn give_up_after(&mut self, head: DateTime<Utc>) {
        for (_, patience) in self.records.range_mut((head + chrono::TimeDelta::seconds(1), IdHash::default())..) {
            *patience = Patience::GivenUp;
        }
    }

    /// Forgets the records from before this time, which no read reaches any more.
    pub fn forget_before(&mut self, time: DateTime<Utc>) {
        self.records = self.records.split_off(&(time, IdHash::default()));
        self.known_from = self.known_from.map(|from| from.max(time));
        self.forgotten_before = self.forgotten_before.max(Some(time));
    }
}

fn hash(id: &str) -> IdHash {
    let mut hash = IdHash::default();
    hash.copy_from_slice(&Sha256::digest(id.as_bytes())[..16]);
    hash
}
