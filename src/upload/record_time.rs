//! The time of a record.

use chrono::{DateTime, Timelike, Utc};

/// The form of `eventTime`, for error messages.
pub(super) const EXPECTED: &str = "an RFC 3339 time such as 2024-01-31T09:30:00Z";

/// Parses `eventTime`: when the request completed, in UTC, by the clock of the AWS endpoint (CloudTrail User Guide, "CloudTrail
/// record contents"). CloudTrail writes whole seconds and `Z`; a fraction or an offset, which other exporters write, is accepted.
/// A time without a zone is rejected, because guessing one would decide the verdict. A leap second counts as the last moment of
/// the second before it: nothing downstream can write `:60`.
pub(super) fn parse(text: &str) -> Option<DateTime<Utc>> {
    const NANOSECONDS_PER_SECOND: u32 = 1_000_000_000;
    // RFC 3339 allows a space in place of the T as a variant, and chrono takes it; CloudTrail never writes it.
    if text.as_bytes().get(10) != Some(&b'T') {
        return None;
    }
    let time = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
    if time.nanosecond() < NANOSECONDS_PER_SECOND {
        return Some(time);
    }
    time.with_nanosecond(NANOSECONDS_PER_SECOND - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_name_an_instant_or_are_refused() {
        for (text, expected) in [
            ("2021-08-18T23:17:30Z", Some("2021-08-18T23:17:30Z")),
            ("2021-08-18T23:17:30.250Z", Some("2021-08-18T23:17:30.250Z")),
            ("2021-08-19T01:17:30+02:00", Some("2021-08-18T23:17:30Z")),
            ("2016-12-31T23:59:60Z", Some("2016-12-31T23:59:59.999999999Z")),
            ("2024-02-29T00:00:00Z", Some("2024-02-29T00:00:00Z")),
            ("2023-02-29T00:00:00Z", None),
            ("2022-10-13 16:34:53", None),
            ("2025-01-20 15:59:33.000000000", None),
            ("2021-08-18 23:17:30Z", None),
            ("2021-08-18T23:17:30", None),
            ("2021-08-18", None),
            ("...", None),
            ("", None),
            ("ééééééé", None),
        ] {
            let written = parse(text).map(|time| time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true));
            assert_eq!(written.as_deref(), expected, "{text}");
        }
    }
}
