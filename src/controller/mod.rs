//! The controller: its view of the cluster, and the loops that act on it. Each loop observes, plans (pure) and applies.
//!
//! - [`source`]: a task for each stream reads CloudTrail and delivers the uploads to the policies;
//! - [`policy`]: compiles the policies, and writes their coverage into their status;
//! - [`finding`]: judges uploads by policies, and writes each off-hours upload into one finding;
//! - [`judging`]: the ledger of [`crate::coverage`], which decides what is read for which policy, with the policies that
//!   judge;
//! - [`cluster`]: caches, Events and status writes, used by all of them;
//! - [`metrics`]: what each of them counts.
//!
//! [`run`](fn@run) starts the loops. [`routing`] triggers the [`reconciles`] that a change in the cluster calls for.

mod change_log;
mod cluster;
mod error;
mod finding;
mod judging;
mod metrics;
mod policy;
mod reconciles;
mod routing;
mod run;
mod settings;
mod source;

pub use cluster::Connection;
pub use error::ControllerError;
pub use metrics::Metrics;
pub use run::run;
pub use settings::Settings;
