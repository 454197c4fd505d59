//! The time range in which each policy has judged everything that its sources show, with every finding written. Pure: no
//! client, no clock, no threads.
//!
//! A stream is the event history of one account and Region, as one source reads it. Any part of its last 90 days can be read
//! again, so positions are all that must survive a crash. The [`Ledger`] keeps them:
//!
//! - each stream has a *head*: everything up to it was read, and judged by every policy that is *joined* to it;
//! - a policy that is new, edited or resumed joins at the head and has a *hole* behind it, which separate reads close, the
//!   oldest part first;
//! - a policy whose findings the API server rejects *leaves* the head, and joins it again once they are accepted;
//! - behind the head, *sweeps* look for records that CloudTrail delivers late.
//!
//! The controller reports policies and sources to the ledger, asks what to read next ([`Ledger::plan_poll`],
//! [`Ledger::plan_past`], [`Ledger::plan_sweep`]) and which policies get it ([`Ledger::offer`]), and reports what came of
//! it. [`Ledger::policy_checkpoint`] and [`Ledger::source_checkpoint`] are what must survive the process,
//! [`Ledger::coverage`] is what may be claimed.

mod checkpoint;
mod checkpointing;
mod claim;
mod copies;
mod gap;
mod head;
mod joining;
mod ledger;
mod offer;
mod past;
mod policy;
mod policy_changes;
mod poll;
mod revision;
mod seen;
mod source;
mod source_changes;
mod stream;
mod sweep;
mod sweep_runs;
#[cfg(test)]
mod tests;
mod time_range;
mod uid;

pub use checkpoint::{PolicyCheckpoint, SourceCheckpoint, SourcePosition, StreamCheckpoint};
pub use claim::{Coverage, Incomplete};
pub use gap::{Gap, MAX_GAPS};
pub use ledger::Ledger;
pub use offer::{Delivered, Offer, Offered, Read};
pub use past::{Lost, PastRead};
pub use policy::PolicyInput;
pub use poll::PollRead;
pub use revision::Revision;
pub use source::SourceInput;
pub use stream::StreamKey;
pub use sweep::SweepRead;
pub use sweep_runs::Sweep;
pub use time_range::{TimeRange, whole_second};
pub use uid::Uid;
