//! Holidays from an iCalendar feed (RFC 5545).
//!
//! Every event of the feed is a holiday, named by its SUMMARY:
//! - An all-day event is a date, or several in a row (DTEND is the day after the last), in whatever zone it is looked at. When
//!   DTEND is DTSTART, it is that one day.
//! - A timed event closes its span of time; without DTEND and DURATION, none. A time with a TZID, or in UTC, is an instant; one without is what the wall clock
//!   of the schedule shows. A time that its zone skips is taken as if the clock had not been set yet; of one that comes twice,
//!   the first is meant.
//! - RRULE, RDATE, EXDATE and RECURRENCE-ID are followed, and of several revisions of an event (SEQUENCE) the last. Rules are expanded over [`RULE_YEARS`](recurrence::RULE_YEARS), never relative to a clock, so
//!   that the same feed always gives the same holidays; events without a rule count in any year.
//! - Events with STATUS:CANCELLED don't count. TRANSP is ignored: it says whether an event makes its owner busy, and feeds of
//!   public holidays are mostly TRANSPARENT.
//! - VTIMEZONE is ignored: a TZID has to be an IANA name, to end in one, or to be one of Windows, and the compiled-in tz database
//!   says what it means.
//!
//! What can't be read is a [`CalendarProblem`] with its line; everything else still counts.

mod component;
mod event;
mod expansion;
mod extent;
mod line;
mod moment;
mod problem;
mod recurrence;
mod revision;
mod rule_days;
mod windows_zone;

#[cfg(test)]
mod choices_tests;
#[cfg(test)]
mod cost_tests;
#[cfg(test)]
mod model_tests;
#[cfg(test)]
mod parse_tests;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod recurrence_tests;
#[cfg(test)]
mod revision_tests;

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

use super::spans::Spans;
use expansion::Expansion;
use problem::Problems;

pub use problem::CalendarProblem;

/// The events of an iCalendar feed as dates and spans of time, independent of any schedule. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ICalendar {
    content: Arc<Content>,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Content {
    entries: usize,
    days: Spans<NaiveDate>,
    floating_closures: Spans<NaiveDateTime>,
    closures: Spans<DateTime<Utc>>,
}

impl ICalendar {
    /// Reads the text of a feed. Always gives what could be read, with one problem for each thing that could not: no problems
    /// means that every event counts.
    ///
    /// Bounded, whatever the text: the first MiB is read, at most 100 problems are listed, at most 16,000 dates of one rule and
    /// 50,000 of the rules of a feed count, rules that repeat within a day are refused, and rules are followed for a few seconds
    /// at most. The order of the events does not matter, except for which of them are over
    /// those limits.
    #[must_use]
    pub fn parse(text: &str) -> (Self, Vec<CalendarProblem>) {
        let mut problems = Problems::default();
        let components = component::events(text, &mut problems);
        let events = components.iter().filter_map(|found| event::read(found, &mut problems)).collect();
        let events = revision::latest(events);
        let mut expansion = Expansion::new(&events);
        for event in &events {
            expansion.add(event, &mut problems);
        }
        (Self { content: Arc::new(expansion.finish()) }, problems.into_list())
    }

    /// How many VEVENTs are in use: those that give at least one date or span. Cancelled and unreadable ones don't.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.content.entries
    }

    /// All-day events.
    pub(super) fn days(&self) -> &Spans<NaiveDate> {
        &self.content.days
    }

    /// Timed events on whatever wall clock counts.
    pub(super) fn floating_closures(&self) -> &Spans<NaiveDateTime> {
        &self.content.floating_closures
    }

    /// Timed events in a zone, or in UTC.
    pub(super) fn closures(&self) -> &Spans<DateTime<Utc>> {
        &self.content.closures
    }
}
