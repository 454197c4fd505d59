//! Which records of a stream were delivered already.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};

use crate::upload::RecordId;

/// The records that this process delivered to everyone at the head. It keeps a poll from delivering the overlap again, and
/// tells which records CloudTrail shows for the first time. It dies with the process, so it may only be relied on for what
/// lies at or after `known_from`.
#[derive(Debug)]
pub(super) struct Seen {
    records: BTreeMap<(DateTime<Utc>, IdHash), Patience>,
    /// Every record that was shown at or after this time is in `records`; None until the first read ended.
    known_from: Option<DateTime<Utc>>,
    /// Records of earlier times were forgotten, and reading them again does not change that.
    forgotten_before: Option<DateTime<Utc>>,
    limit: usize,
}

type IdHash = [u8; 16];

/// Whether a record was delivered to those policies too that wait until it is known what else was pushed with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// Only to the others.
    Waiting,
    /// To all.
    Settled,
    /// In a poll that was given up before its end: it is delivered again, but not as something new.
    GivenUp,
}

/// About 4 MB a stream. A stream with more within the reach of its sweeps forgets the oldest, which are delivered again
/// then: that costs work and repeats nothing.
pub(super) const MAX_RECORDS: usize = 50_000;

impl Seen {
    pub fn new(limit: usize) -> Self {
        Self { records: BTreeMap::new(), known_from: None, forgotten_before: None, limit }
    }

    pub fn get(&self, time: DateTime<Utc>, id: &RecordId) -> Option<Patience> {
        self.records.get(&(time, hash(id.as_str()))).copied()
    }

    /// Whether this correction of a record that was delivered is met for the first time.
    pub fn is_new_correction(&mut self, time: DateTime<Utc>, event_id: &str) -> bool {
        self.records.insert((time, hash(event_id)), Patience::Settled).is_none()
    }

    pub fn insert(&mut self, time: DateTime<Utc>, id: &RecordId, patience: Patience) {
        self.records.insert((time, hash(id.as_str())), patience);
        if self.records.len() > self.limit
            && let Some(((oldest, _), _)) = self.records.pop_first()
        {
            self.forget_before(oldest + chrono::TimeDelta::seconds(1));
        }
    }

    /// Whether a record of this time that is not here was certainly never shown before.
    pub fn knows(&self, time: DateTime<Utc>) -> bool {
        self.known_from.is_some_and(|from| from <= time)
    }

    /// Whether records of this time may have been here and are not any more.
    pub fn forgot(&self, time: DateTime<Utc>) -> bool {
        self.forgotten_before.is_some_and(|before| time < before)
    }

    /// A read from `start` to `end` ended, and all that it showed is here.
    pub fn read(&mut self, start: DateTime<Utc>, end: DateTime<Utc>) {
        match self.known_from {
            Some(from) if end >= from => self.known_from = Some(from.min(start)),
            Some(_) => {}
            None => self.known_from = Some(start),
        }
        // What a long read brought may be forgotten before it ends.
        self.known_from = self.known_from.max(self.known_from.and(self.forgotten_before));
    }

    /// What a poll brought that was given up before its end has to be delivered again: who joined meanwhile did not get it.
    pub fn give_up_after(&mut self, head: DateTime<Utc>) {
        for (_, patience) in self.records.range_mut((head + chrono::TimeDelta::seconds(1), IdHash::default())..) {
            *patience = Patience::GivenUp;
        }
    }

    /// Forgets what no read reaches any more.
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
