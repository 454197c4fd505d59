//! The dates and spans of time of a feed.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

use super::super::spans::Spans;

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) entries: usize,
    pub(super) days: Spans<NaiveDate>,
    pub(super) floating_closures: Spans<NaiveDateTime>,
    pub(super) closures: Spans<DateTime<Utc>>,
}
