//! A feed, read.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

use super::super::spans::Spans;
use super::component;
use super::content::Content;
use super::event;
use super::expansion::Expansion;
use super::revision;
use super::warning::{CalendarWarning, CalendarWarnings};

/// The events of an iCalendar feed as dates and spans of time, independent of any schedule. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ICalendar {
    content: Arc<Content>,
}

impl ICalendar {
    /// Reads the text of a feed. Always gives what could be read, with one warning for each thing that could not: no warnings
    /// means that every event counts.
    ///
    /// Bounded, whatever the text: the first MiB is read, at most 100 warnings are listed, at most 16,000 dates of one rule and
    /// 50,000 of the rules of a feed count, rules that repeat within a day are refused, and rules are followed for a few seconds
    /// at most. The order of the events does not matter, except for which of them are over
    /// those limits.
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
        (Self { content: Arc::new(expansion.finish()) }, warnings.into_list())
    }

    /// How many VEVENTs are in use: those that give at least one date or span. Cancelled and unreadable ones don't.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.content.entries
    }

    /// All-day events.
    pub(in super::super) fn days(&self) -> &Spans<NaiveDate> {
        &self.content.days
    }

    /// Timed events on whatever wall clock counts.
    pub(in super::super) fn floating_closures(&self) -> &Spans<NaiveDateTime> {
        &self.content.floating_closures
    }

    /// Timed events in a zone, or in UTC.
    pub(in super::super) fn closures(&self) -> &Spans<DateTime<Utc>> {
        &self.content.closures
    }
}
