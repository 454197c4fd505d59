//! The zones that a principal may work in, with their prior probabilities.

use chrono_tz::Tz;

/// The share of the prior probability that the offices have. The rest is for everywhere else, so that people who work in
/// none of the offices are noticed and do not get the hours of one.
const OFFICES_SHARE: f64 = 0.95;

/// Zones where many people work from Sunday to Thursday, with the probability of that.
const SUNDAY_TO_THURSDAY: [(Tz, f64); 4] =
    [(Tz::Africa__Cairo, 0.7), (Tz::Asia__Jerusalem, 0.9), (Tz::Asia__Riyadh, 0.8), (Tz::Asia__Dhaka, 0.8)];

/// The same probability everywhere else: small, but not zero.
const SUNDAY_TO_THURSDAY_ELSEWHERE: f64 = 0.05;

/// Every whole hour from UTC-11:00 to UTC+12:00, without daylight saving: enough to notice that somebody works elsewhere,
/// not to say where. (These zones have the signs of POSIX: west is positive.)
const ELSEWHERE: [Tz; 24] = [
    Tz::Etc__GMTPlus11,
    Tz::Etc__GMTPlus10,
    Tz::Etc__GMTPlus9,
    Tz::Etc__GMTPlus8,
    Tz::Etc__GMTPlus7,
    Tz::Etc__GMTPlus6,
    Tz::Etc__GMTPlus5,
    Tz::Etc__GMTPlus4,
    Tz::Etc__GMTPlus3,
    Tz::Etc__GMTPlus2,
    Tz::Etc__GMTPlus1,
    Tz::Etc__GMT,
    Tz::Etc__GMTMinus1,
    Tz::Etc__GMTMinus2,
    Tz::Etc__GMTMinus3,
    Tz::Etc__GMTMinus4,
    Tz::Etc__GMTMinus5,
    Tz::Etc__GMTMinus6,
    Tz::Etc__GMTMinus7,
    Tz::Etc__GMTMinus8,
    Tz::Etc__GMTMinus9,
    Tz::Etc__GMTMinus10,
    Tz::Etc__GMTMinus11,
    Tz::Etc__GMTMinus12,
];

/// A zone that a principal may work in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    /// The zone.
    pub(super) zone: Tz,
    /// Whether it is the zone of an office. No other zone is ever proposed.
    pub(super) is_office: bool,
    /// The prior probability. Those of all candidates sum to 1.
    pub(super) prior: f64,
    /// The probability that people there work from Sunday to Thursday rather than from Monday to Friday.
    pub(super) sunday_to_thursday: f64,
}

/// The zones of the offices, each once and in a fixed order, and everywhere else.
pub(super) fn candidates(offices: &[Tz]) -> Vec<Candidate> {
    let mut distinct = offices.to_vec();
    distinct.sort_by_key(|zone| zone.name());
    distinct.dedup();
    let office = |zone: &Tz| {
        let known = SUNDAY_TO_THURSDAY.iter().find(|(known, _)| known == zone);
        Candidate {
            zone: *zone,
            is_office: true,
            prior: OFFICES_SHARE / distinct.len() as f64,
            sunday_to_thursday: known.map_or(SUNDAY_TO_THURSDAY_ELSEWHERE, |(_, probability)| *probability),
        }
    };
    let elsewhere = ELSEWHERE.iter().map(|zone| Candidate {
        zone: *zone,
        is_office: false,
        prior: (1.0 - OFFICES_SHARE) / ELSEWHERE.len() as f64,
        sunday_to_thursday: SUNDAY_TO_THURSDAY_ELSEWHERE,
    });
    distinct.iter().map(office).chain(elsewhere).collect()
}
