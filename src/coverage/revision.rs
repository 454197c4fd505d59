//! Which edit of a policy is meant.

/// An edit of a policy: its generation, and a hash of the iCalendar feeds that it names. An edit of a feed is one of the
/// policy too.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision {
    /// `metadata.generation`.
    pub generation: i64,
    /// A hash of the feeds; None when the policy names none.
    pub calendars: Option<String>,
}
