//! Policies: a reconcile compiles each, reports it to the ledger, and writes its status.
//!
//! - [`observe`] collects what is known of a policy, and reports to the ledger what it is to judge;
//! - [`status`] plans its status from that, with a file for each condition: [`ready`], [`sources_ready`] and
//!   [`findings_complete`];
//! - [`reconcile`] writes the status, and [`announce`] reports what is new in it.

mod announce;
mod assignment;
mod calendar_feeds;
mod compiled_policies;
mod findings_complete;
#[cfg(test)]
mod fixtures;
mod observe;
mod observed;
mod policies;
mod positions;
mod public_holidays;
mod ready;
mod reconcile;
mod sources_ready;
mod status;

pub use calendar_feeds::CalendarFeeds;
pub use compiled_policies::CompiledPolicies;
pub use policies::Policies;
