//! Time ranges to read.

use chrono::{DateTime, TimeDelta, Utc};

/// A range of event times in whole seconds. Both ends are inclusive, as in LookupEvents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeRange {
    /// The earliest event time.
    pub start: DateTime<Utc>,
    /// The latest event time.
    pub end: DateTime<Utc>,
}

/// The length of a slice: short enough that a crash repeats little, and long enough for the default lookback.
const SLICE: TimeDelta = TimeDelta::hours(24);

/// How far back to read. CloudTrail keeps 90 days; this is an hour less, so that the beginning does not expire while it
/// is read.
pub(super) const HISTORY: TimeDelta = TimeDelta::hours(90 * 24 - 1);

impl TimeRange {
    /// From `start` to `end`, limited to what CloudTrail keeps at `end`, and cut to whole seconds, which is all that
    /// event times have.
    pub fn new(start: DateTime<Utc>, end: DateTime<Utc>) -> Self {
        let end = whole_second(end);
        Self { start: whole_second(start).max(end - HISTORY).min(end), end }
    }

    /// Slices of at most a day, the oldest first. Each begins with the last second of the one before, so that no record is
    /// missed between them.
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

/// Whether CloudTrail no longer keeps this time.
pub(super) fn has_expired(time: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    time < now - HISTORY - TimeDelta::hours(1)
}

/// A time from a spec or a status, within a range in which arithmetic cannot panic: people can write any time into both.
pub(super) fn bounded(time: DateTime<Utc>) -> DateTime<Utc> {
    time.clamp(DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH + TimeDelta::days(1_000_000))
}

/// A length of time from a spec, limited for the same reason. It makes no difference, since nothing older than
/// [`HISTORY`] can be read.
pub(super) fn bounded_length(length: TimeDelta) -> TimeDelta {
    length.clamp(TimeDelta::zero(), TimeDelta::days(3650))
}

/// The second that a time lies in, without its fraction: CloudTrail's event times, and the times in a status
/// (`metav1.Time`), have whole seconds.
pub fn whole_second(time: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp(time.timestamp(), 0).unwrap_or(time)
}

/// The second before a time. A policy that begins at this time has judged everything up to that second.
pub(super) fn before(time: DateTime<Utc>) -> DateTime<Utc> {
    time - TimeDelta::seconds(1)
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
        fn slices_cover_the_range_without_a_gap_oldest_first(start in 0i64..8_000_000, length in 0i64..7_000_000) {
            let range = TimeRange::new(at(start), at(start + length));
            let slices: Vec<TimeRange> = range.slices().collect();
            prop_assert_eq!(slices[0].start, range.start);
            prop_assert_eq!(slices[slices.len() - 1].end, range.end);
            for pair in slices.windows(2) {
                prop_assert_eq!(pair[0].end, pair[1].start);
            }
            for slice in slices {
                prop_assert!(slice.end - slice.start <= SLICE);
            }
        }
    }

    #[test]
    fn a_range_reaches_back_no_further_than_cloudtrail() {
        let end = at(100 * 24 * 3600);
        assert_eq!(TimeRange::new(at(0), end).start, end - HISTORY);
    }

    #[test]
    fn a_whole_second_is_the_one_that_a_time_lies_in_on_either_side_of_the_epoch_and_in_any_year() {
        for second in [-1, 0, 1_790_000_000, 200 * 365 * 86_400, 3_000 * 365 * 86_400] {
            assert_eq!(whole_second(at(second)), at(second));
            assert_eq!(whole_second(at(second) + TimeDelta::milliseconds(999)), at(second));
        }
    }

    #[test]
    fn the_second_that_is_not_over_is_left_for_the_next_read() {
        let range = TimeRange::new(at(0), at(10) + TimeDelta::milliseconds(900));
        assert_eq!(range.end, at(10));
    }
}
