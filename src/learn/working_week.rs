//! The working weeks of people: the distribution of their pushes over the half hours of a local week.

/// The half hours of a week, from Monday 00:00.
pub(super) const HALF_HOURS: usize = 7 * HALF_HOURS_OF_DAY;

/// The half hours of a day.
pub(super) const HALF_HOURS_OF_DAY: usize = 48;

/// The time at which the block of work begins, in hours since midnight, with the number of people of 100. Wide on purpose: a
/// narrow distribution would pretend to know the offset.
const STARTS: [(f64, f64); 12] = [
    (6.0, 1.0),
    (6.5, 2.0),
    (7.0, 5.0),
    (7.5, 9.0),
    (8.0, 15.0),
    (8.5, 18.0),
    (9.0, 20.0),
    (9.5, 13.0),
    (10.0, 9.0),
    (10.5, 4.0),
    (11.0, 3.0),
    (12.0, 1.0),
];

/// The length of the block of work, in hours, with the number of people of 100.
const LENGTHS: [(f64, f64); 5] = [(7.0, 10.0), (8.0, 25.0), (9.0, 35.0), (10.0, 20.0), (11.0, 10.0)];

/// The share of the pushes outside the block, with the number of people of 100.
const STRAYS: [(f64, f64); 3] = [(0.03, 40.0), (0.1, 40.0), (0.25, 20.0)];

/// How gradually the work begins, in hours: nobody is punctual to the minute.
const SETS_IN: f64 = 0.3;
/// How gradually the work ends, in hours.
const DIES_DOWN: f64 = 0.5;

/// The work between 12:00 and 13:00, relative to the rest of the block. The dip is small, but at the same time for early
/// and late risers.
const AT_LUNCH: f64 = 0.7;

/// A kind of week, by the start, the length and the days of work, and the share of pushes outside of it.
#[derive(Clone, Debug)]
pub(super) struct WorkingWeek {
    /// The start of the block of work, in hours since local midnight, 6 to 12.
    pub(super) start: f64,
    /// The length of the block of work, in hours, 7 to 11.
    pub(super) length: f64,
    /// Whether the working days are Sunday to Thursday, rather than Monday to Friday.
    pub(super) sunday_to_thursday: bool,
    /// The logarithm of the probability of this start, length and share. That of the days depends on the zone.
    pub(super) ln_prior: f64,
    /// The logarithm of the probability of each half hour of the week.
    ln_density: Vec<f64>,
}

impl WorkingWeek {
    /// All kinds of week.
    pub(super) fn all() -> Vec<Self> {
        let mut weeks = Vec::new();
        for sunday_to_thursday in [false, true] {
            for (start, starts) in STARTS {
                for (length, lengths) in LENGTHS {
                    for (strays, straying) in STRAYS {
                        let ln_prior = (starts * lengths * straying / 1e6).ln();
                        let ln_density = ln_density(start, length, sunday_to_thursday, strays);
                        weeks.push(Self { start, length, sunday_to_thursday, ln_prior, ln_density });
                    }
                }
            }
        }
        weeks
    }

    /// The logarithm of the probability that pushes fall into these half hours of the week, each with its count.
    pub(super) fn ln_likelihood(&self, histogram: &[(usize, f64)]) -> f64 {
        histogram.iter().map(|(half_hour, count)| self.ln_density[*half_hour] * count).sum()
    }
}

/// Whether a weekday, 0 for Monday, is a working day.
pub(super) const fn is_worked(day: usize, sunday_to_thursday: bool) -> bool {
    if sunday_to_thursday { day < 4 || day == 6 } else { day < 5 }
}

fn ln_density(start: f64, length: f64, sunday_to_thursday: bool, strays: f64) -> Vec<f64> {
    let work = shares(|hour| {
        let lunch = if (12.0..13.0).contains(&hour) { AT_LUNCH } else { 1.0 };
        lunch * step((hour - start) / SETS_IN) * step((start + length - hour) / DIES_DOWN)
    });
    let awake = shares(|hour| match hour {
        h if h < 6.0 => 0.1,
        h if !(8.0..23.0).contains(&h) => 0.5,
        _ => 1.0,
    });
    let mut week = Vec::with_capacity(HALF_HOURS);
    for day in 0..7 {
        let worked = if is_worked(day, sunday_to_thursday) { (1.0 - strays) / 5.0 } else { 0.0 };
        for half_hour in 0..HALF_HOURS_OF_DAY {
            week.push((worked * work[half_hour] + strays / 7.0 * awake[half_hour]).ln());
        }
    }
    week
}

/// The share of each half hour of a day, from a weight at the hour of its middle.
fn shares(weight: impl Fn(f64) -> f64) -> Vec<f64> {
    let weights: Vec<f64> = (0..HALF_HOURS_OF_DAY).map(|half_hour| weight(half_hour as f64 / 2.0 + 0.25)).collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

/// Rises from 0 to 1, with 0.5 at 0.
fn step(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_half_hours_of_a_week_have_all_of_the_probability() {
        for week in WorkingWeek::all() {
            let sum: f64 = week.ln_density.iter().map(|ln| ln.exp()).sum();
            assert!((sum - 1.0).abs() < 1e-9, "{sum} for {} + {}", week.start, week.length);
        }
    }

    #[test]
    fn the_kinds_of_week_have_all_of_the_probability_for_either_set_of_days() {
        for sunday_to_thursday in [false, true] {
            let weeks = WorkingWeek::all().into_iter().filter(|week| week.sunday_to_thursday == sunday_to_thursday);
            let sum: f64 = weeks.map(|week| week.ln_prior.exp()).sum();
            assert!((sum - 1.0).abs() < 1e-9, "{sum}");
        }
    }

    #[test]
    fn either_working_week_has_five_days() {
        for sunday_to_thursday in [false, true] {
            assert_eq!((0..7).filter(|day| is_worked(*day, sunday_to_thursday)).count(), 5);
        }
    }
}
