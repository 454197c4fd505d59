//! What must outlive the process. It is written into the status of policies and sources and read back at the next start.

use chrono::{DateTime, Utc};

use super::gap::Gap;
use super::revision::Revision;
use super::stream::StreamKey;
use super::uid::Uid;

/// What a policy's status keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyCheckpoint {
    /// The revision that the positions are of.
    pub revision: Revision,
    /// A position for each source that the policy uses or has used.
    pub sources: Vec<SourcePosition>,
}

/// Where a policy is in the streams of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourcePosition {
    /// The uid of the source.
    pub source: Uid,
    /// From when on this revision judges pushes: fixed when policy and source met.
    pub since: DateTime<Utc>,
    /// The oldest end of what was judged without a hole; None when the policy is joined to the head of every stream and has
    /// no hole behind it.
    pub through: Option<DateTime<Utc>>,
    /// When the policy stopped using the source; None while it does.
    pub removed_at: Option<DateTime<Utc>>,
}

/// What a source's status keeps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceCheckpoint {
    /// The streams, also those that the spec no longer names.
    pub streams: Vec<StreamCheckpoint>,
    /// The latest gaps, the oldest first.
    pub gaps: Vec<Gap>,
}

/// What is kept of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamCheckpoint {
    /// Whose history it is. The account is empty until the credentials have been used once.
    pub stream: StreamKey,
    /// When the spec first named the Region.
    pub first_seen: DateTime<Utc>,
    /// Its head: how far it was read for everyone who is joined; None before the first read. Not kept.
    pub head: Option<DateTime<Utc>>,
    /// How far of that may be kept; None before the first read.
    pub complete_through: Option<DateTime<Utc>>,
    /// When the last finished run of the sweep that goes back furthest began.
    pub swept_through: Option<DateTime<Utc>>,
    /// When the spec stopped naming the Region; None while it does.
    pub removed_at: Option<DateTime<Utc>>,
}
