//! Checkpoints: what must survive the process. They are written into the statuses of policies and sources, and read back
//! at the next start.

use chrono::{DateTime, Utc};

use super::gap::Gap;
use super::revision::Revision;
use super::stream::StreamKey;
use super::uid::Uid;

/// What the status of a policy keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyCheckpoint {
    /// The revision whose positions these are.
    pub revision: Revision,
    /// A position for each source that the policy uses or has used.
    pub sources: Vec<SourcePosition>,
}

/// Where a policy is in the streams of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourcePosition {
    /// The uid of the source.
    pub source: Uid,
    /// The time from which this revision judges uploads, inclusive. It does not move with the clock.
    pub since: DateTime<Utc>,
    /// The time up to which every stream was judged without a hole, inclusive. None if the policy is joined to the head
    /// of every stream and has no hole.
    pub through: Option<DateTime<Utc>>,
    /// When the policy stopped using the source; None while it does.
    pub removed_at: Option<DateTime<Utc>>,
}

/// What the status of a source keeps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceCheckpoint {
    /// The streams, including those that the spec no longer names.
    pub streams: Vec<StreamCheckpoint>,
    /// The latest gaps, the oldest first.
    pub gaps: Vec<Gap>,
}

/// What the status of a source keeps of one stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamCheckpoint {
    /// The stream. Its account is empty until the credentials have been used once.
    pub stream: StreamKey,
    /// When the spec first named the Region.
    pub first_seen: DateTime<Utc>,
    /// The head; None before the first read. For display: the next start does not use it.
    pub head: Option<DateTime<Utc>>,
    /// The time from which the next start reads on: the head, or earlier if a policy is not as far; None before the first
    /// read.
    pub complete_through: Option<DateTime<Utc>>,
    /// When the last finished run of the sweep that goes back furthest had begun.
    pub swept_through: Option<DateTime<Utc>>,
    /// When the spec stopped naming the Region; None while it does.
    pub removed_at: Option<DateTime<Utc>>,
}
