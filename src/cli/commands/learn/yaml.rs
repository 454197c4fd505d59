//! The proposed policy in YAML, with comments for people.

use serde::Serialize;

use super::left_out::reasons;
use super::utc_offset::utc_offset;
use crate::api::{BusinessHours, EcrUploadPolicySpec, GROUP, YamlError, to_yaml};
use crate::cli::output::{counted, plain};
use crate::learn::{Options, Proposal, Proposed, SessionGuess, TeamProposal, ZoneGuess};

/// The number of sessions of a role that are named. Further ones are only counted.
const NAMED_SESSIONS: usize = 8;

/// The indentation of the items of `spec.teams`.
const TEAMS_COLUMN: usize = 4;

/// The fields of the proposed policy, except its teams. The others have their defaults.
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

/// The policy as a file. Comments say how certain each team is, since a policy has no field for that.
pub fn policy(
    name: &str,
    spec: &EcrUploadPolicySpec,
    proposals: &[Proposal],
    proposed: &Proposed<'_>,
    options: &Options,
) -> Result<String, YamlError> {
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
                &format!("  {}: {}; {}", member.principal, certainty(&place.guess), seen(member)),
            );
        }
        describe_sessions(text, TEAMS_COLUMN, member);
    }
}

/// `UTC+09:00 with 93 % certainty, 99 % within an hour, else Europe/Berlin 4 %`.
fn certainty(guess: &ZoneGuess) -> String {
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
            None => format!("{}, {}", guess.zone.name(), certainty(guess)),
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

/// A comment line. The names in it are chosen by whoever pushes, and nothing in them may end the line, not even by the rules of
/// YAML 1.1.
fn comment(text: &mut String, column: usize, line: &str) {
    let line = plain(line).replace(['\u{2028}', '\u{2029}'], "\u{fffd}");
    text.push_str(&format!("{:column$}# {line}\n", ""));
}

/// Whole per cent, rounded down: nothing is 100 % certain.
fn percent(probability: f64) -> u32 {
    ((probability * 100.0) as u32).min(99)
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
            let text = policy("learned", &spec, &proposals, &proposed, &options).unwrap();
            let read: EcrUploadPolicy = serde_saphyr::from_str(&text).unwrap();
            prop_assert_eq!(&read.spec, &spec, "{}", text);
        }
    }

    #[test]
    fn probabilities_are_rounded_down_to_at_most_99_per_cent() {
        assert_eq!([0.0, 0.519, 0.999, 1.0].map(percent), [0, 51, 99, 99]);
    }
}
