//! Principals with the same zone and similar hours, as teams of a policy.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use chrono::Weekday;
use chrono_tz::Tz;

use super::hours::window;
use super::proposal::{Place, Proposal};
use crate::api::{self, BusinessHours, Day, TeamMatch};
use crate::calendar::Window;

/// What a policy can hold, by the rules of the API server: teams, principals of each, and characters of a principal.
const MAX_TEAMS: usize = 64;
const MAX_PRINCIPALS: usize = 64;
const MAX_PATTERN: usize = 512;

/// Hours are similar when they start and end within this many minutes of each other.
const SIMILAR: i64 = 60;

/// A team of a policy: principals that share a zone and, about, their hours.
#[derive(Clone, Debug, PartialEq)]
pub struct TeamProposal<'p> {
    /// A name that a team may have, made of the zone: `asia-tokyo`, and `asia-tokyo-2` for the one with the next most pushes.
    pub name: String,
    /// Its principals, in the order of their ARNs.
    pub members: Vec<&'p Proposal>,
    /// The zone of all of them.
    pub zone: Tz,
    /// Hours that contain those of each of them.
    pub hours: Window,
}

/// The teams of a policy, and who is in none though there are hours to propose.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposed<'p> {
    /// By zone, those with the most pushes first.
    pub teams: Vec<TeamProposal<'p>>,
    /// Who has no place in a policy, and why.
    pub left_out: Vec<(&'p Proposal, &'static str)>,
}

/// A principal that has a zone and hours.
struct Member<'p> {
    proposal: &'p Proposal,
    place: &'p Place,
    /// Start and end, in minutes since midnight; the end is larger, over 1440 when it is on the next day.
    extent: (i64, i64),
}

/// Draws the principals that have a place together into teams.
#[must_use]
pub fn propose_teams(proposals: &[Proposal]) -> Proposed<'_> {
    let mut left_out = Vec::new();
    let mut groups: BTreeMap<(&str, Vec<u32>), Vec<Member<'_>>> = BTreeMap::new();
    for proposal in proposals {
        let Some(place) = &proposal.place else { continue };
        if let Some(why) = no_pattern(&proposal.principal) {
            left_out.push((proposal, why));
            continue;
        }
        let days = place.hours.days().iter(Weekday::Mon).map(|day| day.num_days_from_monday()).collect();
        let member = Member { proposal, place, extent: extent(&place.hours) };
        groups.entry((place.guess.zone.name(), days)).or_default().push(member);
    }
    let mut teams: Vec<TeamProposal<'_>> = groups.into_values().flat_map(similar).filter_map(team).collect();
    teams.sort_by_key(|team| Reverse(team.pushes()));
    for team in teams.drain(MAX_TEAMS.min(teams.len())..) {
        left_out.extend(
            team.members.into_iter().map(|member| (member, "a policy holds 64 teams, and this would be one more")),
        );
    }
    teams.sort_by_key(|team| team.zone.name()); // stable: the busiest of a zone stays first
    let mut names = BTreeSet::new();
    for team in &mut teams {
        team.name = name(team.zone, &mut names);
    }
    Proposed { teams, left_out }
}

/// Why no pattern of a policy matches this principal and nothing else. The path of a role may contain any printable ASCII
/// character (IAM API reference, `CreateRole`), and IAM's patterns know no escape.
fn no_pattern(principal: &str) -> Option<&'static str> {
    if principal.contains(['*', '?']) {
        Some("its ARN contains * or ?, which no pattern matches literally")
    } else if principal.chars().count() > MAX_PATTERN {
        Some("its ARN is longer than the 512 characters of a pattern: match a part of it by hand")
    } else if principal.contains(":assumed-role/") || !principal.starts_with("arn:") {
        Some("its records have no ARN of a role or user, which patterns are compared with")
    } else {
        None
    }
}

/// Members of one zone and the same days, split where their hours differ. The principal with the most pushes founds a team, and
/// the others join it when their hours are similar to the founder's: so a team can't drift.
fn similar(mut members: Vec<Member<'_>>) -> Vec<Vec<Member<'_>>> {
    members.sort_by(|a, b| {
        (b.proposal.pushes.cmp(&a.proposal.pushes)).then_with(|| a.proposal.principal.cmp(&b.proposal.principal))
    });
    let mut teams: Vec<Vec<Member<'_>>> = Vec::new();
    for member in members {
        let joined = teams.iter_mut().find(|team| {
            let (start, end) = team[0].extent;
            team.len() < MAX_PRINCIPALS
                && (start - member.extent.0).abs() <= SIMILAR
                && (end - member.extent.1).abs() <= SIMILAR
        });
        match joined {
            Some(team) => team.push(member),
            None => teams.push(vec![member]),
        }
    }
    teams
}

/// The team of these members, without a name yet. There is at least one, and all have the same zone and days.
fn team(members: Vec<Member<'_>>) -> Option<TeamProposal<'_>> {
    let founder = members.first()?.place;
    let start = members.iter().map(|member| member.extent.0).min()?;
    let end = members.iter().map(|member| member.extent.1).max()?;
    let hours = window(founder.hours.days(), start, end)?;
    let mut members: Vec<&Proposal> = members.into_iter().map(|member| member.proposal).collect();
    members.sort_by(|a, b| a.principal.cmp(&b.principal));
    Some(TeamProposal { name: String::new(), members, zone: founder.guess.zone, hours })
}

impl TeamProposal<'_> {
    /// How many pushes of all members this rests on.
    #[must_use]
    pub fn pushes(&self) -> usize {
        self.members.iter().map(|member| member.pushes).sum()
    }
}

impl From<&TeamProposal<'_>> for api::Team {
    fn from(team: &TeamProposal<'_>) -> Self {
        let principals = team.members.iter().map(|member| member.principal.clone()).collect();
        Self {
            name: team.name.clone(),
            matches: TeamMatch { principals, ..TeamMatch::default() },
            time_zone: Some(team.zone.name().to_owned()),
            business_hours: Some(vec![business_hours(&team.hours)]),
            holidays: None,
        }
    }
}

/// A window as a policy writes it.
#[must_use]
pub fn business_hours(window: &Window) -> BusinessHours {
    BusinessHours {
        days: window.days().iter(Weekday::Mon).map(day).collect(),
        start: window.start().to_string(),
        end: window.end().to_string(),
    }
}

fn day(weekday: Weekday) -> Day {
    match weekday {
        Weekday::Mon => Day::Mon,
        Weekday::Tue => Day::Tue,
        Weekday::Wed => Day::Wed,
        Weekday::Thu => Day::Thu,
        Weekday::Fri => Day::Fri,
        Weekday::Sat => Day::Sat,
        Weekday::Sun => Day::Sun,
    }
}

fn extent(window: &Window) -> (i64, i64) {
    let start = i64::from(window.start().minutes_since_midnight());
    let end = i64::from(window.end().minutes_since_midnight());
    (start, if window.runs_over_midnight() { end + 24 * 60 } else { end })
}

/// A DNS label of the zone's name that no other team has: `Asia/Tokyo` is `asia-tokyo`, then `asia-tokyo-2`.
fn name(zone: Tz, taken: &mut BTreeSet<String>) -> String {
    let to_label = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let label: String = zone.name().chars().map(to_label).collect();
    let mut name = label.clone();
    let mut number = 1;
    while !taken.insert(name.clone()) {
        number += 1;
        name = format!("{label}-{number}");
    }
    name
}
