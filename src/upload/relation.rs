//! How uploads that were pushed about the same time relate to each other.

use chrono::TimeDelta;

/// How an upload relates to others in the same repository, as far as they were pushed within [`RELATION_WINDOW`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// To none that is known.
    #[default]
    Standalone,
    /// An untagged manifest that an index lists, pushed by the same principal: `buildx --push` pushes the image of each
    /// platform by digest and then the index with the tag.
    IndexChild,
    /// A tag on a manifest that was pushed before, as when one image is pushed under several tags.
    Retag,
}

/// How far apart uploads may be pushed and still belong together: a slow push of several platforms takes minutes. A record
/// alone does not say what it belongs to, and a fixed window gives the same answer however much else is read.
pub const RELATION_WINDOW: TimeDelta = TimeDelta::minutes(10);
