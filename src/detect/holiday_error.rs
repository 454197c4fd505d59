//! Holidays that a policy names and that cannot be used.

use super::feed::FeedError;
use crate::calendar::{CalendarWarning, CountryError};

/// Holidays of a policy cannot be used. The policy judges without them, so it may miss pushes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {kind}")]
pub struct HolidayError {
    /// The path of the field, with what it names.
    pub field: String,
    /// Why they cannot be used.
    #[source]
    pub kind: HolidayErrorKind,
}

/// Why holidays of a policy cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HolidayErrorKind {
    /// The public holidays of the country are not known.
    #[error("{source}")]
    Country {
        /// What is wrong with the code.
        source: CountryError,
    },
    /// The feed cannot be read.
    #[error("{source}")]
    Feed {
        /// What is wrong with the feed.
        source: FeedError,
    },
    /// A part of the feed cannot be used; the rest is.
    #[error("{warning}")]
    PartOfFeed {
        /// The part, and what is wrong with it.
        warning: CalendarWarning,
    },
}
