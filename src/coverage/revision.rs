//! Revisions of policies.

/// One edit of a policy: its generation, and a hash of the iCalendar feeds that it names, so that an edit of a feed
/// counts as an edit of the policy.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision {
    /// `metadata.generation`.
    pub generation: i64,
    /// The hash of the feeds; None if the policy names none.
    pub calendars: Option<String>,
}
