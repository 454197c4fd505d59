//! What the status of a source is planned from.

use std::collections::BTreeMap;

use super::health::RegionHealth;
use crate::api::CloudTrailSourceStatus;
use crate::coverage::SourceCheckpoint;

/// What is known of a source when its status is planned.
#[derive(Debug)]
pub(super) struct Observed<'o> {
    /// The Regions that it reads.
    pub regions: &'o [String],
    /// The health of each Region, by its name.
    pub health: &'o BTreeMap<String, RegionHealth>,
    /// The checkpoint of the ledger, which the status must keep for the next start.
    pub checkpoint: &'o SourceCheckpoint,
    /// Its current status.
    pub existing: &'o CloudTrailSourceStatus,
    /// Warnings that are added to the message of `Ready`.
    pub warnings: &'o [String],
}
