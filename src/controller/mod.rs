//! The controller: what it knows of the cluster, and the loops that act on it. Each observes, plans (pure) and applies.
//!
//! - [`source`]: a task for each stream reads CloudTrail, and hands what it read to the policies;
//! - [`policy`]: compiles the policies, and writes what they cover into their status;
//! - [`finding`]: judges uploads by policies and writes what is off hours, once;
//! - [`judging`]: the ledger of [`crate::coverage`], which decides what is read for whom, with the policies that judge;
//! - [`cluster`]: what they share.

mod change_log;
mod cluster;
mod finding;
mod judging;
mod policy;
mod routing;
mod run;
mod source;

pub use cluster::Connection;
pub use run::{ControllerError, Settings, run};
