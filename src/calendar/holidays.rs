//! Days, and parts of days, on which business hours do not apply.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

use super::country::CountryHolidays;
use super::holiday_name::shown_name;
use super::icalendar::ICalendar;
use super::public_holidays::PublicHolidays;
use super::zoned_time::ZonedTime;

/// Days (and parts of days) on which business hours do not apply.
///
/// A holiday is a local date in any zone: it cancels the windows that start on it. A timed event of a calendar closes its
/// span of time, whichever window covers it. Exceptions are working days that override both.
///
/// A date has one name: that of [`Self::add_date`], else that of the calendar that was added first, else that of a country.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holidays {
    dates: BTreeMap<NaiveDate, Arc<str>>,
    calendars: Vec<ICalendar>,
    public: PublicHolidays,
    worked: BTreeSet<NaiveDate>,
}

impl Holidays {
    /// Adds one day. The name is cut to 256 characters, and its line breaks become spaces. If the date was added before, the
    /// first name stays.
    pub fn add_date(&mut self, date: NaiveDate, name: &str) {
        self.dates.entry(date).or_insert_with(|| shown_name(name));
    }

    /// Adds the public holidays of a country, in the years of [`HOLIDAY_YEARS`](super::HOLIDAY_YEARS). They are named like
    /// `German Unity Day (DE)`.
    pub fn add_country(&mut self, country: &CountryHolidays) {
        self.public.add(&PublicHolidays::of(country));
    }

    /// The public holidays of all countries that were added.
    #[must_use]
    pub fn public(&self) -> &PublicHolidays {
        &self.public
    }

    /// Adds the events of a calendar.
    pub fn add_calendar(&mut self, calendar: &ICalendar) {
        if !self.calendars.contains(calendar) {
            self.calendars.push(calendar.clone());
        }
    }

    /// Makes a local date a working day, whatever was or will be added: it is no holiday, and no timed event closes any
    /// of it. (A window that starts on the date before and runs into it stays cancelled if that date is a holiday.)
    pub fn except(&mut self, date: NaiveDate) {
        self.worked.insert(date);
    }

    /// Whether there is no holiday, so that nothing is off hours because of one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.dates.is_empty() && self.public.is_empty() && self.calendars.iter().all(|it| it.entries() == 0)
    }

    /// The name of the holiday on this date; None if it is no holiday.
    #[must_use]
    pub fn name_on(&self, date: NaiveDate) -> Option<&str> {
        if self.worked.contains(&date) {
            return None;
        }
        let listed = self.dates.get(&date).map(AsRef::as_ref);
        let of_calendar = || self.calendars.iter().find_map(|calendar| calendar.days().name_at(date));
        listed.or_else(of_calendar).or_else(|| self.public.name_on(date))
    }

    /// The name of the timed event that closes this instant; None if none does.
    pub(super) fn closure(&self, at: ZonedTime) -> Option<&str> {
        let local = at.wall_clock();
        if self.worked.contains(&local.date()) {
            return None;
        }
        let floating = self.calendars.iter().find_map(|calendar| calendar.floating_closures().name_at(local));
        floating.or_else(|| self.calendars.iter().find_map(|calendar| calendar.closures().name_at(at.utc())))
    }

    /// The first date on or after `from` that is a holiday.
    pub(super) fn first_day_off(&self, from: NaiveDate) -> Option<NaiveDate> {
        let mut from = from;
        // Ends, because each round but the last one passes an exception.
        loop {
            let listed = self.dates.range(from..).next().map(|(&date, _)| date);
            let of_calendars = self.calendars.iter().filter_map(|calendar| calendar.days().first_covered(from));
            let date = listed.into_iter().chain(of_calendars).chain(self.public.first_from(from)).min()?;
            if !self.worked.contains(&date) {
                return Some(date);
            }
            from = date.succ_opt()?;
        }
    }

    /// The first time after `local`, on a wall clock that runs evenly, at which a floating event or an exception begins
    /// or ends.
    pub(super) fn next_local_edge(&self, local: NaiveDateTime) -> Option<NaiveDateTime> {
        let worked = self.worked.range(local.date()..).next().and_then(|&date| {
            let day_that_begins = if date == local.date() { date.succ_opt()? } else { date };
            day_that_begins.and_hms_opt(0, 0, 0)
        });
        let floating = self.calendars.iter().filter_map(|calendar| calendar.floating_closures().next_edge(local));
        floating.chain(worked).min()
    }

    /// The first instant after `at` at which an event in universal time begins or ends.
    pub(super) fn next_edge(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.calendars.iter().filter_map(|calendar| calendar.closures().next_edge(at)).min()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use chrono::{Days, TimeDelta};
    use chrono_tz::Tz;
    use proptest::prelude::*;

    use super::super::country_holidays;
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn calendar(events: &str) -> ICalendar {
        let (calendar, warnings) = ICalendar::parse(&format!("BEGIN:VCALENDAR\n{events}END:VCALENDAR\n"));
        assert_eq!(warnings, []);
        calendar
    }

    #[test]
    fn a_listed_name_comes_before_that_of_a_calendar_and_that_before_a_country() {
        let christmas = calendar("BEGIN:VEVENT\nDTSTART:20261225\nDTEND:20261227\nSUMMARY:Xmas\nEND:VEVENT\n");
        let other = calendar("BEGIN:VEVENT\nDTSTART:20261224\nDTEND:20261228\nSUMMARY:Other\nEND:VEVENT\n");
        let mut holidays = Holidays::default();
        holidays.add_country(&country_holidays("DE").unwrap());
        holidays.add_calendar(&christmas);
        holidays.add_calendar(&other);
        holidays.add_date(date("2026-12-26"), "Stephen");
        holidays.add_date(date("2026-12-26"), "Boxing Day");
        let names: Vec<_> = (23..29).map(|day| holidays.name_on(date(&format!("2026-12-{day}")))).collect();
        assert_eq!(names, [None, Some("Other"), Some("Xmas"), Some("Stephen"), Some("Other"), None]);
        assert_eq!(holidays.name_on(date("2027-01-01")), Some("New Year's Day (DE)"));
    }

    #[test]
    fn an_exception_wins_over_what_is_added_before_and_after_it() {
        let mut holidays = Holidays::default();
        holidays.add_date(date("2026-12-24"), "before");
        holidays.except(date("2026-12-24"));
        holidays.except(date("2026-12-25"));
        holidays.add_date(date("2026-12-24"), "after");
        holidays.add_country(&country_holidays("DE").unwrap());
        assert_eq!(holidays.name_on(date("2026-12-24")), None);
        assert_eq!(holidays.name_on(date("2026-12-25")), None);
        assert_eq!(holidays.first_day_off(date("2026-11-01")), Some(date("2026-12-26")));
    }

    #[test]
    fn holidays_are_empty_until_something_is_off() {
        let mut holidays = Holidays::default();
        assert!(holidays.is_empty());
        holidays.except(date("2026-12-24"));
        holidays.add_calendar(&ICalendar::default());
        assert!(holidays.is_empty());
        for event in
            ["DTSTART:20261224", "DTSTART:20261224T120000\nDURATION:PT1H", "DTSTART:20261224T120000Z\nDURATION:PT1H"]
        {
            let mut holidays = Holidays::default();
            holidays.add_calendar(&calendar(&format!("BEGIN:VEVENT\n{event}\nEND:VEVENT\n")));
            assert!(!holidays.is_empty());
        }
        holidays.add_country(&country_holidays("DE").unwrap());
        assert!(!holidays.is_empty());
    }

    /// How many days or hours the events of the property test lie within.
    const TIMES: u32 = 40;

    /// The events of one to four calendars: when they start, and how long they are, in days or hours.
    fn any_calendars() -> impl Strategy<Value = Vec<Vec<(u32, u32)>>> {
        let event = (0..TIMES, 1..8_u32);
        prop::collection::vec(prop::collection::vec(event, 0..6), 1..5)
    }

    /// The first of the calendars that covers each time.
    fn painted(calendars: &[Vec<(u32, u32)>]) -> Vec<Option<String>> {
        let covers =
            |events: &Vec<(u32, u32)>, at: u32| events.iter().any(|&(from, long)| from <= at && at < from + long);
        let first = |at| calendars.iter().position(|events| covers(events, at)).map(|index| index.to_string());
        (0..TIMES).map(first).collect()
    }

    /// These calendars, with each event named by the number of its calendar.
    fn holidays(calendars: &[Vec<(u32, u32)>], write: impl Fn(u32, u32) -> String) -> Holidays {
        let mut holidays = Holidays::default();
        for (index, events) in calendars.iter().enumerate() {
            let event = |&(from, long): &(u32, u32)| {
                format!("BEGIN:VEVENT\n{}\nSUMMARY:{index}\nEND:VEVENT\n", write(from, long))
            };
            holidays.add_calendar(&calendar(&events.iter().map(event).collect::<String>()));
        }
        holidays
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn of_several_calendars_the_first_names_a_date(calendars in any_calendars()) {
            let first = date("2026-11-01");
            let day = |number: u32| first + Days::new(number.into());
            let write = |from, long| format!("DTSTART;VALUE=DATE:{}\nDURATION:P{long}D", day(from).format("%Y%m%d"));
            let (holidays, painted) = (holidays(&calendars, write), painted(&calendars));
            for (number, name) in (0..TIMES).zip(&painted) {
                prop_assert_eq!(holidays.name_on(day(number)), name.as_deref());
                let next = (number..TIMES).find(|&later| painted[later as usize].is_some()).map(day);
                let found = holidays.first_day_off(day(number)).filter(|&found| found < day(TIMES));
                prop_assert_eq!(found, next);
            }
        }

        #[test]
        fn of_several_calendars_the_first_names_a_time_and_no_edge_is_missed(
            calendars in any_calendars(), is_floating in any::<bool>(),
        ) {
            let first = date("2026-11-01").and_time(chrono::NaiveTime::MIN);
            let hour = |number: u32| first + TimeDelta::hours(number.into());
            let zone = if is_floating { "" } else { "Z" };
            let write = |from, long| format!("DTSTART:{}{zone}\nDURATION:PT{long}H", hour(from).format("%Y%m%dT%H%M%S"));
            let (holidays, painted) = (holidays(&calendars, write), painted(&calendars));
            for (number, name) in (0..TIMES).zip(&painted) {
                let at = hour(number);
                prop_assert_eq!(holidays.closure(ZonedTime::new(at.and_utc(), Tz::UTC)), name.as_deref());
                let edges = [holidays.next_local_edge(at), holidays.next_edge(at.and_utc()).map(|edge| edge.naive_utc())];
                let edge = edges.into_iter().flatten().min();
                let is_closed = |later: u32| painted[later as usize].is_some();
                let change = (number + 1..TIMES).find(|&later| is_closed(later) != is_closed(later - 1)).map(hour);
                prop_assert!(edge.is_none_or(|edge| edge > at));
                prop_assert!(change.is_none_or(|change| edge.is_some_and(|edge| edge <= change)));
            }
        }
    }

    #[test]
    fn names_are_one_line_of_at_most_256_characters() {
        let mut holidays = Holidays::default();
        holidays.add_date(date("2026-12-24"), &format!("Christmas\nEve{}", "é".repeat(1000)));
        let name = holidays.name_on(date("2026-12-24")).unwrap();
        assert!(name.starts_with("Christmas Eveé"));
        assert_eq!(name.chars().count(), 256);
    }
}
