//! Proposing zones and hours from pushes.

use chrono::{DateTime, Utc};

use super::candidate::{Candidate, candidates};
use super::half_hours::half_hours;
use super::hours::hours;
use super::likelihood::Likelihoods;
use super::local_time::{local_day, offset};
use super::machine::keeps_a_timetable;
use super::posterior::posterior;
use super::proposal::{Options, Place, Proposal, Rhythm, SessionGuess, ZoneGuess, elsewhere};
use super::push::{Push, Seen, by_principal};
use super::working_week::WorkingWeek;

/// Sessions are reported as being in different places if that is at least this probable.
const APART: f64 = 0.95;

/// Offsets that differ by less than this, in seconds, cannot be distinguished and count as the same place.
const SAME_PLACE: i64 = 2 * 3600;

/// A proposal for each principal, in the order of their ARNs. The order of the pushes does not matter.
#[must_use]
pub fn propose(pushes: &[Push<'_>], options: &Options) -> Vec<Proposal> {
    let model = Model { candidates: candidates(&options.offices), weeks: WorkingWeek::all(), options };
    let principals = by_principal(pushes);
    principals.into_iter().map(|(principal, seen)| model.proposal(principal, &seen)).collect()
}

/// Where somebody probably works.
enum Whereabouts {
    Office(Place),
    /// In none of the offices, at this offset from UTC in seconds, give or take some hours.
    Elsewhere(i64),
    Unclear,
}

struct Model<'o> {
    candidates: Vec<Candidate>,
    weeks: Vec<WorkingWeek>,
    options: &'o Options,
}

impl Model<'_> {
    fn proposal(&self, principal: &str, seen: &Seen<'_>) -> Proposal {
        let times = &seen.times;
        let (rhythm, place, elsewhere) = if seen.is_service_role {
            (Rhythm::ServiceRole, None, None)
        } else {
            match self.likelihoods(times) {
                Err(rhythm) => (rhythm, None, None),
                Ok(likelihoods) => match self.place(times, &likelihoods) {
                    Whereabouts::Office(place) => (Rhythm::WorkingHours, Some(place), None),
                    Whereabouts::Elsewhere(offset) => (Rhythm::Elsewhere, None, Some(offset)),
                    Whereabouts::Unclear => (Rhythm::Unclear, None, None),
                },
            }
        };
        Proposal {
            principal: principal.to_owned(),
            pushes: times.len(),
            observations: half_hours(times).len(),
            days: distinct_days(times, |at| place.as_ref().map_or(0, |place| offset(place.guess.zone, at))),
            first: times.first().copied(),
            last: times.last().copied(),
            rhythm,
            place,
            elsewhere,
            sessions: self.sessions_apart(seen),
        }
    }

    /// The likelihoods of the zones, if the pushes look like those of a person.
    ///
    /// # Errors
    /// The rhythm of pushes that do not.
    fn likelihoods(&self, times: &[DateTime<Utc>]) -> Result<Likelihoods, Rhythm> {
        let half_hours = half_hours(times);
        if half_hours.len() < self.options.min_observations || distinct_days(times, |_| 0) < self.options.min_days {
            return Err(Rhythm::TooFew);
        }
        if keeps_a_timetable(&half_hours) {
            return Err(Rhythm::Timetable);
        }
        let likelihoods = Likelihoods::new(&half_hours, &self.candidates, &self.weeks);
        if likelihoods.favour_a_machine(&self.candidates) { Err(Rhythm::AllHours) } else { Ok(likelihoods) }
    }

    fn place(&self, times: &[DateTime<Utc>], likelihoods: &Likelihoods) -> Whereabouts {
        let Some(last) = times.last() else { return Whereabouts::Unclear };
        let posterior = posterior(likelihoods, &self.candidates);
        if let Some(offset) = elsewhere(&posterior, &self.candidates, *last) {
            return Whereabouts::Elsewhere(offset);
        }
        let (index, guess) = ZoneGuess::of(&posterior, &self.candidates, *last);
        if guess.within_hour < self.options.min_within_hour {
            return Whereabouts::Unclear;
        }
        match hours(times, guess.zone, &self.weeks[likelihoods.weeks[index]]) {
            Some(hours) => Whereabouts::Office(Place { guess, hours }),
            None => Whereabouts::Unclear,
        }
    }

    /// Where the people behind the sessions of a principal work, if the one with the most observations and some other are in
    /// different places.
    fn sessions_apart(&self, seen: &Seen<'_>) -> Vec<SessionGuess> {
        let Some(last) = seen.times.last() else { return Vec::new() };
        let mut placed: Vec<(SessionGuess, Vec<f64>)> = Vec::new();
        for (session, times) in &seen.sessions {
            let Ok(likelihoods) = self.likelihoods(times) else { continue };
            let posterior = posterior(&likelihoods, &self.candidates);
            let (_, guess) = ZoneGuess::of(&posterior, &self.candidates, *last);
            let observations = half_hours(times).len();
            let elsewhere = elsewhere(&posterior, &self.candidates, *last);
            placed.push((SessionGuess { session: (*session).to_owned(), observations, guess, elsewhere }, posterior));
        }
        placed.sort_by_key(|(session, _)| std::cmp::Reverse(session.observations));
        let Some((_, busiest)) = placed.first() else { return Vec::new() };
        let offsets: Vec<i64> = self.candidates.iter().map(|candidate| offset(candidate.zone, *last)).collect();
        let are_apart = placed.iter().any(|(_, other)| apart(&offsets, busiest, other) >= APART);
        if are_apart { placed.into_iter().map(|(session, _)| session).collect() } else { Vec::new() }
    }
}

/// The probability that two people are in different places, given the probabilities of the offsets for each.
fn apart(offsets: &[i64], a: &[f64], b: &[f64]) -> f64 {
    let mut sum = 0.0;
    for (offset_a, probability_a) in offsets.iter().zip(a) {
        for (offset_b, probability_b) in offsets.iter().zip(b) {
            if (offset_a - offset_b).abs() >= SAME_PLACE {
                sum += probability_a * probability_b;
            }
        }
    }
    sum
}

fn distinct_days(times: &[DateTime<Utc>], offset: impl Fn(DateTime<Utc>) -> i64) -> usize {
    let mut days: Vec<i64> = times.iter().map(|time| local_day(time.timestamp() + offset(*time)).0).collect();
    days.sort_unstable();
    days.dedup();
    days.len()
}
