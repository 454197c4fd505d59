//! What the rooms share: what is known of the cluster, what is written to it, and the ledger.

mod caches;
mod edited_at;
mod event_repeats;
mod events;
mod invalid_objects;
mod required_crds;
mod retries;
mod status_write;
mod triggers;

pub use caches::{Caches, Change, Changes};
pub use edited_at::edited_at;
pub use events::{Events, Tally};
pub use invalid_objects::InvalidObjects;
pub use required_crds::await_crds;
pub use retries::Retries;
pub use status_write::{
    CACHE_DELAY, FIELD_MANAGER, StatusError, StatusTarget, WrittenStatuses, apply_status, merge_status,
};
pub use triggers::Triggers;
