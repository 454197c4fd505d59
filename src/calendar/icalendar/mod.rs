//! Holidays from an iCalendar feed (RFC 5545).
//!
//! Every event in the feed is a holiday, named by its SUMMARY:
//! - An all-day event is a date, or several in a row (DTEND is the day after the last), in any zone. If DTEND equals
//!   DTSTART, it is that one day.
//! - A timed event closes its span of time; without DTEND and DURATION, none. A time with a TZID or in UTC is an instant;
//!   any other is a time on the wall clock of the schedule. A time that its zone skips is taken as if the clock had not
//!   been set yet; of a time that occurs twice, the first is meant.
//! - RRULE, RDATE, EXDATE and RECURRENCE-ID are followed, and of several revisions of an event (SEQUENCE) the last
//!   counts. Rules are expanded over [`RULE_YEARS`](recurrence::RULE_YEARS), never relative to a clock, so that the same
//!   feed always gives the same holidays. Events without a rule count in any year.
//! - Events with STATUS:CANCELLED do not count. TRANSP is ignored: it says whether an event makes its owner busy, and
//!   feeds of public holidays are mostly TRANSPARENT.
//! - VTIMEZONE is ignored: a TZID has to be an IANA name, to end in one, or to be a name of a zone in Windows. The
//!   compiled-in tz database defines the zones.
//!
//! A part of the feed that cannot be read is a [`CalendarWarning`] with its line; everything else counts.

mod calendar;
mod component;
mod event;
mod excerpt;
mod expansion;
mod extent;
mod line;
mod moment;
mod recurrence;
mod revision;
mod rule_days;
mod warning;
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

pub use calendar::ICalendar;
pub use warning::CalendarWarning;
