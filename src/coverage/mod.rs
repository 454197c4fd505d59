//! From when to when has each policy judged what CloudTrail shows, with every finding written? Pure: it knows no client, no
//! clock and no threads.
//!
//! A stream is the event history of one account and Region, as one source reads it. It can be read again for any range of the
//! last 90 days, so all that a crash may not take is a position. The [`Ledger`] keeps these positions:
//!
//! - each stream has a *head*: everything up to it was read, and judged by every policy that is *joined* to it;
//! - a policy that is new, edited or resumed joins the head where that is, and has a *hole* behind it that reads of its own
//!   close, the oldest first;
//! - a policy whose findings are refused *leaves* the head, and joins it again once they are taken;
//! - behind the head, *sweeps* look for records that CloudTrail shows late.
//!
//! The controller feeds it with policies and sources, asks what to read next ([`Ledger::plan_poll`], [`Ledger::plan_past`],
//! [`Ledger::plan_sweep`]) and for whom ([`Ledger::offer`]), and tells it the outcome. What must outlive the process are the
//! records that [`Ledger::policy_record`] and [`Ledger::source_record`] give; what may be claimed is [`Ledger::coverage`].

mod claim;
mod copies;
mod gap;
mod ledger;
mod offer;
mod past;
mod policy;
mod poll;
mod record;
mod seen;
mod source;
mod stream;
mod sweep;
#[cfg(test)]
mod tests;
mod time_range;

pub use claim::{Coverage, Incomplete};
pub use gap::{Gap, MAX_GAPS};
pub use ledger::{Ledger, Uid};
pub use offer::{Delivered, Offer, Offered, Read};
pub use past::{Lost, PastRead};
pub use policy::{PolicyInput, Revision};
pub use poll::PollRead;
pub use record::{PolicyRecord, SourcePosition, SourceRecord, StreamRecord};
pub use source::SourceInput;
pub use stream::StreamKey;
pub use sweep::{Sweep, SweepRead};
pub use time_range::TimeRange;
pub(crate) use time_range::whole_second;
