//! Machines: principals that push unlike a person.

use super::probability::ln_sum;
use super::working_week::HALF_HOURS_OF_DAY;

/// The pushes on a day of the weekend, relative to another day, of a machine that people around the world trigger by
/// their work.
const QUIET_WEEKEND: f64 = 0.3;

/// A timetable has at least this share of the observations...
const TIMETABLE_SHARE: f64 = 0.9;

/// ...in this many half hours of the UTC day: two starts a day, each of which daylight saving may move.
const TIMETABLE_HALF_HOURS: usize = 4;

/// Whether nearly all observations are in the same few half hours of the day, as those of a scheduled job are, and no
/// person's.
pub(super) fn keeps_a_timetable(half_hours: &[i64]) -> bool {
    let mut counts = [0_usize; HALF_HOURS_OF_DAY];
    for half_hour in half_hours {
        counts[half_hour.rem_euclid(HALF_HOURS_OF_DAY as i64) as usize] += 1;
    }
    counts.sort_unstable_by_key(|count| std::cmp::Reverse(*count));
    let most: usize = counts[..TIMETABLE_HALF_HOURS].iter().sum();
    most as f64 >= TIMETABLE_SHARE * half_hours.len() as f64
}

/// The logarithm of the probability that a machine pushes in these half hours of the UTC week, each with its count: at
/// all hours, with quieter weekends or without.
pub(super) fn ln_all_hours(histogram: &[(usize, f64)], weight: f64) -> f64 {
    let ln_likelihood = |weekend: f64| {
        let whole = HALF_HOURS_OF_DAY as f64 * (5.0 + 2.0 * weekend);
        let ln = |(half_hour, count): &(usize, f64)| {
            let density = if half_hour / HALF_HOURS_OF_DAY < 5 { 1.0 } else { weekend };
            count * (density / whole).ln()
        };
        weight * histogram.iter().map(ln).sum::<f64>() + 0.5_f64.ln()
    };
    ln_sum(&[ln_likelihood(1.0), ln_likelihood(QUIET_WEEKEND)])
}
