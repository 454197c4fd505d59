//! Proposals for principals.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::candidate::Candidate;
use super::local_time::offset;
use super::probability::highest;
use crate::calendar::Window;

/// Somebody works elsewhere if that is more probable than this.
const ELSEWHERE: f64 = 0.5;

/// Zones that are less probable than this are not listed as alternatives.
const ALTERNATIVE: f64 = 0.01;

/// The least that proposals need, and the offices.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// The least number of observations for a proposal. Pushes in the same half hour are one observation.
    pub min_observations: usize,
    /// The least number of UTC dates with pushes for a proposal.
    pub min_days: usize,
    /// The least probability, 0 to 1, that the offset of a proposed zone is right or wrong by one hour at most.
    pub min_within_hour: f64,
    /// The zones of the offices. No others are proposed.
    pub offices: Vec<Tz>,
}

impl Options {
    /// The defaults for these offices: 6 observations, 4 dates, and a probability of 0.6.
    pub fn new(offices: Vec<Tz>) -> Self {
        Self { min_observations: 6, min_days: 4, min_within_hour: 0.6, offices }
    }
}

/// When a principal pushes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub enum Rhythm {
    /// In a block of hours on some days, like a person.
    WorkingHours,
    /// Like a person, but the hours fit several offices equally well.
    Unclear,
    /// Like a person who works in none of the offices.
    Elsewhere,
    /// At all hours: a machine, or one role that people on several continents share.
    AllHours,
    /// At a few times of the day, nearly always: a scheduled job.
    Timetable,
    /// Unknown: too few pushes, or on too few dates.
    TooFew,
    /// Whenever AWS decides: a service-linked role.
    ServiceRole,
}

/// What a principal's pushes say about its hours.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// The ARN of the role or user.
    pub principal: String,
    /// The number of pushes, without those that failed. An index and its images are one push.
    pub pushes: usize,
    /// The number of half hours with a push. Pushes come in runs, so this is what there is to learn from.
    pub observations: usize,
    /// The number of dates with a push, in the proposed zone, or in UTC if none is proposed.
    pub days: usize,
    /// The time of the first push.
    pub first: Option<DateTime<Utc>>,
    /// The time of the last push.
    pub last: Option<DateTime<Utc>>,
    /// When it pushes.
    pub rhythm: Rhythm,
    /// Where and when the principal probably works; only for [`Rhythm::WorkingHours`].
    pub place: Option<Place>,
    /// The most probable offset from UTC in seconds, give or take some hours; only for [`Rhythm::Elsewhere`].
    pub elsewhere: Option<i64>,
    /// Where the people behind the sessions of the principal probably work; empty if that is the same place for all of them.
    pub sessions: Vec<SessionGuess>,
}

/// Where and when a principal probably works.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The zone, with its probability.
    pub guess: ZoneGuess,
    /// The proposed business hours there.
    pub hours: Window,
}

/// The zone in which somebody probably works.
#[derive(Clone, Debug, PartialEq)]
pub struct ZoneGuess {
    /// The zone. It stands for all zones with the same offset and daylight saving rule.
    pub zone: Tz,
    /// Its offset from UTC at the last push, in seconds. East is positive.
    pub offset: i64,
    /// The probability, 0 to 1, that this offset is right.
    pub confidence: f64,
    /// The probability, 0 to 1, that this offset is right or wrong by one hour at most.
    pub within_hour: f64,
    /// The zones of other offices, each with its probability, the most probable first.
    pub alternatives: Vec<(Tz, f64)>,
}

/// Where the person behind a session probably works.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionGuess {
    /// The name of the role session.
    pub session: String,
    /// The number of half hours with a push.
    pub observations: usize,
    /// The zone, with its probability.
    pub guess: ZoneGuess,
    /// The most probable offset from UTC in seconds, if the person probably works in none of the offices.
    pub elsewhere: Option<i64>,
}

/// The most probable offset from UTC, in seconds, if it is probable that somebody works in none of the offices.
pub(super) fn elsewhere(posterior: &[f64], candidates: &[Candidate], at: DateTime<Utc>) -> Option<i64> {
    let probabilities: Vec<f64> =
        posterior.iter().zip(candidates).map(|(p, candidate)| if candidate.is_office { 0.0 } else { *p }).collect();
    let is_elsewhere = probabilities.iter().sum::<f64>() > ELSEWHERE;
    is_elsewhere.then(|| offset(candidates[highest(&probabilities)].zone, at))
}

impl ZoneGuess {
    /// The guess by the offsets at this instant: the most probable offset of an office, and the most probable office that
    /// has it. Also returns the index of that office among the candidates.
    pub(super) fn of(posterior: &[f64], candidates: &[Candidate], at: DateTime<Utc>) -> (usize, Self) {
        let offsets: Vec<i64> = candidates.iter().map(|candidate| offset(candidate.zone, at)).collect();
        let probability = |of: &dyn Fn(i64) -> bool| -> f64 {
            let sum: f64 = offsets.iter().zip(posterior).filter(|(offset, _)| of(**offset)).map(|(_, p)| p).sum();
            sum.min(1.0)
        };
        let of_offset: Vec<f64> = offsets.iter().map(|offset| probability(&|other| other == *offset)).collect();
        let of_office: Vec<f64> = (of_offset.iter().zip(candidates))
            .map(|(probability, candidate)| if candidate.is_office { *probability } else { -1.0 })
            .collect();
        let best_offset = offsets[highest(&of_office)];
        let of_zone: Vec<f64> = (posterior.iter().zip(candidates).zip(&offsets))
            .map(
                |((probability, candidate), offset)| {
                    if candidate.is_office && *offset == best_offset { *probability } else { -1.0 }
                },
            )
            .collect();
        let chosen = highest(&of_zone);

        let mut alternatives: Vec<(Tz, f64)> = (candidates.iter().zip(posterior).enumerate())
            .filter(|(_, (candidate, _))| candidate.is_office)
            .filter(|(index, (_, probability))| *index != chosen && **probability >= ALTERNATIVE)
            .map(|(_, (candidate, probability))| (candidate.zone, *probability))
            .collect();
        alternatives.sort_by(|a, b| b.1.total_cmp(&a.1));

        let guess = Self {
            zone: candidates[chosen].zone,
            offset: best_offset,
            confidence: probability(&|other| other == best_offset),
            within_hour: probability(&|other| (other - best_offset).abs() <= 3600),
            alternatives,
        };
        (chosen, guess)
    }
}
