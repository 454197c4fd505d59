//! The log of requests, for assertions.

use chrono::{DateTime, Utc};

/// One LookupEvents call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookupCall {
    pub at: DateTime<Utc>,
    /// Empty when the caller's keys are unknown.
    pub account: String,
    pub region: String,
    pub start: Option<DateTime<Utc>>,
    pub end: Option<DateTime<Utc>>,
    /// Key and value of the first lookup attribute.
    pub attribute: Option<(String, String)>,
    /// Whether the call came without a NextToken.
    pub first_page: bool,
    pub outcome: Outcome,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// `more` says that the answer held a NextToken.
    Answered {
        events: usize,
        more: bool,
    },
    Refused {
        code: String,
    },
}
