//! The range of time that `--since` and `--until` request.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::moment::Moment;
use crate::coverage::TimeRange;

/// The times from `since`, inclusive, to `until`, exclusive. A side without a time is unbounded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RequestedRange {
    since: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
}

/// How far back the event history of CloudTrail goes.
const HISTORY: TimeDelta = TimeDelta::days(90);

/// There is nothing to read in a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// It ends when it begins, or earlier.
    #[error("--since {} is not before --until {}, so the time range is empty", short(*.since), short(*.until))]
    Empty {
        /// The earliest time.
        since: DateTime<Utc>,
        /// The first time after it.
        until: DateTime<Utc>,
    },
    /// It begins before the event history of CloudTrail.
    #[error(
        "--since {}: CloudTrail keeps 90 days of event history; use --since 90d, and read older records from the files of a trail", short(*.0)
    )]
    TooLongAgo(DateTime<Utc>),
    /// It begins in the future.
    #[error("--since {}: this time is in the future", short(*.0))]
    Future(DateTime<Utc>),
}

fn short(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

impl RequestedRange {
    /// The range between two times, each of which may be left open.
    ///
    /// # Errors
    /// When it is empty.
    pub fn new(since: Option<Moment>, until: Option<Moment>, now: DateTime<Utc>) -> Result<Self, RangeError> {
        let range = Self { since: since.map(|since| since.time(now)), until: until.map(|until| until.time(now)) };
        match (range.since, range.until) {
            (Some(since), Some(until)) if since >= until => Err(RangeError::Empty { since, until }),
            _ => Ok(range),
        }
    }

    /// The part of the range that the event history of CloudTrail has.
    ///
    /// # Errors
    /// When it begins before the history, or in the future.
    pub fn within_history(self, now: DateTime<Utc>) -> Result<TimeRange, RangeError> {
        let since = self.since.unwrap_or(now);
        if since > now {
            return Err(RangeError::Future(since));
        }
        if since < now - HISTORY {
            return Err(RangeError::TooLongAgo(since));
        }
        let mut range = TimeRange::new(since, now);
        range.end = self.until.map_or(range.end, |until| until.min(range.end)).max(range.start);
        Ok(range)
    }

    /// Whether a time is in the range.
    pub fn contains(self, time: DateTime<Utc>) -> bool {
        self.since.is_none_or(|since| since <= time) && self.until.is_none_or(|until| time < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    const NOW: &str = "2026-11-23T12:00:00Z";

    #[test]
    fn a_range_includes_its_start_and_not_its_end() {
        let range = RequestedRange { since: Some(at("2026-11-20T00:00:00Z")), until: Some(at("2026-11-21T00:00:00Z")) };
        for (time, is_in) in [
            ("2026-11-19T23:59:59Z", false),
            ("2026-11-20T00:00:00Z", true),
            ("2026-11-20T23:59:59Z", true),
            ("2026-11-21T00:00:00Z", false),
        ] {
            assert_eq!(range.contains(at(time)), is_in, "{time}");
            assert!(RequestedRange::default().contains(at(time)));
        }
    }

    #[test]
    fn an_empty_range_is_refused() {
        let range = |since: &str, until: &str| {
            RequestedRange::new(Some(since.parse().unwrap()), Some(until.parse().unwrap()), at(NOW)).map(drop)
        };
        assert_eq!(range("2d", "1d"), Ok(()));
        let since = at("2026-11-20T00:00:00Z");
        assert_eq!(range("2026-11-20", "2026-11-20"), Err(RangeError::Empty { since, until: since }));
        assert!(range("1d", "2d").is_err());
    }

    #[test]
    fn a_history_begins_within_what_cloudtrail_keeps() {
        let since = |text: &str| {
            let range = RequestedRange { since: Some(at(text)), until: None };
            range.within_history(at(NOW)).map(drop)
        };
        assert_eq!(since("2026-08-25T12:00:00Z"), Ok(()));
        assert_eq!(since("2026-08-25T11:59:59Z"), Err(RangeError::TooLongAgo(at("2026-08-25T11:59:59Z"))));
        assert_eq!(since(NOW), Ok(()));
        assert_eq!(since("2026-11-23T12:00:01Z"), Err(RangeError::Future(at("2026-11-23T12:00:01Z"))));
    }
}
