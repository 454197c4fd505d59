//! What the loops share: the view of the cluster, and the ways to write to it.

mod api_error;
mod caches;
mod condition_changes;
mod connection;
mod edited_at;
mod event_repeats;
mod events;
mod field_manager;
mod invalid_objects;
mod outage_log;
mod reachability;
mod request;
mod required_crds;
mod retries;
mod status_write;
mod triggers;

pub use api_error::api_error;
pub use caches::{Caches, Change, Changes};
pub use condition_changes::{changed, log_condition_changes};
pub use connection::Connection;
pub use edited_at::edited_at;
pub use events::{Events, Tally};
pub use field_manager::post_params;
pub use invalid_objects::InvalidObjects;
pub(super) use outage_log::warn_unless_outage;
pub use reachability::Reachability;
pub use request::{REQUEST_LIMIT, RequestError, answer};
pub use required_crds::await_crds;
pub use retries::Retries;
pub use status_write::{CACHE_DELAY, StatusError, StatusTarget, WrittenStatuses, apply_status, merge_status};
pub use triggers::Triggers;
