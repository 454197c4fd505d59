//! The windows of a schedule in a week that repeats.

use chrono::{Datelike, NaiveDateTime, Timelike, Weekday};

use super::window::Window;

/// The seconds of a week on a clock that is not set forward or back.
pub(super) const SECONDS_PER_WEEK: i64 = 7 * 86_400;

const MINUTES_PER_DAY: u16 = 1_440;
const MINUTES_PER_WEEK: u16 = 7 * MINUTES_PER_DAY;
const WEEK: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

/// The windows of a schedule, and the minutes of the week at which they begin and end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Week {
    windows: Vec<Window>,
    /// The minutes since Monday 00:00 at which any window starts or ends, ascending. Business hours may begin or end at
    /// any of them if some of the windows are cancelled.
    edges: Vec<u16>,
    /// The minutes since Monday 00:00 at which business hours begin or end (flips) if no window is cancelled, ascending.
    /// Edges inside another window, and those at which one window begins as another ends, are no flips. Empty if the
    /// whole week is covered, or nothing is.
    flips: Vec<u16>,
}

/// The windows that cover a wall-clock time, by the date on which they started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cover {
    /// Whether a window covers it that started on the same date.
    pub(super) same_date: bool,
    /// Whether a window covers it that started on the date before.
    pub(super) date_before: bool,
}

impl Cover {
    fn any(self) -> bool {
        self.same_date || self.date_before
    }
}

impl Week {
    pub(super) fn new(windows: Vec<Window>) -> Self {
        let mut edges: Vec<u16> = windows.iter().flat_map(edges).collect();
        edges.sort_unstable();
        edges.dedup();
        let mut week = Self { windows, edges, flips: Vec::new() };
        let covered = |minute| week.cover_of_minute(minute).any();
        let is_flip = |&edge: &u16| covered(edge) != covered((edge + MINUTES_PER_WEEK - 1) % MINUTES_PER_WEEK);
        week.flips = week.edges.iter().copied().filter(is_flip).collect();
        week
    }

    pub(super) fn windows(&self) -> &[Window] {
        &self.windows
    }

    /// The windows that cover this wall-clock time. A leap second belongs to the minute that it ends (23:59:60 is a part of
    /// 23:59).
    pub(super) fn cover(&self, local: NaiveDateTime) -> Cover {
        self.cover_of_minute(minute_of_week(local))
    }

    /// Whether any window covers this minute, 0..1440, of the weekday.
    pub(super) fn covers(&self, weekday: Weekday, minute: u16) -> bool {
        self.cover_of_minute(day_number(weekday) * MINUTES_PER_DAY + minute).any()
    }

    /// Whether a window starts on this weekday.
    pub(super) fn starts_on(&self, weekday: Weekday) -> bool {
        self.windows.iter().any(|window| window.days().contains(weekday))
    }

    /// The seconds from this wall-clock time to the next flip, 1..=604800, if the clock is not set forward or back in
    /// between and no window is cancelled. `None` if there are no flips.
    pub(super) fn seconds_to_next_flip(&self, local: NaiveDateTime) -> Option<i64> {
        seconds_to_next(&self.flips, local)
    }

    /// The seconds from this wall-clock time to the next start or end of any window, 1..=604800, if the clock is not set
    /// forward or back in between. `None` without windows.
    pub(super) fn seconds_to_next_edge(&self, local: NaiveDateTime) -> Option<i64> {
        seconds_to_next(&self.edges, local)
    }

    fn cover_of_minute(&self, minute_of_week: u16) -> Cover {
        let weekday = WEEK[usize::from(minute_of_week / MINUTES_PER_DAY)];
        let minute = minute_of_week % MINUTES_PER_DAY;
        Cover {
            same_date: self.windows.iter().any(|window| window.covers_own_day(weekday, minute)),
            date_before: self.windows.iter().any(|window| window.covers_day_after(weekday, minute)),
        }
    }
}

/// The seconds from this wall-clock time to the next of some minutes of the week, which are ascending.
fn seconds_to_next(minutes: &[u16], local: NaiveDateTime) -> Option<i64> {
    let minute = minute_of_week(local);
    let next = match minutes.get(minutes.partition_point(|&edge| edge <= minute)) {
        Some(&edge) => i64::from(edge) * 60,
        None => i64::from(*minutes.first()?) * 60 + SECONDS_PER_WEEK,
    };
    Some(next - i64::from(minute) * 60 - i64::from(local.second()))
}

/// The minutes of the week at which a window starts and ends, once for each of its days.
fn edges(window: &Window) -> impl Iterator<Item = u16> {
    let start = window.start().minutes_since_midnight();
    let end = window.end().minutes_since_midnight();
    let overnight = if window.runs_over_midnight() { MINUTES_PER_DAY } else { 0 };
    window.days().iter(Weekday::Mon).flat_map(move |day| {
        let midnight = day_number(day) * MINUTES_PER_DAY;
        [midnight + start, (midnight + overnight + end) % MINUTES_PER_WEEK]
    })
}

/// The minutes since Monday 00:00, 0..10080. The casts here and below are of numbers under 1,440 and 7.
fn minute_of_week(local: NaiveDateTime) -> u16 {
    let minute_of_day = local.hour() * 60 + local.minute();
    day_number(local.weekday()) * MINUTES_PER_DAY + minute_of_day as u16
}

/// 0 for Monday.
fn day_number(weekday: Weekday) -> u16 {
    weekday.num_days_from_monday() as u16
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn week(windows: &[(&[Weekday], &str, &str)]) -> Week {
        let windows = windows.iter().map(|(days, start, end)| {
            Window::new(days.iter().copied().collect(), start.parse().unwrap(), end.parse().unwrap()).unwrap()
        });
        Week::new(windows.collect())
    }

    #[test]
    fn edges_inside_and_between_windows_are_no_flips() {
        let week = week(&[
            (&[Weekday::Mon], "08:00", "12:00"),
            (&[Weekday::Mon], "10:00", "14:00"),
            (&[Weekday::Mon], "14:00", "16:00"),
            (&[Weekday::Mon], "09:00", "10:00"),
        ]);
        assert_eq!(week.flips, [8 * 60, 16 * 60]);
    }

    #[test]
    fn a_window_over_the_end_of_the_week_flips_on_both_sides_of_it() {
        assert_eq!(week(&[(&[Weekday::Sun], "22:00", "06:00")]).flips, [6 * 60, 6 * 1440 + 22 * 60]);
        assert_eq!(week(&[(&[Weekday::Sun], "22:00", "24:00")]).flips, [0, 6 * 1440 + 22 * 60]);
    }

    #[test]
    fn a_week_without_a_gap_and_one_without_a_window_never_flip() {
        assert_eq!(week(&[(&WEEK, "00:00", "24:00")]).flips, [0u16; 0]);
        assert_eq!(week(&[(&WEEK, "12:00", "11:00"), (&WEEK, "11:00", "12:00")]).flips, [0u16; 0]);
        assert_eq!(week(&[]).flips, [0u16; 0]);
    }
}
