//! The probability of each zone, given the pushes of a principal.

use super::candidate::Candidate;
use super::likelihood::Likelihoods;
use super::probability::ln_sum;

/// The probability of each candidate. They sum to 1.
///
/// Each principal is judged on its own. Learning from all of them where the offices are was tried: it made the proposals
/// more confident and more often wrong, because two offices an hour apart attracted each other's people. So the offices
/// are an input.
pub(super) fn posterior(likelihoods: &Likelihoods, candidates: &[Candidate]) -> Vec<f64> {
    let ln_joint =
        likelihoods.ln_zones.iter().zip(candidates).map(|(ln_zone, candidate)| ln_zone + candidate.prior.ln());
    let ln_joint: Vec<f64> = ln_joint.collect();
    let ln_all = ln_sum(&ln_joint);
    ln_joint.into_iter().map(|ln| (ln - ln_all).exp()).collect()
}
