//! How probable each zone is for a principal.

use super::candidate::Candidate;
use super::likelihood::Likelihoods;
use super::probability::ln_sum;

/// The probability of each candidate; they sum to 1.
///
/// Each principal stands for itself. To learn from all of them where the offices are was tried, and made people surer and more
/// often wrong: two offices an hour apart drew each other's people over. Who knows the offices says so.
pub(super) fn posterior(likelihoods: &Likelihoods, candidates: &[Candidate]) -> Vec<f64> {
    let ln_joint =
        likelihoods.ln_zones.iter().zip(candidates).map(|(ln_zone, candidate)| ln_zone + candidate.prior.ln());
    let ln_joint: Vec<f64> = ln_joint.collect();
    let ln_all = ln_sum(&ln_joint);
    ln_joint.into_iter().map(|ln| (ln - ln_all).exp()).collect()
}
