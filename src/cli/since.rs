//! A time in the past, as people write it.

use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

/// The beginning of what is read: a time, or a duration before now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// This long ago.
    Ago(TimeDelta),
    /// At this time.
    At(DateTime<Utc>),
}

/// CloudTrail's event history goes back this far.
const HISTORY: TimeDelta = TimeDelta::days(90);

/// Nothing can be read from this time on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SinceError {
    /// It was too long ago.
    #[error(
        "--since {}: CloudTrail keeps 90 days of event history; write --since 90d, and read what is older from the files of a trail", short(*.0)
    )]
    TooLongAgo(DateTime<Utc>),
    /// It is yet to come.
    #[error("--since {}: this is in the future", short(*.0))]
    Future(DateTime<Utc>),
}

fn short(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

impl Since {
    /// The time that is meant.
    ///
    /// # Errors
    /// When it is not within what CloudTrail keeps.
    pub fn time(self, now: DateTime<Utc>) -> Result<DateTime<Utc>, SinceError> {
        match self {
            Self::Ago(duration) => Ok(now - duration),
            Self::At(time) if time > now => Err(SinceError::Future(time)),
            Self::At(time) if time < now - HISTORY => Err(SinceError::TooLongAgo(time)),
            Self::At(time) => Ok(time),
        }
    }
}

impl FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = "must be a duration such as 30d or 12h, of at most 90d, or a time such as 2026-11-20T00:00:00Z";
        if let Ok(time) = DateTime::parse_from_rfc3339(text) {
            return Ok(Self::At(time.to_utc()));
        }
        let days = text.strip_suffix('d').and_then(|days| days.parse::<u16>().ok());
        let duration = match days {
            Some(days) => Some(TimeDelta::days(days.into())),
            None => {
                let duration = text.parse::<kube::core::Duration>().ok().filter(|duration| !duration.is_negative());
                duration.and_then(|duration| TimeDelta::from_std(duration.into()).ok())
            }
        };
        let is_possible = |duration: &TimeDelta| (TimeDelta::seconds(1)..=HISTORY).contains(duration);
        duration.filter(is_possible).map(Self::Ago).ok_or_else(|| expected.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_times_are_read_and_nothing_else() {
        let now: DateTime<Utc> = "2026-11-23T12:00:00Z".parse().unwrap();
        for (text, expected) in [
            ("30d", Some("2026-10-24T12:00:00Z")),
            ("90d", Some("2026-08-25T12:00:00Z")),
            ("12h", Some("2026-11-23T00:00:00Z")),
            ("1h30m", Some("2026-11-23T10:30:00Z")),
            ("2026-11-20T01:00:00+01:00", Some("2026-11-20T00:00:00Z")),
            ("91d", None),
            ("0d", None),
            ("-1d", None),
            ("-5h", None),
            ("yesterday", None),
            ("", None),
        ] {
            let time = text.parse::<Since>().ok().map(|since| since.time(now).unwrap());
            assert_eq!(time, expected.map(|expected| expected.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn a_time_must_be_within_what_cloudtrail_keeps() {
        let now: DateTime<Utc> = "2026-11-23T12:00:00Z".parse().unwrap();
        let time = |text: &str| text.parse::<Since>().unwrap().time(now);
        let at = |text: &str| text.parse().unwrap();
        assert_eq!(time("2026-08-25T12:00:00Z"), Ok(at("2026-08-25T12:00:00Z")));
        assert_eq!(time("2026-08-25T11:59:59Z"), Err(SinceError::TooLongAgo(at("2026-08-25T11:59:59Z"))));
        assert_eq!(time("2026-11-23T12:00:00Z"), Ok(now));
        assert_eq!(time("2026-11-23T12:00:01Z"), Err(SinceError::Future(at("2026-11-23T12:00:01Z"))));
    }
}
