//! How uploads that were pushed about the same time relate to each other.

use chrono::TimeDelta;

/// The relation of an upload to others in the same repository that were pushed within [`RELATION_DISTANCE`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// It belongs to no other upload that is known.
    #[default]
    Standalone,
    /// An untagged manifest that an index lists, pushed by the same principal: `buildx --push` pushes the image of each
    /// platform by digest and then the index with the tag.
    IndexChild,
    /// A tag for a manifest that was pushed before, as when one image is pushed under several tags.
    Retag,
}

/// The longest time between two uploads that belong together: a slow push of several platforms takes minutes. A record alone does
/// not say what it belongs to, and a fixed time gives the same answer however much else is read.
pub const RELATION_DISTANCE: TimeDelta = TimeDelta::minutes(10);
