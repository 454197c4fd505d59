//! Ranges of time to read.

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};

/// A range of event times, both ends inclusive as LookupEvents has them, in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeRange {
    /// The earliest event time.
    pub start: DateTime<Utc>,
    /// The latest event time.
    pub end: DateTime<Utc>,
}

/// A catch-up is read in slices of a day: short enough that a crash repeats little, and one request for the default lookback.
const SLICE: TimeDelta = TimeDelta::hours(24);

/// CloudTrail keeps 90 days; an hour less, so that the end is not cut off while it is read.
pub(super) const HISTORY: TimeDelta = TimeDelta::hours(90 * 24 - 1);

impl TimeRange {
    /// From `start` to `end`, cut to what CloudTrail keeps at `end`, and to whole seconds: event times have no fractions, and
    /// a second that is not over yet would be read without its rest.
    pub fn new(start: DateTime<Utc>, end: DateTime<Utc>) -> Self {
        let end = whole_second(end);
        Self { start: whole_second(start).max(end - HISTORY).min(end), end }
    }

    /// Slices of at most a day, the oldest first, that share their ends: an event in the last second of one is in the next
    /// as well, never in neither.
    pub fn slices(self) -> impl Iterator<Item = TimeRange> {
        let mut start = Some(self.start);
        std::iter::from_fn(move || {
            let from = start?;
            let end = (from + SLICE).min(self.end);
            start = (end < self.end).then_some(end);
            Some(TimeRange { start: from, end })
        })
    }
}

/// Whether CloudTrail no longer shows this time.
pub(super) fn has_expired(time: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    time < now - HISTORY - TimeDelta::hours(1)
}

/// A time from a spec or a status. People can edit both, and arithmetic with the ends of what chrono knows panics.
pub(super) fn bounded(time: DateTime<Utc>) -> DateTime<Utc> {
    time.clamp(DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH + TimeDelta::days(1_000_000))
}

/// A length of time from a spec, for the same reason. Nothing can be read for longer than [`HISTORY`].
pub(super) fn bounded_length(length: TimeDelta) -> TimeDelta {
    length.clamp(TimeDelta::zero(), TimeDelta::days(3650))
}

pub(crate) fn whole_second(time: DateTime<Utc>) -> DateTime<Utc> {
    time.duration_trunc(TimeDelta::seconds(1)).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    proptest! {
        #[test]
        fn slices_cover_the_window_without_a_gap_oldest_first(start in 0i64..8_000_000, length in 0i64..7_000_000) {
            let window = TimeRange::new(at(start), at(start + length));
            let slices: Vec<TimeRange> = window.slices().collect();
            prop_assert_eq!(slices[0].start, window.start);
            prop_assert_eq!(slices[slices.len() - 1].end, window.end);
            for pair in slices.windows(2) {
                prop_assert_eq!(pair[0].end, pair[1].start);
            }
            for slice in slices {
                prop_assert!(slice.end - slice.start <= SLICE);
            }
        }
    }

    #[test]
    fn a_window_reaches_back_no_further_than_cloudtrail() {
        let end = at(100 * 24 * 3600);
        assert_eq!(TimeRange::new(at(0), end).start, end - HISTORY);
    }

    #[test]
    fn the_second_that_is_not_over_is_left_for_the_next_read() {
        let window = TimeRange::new(at(0), at(10) + TimeDelta::milliseconds(900));
        assert_eq!(window.end, at(10));
    }
}
