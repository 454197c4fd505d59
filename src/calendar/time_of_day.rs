//! Times of day on a wall clock.

use std::fmt;
use std::str::FromStr;

const MINUTES_PER_HOUR: u16 = 60;
const HOURS_PER_DAY: u16 = 24;

/// A time of day on a wall clock, to the minute: 00:00 to 24:00, where 24:00 is the end of the day (and only makes sense
/// as an end). The time zone is that of the schedule in which it is used.
///
/// Written and read as `HH:MM`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay {
    /// 0..=1440.
    minutes: u16,
}

impl TimeOfDay {
    /// 00:00, the first minute of a day.
    pub const MIDNIGHT: Self = Self { minutes: 0 };

    /// 24:00, the end of a day: the same moment as 00:00 on the next day.
    pub const END_OF_DAY: Self = Self { minutes: HOURS_PER_DAY * MINUTES_PER_HOUR };

    /// The time of day `hour:minute`; `None` unless it is between 00:00 and 23:59, or 24:00.
    #[must_use]
    pub const fn from_hour_minute(hour: u16, minute: u16) -> Option<Self> {
        if minute >= MINUTES_PER_HOUR {
            return None;
        }
        if hour < HOURS_PER_DAY || (hour == HOURS_PER_DAY && minute == 0) {
            Some(Self { minutes: hour * MINUTES_PER_HOUR + minute })
        } else {
            None
        }
    }

    /// The minutes since midnight, 0..=1440, on a clock that is not set forward or back in between.
    #[must_use]
    pub const fn minutes_since_midnight(self) -> u16 {
        self.minutes
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hour, minute) = (self.minutes / MINUTES_PER_HOUR, self.minutes % MINUTES_PER_HOUR);
        write!(f, "{hour:02}:{minute:02}")
    }
}

/// A text is not a [`TimeOfDay`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not a time of day: write two digits each for hour and minute, \"00:00\" to \"23:59\", or \"24:00\" for the end of the day"
)]
pub struct TimeOfDayError {
    /// What was written.
    pub text: String,
}

impl FromStr for TimeOfDay {
    type Err = TimeOfDayError;

    /// Reads `HH:MM`, with two digits each and nothing around them. "8:00" is rejected and not guessed, because YAML
    /// readers turn an unquoted 8:00 into the number 480.
    ///
    /// # Errors
    /// [`TimeOfDayError`] for any other text.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        from_hh_mm(text.as_bytes()).ok_or_else(|| TimeOfDayError { text: text.to_owned() })
    }
}

fn from_hh_mm(text: &[u8]) -> Option<TimeOfDay> {
    let &[h1, h2, b':', m1, m2] = text else {
        return None;
    };
    TimeOfDay::from_hour_minute(two_digits(h1, h2)?, two_digits(m1, m2)?)
}

fn two_digits(tens: u8, units: u8) -> Option<u16> {
    (tens.is_ascii_digit() && units.is_ascii_digit()).then(|| u16::from(tens - b'0') * 10 + u16::from(units - b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_minute_of_the_day_and_24_00_are_read_and_written_alike() {
        for minutes in 0..=1440u16 {
            let text = format!("{:02}:{:02}", minutes / 60, minutes % 60);
            let time = text.parse::<TimeOfDay>();
            assert_eq!(time.as_ref().map(|t| t.minutes_since_midnight()), Ok(minutes));
            assert_eq!(time.map(|t| t.to_string()), Ok(text));
        }
    }

    #[test]
    fn anything_but_hh_mm_is_refused() {
        for text in [
            "",
            ":",
            "8:00",
            "08:0",
            "08:000",
            "0800",
            "08.00",
            "08:00 ",
            " 08:00",
            "+8:00",
            "08:60",
            "24:01",
            "25:00",
            "99:99",
            "08:00:00",
            "8am",
            "-1:00",
            "0٨:00",
            "０８:00",
        ] {
            let error = TimeOfDayError { text: text.to_owned() };
            assert_eq!(text.parse::<TimeOfDay>(), Err(error));
        }
    }

    #[test]
    fn hours_and_minutes_out_of_range_make_no_time_of_day() {
        for (hour, minute) in [(24, 1), (25, 0), (0, 60), (u16::MAX, 0), (0, u16::MAX)] {
            assert_eq!(TimeOfDay::from_hour_minute(hour, minute), None);
        }
        assert_eq!(TimeOfDay::from_hour_minute(24, 0), Some(TimeOfDay::END_OF_DAY));
        assert_eq!(TimeOfDay::from_hour_minute(0, 0), Some(TimeOfDay::MIDNIGHT));
    }

    #[test]
    fn the_error_shows_the_text_and_what_to_write() {
        let error = "8:00".parse::<TimeOfDay>().map_err(|e| e.to_string());
        assert_eq!(
            error,
            Err("\"8:00\" is not a time of day: write two digits each for hour and minute, \"00:00\" to \"23:59\", or \"24:00\" for the end of the day".to_owned())
        );
    }
}
