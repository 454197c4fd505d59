//! A record is reserved before it is written, so that two streams that show it at the same time report it once.

use std::sync::Arc;

use super::PolicyKey;
use super::id_hash::IdHash;
use super::index::FindingIndex;

/// What the index answers when somebody wants to report a record.
#[derive(Debug)]
pub(super) enum Claim {
    /// The policy has reported it already.
    Reported,
    /// Somebody else is writing it; whether that succeeds is not known yet.
    InFlight,
    /// The caller is to write it.
    Reserved(Reservation),
}

/// The exclusive right to report a record. It ends when this is dropped: after the write, which makes the record a reported
/// one, or without it, when the write failed or its task was cancelled. Then the record is free again.
#[derive(Debug)]
pub(super) struct Reservation {
    index: Arc<FindingIndex>,
    policy: Arc<PolicyKey>,
    id: IdHash,
}

impl Reservation {
    pub fn new(index: Arc<FindingIndex>, policy: Arc<PolicyKey>, id: IdHash) -> Self {
        Self { index, policy, id }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.index.release(&self.policy, self.id);
    }
}

/// Says that an object is being written, so that nobody takes it for abandoned.
#[derive(Debug)]
pub(super) struct Writing {
    index: Arc<FindingIndex>,
    object: IdHash,
}

impl Writing {
    pub fn new(index: Arc<FindingIndex>, object: IdHash) -> Self {
        Self { index, object }
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.index.end_writing(self.object);
    }
}
