//! Observations: the half hours in which a principal pushed.

use chrono::{DateTime, Utc};

use super::local_time::{DAY, EPOCH_WEEKDAY, WEEK};
use super::working_week::HALF_HOURS;

/// Seconds of half an hour.
const HALF_HOUR: i64 = 1800;

/// The half hours with at least one push, as numbers since the epoch, in order. Several pushes within half an hour are one
/// observation, such as an index and its images, or a build that was repeated.
pub(super) fn half_hours(times: &[DateTime<Utc>]) -> Vec<i64> {
    let mut half_hours: Vec<i64> = times.iter().map(|time| time.timestamp().div_euclid(HALF_HOUR)).collect();
    half_hours.sort_unstable();
    half_hours.dedup();
    half_hours
}

/// The half hours of the local week that have observations, each with their number.
pub(super) fn histogram(half_hours: &[i64], offset: impl Fn(DateTime<Utc>) -> i64) -> Vec<(usize, f64)> {
    let mut counts = [0.0; HALF_HOURS];
    for half_hour in half_hours {
        let middle = half_hour * HALF_HOUR + HALF_HOUR / 2;
        if let Some(at) = DateTime::from_timestamp(middle, 0) {
            let local = middle + offset(at) + EPOCH_WEEKDAY * DAY;
            counts[(local.rem_euclid(WEEK) / HALF_HOUR) as usize] += 1.0;
        }
    }
    counts.into_iter().enumerate().filter(|(_, count)| *count > 0.0).collect()
}
