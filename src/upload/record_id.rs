//! The identity of an event.

use std::fmt;

/// The identity of an event, equal in all records of it: the first of three fields that a record has (CloudTrail User Guide,
/// "CloudTrail record contents").
///
/// 1. `sharedEventID`, the same in the copies of one event that different accounts receive;
/// 2. `addendum.originalEventID` of a record that updates an earlier one (`UPDATED_DATA`), and has an `eventID` of its own;
/// 3. `eventID`, the same in repeated deliveries of one record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId(String);

impl RecordId {
    pub(super) fn new(id: &str) -> Self {
        Self(id.to_owned())
    }

    /// The id as CloudTrail wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
