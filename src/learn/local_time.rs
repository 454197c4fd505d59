//! Local times and days in a zone.

use chrono::{DateTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;

/// Seconds of a day, of a week.
pub(super) const DAY: i64 = 86_400;
pub(super) const WEEK: i64 = 7 * DAY;

/// 1970-01-01 was a Thursday: this many days after a Monday.
pub(super) const EPOCH_WEEKDAY: i64 = 3;

/// The offset of a zone from UTC at an instant, in seconds, east positive.
pub(super) fn offset(zone: Tz, at: DateTime<Utc>) -> i64 {
    i64::from(zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc())
}

/// The day of a local time in seconds since the epoch, and its weekday, 0 for Monday.
pub(super) fn local_day(local: i64) -> (i64, usize) {
    let day = local.div_euclid(DAY);
    (day, (day + EPOCH_WEEKDAY).rem_euclid(7) as usize)
}
