//! How well each zone explains the pushes of a principal.

use chrono::{DateTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;

use super::candidate::Candidate;
use super::machine::ln_all_hours;
use super::working_week::{HALF_HOURS, WorkingWeek};

/// Seconds of half an hour, of a day, of a week.
const HALF_HOUR: i64 = 1800;
pub(super) const DAY: i64 = 86_400;
const WEEK: i64 = 7 * DAY;

/// 1970-01-01 was a Thursday: this many days after a Monday.
const EPOCH_WEEKDAY: i64 = 3;

/// How much a half hour with a push counts, when there are few. Less than 1, because pushes come in runs: who pushed at 14:00
/// is likely to push at 14:30.
const WEIGHT: f64 = 0.5;

/// With so many half hours each counts half of that. A thousand pushes tell when somebody begins to the minute, but nothing
/// more about whether that is 8:00 or 9:00 there, and no person has exactly one of the weeks of the model. Without this limit
/// the confidence goes to 1 with more pushes, and is wrong (see the accuracy tests).
const SATURATION: f64 = 60.0;

/// How well the candidates, and a machine, explain the pushes of a principal.
#[derive(Clone, Debug)]
pub(super) struct Evidence {
    /// For each candidate: the probability of the pushes, as a logarithm, over all kinds of week.
    pub(super) ln_zones: Vec<f64>,
    /// For each candidate: the kind of week that explains them best, by its index.
    pub(super) weeks: Vec<usize>,
    /// The same probability for a machine that pushes at all hours.
    pub(super) ln_all_hours: f64,
}

impl Evidence {
    /// The evidence of these half hours in which the principal pushed, see [`half_hours`].
    pub(super) fn new(half_hours: &[i64], candidates: &[Candidate], weeks: &[WorkingWeek]) -> Self {
        let weight = WEIGHT / (1.0 + half_hours.len() as f64 / SATURATION);
        let mut ln_zones = Vec::with_capacity(candidates.len());
        let mut best = Vec::with_capacity(candidates.len());
        for candidate in candidates {
            let histogram = histogram(half_hours, |at| offset(candidate.zone, at));
            let ln_days = [(1.0 - candidate.sunday_to_thursday).ln(), candidate.sunday_to_thursday.ln()];
            let ln_weeks: Vec<f64> = weeks
                .iter()
                .map(|week| {
                    weight * week.ln_likelihood(&histogram)
                        + week.ln_prior
                        + ln_days[usize::from(week.sunday_to_thursday)]
                })
                .collect();
            ln_zones.push(ln_sum(&ln_weeks));
            best.push(highest(&ln_weeks));
        }
        Self { ln_zones, weeks: best, ln_all_hours: ln_all_hours(&histogram(half_hours, |_| 0), weight) }
    }
}

/// The half hours in which there was at least one push, since the epoch, in order. Several pushes within half an hour are
/// one observation: an index and its images, or a build that was done again.
pub(super) fn half_hours(times: &[DateTime<Utc>]) -> Vec<i64> {
    let mut half_hours: Vec<i64> = times.iter().map(|time| time.timestamp().div_euclid(HALF_HOUR)).collect();
    half_hours.sort_unstable();
    half_hours.dedup();
    half_hours
}

/// The offset of a zone from UTC at an instant, in seconds, east positive.
pub(super) fn offset(zone: Tz, at: DateTime<Utc>) -> i64 {
    i64::from(zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc())
}

/// The day of a local time in seconds since the epoch, and its weekday, 0 for Monday.
pub(super) fn local_day(local: i64) -> (i64, usize) {
    let day = local.div_euclid(DAY);
    (day, (day + EPOCH_WEEKDAY).rem_euclid(7) as usize)
}

/// How many observations fall into each half hour of the local week; those without any are left out.
fn histogram(half_hours: &[i64], offset: impl Fn(DateTime<Utc>) -> i64) -> Vec<(usize, f64)> {
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

/// The logarithm of the sum of numbers that are given as logarithms, without overflow.
pub(super) fn ln_sum(ln: &[f64]) -> f64 {
    let highest = ln.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if highest.is_finite() { highest + ln.iter().map(|x| (x - highest).exp()).sum::<f64>().ln() } else { highest }
}

/// The index of the highest number, the first of equal ones.
pub(super) fn highest(numbers: &[f64]) -> usize {
    let mut best = 0;
    for (index, number) in numbers.iter().enumerate() {
        if *number > numbers[best] {
            best = index;
        }
    }
    best
}
