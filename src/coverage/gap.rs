//! Gaps: what CloudTrail no longer keeps and was never read.

use chrono::{DateTime, Utc};

use super::stream::StreamKey;

/// A range of event times that left CloudTrail's event history before it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The stream.
    pub stream: StreamKey,
    /// The end of what was read before, exclusive.
    pub from: DateTime<Utc>,
    /// The time from which it was read again, exclusive.
    pub to: DateTime<Utc>,
}

/// How many gaps the status of a source keeps, the latest.
pub const MAX_GAPS: usize = 10;
