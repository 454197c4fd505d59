//! The zones that a principal may work in, and how common each is.

use chrono_tz::Tz;

/// How much of the prior probability the offices have, when they are given. The rest stays with the world: somebody may
/// work elsewhere, and has to be found there.
const OFFICES_SHARE: f64 = 0.95;

/// How likely it is that an office which is not in [`WORLD`] works from Sunday to Thursday.
const SUNDAY_TO_THURSDAY_UNKNOWN: f64 = 0.1;

/// A zone that a principal may work in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    /// The zone.
    pub(super) zone: Tz,
    /// Its prior probability; those of all candidates sum to 1.
    pub(super) prior: f64,
    /// How likely people there work from Sunday to Thursday rather than from Monday to Friday.
    pub(super) sunday_to_thursday: f64,
}

/// One zone for each offset and daylight saving rule with more than a few software developers: the zone, how many there are
/// in all zones of that rule (a rough estimate, only the ratios count), and how likely they work from Sunday to Thursday.
///
/// Left out on purpose: Iran and Nepal, whose weeks are neither Monday to Friday nor Sunday to Thursday, and rules with very
/// few people, such as Lord Howe Island's. They can be given as offices.
const WORLD: [(Tz, f64, f64); 37] = [
    (Tz::Pacific__Honolulu, 0.3, 0.0),
    (Tz::America__Anchorage, 0.2, 0.0),
    (Tz::America__Los_Angeles, 8.0, 0.0),
    (Tz::America__Phoenix, 0.8, 0.0),
    (Tz::America__Denver, 2.0, 0.0),
    (Tz::America__Chicago, 5.0, 0.0),
    (Tz::America__Mexico_City, 2.0, 0.0),
    (Tz::America__New_York, 9.0, 0.0),
    (Tz::America__Bogota, 2.0, 0.0),
    (Tz::America__Halifax, 0.5, 0.0),
    (Tz::America__Puerto_Rico, 0.3, 0.0),
    (Tz::America__Santiago, 1.0, 0.0),
    (Tz::America__St_Johns, 0.1, 0.0),
    (Tz::America__Sao_Paulo, 6.0, 0.0),
    (Tz::Europe__London, 7.0, 0.0),
    (Tz::Africa__Accra, 0.5, 0.0),
    (Tz::Europe__Berlin, 14.0, 0.0),
    (Tz::Africa__Lagos, 1.5, 0.0),
    (Tz::Europe__Bucharest, 4.0, 0.0),
    (Tz::Africa__Johannesburg, 1.0, 0.0),
    (Tz::Africa__Cairo, 1.0, 0.7),
    (Tz::Asia__Jerusalem, 2.0, 0.9),
    (Tz::Europe__Istanbul, 4.0, 0.0),
    (Tz::Asia__Riyadh, 1.0, 0.8),
    (Tz::Asia__Dubai, 1.5, 0.1),
    (Tz::Asia__Karachi, 2.0, 0.0),
    (Tz::Asia__Kolkata, 14.0, 0.0),
    (Tz::Asia__Dhaka, 1.5, 0.8),
    (Tz::Asia__Yangon, 0.3, 0.0),
    (Tz::Asia__Jakarta, 5.0, 0.0),
    (Tz::Asia__Shanghai, 12.0, 0.0),
    (Tz::Asia__Tokyo, 7.0, 0.0),
    (Tz::Australia__Darwin, 0.1, 0.0),
    (Tz::Australia__Adelaide, 0.4, 0.0),
    (Tz::Australia__Brisbane, 1.0, 0.0),
    (Tz::Australia__Sydney, 4.0, 0.0),
    (Tz::Pacific__Auckland, 1.5, 0.0),
];

/// Keeps a zone's week from being impossible: somebody works from Sunday to Thursday everywhere.
const LEAST_SUNDAY_TO_THURSDAY: f64 = 0.01;

/// The zones of the world and the offices, each once, in a fixed order. An office counts for more than the rest of the world.
pub(super) fn candidates(offices: &[Tz]) -> Vec<Candidate> {
    let mut distinct: Vec<Tz> = Vec::new();
    for office in offices {
        if !distinct.contains(office) {
            distinct.push(*office);
        }
    }
    distinct.sort_by_key(|zone| zone.name());

    let world_weight: f64 = WORLD.iter().map(|(_, weight, _)| weight).sum();
    let world_share = if distinct.is_empty() { 1.0 } else { 1.0 - OFFICES_SHARE };
    let mut all: Vec<Candidate> = WORLD
        .iter()
        .map(|(zone, weight, sunday_to_thursday)| Candidate {
            zone: *zone,
            prior: world_share * weight / world_weight,
            sunday_to_thursday: sunday_to_thursday.max(LEAST_SUNDAY_TO_THURSDAY),
        })
        .collect();
    for office in &distinct {
        let prior = OFFICES_SHARE / distinct.len() as f64;
        match all.iter_mut().find(|candidate| candidate.zone == *office) {
            Some(listed) => listed.prior += prior,
            None => {
                all.push(Candidate { zone: *office, prior, sunday_to_thursday: SUNDAY_TO_THURSDAY_UNKNOWN });
            }
        }
    }
    all
}
