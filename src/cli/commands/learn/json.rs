//! The proposals in JSON, for tools.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use super::left_out::reasons;
use super::utc_offset::utc_offset;
use crate::api::BusinessHours;
use crate::cli::output::{JsonError, pretty_json};
use crate::learn::{Options, Proposal, Proposed, Rhythm, SessionGuess, business_hours};

/// A proposal. The names are a contract: other tools read them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    principal: &'a str,
    rhythm: Rhythm,
    /// The team in the proposed policy; null if there is a reason.
    team: Option<&'a str>,
    reason: Option<&'a str>,
    zone: Option<&'a str>,
    offset: Option<String>,
    confidence: Option<f64>,
    within_hour: Option<f64>,
    pushes: usize,
    observations: usize,
    days: usize,
    first: Option<String>,
    last: Option<String>,
    hours: Vec<BusinessHours>,
    alternatives: Vec<Alternative<'a>>,
    sessions: Vec<Session<'a>>,
}

#[derive(Serialize)]
struct Alternative<'a> {
    zone: &'a str,
    probability: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Session<'a> {
    session: &'a str,
    /// Null if it is in none of the offices.
    zone: Option<&'a str>,
    offset: String,
    confidence: Option<f64>,
    within_hour: Option<f64>,
    observations: usize,
}

/// The proposals as an array, ordered by principal.
pub fn proposals(proposals: &[Proposal], proposed: &Proposed<'_>, options: &Options) -> Result<String, JsonError> {
    let reasons = reasons(proposals, proposed, options);
    let mut teams: BTreeMap<&str, &str> = BTreeMap::new();
    for team in &proposed.teams {
        teams.extend(team.members.iter().map(|member| (member.principal.as_str(), team.name.as_str())));
    }
    let rows: Vec<Row<'_>> = proposals
        .iter()
        .map(|proposal| {
            let principal = proposal.principal.as_str();
            row(proposal, teams.get(principal).copied(), reasons.get(principal).map(String::as_str))
        })
        .collect();
    pretty_json(&rows)
}

fn row<'a>(proposal: &'a Proposal, team: Option<&'a str>, reason: Option<&'a str>) -> Row<'a> {
    let place = proposal.place.as_ref();
    let guess = place.map(|place| &place.guess);
    let time = |time: Option<DateTime<Utc>>| time.map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true));
    let alternatives = guess.map(|guess| guess.alternatives.as_slice()).unwrap_or_default();
    Row {
        principal: &proposal.principal,
        rhythm: proposal.rhythm,
        team,
        reason,
        zone: guess.map(|guess| guess.zone.name()),
        offset: guess.map(|guess| guess.offset).or(proposal.elsewhere).map(utc_offset),
        confidence: guess.map(|guess| rounded(guess.confidence)),
        within_hour: guess.map(|guess| rounded(guess.within_hour)),
        pushes: proposal.pushes,
        observations: proposal.observations,
        days: proposal.days,
        first: time(proposal.first),
        last: time(proposal.last),
        hours: place.map(|place| business_hours(&place.hours)).into_iter().collect(),
        alternatives: alternatives
            .iter()
            .map(|(zone, probability)| Alternative { zone: zone.name(), probability: rounded(*probability) })
            .collect(),
        sessions: proposal.sessions.iter().map(session).collect(),
    }
}

fn session(session: &SessionGuess) -> Session<'_> {
    let SessionGuess { session, observations, guess, elsewhere } = session;
    let in_office = elsewhere.is_none().then_some(guess);
    Session {
        session,
        zone: in_office.map(|guess| guess.zone.name()),
        offset: utc_offset(elsewhere.unwrap_or(guess.offset)),
        confidence: in_office.map(|guess| rounded(guess.confidence)),
        within_hour: in_office.map(|guess| rounded(guess.within_hour)),
        observations: *observations,
    }
}

/// Three decimal places: more would suggest a precision that there is not.
fn rounded(probability: f64) -> f64 {
    (probability * 1000.0).round() / 1000.0
}
