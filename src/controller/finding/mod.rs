//! Findings: uploads that are off hours end in an OffHoursUpload, once.
//!
//! - [`deliver`](Findings::deliver) judges uploads by policies and writes those that are off hours;
//! - [`FindingIndex`](index::FindingIndex) knows which records every policy has reported, and which are being written right
//!   now;
//! - [`watch`](Findings::watch) keeps the index up to date;
//! - [`record_triage`](Findings::record_triage) records what a triage covers;
//! - [`remove_unfinished`](Findings::remove_unfinished) deletes findings that were left without evidence.

mod allow_counts;
mod conflict;
mod deliver;
#[cfg(test)]
mod fake_api;
mod findings;
mod id_hash;
mod index;
#[cfg(test)]
mod index_tests;
mod judge;
mod known_findings;
#[cfg(test)]
mod name_tests;
mod policy_findings;
mod policy_key;
mod remove_unfinished;
mod reservation;
#[cfg(test)]
mod tests;
mod triage;
#[cfg(test)]
mod triage_tests;
mod unfinished;
mod watch;
mod write;
mod write_error;
mod write_permits;

pub use self::allow_counts::{AllowCount, AllowCounts};
pub use self::findings::Findings;
pub use self::judge::Judge;
pub use self::policy_findings::FindingSummary;
pub use self::write_error::WriteError;
