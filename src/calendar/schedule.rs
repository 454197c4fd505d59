//! Weekly schedules in a time zone, with holidays.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Datelike, Duration, NaiveDate, Utc, Weekday};
use chrono_tz::Tz;

use super::holidays::Holidays;
use super::week::Week;
use super::window::Window;
use super::zoned_time::ZonedTime;

/// How far the wall clock is set back before its date is read for a finding: a night from 20:00 to 08:00 is one finding,
/// and the date changes at noon, when hardly anybody is in the middle of one.
const INCIDENT_DATE_LAG: Duration = Duration::hours(12);

/// The business hours of a team: weekly windows on the wall clock of a time zone, and holidays.
///
/// Windows may overlap or touch; an instant is within business hours if at least one of them covers it. A holiday cancels
/// the windows that start on its date: the window of the evening before still covers the morning, and a cancelled window
/// stays cancelled after midnight. A timed holiday closes its span of time, whatever covers it. A schedule without
/// windows is a freeze: every instant is off hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    zone: Tz,
    week: Week,
    holidays: Arc<Holidays>,
}

/// Whether an instant is within business hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hours {
    /// A window covers it.
    Business,
    /// No window covers it, or a holiday cancels those that do.
    Off(OffHoursReason),
}

impl Hours {
    /// Whether these are business hours.
    #[must_use]
    pub const fn is_business(self) -> bool {
        matches!(self, Self::Business)
    }
}

/// The reason why an instant is off hours: the first of these that applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OffHoursReason {
    /// The schedule has no windows.
    Freeze,
    /// The local date is a holiday, on any weekday; or the instant lies in a window that a holiday cancelled, or in a timed
    /// holiday. [`Schedule::holiday`] returns its name.
    Holiday,
    /// No window starts on the weekday of the local date.
    NonWorkingDay,
    /// A window starts on this weekday, but none covers this time.
    OutsideHours,
}

impl fmt::Display for Schedule {
    /// The windows, without the zone: `Mon-Fri 08:00-18:00, Sat 10:00-14:00`, followed by ` except on holidays` if there are
    /// any.
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

/// Whether an instant is within the business hours of a schedule that has windows.
enum Judgement<'a> {
    Business,
    /// The name of the holiday.
    Holiday(&'a str),
    /// The local weekday.
    NotCovered(Weekday),
}

impl Schedule {
    /// A schedule of these windows on the wall clock of `zone`, without holidays. Without windows, it is a freeze.
    #[must_use]
    pub fn new(zone: Tz, windows: Vec<Window>) -> Self {
        Self { zone, week: Week::new(windows), holidays: Arc::default() }
    }

    /// The same schedule with these holidays instead of its own.
    #[must_use]
    pub fn with_holidays(self, holidays: impl Into<Arc<Holidays>>) -> Self {
        Self { holidays: holidays.into(), ..self }
    }

    /// The zone whose wall clock the windows are on.
    #[must_use]
    pub const fn zone(&self) -> Tz {
        self.zone
    }

    /// The windows, as given.
    #[must_use]
    pub fn windows(&self) -> &[Window] {
        self.week.windows()
    }

    /// Whether an instant is within business hours, and if not, why.
    ///
    /// The start of a window is inclusive, the end exclusive: with a window from 08:00 to 20:00, 07:59:59.999 is off
    /// hours, 08:00:00 and 19:59:59.999 are business hours, and 20:00:00 is off hours. A leap second belongs to the
    /// minute that it ends.
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

    /// Whether a window covers this minute of a weekday (0..1440 since midnight) in a week without holidays. Windows
    /// begin and end at whole minutes.
    #[must_use]
    pub fn covers(&self, weekday: Weekday, minute: u16) -> bool {
        self.week.covers(weekday, minute)
    }

    /// The name of the holiday that makes this instant off hours; `None` if that is not the reason.
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
        let at = ZonedTime::new(at, self.zone);
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

    /// The date of the finding that an upload at this instant belongs to: that of the wall-clock time less 12 hours. The
    /// date changes at noon, so 03:00 belongs to the night before.
    ///
    /// The 12 hours are subtracted from the wall-clock time, not from the instant, so that the date changes at noon on
    /// the days of a clock change too. In a zone that skipped a whole day, it can be that day: the date is the name of a
    /// night.
    #[must_use]
    pub fn incident_date(&self, at: DateTime<Utc>) -> NaiveDate {
        let local = ZonedTime::new(at, self.zone).wall_clock();
        // At the start of chrono's range (the year -262,143), there is no night before.
        local.checked_sub_signed(INCIDENT_DATE_LAG).unwrap_or(local).date()
    }

    /// The instant with the offset of the zone at that time.
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
