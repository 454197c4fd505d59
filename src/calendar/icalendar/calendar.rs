//! iCalendar feeds that were read.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

use super::super::spans::Spans;
use super::component;
use super::event;
use super::expansion::{Expanded, Expansion};
use super::revision;
use super::warning::{CalendarWarning, CalendarWarnings};

/// The events in an iCalendar feed as dates and spans of time, independent of any schedule. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ICalendar {
    expanded: Arc<Expanded>,
}

impl ICalendar {
    /// Reads the text of a feed. Always returns what could be read, with a warning for each part that could not: without
    /// warnings, every event counts.
    ///
    /// The work is bounded for any text: the first MiB is read, at most 100 warnings are listed, at most 16,000 dates of
    /// one rule and 50,000 of all rules in a feed count, rules that repeat within a day are rejected, and rules are
    /// followed for a few seconds at most. The order of the events only decides which of them are over these limits.
    #[must_use]
    pub fn parse(text: &str) -> (Self, Vec<CalendarWarning>) {
        let mut warnings = CalendarWarnings::default();
        let components = component::events(text, &mut warnings);
        let events = components.iter().filter_map(|found| event::read(found, &mut warnings)).collect();
        let events = revision::latest(events);
        let mut expansion = Expansion::new(&events);
        for event in &events {
            expansion.add(event, &mut warnings);
        }
        (Self { expanded: Arc::new(expansion.finish()) }, warnings.into_list())
    }

    /// The number of VEVENTs in use: those that give at least one date or span. Cancelled and unreadable ones do not.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.expanded.entries
    }

    /// The all-day events.
    pub(in super::super) fn days(&self) -> &Spans<NaiveDate> {
        &self.expanded.days
    }

    /// The timed events without a zone, on the wall clock of the schedule.
    pub(in super::super) fn floating_closures(&self) -> &Spans<NaiveDateTime> {
        &self.expanded.floating_closures
    }

    /// The timed events in a zone or in UTC.
    pub(in super::super) fn closures(&self) -> &Spans<DateTime<Utc>> {
        &self.expanded.closures
    }
}
