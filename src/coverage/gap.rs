//! What nobody can read any more.

use chrono::{DateTime, Utc};

use super::stream::StreamKey;

/// A range of event times that left CloudTrail's event history before it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Whose history it was.
    pub stream: StreamKey,
    /// The end of what was read before, exclusive.
    pub from: DateTime<Utc>,
    /// Where reading began again, exclusive.
    pub to: DateTime<Utc>,
}

/// The latest gaps of a source that its status keeps.
pub const MAX_GAPS: usize = 10;
