//! A weekly schedule in a time zone, with holidays.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Datelike, Duration, NaiveDate, Utc, Weekday};
use chrono_tz::Tz;

use super::holidays::Holidays;
use super::local_instant::LocalInstant;
use super::week::Week;
use super::window::Window;

/// The clock is set back this long before its date is read for an incident: a night from 20:00 to 08:00 is one incident,
/// and the date turns at noon, when hardly anyone is in the middle of one.
const INCIDENT_DATE_LAG: Duration = Duration::hours(12);

/// The business hours of a team: weekly windows on the wall clock of a time zone, and holidays.
///
/// Windows may overlap or touch; an instant is within business hours when at least one of them covers it. A holiday
/// cancels the windows that start on its date: the window of the evening before still covers the morning, and a window
/// that is cancelled stays so over midnight. A timed holiday closes its span, whatever covers it. A schedule without
/// windows is a freeze: every instant is off hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    zone: Tz,
    week: Week,
    holidays: Arc<Holidays>,
}

/// How an instant lies to a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hours {
    /// A window covers it.
    Business,
    /// No window covers it, or a holiday keeps those that do from counting.
    Off(OffHoursReason),
}

impl Hours {
    /// Whether these are business hours.
    #[must_use]
    pub const fn is_business(self) -> bool {
        matches!(self, Self::Business)
    }
}

/// Why an instant is off hours: the first of these that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OffHoursReason {
    /// The schedule has no windows.
    Freeze,
    /// The local date is a holiday, whatever its weekday; or the instant lies in a window that a holiday cancelled, or in a
    /// timed holiday. [`Schedule::holiday`] has its name.
    Holiday,
    /// No window starts on the weekday of the local date.
    NonWorkingDay,
    /// A window starts on this weekday, but none covers this time.
    OutsideHours,
}

impl fmt::Display for Schedule {
    /// The windows, without the zone: `Mon-Fri 08:00-18:00, Sat 10:00-14:00`, followed by ` except on holidays` where
    /// there are any.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, window) in self.windows().iter().enumerate() {
            write!(f, "{}{window}", if index == 0 { "" } else { ", " })?;
        }
        if !self.windows().is_empty() && !self.holidays.is_empty() {
            write!(f, " except on holidays")?;
        }
        Ok(())
    }
}

/// How an instant lies to a schedule that has windows.
enum Judgement<'a> {
    Business,
    /// The name of the holiday.
    Holiday(&'a str),
    /// The local weekday.
    NotCovered(Weekday),
}

impl Schedule {
    /// The schedule of these windows on the wall clock of `zone`. No windows at all: a freeze.
    #[must_use]
    pub fn new(zone: Tz, windows: Vec<Window>) -> Self {
        Self { zone, week: Week::new(windows), holidays: Arc::default() }
    }

    /// The same schedule with these holidays in place of those it has.
    #[must_use]
    pub fn with_holidays(self, holidays: impl Into<Arc<Holidays>>) -> Self {
        Self { holidays: holidays.into(), ..self }
    }

    /// The zone whose wall clock counts.
    #[must_use]
    pub const fn zone(&self) -> Tz {
        self.zone
    }

    /// The windows, as given.
    #[must_use]
    pub fn windows(&self) -> &[Window] {
        self.week.windows()
    }

    /// Whether an instant is within business hours and, if not, why.
    ///
    /// The wall-clock time is compared to the second: with a window from 08:00 to 20:00, 07:59:59.999 is off hours, 08:00:00
    /// is business, 19:59:59.999 is business, 20:00:00 is off hours. A leap second belongs to the minute that it ends.
    #[must_use]
    pub fn hours(&self, at: DateTime<Utc>) -> Hours {
        if self.windows().is_empty() {
            return Hours::Off(OffHoursReason::Freeze);
        }
        match self.judge(at) {
            Judgement::Business => Hours::Business,
            Judgement::Holiday(_) => Hours::Off(OffHoursReason::Holiday),
            Judgement::NotCovered(weekday) if self.week.starts_on(weekday) => Hours::Off(OffHoursReason::OutsideHours),
            Judgement::NotCovered(_) => Hours::Off(OffHoursReason::NonWorkingDay),
        }
    }

    /// Whether a window covers this minute (0..1440 since midnight) of a weekday, in a week without holidays. A minute is
    /// enough: windows begin and end with one.
    #[must_use]
    pub fn covers(&self, weekday: Weekday, minute: u16) -> bool {
        self.week.covers(weekday, minute)
    }

    /// The name of the holiday that makes this instant off hours: `Some` exactly when that is the reason.
    #[must_use]
    pub fn holiday(&self, at: DateTime<Utc>) -> Option<&str> {
        match self.judge(at) {
            Judgement::Holiday(name) if !self.windows().is_empty() => Some(name),
            _ => None,
        }
    }

    /// Whether an instant is within business hours.
    pub(super) fn is_business(&self, at: DateTime<Utc>) -> bool {
        matches!(self.judge(at), Judgement::Business)
    }

    pub(super) const fn week(&self) -> &Week {
        &self.week
    }

    pub(super) fn holidays(&self) -> &Holidays {
        &self.holidays
    }

    fn judge(&self, at: DateTime<Utc>) -> Judgement<'_> {
        let at = LocalInstant::new(at, self.zone);
        if let Some(name) = self.holidays.closure(at) {
            return Judgement::Holiday(name);
        }
        let local = at.wall_clock();
        let cover = self.week.cover(local);
        let today = self.holidays.name_on(local.date());
        if cover.same_date && today.is_none() {
            return Judgement::Business;
        }
        let mut off = today;
        if cover.date_before {
            let day_before = local.date().pred_opt().and_then(|date| self.holidays.name_on(date));
            if day_before.is_none() {
                return Judgement::Business;
            }
            off = off.or(day_before);
        }
        off.map_or(Judgement::NotCovered(local.weekday()), Judgement::Holiday)
    }

    /// The date that an incident at this instant is filed under: that of the wall-clock time less 12 hours. 03:00 belongs to
    /// the night before; the date turns at noon.
    ///
    /// The 12 hours are taken off the wall clock, not off the instant, so that the date turns at noon on the days of a clock
    /// change too. In a zone that skipped a whole day, it can be that day: the date is a name for a night.
    #[must_use]
    pub fn incident_date(&self, at: DateTime<Utc>) -> NaiveDate {
        let local = LocalInstant::new(at, self.zone).wall_clock();
        // At the beginning of chrono's range (the year -262,143) there is no night before.
        local.checked_sub_signed(INCIDENT_DATE_LAG).unwrap_or(local).date()
    }

    /// The instant with the offset that the zone's clock has then; `to_rfc3339` prints it for people.
    #[must_use]
    pub fn local_time(&self, at: DateTime<Utc>) -> DateTime<Tz> {
        at.with_timezone(&self.zone)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use chrono::WeekdaySet;

    use super::super::zone_from_name;
    use super::*;

    fn freeze(zone: &str) -> Schedule {
        Schedule::new(zone_from_name(zone).unwrap(), Vec::new())
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_date_of_an_incident_turns_at_noon_of_the_wall_clock() {
        for (zone, instant, date) in [
            ("UTC", "2026-11-21T03:00:00Z", "2026-11-20"),
            ("UTC", "2026-11-21T11:59:59.999Z", "2026-11-20"),
            ("UTC", "2026-11-21T12:00:00Z", "2026-11-21"),
            ("Asia/Tokyo", "2026-11-20T18:12:07Z", "2026-11-20"),
            ("Europe/Berlin", "2024-03-01T02:00:00Z", "2024-02-29"),
            // Clocks were set that night: 11:59:59 and 12:00:00 on the wall, 11 and 13 hours after midnight.
            ("America/New_York", "2024-03-10T15:59:59Z", "2024-03-09"),
            ("America/New_York", "2024-03-10T16:00:00Z", "2024-03-10"),
            ("America/New_York", "2024-11-03T16:59:59Z", "2024-11-02"),
            ("America/New_York", "2024-11-03T17:00:00Z", "2024-11-03"),
            // 03:00 after a day that Samoa skipped is filed under the skipped day.
            ("Pacific/Apia", "2011-12-30T13:00:00Z", "2011-12-30"),
        ] {
            assert_eq!(freeze(zone).incident_date(at(instant)).to_string(), date, "{instant} in {zone}");
        }
    }

    #[test]
    fn local_times_show_the_offset_that_the_clock_has_then() {
        for (zone, instant, local) in [
            ("Asia/Tokyo", "2026-11-20T18:12:07Z", "2026-11-21T03:12:07+09:00"),
            ("America/New_York", "2024-11-03T05:30:00Z", "2024-11-03T01:30:00-04:00"),
            ("America/New_York", "2024-11-03T06:30:00Z", "2024-11-03T01:30:00-05:00"),
            ("UTC", "2024-01-15T08:00:00.5Z", "2024-01-15T08:00:00.500+00:00"),
        ] {
            let shown = freeze(zone).local_time(at(instant)).to_rfc3339();
            assert_eq!(shown, local);
        }
    }

    #[test]
    fn the_ends_of_time_do_not_panic() {
        for zone in ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"] {
            let day = Window::new(WeekdaySet::ALL, "08:00".parse().unwrap(), "20:00".parse().unwrap());
            let schedule = Schedule::new(zone_from_name(zone).unwrap(), vec![day.unwrap()]);
            assert_eq!(schedule.next_transition(DateTime::<Utc>::MAX_UTC), None);
            for instant in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
                let _ = schedule.hours(instant);
                let _ = schedule.incident_date(instant);
                let _ = schedule.next_transition(instant);
                assert!(!schedule.local_time(instant).to_rfc3339().is_empty());
            }
        }
    }
}
