//! The lengths of events.

use chrono::{Days, NaiveDateTime, TimeDelta};

use super::moment::{Moment, instant};

/// The length of each occurrence of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// Whole days, at least one: an all-day event.
    Days(u64),
    /// The same exact time for each occurrence (RFC 5545 section 3.8.5.3): a timed event with DTEND.
    Exact(TimeDelta),
    /// Calendar days, then an exact time: a timed event with DURATION.
    Nominal(NominalDuration),
    /// No time: a timed event that closes nothing.
    Nothing,
}

/// A DURATION: calendar days, which may have 23 or 25 hours, then exact seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NominalDuration {
    days: u32,
    seconds: u32,
}

impl Extent {
    /// The extent of an event without DTEND and DURATION (RFC 5545, section 3.6.1).
    pub(super) const fn unstated(start: Moment) -> Self {
        match start {
            Moment::Date(_) => Self::Days(1),
            Moment::Floating(_) | Moment::Zoned(..) => Self::Nothing,
        }
    }

    /// The extent of an event by its DTEND, or of a period by its end.
    pub(super) fn until(start: Moment, end: Moment) -> Result<Self, String> {
        let exact = match (start, end) {
            (Moment::Date(first), Moment::Date(end)) => {
                let days = u64::try_from((end - first).num_days()).map_err(|_| end_before_start())?;
                return Ok(Self::Days(days.max(1)));
            }
            (Moment::Floating(start), Moment::Floating(end)) => end - start,
            (Moment::Zoned(start, zone), Moment::Zoned(end, end_zone)) => instant(end, end_zone) - instant(start, zone),
            _ => {
                return Err(
                    "start and end have to be both dates, both times with a zone (TZID or Z), or both times without"
                        .to_owned(),
                );
            }
        };
        if exact > TimeDelta::zero() { Ok(Self::Exact(exact)) } else { Err(end_before_start()) }
    }

    /// The extent of an event or a period by its duration.
    pub(super) fn lasting(start: Moment, duration: &str) -> Result<Self, String> {
        let NominalDuration { days, seconds } = NominalDuration::read(duration)
            .ok_or_else(|| "a duration is written like P1D, P2W or PT4H30M".to_owned())?;
        match start {
            Moment::Date(_) if seconds > 0 => {
                Err("the duration of an all-day event has to be in days or weeks".to_owned())
            }
            Moment::Date(_) => Ok(Self::Days(u64::from(days).max(1))),
            _ if days == 0 && seconds == 0 => Ok(Self::Nothing),
            _ => Ok(Self::Nominal(NominalDuration { days, seconds })),
        }
    }
}

fn end_before_start() -> String {
    "the end is not after the start".to_owned()
}

impl NominalDuration {
    /// Reads `P2W`, `P1D`, `P1DT12H`, `PT4H30M`, `PT90S` (RFC 5545 section 3.3.6). `None` for anything else, and for
    /// negative durations. Parsed by hand, since crates for ISO 8601 durations convert days to seconds.
    fn read(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_uppercase();
        let text = text.strip_prefix('+').unwrap_or(&text).strip_prefix('P')?;
        let (date, time) = text.split_once('T').map_or((text, None), |(date, time)| (date, Some(time)));
        let days = units(date, &[('W', 7), ('D', 1)])?;
        let seconds = match time {
            Some("") => return None,
            Some(time) => units(time, &[('H', 3_600), ('M', 60), ('S', 1)])?,
            None => 0,
        };
        (!text.is_empty()).then_some(Self { days, seconds })
    }

    /// The end of an occurrence that starts at a wall-clock time: the wall-clock time after the calendar days, and the
    /// exact time to add to it. `None` beyond chrono's range.
    pub(super) fn end(self, start: NaiveDateTime) -> Option<(NaiveDateTime, TimeDelta)> {
        Some((start.checked_add_days(Days::new(u64::from(self.days)))?, TimeDelta::seconds(i64::from(self.seconds))))
    }
}

/// The sum of numbers with these units, each at most once and in this order: `1H30M`.
fn units(mut text: &str, units: &[(char, u32)]) -> Option<u32> {
    let mut sum = 0u32;
    for &(unit, size) in units {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        if let Some(rest) = text[digits..].strip_prefix(unit) {
            sum = sum.checked_add(text[..digits].parse::<u32>().ok()?.checked_mul(size)?)?;
            text = rest;
        }
    }
    text.is_empty().then_some(sum)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_days_of_the_calendar_and_exact_seconds() {
        for (text, days, seconds) in [
            ("P1D", 1, 0),
            ("P2W", 14, 0),
            ("+P1D", 1, 0),
            ("p1dt12h", 1, 43_200),
            ("PT4H30M", 0, 16_200),
            ("PT90S", 0, 90),
            ("P0D", 0, 0),
            ("P15DT5H0M20S", 15, 18_020),
        ] {
            assert_eq!(NominalDuration::read(text), Some(NominalDuration { days, seconds }), "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_durations() {
        for text in [
            "",
            "P",
            "PT",
            "-P1D",
            "1D",
            "P1",
            "PD",
            "P1H",
            "PT1D",
            "PT1M1H",
            "P1D1D",
            "P1.5D",
            "P1M",
            "P99999999999D",
            "P4294967295W",
            "PT1193047H",
            "P１D",
            "P1DT",
        ] {
            assert_eq!(NominalDuration::read(text), None, "{text}");
        }
    }
}
