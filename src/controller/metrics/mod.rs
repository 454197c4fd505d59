//! The metrics of the controller: a struct for each part of it, which registers and counts. docs/metrics.md describes them.
//!
//! Labels come from closed sets, and from the names of policies, teams, rules, sources and streams in the cluster; those of
//! objects that are deleted are removed.

mod allow_rule_expiries;
mod cluster;
mod condition_counts;
mod controller;
mod errors;
mod finding;
mod policy;
mod source;
mod stream_lags;

pub use controller::Metrics;
pub use finding::WriteOperation;
pub use policy::UploadLabels;
pub use stream_lags::StreamLabels;
