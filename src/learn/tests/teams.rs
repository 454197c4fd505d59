//! Teams from proposals.

use chrono::{TimeDelta, Weekday, WeekdaySet};
use chrono_tz::Tz;

use super::super::{Place, Proposal, Rhythm, TeamProposal, ZoneGuess, propose_teams};
use super::push;
use crate::api::Team;
use crate::calendar::Window;

/// The ARN of a user of this name.
const USER: &str = "arn:aws:iam::111122223333:user/";

pub(super) fn placed(name: &str, zone: Tz, days: WeekdaySet, start: &str, end: &str, pushes: usize) -> Proposal {
    let hours = Window::new(days, start.parse().unwrap(), end.parse().unwrap()).unwrap();
    let guess = ZoneGuess { zone, offset: 0, confidence: 0.8, within_hour: 0.9, alternatives: Vec::new() };
    Proposal {
        principal: format!("{USER}{name}"),
        pushes,
        observations: pushes,
        days: 20,
        first: None,
        last: None,
        rhythm: Rhythm::WorkingHours,
        place: Some(Place { guess, hours }),
        elsewhere: None,
        sessions: Vec::new(),
    }
}

fn weekdays() -> WeekdaySet {
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri].into_iter().collect()
}

fn in_words(team: &TeamProposal<'_>) -> String {
    let members: Vec<&str> = team.members.iter().map(|member| member.principal.trim_start_matches(USER)).collect();
    format!("{}: {} at {} {}", team.name, members.join("+"), team.zone.name(), team.hours)
}

#[test]
fn similar_hours_in_one_zone_are_a_team_whose_hours_contain_those_of_all() {
    let proposals = [
        placed("b", Tz::Asia__Tokyo, weekdays(), "09:00", "18:00", 50),
        placed("a", Tz::Asia__Tokyo, weekdays(), "10:00", "19:00", 10),
        placed("late", Tz::Asia__Tokyo, weekdays(), "14:00", "23:00", 20),
        placed("night", Tz::Asia__Tokyo, weekdays(), "14:30", "00:30", 5),
        placed("elsewhere", Tz::Asia__Seoul, weekdays(), "09:00", "18:00", 5),
    ];
    let teams: Vec<String> = propose_teams(&proposals).teams.iter().map(in_words).collect();
    assert_eq!(
        teams,
        [
            "asia-seoul: elsewhere at Asia/Seoul Mon-Fri 09:00-18:00",
            "asia-tokyo: a+b at Asia/Tokyo Mon-Fri 09:00-19:00",
            "asia-tokyo-2: late at Asia/Tokyo Mon-Fri 14:00-23:00",
            "asia-tokyo-3: night at Asia/Tokyo Mon-Fri 14:30-00:30",
        ]
    );
}

#[test]
fn other_working_days_are_another_team() {
    let four: WeekdaySet = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu].into_iter().collect();
    let proposals = [
        placed("a", Tz::Asia__Tokyo, weekdays(), "09:00", "18:00", 5),
        placed("b", Tz::Asia__Tokyo, four, "09:00", "18:00", 4),
    ];
    assert_eq!(propose_teams(&proposals).teams.len(), 2);
}

#[test]
fn names_of_teams_are_never_the_same() {
    let zones = [Tz::Etc__GMTMinus5, Tz::Etc__GMTPlus5, Tz::Etc__GMT];
    let mut proposals: Vec<Proposal> =
        zones.iter().map(|zone| placed(zone.name(), *zone, weekdays(), "09:00", "18:00", 5)).collect();
    for hour in 0..5 {
        let (start, end) = (format!("0{}:00", 2 * hour), format!("{}:00", 10 + 2 * hour));
        proposals.push(placed(&format!("gmt-{hour}"), Tz::Etc__GMT, weekdays(), &start, &end, 5));
    }
    let proposed = propose_teams(&proposals);
    let mut names: Vec<&str> = proposed.teams.iter().map(|team| team.name.as_str()).collect();
    let teams = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!((names.len(), teams), (7, 7), "{names:?}");
}

/// By the rules of the API server, see `api::Team::name`.
#[test]
fn every_zone_makes_a_name_that_a_team_may_have() {
    for zone in chrono_tz::TZ_VARIANTS {
        let proposals = [placed("a", zone, weekdays(), "09:00", "18:00", 5)];
        let name = &propose_teams(&proposals).teams[0].name;
        let is_inner = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        assert!(is_inner && !name.starts_with('-') && !name.ends_with('-') && name.len() <= 60, "{name}");
    }
}

#[test]
fn principals_that_no_pattern_can_name_are_left_out_with_the_reason() {
    let longest = "x".repeat(512 - USER.len());
    let mut proposals: Vec<Proposal> = ["a*b", "a?b", &format!("{longest}x"), &longest]
        .iter()
        .map(|name| placed(name, Tz::UTC, weekdays(), "09:00", "18:00", 5))
        .collect();
    for principal in ["arn:aws:sts::111122223333:assumed-role/ci/run-1", "AIDACKCEVSQ6C2EXAMPLE", ""] {
        proposals.push(Proposal { principal: principal.to_owned(), ..proposals[0].clone() });
    }
    let proposed = propose_teams(&proposals);
    assert_eq!(proposed.left_out.len(), 6, "{:?}", proposed.left_out);
    let members: Vec<&str> = proposed.teams[0].members.iter().map(|member| member.principal.as_str()).collect();
    assert_eq!(members, [format!("{USER}{longest}")]);
}

#[test]
fn a_policy_never_gets_more_teams_or_principals_than_it_may_have_and_nobody_is_lost() {
    let mut proposals: Vec<Proposal> = (0..70)
        .map(|number| placed(&format!("many-{number:02}"), Tz::Asia__Tokyo, weekdays(), "09:00", "18:00", 100))
        .collect();
    let zones = chrono_tz::TZ_VARIANTS.iter().filter(|zone| zone.name().contains('/')).take(70);
    proposals.extend(zones.map(|zone| placed(zone.name(), *zone, weekdays(), "09:00", "18:00", 5)));
    let proposed = propose_teams(&proposals);
    let teams: Vec<Team> = proposed.teams.iter().map(Team::from).collect();
    assert_eq!(teams.len(), 64);
    assert_eq!(teams.iter().map(|team| team.matches.principals.len()).max(), Some(64));
    let members: usize = proposed.teams.iter().map(|team| team.members.len()).sum();
    assert_eq!(members + proposed.left_out.len(), proposals.len());
    assert!(proposed.left_out.iter().all(|(proposal, _)| proposal.pushes == 5), "the teams with most pushes stay");
}

#[test]
fn a_principal_without_a_place_is_in_no_team() {
    let time = chrono::DateTime::UNIX_EPOCH + TimeDelta::days(1);
    let proposals = super::super::propose(&[push("once", time)], &super::super::Options::new(vec![Tz::UTC]));
    let proposed = propose_teams(&proposals);
    assert!(proposed.teams.is_empty() && proposed.left_out.is_empty());
}
