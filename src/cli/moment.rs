//! Times of the command line, and the range between two of them.

use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveTime, SecondsFormat, TimeDelta, Utc};

/// A time as people write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// This long ago.
    Ago(TimeDelta),
    /// At this time.
    At(DateTime<Utc>),
}

/// The times that are meant: from `since`, inclusive, to `until`, exclusive. Unbounded where there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Range {
    /// The earliest time.
    pub since: Option<DateTime<Utc>>,
    /// The first time after it.
    pub until: Option<DateTime<Utc>>,
}

/// CloudTrail's event history goes back this far.
const HISTORY: TimeDelta = TimeDelta::days(90);

/// More is a mistake, and would leave the calendar.
const LONGEST: TimeDelta = TimeDelta::days(36_500);

/// Nothing can be read in this range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// It ends where it begins, or before.
    #[error("--since {} is not before --until {}, so the time range is empty", short(*.since), short(*.until))]
    Empty {
        /// The earliest time.
        since: DateTime<Utc>,
        /// The first time after it.
        until: DateTime<Utc>,
    },
    /// CloudTrail does not show it any more.
    #[error(
        "--since {}: CloudTrail keeps 90 days of event history; use --since 90d, and read older records from the files of a trail", short(*.0)
    )]
    TooLongAgo(DateTime<Utc>),
    /// It is yet to come.
    #[error("--since {}: this time is in the future", short(*.0))]
    Future(DateTime<Utc>),
}

fn short(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

impl Moment {
    fn time(self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Ago(duration) => now - duration,
            Self::At(time) => time,
        }
    }
}

impl Range {
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

    /// Whether CloudTrail's event history shows what is in the range.
    ///
    /// # Errors
    /// When it begins before that, or in the future.
    pub fn within_history(self, now: DateTime<Utc>) -> Result<Self, RangeError> {
        match self.since {
            Some(since) if since > now => Err(RangeError::Future(since)),
            Some(since) if since < now - HISTORY => Err(RangeError::TooLongAgo(since)),
            _ => Ok(self),
        }
    }

    /// Whether a time is in the range.
    pub fn contains(self, time: DateTime<Utc>) -> bool {
        self.since.is_none_or(|since| since <= time) && self.until.is_none_or(|until| time < until)
    }
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(time) = DateTime::parse_from_rfc3339(text) {
            return Ok(Self::At(time.to_utc()));
        }
        if let Ok(date) = text.parse::<NaiveDate>() {
            return Ok(Self::At(date.and_time(NaiveTime::MIN).and_utc()));
        }
        let is_possible = |duration: &TimeDelta| (TimeDelta::seconds(1)..=LONGEST).contains(duration);
        duration(text).filter(is_possible).map(Self::Ago).ok_or_else(|| {
            "must be a duration before now such as 30d or 12h, a date such as 2026-11-20, or a time such as \
             2026-11-20T08:00:00Z"
                .to_owned()
        })
    }
}

/// Days are in front of what Kubernetes knows: `1d12h`.
fn duration(text: &str) -> Option<TimeDelta> {
    let (days, rest) = match text.split_once('d') {
        Some((days, rest)) => (days.parse::<u16>().ok()?, rest),
        None => (0, text),
    };
    let rest = match rest {
        "" if text.is_empty() => return None,
        "" => TimeDelta::zero(),
        rest => {
            let duration = rest.parse::<kube::core::Duration>().ok().filter(|duration| !duration.is_negative())?;
            TimeDelta::from_std(duration.into()).ok()?
        }
    };
    TimeDelta::days(days.into()).checked_add(&rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    const NOW: &str = "2026-11-23T12:00:00Z";

    #[test]
    fn durations_dates_and_times_are_read_and_nothing_else() {
        for (text, expected) in [
            ("30d", Some("2026-10-24T12:00:00Z")),
            ("400d", Some("2025-10-19T12:00:00Z")),
            ("12h", Some("2026-11-23T00:00:00Z")),
            ("1h30m", Some("2026-11-23T10:30:00Z")),
            ("1d12h", Some("2026-11-22T00:00:00Z")),
            ("2026-11-20", Some("2026-11-20T00:00:00Z")),
            ("2026-11-20T01:00:00+01:00", Some("2026-11-20T00:00:00Z")),
            ("36501d", None),
            ("0d", None),
            ("-1d", None),
            ("-5h", None),
            ("1d-5h", None),
            ("d", None),
            ("2026-11-31", None),
            ("2026-11-20 08:00", None),
            ("yesterday", None),
            ("", None),
        ] {
            let time = text.parse::<Moment>().ok().map(|moment| moment.time(at(NOW)));
            assert_eq!(time, expected.map(at), "{text}");
        }
    }

    #[test]
    fn a_range_includes_its_start_and_not_its_end() {
        let range = Range { since: Some(at("2026-11-20T00:00:00Z")), until: Some(at("2026-11-21T00:00:00Z")) };
        for (time, is_in) in [
            ("2026-11-19T23:59:59Z", false),
            ("2026-11-20T00:00:00Z", true),
            ("2026-11-20T23:59:59Z", true),
            ("2026-11-21T00:00:00Z", false),
        ] {
            assert_eq!(range.contains(at(time)), is_in, "{time}");
            assert!(Range::default().contains(at(time)));
        }
    }

    #[test]
    fn an_empty_range_is_refused() {
        let range = |since: &str, until: &str| {
            Range::new(Some(since.parse().unwrap()), Some(until.parse().unwrap()), at(NOW)).map(drop)
        };
        assert_eq!(range("2d", "1d"), Ok(()));
        let since = at("2026-11-20T00:00:00Z");
        assert_eq!(range("2026-11-20", "2026-11-20"), Err(RangeError::Empty { since, until: since }));
        assert!(range("1d", "2d").is_err());
    }

    #[test]
    fn a_history_begins_within_what_cloudtrail_keeps() {
        let since = |text: &str| {
            let range = Range { since: Some(at(text)), until: None };
            range.within_history(at(NOW)).map(drop)
        };
        assert_eq!(since("2026-08-25T12:00:00Z"), Ok(()));
        assert_eq!(since("2026-08-25T11:59:59Z"), Err(RangeError::TooLongAgo(at("2026-08-25T11:59:59Z"))));
        assert_eq!(since(NOW), Ok(()));
        assert_eq!(since("2026-11-23T12:00:01Z"), Err(RangeError::Future(at("2026-11-23T12:00:01Z"))));
    }
}
