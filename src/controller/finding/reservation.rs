//! Reservations. A record is reserved before it is written, so that two streams that show it at the same time report it
//! once.

use std::sync::Arc;

use super::id_hash::IdHash;
use super::index::FindingIndex;
use super::policy_findings::Reported;
use super::policy_key::PolicyKey;

/// The answer of the index to a policy that is to report a record.
#[derive(Debug)]
pub(super) enum Claim {
    /// The policy has reported it already.
    Reported,
    /// Another delivery is writing it; whether that succeeds is not known yet.
    InFlight,
    /// The caller is to write it.
    Reserved(Reservation),
}

impl Claim {
    /// Asks for the right to report a record. `id` is [`reportable_id`](crate::detect::reportable_id).
    pub fn of(index: &Arc<FindingIndex>, policy: &Arc<PolicyKey>, id: &str) -> Self {
        let id = IdHash::of_record(id);
        match index.reserve(policy, id) {
            Reported::Yes => Self::Reported,
            Reported::InFlight => Self::InFlight,
            Reported::No => Self::Reserved(Reservation { index: Arc::clone(index), policy: Arc::clone(policy), id }),
        }
    }
}

/// The exclusive right to report a record. It ends when this is dropped. After a write, the record is then a reported one;
/// if the write failed or its task was cancelled, the record is free again.
#[derive(Debug)]
pub(super) struct Reservation {
    index: Arc<FindingIndex>,
    policy: Arc<PolicyKey>,
    id: IdHash,
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.index.release(&self.policy, self.id);
    }
}

/// Marks an object as being written until this is dropped, so that it is not taken for abandoned.
#[derive(Debug)]
pub(super) struct Writing {
    index: Arc<FindingIndex>,
    object: IdHash,
}

impl Writing {
    pub fn begin(index: &Arc<FindingIndex>, namespace: &str, name: &str) -> Self {
        let object = IdHash::of_object(namespace, name);
        index.begin_writing(object);
        Self { index: Arc::clone(index), object }
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.index.end_writing(self.object);
    }
}
