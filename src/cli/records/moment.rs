//! Times as they are written on the command line.

use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

/// A time as a user writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// This long ago.
    Ago(TimeDelta),
    /// At this time.
    At(DateTime<Utc>),
}

/// A longer duration is a mistake, and might be out of the range of dates.
const LONGEST: TimeDelta = TimeDelta::days(36_500);

impl Moment {
    /// The time that is meant, if it is now this time.
    pub fn time(self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Ago(duration) => now - duration,
            Self::At(time) => time,
        }
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

/// A duration as Kubernetes writes it, with days in front, which Kubernetes does not know: `1d12h`.
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
}
