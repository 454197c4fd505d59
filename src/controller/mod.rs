//! The loops of the controller: each observes, plans (pure) and applies.
//!
//! - [`sources`]: a reconcile of a CloudTrailSource is one read of all of its streams, and asks to be called again after the
//!   poll interval. Records go to every policy that uses the source; the checkpoint moves once all findings are written.
//! - [`policies`]: a reconcile of an EcrUploadPolicy writes its status.
//! - [`finding`]: judging uploads, writing what is off hours, and a watch that says what was reported already.

mod active_policy;
mod allow_counts;
mod assignment;
mod caches;
mod calendar_feeds;
mod compiled_policies;
mod context;
mod default_source;
mod events;
mod finding;
mod invalid_object;
mod policies;
mod policy_status;
mod required_crds;
mod run;
mod source_status;
mod sources;
mod status_patch;
mod stream;

pub use context::{Context, Settings};
pub use run::{ControllerError, run};
