//! What `learn` proposes: a policy with comments for people, the proposals as JSON for tools.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use super::{counted, plain};
use crate::api::{BusinessHours, EcrUploadPolicySpec, GROUP, to_yaml};
use crate::cli::CommandError;
use crate::learn::{Options, Proposal, Proposed, Rhythm, SessionGuess, TeamProposal, ZoneGuess, business_hours};

/// More sessions of one role than this are counted, not named.
const NAMED_SESSIONS: usize = 8;

/// Where the items of `spec.teams` are.
const TEAMS_COLUMN: usize = 4;

/// The fields of a policy that a proposal has; the others have their defaults.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest<'a> {
    api_version: String,
    kind: &'static str,
    metadata: Metadata<'a>,
    spec: Hours<'a>,
}

#[derive(Serialize)]
struct Metadata<'a> {
    name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Hours<'a> {
    time_zone: &'a str,
    business_hours: &'a [BusinessHours],
}

/// The policy as a file. How sure each team is stands in comments, since a policy has no place for it.
pub fn yaml(
    name: &str,
    spec: &EcrUploadPolicySpec,
    proposals: &[Proposal],
    proposed: &Proposed<'_>,
    options: &Options,
) -> Result<String, CommandError> {
    let mut text = String::new();
    let pushes: usize = proposals.iter().map(|proposal| proposal.pushes).sum();
    comment(
        &mut text,
        0,
        &format!(
            "Proposed from {}, which show when people push, not when they are allowed to.",
            counted(pushes, "push")
        ),
    );
    comment(&mut text, 0, "Review and correct each team before you apply this.");
    let manifest = Manifest {
        api_version: format!("{GROUP}/v1alpha1"),
        kind: "EcrUploadPolicy",
        metadata: Metadata { name },
        spec: Hours { time_zone: &spec.time_zone, business_hours: &spec.business_hours },
    };
    text.push_str(&to_yaml(&manifest)?);
    if !spec.teams.is_empty() {
        text.push_str("  teams:\n");
    }
    for (team, proposal) in spec.teams.iter().zip(&proposed.teams) {
        describe(&mut text, proposal);
        for line in to_yaml(&[team])?.lines() {
            text.push_str(&format!("{:TEAMS_COLUMN$}{line}\n", ""));
        }
    }
    let reasons = reasons(proposals, proposed, options);
    if !reasons.is_empty() {
        comment(&mut text, 0, "Not in any team, so judged by the hours of the policy itself:");
    }
    for proposal in proposals {
        if let Some(why) = reasons.get(proposal.principal.as_str()) {
            comment(&mut text, 0, &format!("  {}: {why}; {}", proposal.principal, seen(proposal)));
            describe_sessions(&mut text, 0, proposal);
        }
    }
    Ok(text)
}

fn describe(text: &mut String, team: &TeamProposal<'_>) {
    let (principals, pushes) = (counted(team.members.len(), "principal"), counted(team.pushes(), "push"));
    let zone = team.zone.name();
    comment(text, TEAMS_COLUMN, &format!("{principals}, {pushes}. {zone} stands for every zone with the same clock."));
    for member in &team.members {
        if let Some(place) = &member.place {
            comment(
                text,
                TEAMS_COLUMN,
                &format!("  {}: {}; {}", member.principal, sureness(&place.guess), seen(member)),
            );
        }
        describe_sessions(text, TEAMS_COLUMN, member);
    }
}

/// `UTC+09:00 with 93 % certainty, 99 % within an hour, else Europe/Berlin 4 %`.
fn sureness(guess: &ZoneGuess) -> String {
    let ZoneGuess { offset, confidence, within_hour, alternatives, .. } = guess;
    let mut text = format!(
        "UTC{} with {} % certainty, {} % within an hour",
        utc_offset(*offset),
        percent(*confidence),
        percent(*within_hour)
    );
    let others: Vec<String> = alternatives
        .iter()
        .take(3)
        .map(|(zone, probability)| format!("{} {} %", zone.name(), percent(*probability)))
        .collect();
    if !others.is_empty() {
        text.push_str(&format!(", else {}", others.join(", ")));
    }
    text
}

/// `140 pushes on 40 days, 2026-08-24 to 2026-11-20`.
fn seen(proposal: &Proposal) -> String {
    let Proposal { pushes, days, first, last, .. } = proposal;
    match (first, last) {
        (Some(first), Some(last)) => {
            let (pushes, days) = (counted(*pushes, "push"), counted(*days, "day"));
            match (first.date_naive(), last.date_naive()) {
                (first, last) if first == last => format!("{pushes} on {days}, {first}"),
                (first, last) => format!("{pushes} on {days}, {first} to {last}"),
            }
        }
        _ => "no successful push".to_owned(),
    }
}

fn describe_sessions(text: &mut String, column: usize, proposal: &Proposal) {
    let sessions = &proposal.sessions;
    if sessions.is_empty() {
        return;
    }
    let line =
        "its sessions seem to be in different places, but a team has one zone: use a separate role for each place";
    let mut lines = vec![line.to_owned()];
    lines.extend(sessions.iter().take(NAMED_SESSIONS).map(|session| {
        let SessionGuess { session, observations, guess, elsewhere } = session;
        let place = match elsewhere {
            Some(offset) => format!("in none of the offices, about UTC{}", utc_offset(*offset)),
            None => format!("{}, {}", guess.zone.name(), sureness(guess)),
        };
        format!("  {session}: {place}; {} with a push", counted(*observations, "half hour"))
    }));
    if sessions.len() > NAMED_SESSIONS {
        lines.push(format!("  and {} more", sessions.len() - NAMED_SESSIONS));
    }
    for line in lines {
        comment(text, column, &format!("    {line}"));
    }
}

/// A comment line. Names in it are chosen by callers: nothing in them may end the line, by the rules of YAML 1.1 either.
fn comment(text: &mut String, column: usize, line: &str) {
    let line = plain(line).replace(['\u{2028}', '\u{2029}'], "\u{fffd}");
    text.push_str(&format!("{:column$}# {line}\n", ""));
}

/// Why each principal that is in no team is in none.
fn reasons<'p>(proposals: &'p [Proposal], proposed: &Proposed<'p>, options: &Options) -> BTreeMap<&'p str, String> {
    let mut reasons: BTreeMap<&str, String> = BTreeMap::new();
    for proposal in proposals {
        let reason = match proposal.rhythm {
            Rhythm::WorkingHours => continue,
            Rhythm::Unclear => {
                "pushes like a person, but several offices fit equally well: read more records".to_owned()
            }
            Rhythm::Elsewhere => format!(
                "pushes like a person who works in none of the offices, but about UTC{}: review it, or add --office for that place",
                utc_offset(proposal.elsewhere.unwrap_or_default())
            ),
            Rhythm::AllHours => "pushes at all hours: a machine, or a role shared around the world".to_owned(),
            Rhythm::Timetable => "pushes at the same few times of the day: a scheduled job".to_owned(),
            Rhythm::TooFew => format!(
                "too few pushes: in {} on {}, where {} on {} are needed",
                counted(proposal.observations, "half hour"),
                counted(proposal.days, "day"),
                options.min_observations,
                options.min_days
            ),
            Rhythm::ServiceRole => "a role of an AWS service".to_owned(),
        };
        reasons.insert(&proposal.principal, reason);
    }
    reasons.extend(proposed.left_out.iter().map(|(proposal, why)| (proposal.principal.as_str(), (*why).to_owned())));
    reasons
}

/// A proposal, as tools read it. The names are a contract.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    principal: &'a str,
    rhythm: Rhythm,
    /// The team of the proposed policy; null with a reason.
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
    /// Null when it is in none of the offices.
    zone: Option<&'a str>,
    offset: String,
    confidence: Option<f64>,
    within_hour: Option<f64>,
    observations: usize,
}

/// The proposals as an array, in the order of their principals.
pub fn json(proposals: &[Proposal], proposed: &Proposed<'_>, options: &Options) -> Result<String, CommandError> {
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
    let mut text = serde_json::to_string_pretty(&rows).map_err(CommandError::Json)?;
    text.push('\n');
    Ok(text)
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

/// `+05:30`.
fn utc_offset(seconds: i64) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Whole per cent, rounded down: nothing is 100 % sure.
fn percent(probability: f64) -> u32 {
    ((probability * 100.0) as u32).min(99)
}

/// To three places: more would pretend to know more.
fn rounded(probability: f64) -> f64 {
    (probability * 1000.0).round() / 1000.0
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use chrono::{NaiveDate, TimeDelta};
    use chrono_tz::Tz;
    use proptest::prelude::*;

    use super::*;
    use crate::api::{EcrUploadPolicy, Team};
    use crate::learn::{Push, propose, propose_teams};

    /// Pushes on working days in Berlin, by this session of this principal.
    fn pushes<'a>(principal: &'a str, session: &'a str) -> Vec<Push<'a>> {
        let monday = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap().and_hms_opt(8, 10, 0).unwrap().and_utc();
        let days = (0..30).filter(|day| day % 7 < 5);
        let times = days.flat_map(|day| (0..9).map(move |hour| monday + TimeDelta::hours(24 * day + hour)));
        times
            .map(|time| Push { principal, session: Some(session), time, is_failed: false, is_service_role: false })
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_name_that_a_caller_chooses_changes_what_the_policy_says(
            principal in "(arn:aws:iam::1:role/)?[ -~\n\r\t\u{85}\u{2028}\u{2029}\u{feff}äπ#:'\"-]{1,40}",
            session in "[ -~\n\r\u{85}\u{2028}#:-]{1,20}",
        ) {
            let options = Options::new(vec![Tz::Europe__Berlin]);
            let mut seen = pushes(&principal, &session);
            // Another session, half a world away, so that both are named.
            let tokyo = seen.clone().into_iter().map(|push| Push {
                session: Some("tokyo"),
                time: push.time - TimeDelta::hours(8),
                ..push
            });
            seen.extend(tokyo.take(60));
            let proposals = propose(&seen, &options);
            prop_assert_eq!(proposals[0].sessions.len(), 2);
            let proposed = propose_teams(&proposals);
            let teams: Vec<Team> = proposed.teams.iter().map(Team::from).collect();
            let spec = EcrUploadPolicySpec { teams, ..EcrUploadPolicySpec::default() };
            let text = yaml("learned", &spec, &proposals, &proposed, &options).unwrap();
            let policy: EcrUploadPolicy = serde_saphyr::from_str(&text).unwrap();
            prop_assert_eq!(&policy.spec, &spec, "{}", text);
        }
    }

    #[test]
    fn offsets_and_shares_are_written_as_people_read_them() {
        assert_eq!([20_700, -12_600, 0].map(utc_offset), ["+05:45", "-03:30", "+00:00"]);
        assert_eq!([0.0, 0.519, 0.999, 1.0].map(percent), [0, 51, 99, 99]);
    }
}
