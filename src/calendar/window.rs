//! Weekly windows of business hours.

use std::fmt;

use chrono::{Weekday, WeekdaySet};

use super::time_of_day::TimeOfDay;

/// Business hours on some weekdays, from one time of day to another.
///
/// `start` is inclusive, `end` is exclusive. A window with `end <= start` runs over midnight and belongs to the day on
/// which it starts: Friday 22:00 to 06:00 covers Saturday 03:00, but not Friday 03:00.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    days: WeekdaySet,
    start: TimeOfDay,
    end: TimeOfDay,
}

/// Why there is no [`Window`] with these days, start and end: it would cover nothing, or its extent would have to be
/// guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// No weekday is given.
    #[error("a window needs at least one day: list the weekdays on which it starts, or remove the window")]
    NoDays,
    /// The start and the end are the same time, which could mean a whole day or nothing.
    #[error("a window can't start and end at {at}: for a whole day, use start \"00:00\" and end \"24:00\"")]
    StartIsEnd {
        /// The time of day of both.
        at: TimeOfDay,
    },
    /// The window starts at 24:00.
    #[error("a window can't start at 24:00, the end of a day: write start \"00:00\" and list the following weekday")]
    StartsAtEndOfDay,
}

impl Window {
    /// The window that starts at `start` on each of `days` and ends at `end`, on the same day or, if `end <= start`, on
    /// the next.
    ///
    /// # Errors
    /// [`WindowError`] if there are no days, if it starts at 24:00, or if start and end are the same. 00:00 and 24:00 are
    /// not the same: they make a whole day.
    pub fn new(days: WeekdaySet, start: TimeOfDay, end: TimeOfDay) -> Result<Self, WindowError> {
        if days.is_empty() {
            Err(WindowError::NoDays)
        } else if start == TimeOfDay::END_OF_DAY {
            Err(WindowError::StartsAtEndOfDay)
        } else if start == end {
            Err(WindowError::StartIsEnd { at: start })
        } else {
            Ok(Self { days, start, end })
        }
    }

    /// The weekdays on which the window starts; never empty.
    #[must_use]
    pub const fn days(&self) -> WeekdaySet {
        self.days
    }

    /// The start of the window, inclusive; never 24:00.
    #[must_use]
    pub const fn start(&self) -> TimeOfDay {
        self.start
    }

    /// The end of the window, exclusive; up to 24:00. It is on the next day if it is not after the start.
    #[must_use]
    pub const fn end(&self) -> TimeOfDay {
        self.end
    }

    /// Whether the window ends on the day after the one on which it starts. A window that ends at 24:00 does not.
    #[must_use]
    pub fn runs_over_midnight(&self) -> bool {
        self.end <= self.start
    }

    /// Whether the window, started on this weekday, covers this minute of the weekday (0..1440 since midnight).
    pub(super) fn covers_own_day(&self, weekday: Weekday, minute: u16) -> bool {
        let started = self.start.minutes_since_midnight() <= minute;
        let ended = !self.runs_over_midnight() && self.end.minutes_since_midnight() <= minute;
        started && !ended && self.days.contains(weekday)
    }

    /// Whether the window, started on the day before this weekday, still covers this minute of it.
    pub(super) fn covers_day_after(&self, weekday: Weekday, minute: u16) -> bool {
        self.runs_over_midnight() && minute < self.end.minutes_since_midnight() && self.days.contains(weekday.pred())
    }
}

impl fmt::Display for Window {
    /// Three or more days in a row are written as a range: `Mon-Fri 08:00-20:00`, `Mon,Wed 22:00-06:00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days: Vec<Weekday> = self.days.iter(Weekday::Mon).collect();
        let mut runs: Vec<(Weekday, Weekday)> = Vec::new();
        for day in days {
            match runs.last_mut() {
                Some((_, last)) if last.succ() == day => *last = day,
                _ => runs.push((day, day)),
            }
        }
        for (index, (first, last)) in runs.iter().enumerate() {
            let separator = if index == 0 { "" } else { "," };
            match (first.days_since(Weekday::Mon), last.days_since(Weekday::Mon)) {
                (from, to) if from == to => write!(f, "{separator}{first}")?,
                (from, to) if from + 1 == to => write!(f, "{separator}{first},{last}")?,
                _ => write!(f, "{separator}{first}-{last}")?,
            }
        }
        write!(f, " {}-{}", self.start, self.end)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn time(text: &str) -> TimeOfDay {
        text.parse().unwrap()
    }

    fn window(days: &[Weekday], start: &str, end: &str) -> Result<Window, WindowError> {
        Window::new(days.iter().copied().collect(), time(start), time(end))
    }

    #[test]
    fn a_window_without_days_is_refused() {
        assert_eq!(window(&[], "08:00", "20:00"), Err(WindowError::NoDays));
    }

    #[test]
    fn a_window_that_starts_when_it_ends_is_refused() {
        for at in ["00:00", "08:00", "23:59"] {
            let error = WindowError::StartIsEnd { at: time(at) };
            assert_eq!(window(&[Weekday::Mon], at, at), Err(error));
        }
    }

    #[test]
    fn a_window_that_starts_at_the_end_of_a_day_is_refused() {
        for end in ["00:00", "08:00", "24:00"] {
            assert_eq!(window(&[Weekday::Mon], "24:00", end), Err(WindowError::StartsAtEndOfDay));
        }
    }

    #[test]
    fn the_whole_day_is_covered_from_00_00_to_24_00_and_no_more() {
        let day = window(&[Weekday::Tue], "00:00", "24:00").unwrap();
        assert!((0..1440).all(|minute| day.covers_own_day(Weekday::Tue, minute)));
        assert!(!day.covers_own_day(Weekday::Mon, 1439));
        assert!(!day.covers_own_day(Weekday::Wed, 0));
        assert!(!day.covers_day_after(Weekday::Wed, 0));
    }

    #[test]
    fn an_end_of_00_00_is_the_end_of_the_day_on_which_the_window_starts() {
        let midnight = window(&[Weekday::Tue], "22:00", "00:00").unwrap();
        let end_of_day = window(&[Weekday::Tue], "22:00", "24:00").unwrap();
        for weekday in [Weekday::Mon, Weekday::Tue, Weekday::Wed] {
            for minute in 0..1440 {
                assert_eq!(midnight.covers_own_day(weekday, minute), end_of_day.covers_own_day(weekday, minute));
                assert!(!midnight.covers_day_after(weekday, minute) && !end_of_day.covers_day_after(weekday, minute));
            }
        }
    }

    #[test]
    fn errors_say_what_to_write_instead() {
        let messages =
            [WindowError::NoDays, WindowError::StartIsEnd { at: time("08:00") }, WindowError::StartsAtEndOfDay]
                .map(|error| error.to_string());
        assert_eq!(
            messages,
            [
                "a window needs at least one day: list the weekdays on which it starts, or remove the window",
                "a window can't start and end at 08:00: for a whole day, use start \"00:00\" and end \"24:00\"",
                "a window can't start at 24:00, the end of a day: write start \"00:00\" and list the following weekday",
            ]
        );
    }

    #[test]
    fn runs_of_days_are_drawn_together() {
        use Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
        for (days, text) in [
            (&[Mon, Tue, Wed, Thu, Fri][..], "Mon-Fri 08:00-20:00"),
            (&[Sat, Sun], "Sat,Sun 08:00-20:00"),
            (&[Mon, Wed, Fri, Sat, Sun], "Mon,Wed,Fri-Sun 08:00-20:00"),
            (&[Mon, Tue, Wed, Thu, Fri, Sat, Sun], "Mon-Sun 08:00-20:00"),
        ] {
            assert_eq!(window(days, "08:00", "20:00").unwrap().to_string(), text);
        }
    }
}
