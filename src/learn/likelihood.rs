//! How well each zone, and a machine, explain the pushes of a principal.

use super::candidate::Candidate;
use super::half_hours::histogram;
use super::local_time::offset;
use super::machine::ln_all_hours;
use super::probability::{highest, ln_sum};
use super::working_week::WorkingWeek;

/// The weight of an observation if there are few. Less than 1, because pushes come in runs: somebody who pushed at 14:00 is
/// likely to push at 14:30.
const WEIGHT: f64 = 0.5;

/// With this many observations, each has half of that weight. A thousand pushes show to the minute when somebody begins,
/// but not whether that is 8:00 or 9:00 there, and no person has exactly one of the weeks of the model. Without this
/// limit, the confidence would go to 1 with more pushes, and be wrong (see the accuracy tests).
const SATURATION: f64 = 60.0;

/// The prior probability that a principal is a machine that pushes at all hours.
const MACHINE_PRIOR: f64 = 0.1;

/// How well the candidates, and a machine, explain the pushes of a principal.
#[derive(Clone, Debug)]
pub(super) struct Likelihoods {
    /// For each candidate, the logarithm of the probability of the pushes, over all kinds of week.
    pub(super) ln_zones: Vec<f64>,
    /// For each candidate, the index of the kind of week that explains the pushes best.
    pub(super) weeks: Vec<usize>,
    /// The logarithm of the probability of the pushes for a machine that pushes at all hours.
    pub(super) ln_all_hours: f64,
}

impl Likelihoods {
    /// The likelihoods of these observations, see [`super::half_hours::half_hours`].
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

    /// Whether a machine that pushes at all hours explains the observations better than a working week in any zone.
    pub(super) fn favour_a_machine(&self, candidates: &[Candidate]) -> bool {
        let ln_people: Vec<f64> =
            self.ln_zones.iter().zip(candidates).map(|(ln, candidate)| ln + candidate.prior.ln()).collect();
        self.ln_all_hours + MACHINE_PRIOR.ln() > ln_sum(&ln_people) + (1.0 - MACHINE_PRIOR).ln()
    }
}
