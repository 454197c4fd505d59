//! The windows of a schedule on the ring of a week.

use chrono::{Datelike, NaiveDateTime, Timelike, Weekday};

use super::Window;

/// Seconds in a week of a clock that is not set forward or back.
pub(super) const SECONDS_PER_WEEK: i64 = 7 * 86_400;

const MINUTES_PER_DAY: u16 = 1_440;
const MINUTES_PER_WEEK: u16 = 7 * MINUTES_PER_DAY;
const WEEK: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

/// The windows of a schedule, and the minutes of the week at which they, taken together, begin and end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Week {
    windows: Vec<Window>,
    /// Minutes since Monday 00:00 at which being covered flips, ascending. Edges inside another window, or where one
    /// window begins as another ends, are no flips. Empty when the whole week is covered, or nothing is.
    flips: Vec<u16>,
}

impl Week {
    pub(super) fn new(windows: Vec<Window>) -> Self {
        let mut week = Self { windows, flips: Vec::new() };
        let mut edges: Vec<u16> = week.windows.iter().flat_map(edges).collect();
        edges.sort_unstable();
        edges.dedup();
        edges.retain(|&edge| {
            let minute_before = (edge + MINUTES_PER_WEEK - 1) % MINUTES_PER_WEEK;
            week.covers_minute(edge) != week.covers_minute(minute_before)
        });
        week.flips = edges;
        week
    }

    pub(super) fn windows(&self) -> &[Window] {
        &self.windows
    }

    /// Whether a window covers this wall-clock time. A fraction belongs to its second, and so does a leap second
    /// (23:59:60 is a part of 23:59).
    pub(super) fn covers(&self, local: NaiveDateTime) -> bool {
        self.covers_minute(minute_of_week(local))
    }

    /// Whether a window starts on this weekday.
    pub(super) fn starts_on(&self, weekday: Weekday) -> bool {
        self.windows.iter().any(|window| window.days().contains(weekday))
    }

    /// Seconds from this wall-clock time to the next flip, 1..=604800, if the clock is not set forward or back on the way.
    /// `None` when being covered never flips.
    pub(super) fn seconds_to_next_flip(&self, local: NaiveDateTime) -> Option<i64> {
        let minute = minute_of_week(local);
        let next = self.flips.partition_point(|&flip| flip <= minute);
        let flip = match self.flips.get(next) {
            Some(&flip) => i64::from(flip) * 60,
            None => i64::from(*self.flips.first()?) * 60 + SECONDS_PER_WEEK,
        };
        Some(flip - i64::from(minute) * 60 - i64::from(local.second()))
    }

    fn covers_minute(&self, minute_of_week: u16) -> bool {
        let weekday = WEEK[usize::from(minute_of_week / MINUTES_PER_DAY)];
        let minute = minute_of_week % MINUTES_PER_DAY;
        self.windows.iter().any(|window| window.covers(weekday, minute))
    }
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

/// 0..10080, since Monday 00:00. The casts here and below are of numbers under 1,440 and 7.
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
