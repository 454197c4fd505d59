//! Local times and days.

use chrono::{DateTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;

/// The seconds of a day.
pub(super) const DAY: i64 = 86_400;
/// The seconds of a week.
pub(super) const WEEK: i64 = 7 * DAY;

/// The weekday of 1970-01-01, 0 for Monday: a Thursday.
pub(super) const EPOCH_WEEKDAY: i64 = 3;

/// The offset of a zone from UTC at an instant, in seconds. East is positive.
pub(super) fn offset(zone: Tz, at: DateTime<Utc>) -> i64 {
    i64::from(zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc())
}

/// The day of a local time that is given in seconds since the epoch, in days since the epoch, and its weekday, 0 for Monday.
pub(super) fn local_day(local: i64) -> (i64, usize) {
    let day = local.div_euclid(DAY);
    (day, (day + EPOCH_WEEKDAY).rem_euclid(7) as usize)
}
