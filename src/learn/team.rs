//! Teams of principals with the same zone and similar hours.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use chrono::Weekday;
use chrono_tz::Tz;

use super::hours::window;
use super::proposal::{Place, Proposal};
use crate::api::{self, BusinessHours, Day, TeamMatch};
use crate::calendar::Window;

/// The most teams of a policy, by its schema.
const MAX_TEAMS: usize = 64;
/// The most principals of a team, by the schema.
const MAX_PRINCIPALS: usize = 64;
/// The most characters of a pattern of principals, by the schema.
const MAX_PATTERN: usize = 512;

/// Hours are similar if they start and end within this many minutes of each other.
const SIMILAR: i64 = 60;

/// A proposed team: principals with the same zone and similar hours.
#[derive(Clone, Debug, PartialEq)]
pub struct TeamProposal<'p> {
    /// The name, made from the zone: `asia-tokyo`, and `asia-tokyo-2` for the team in that zone with the next most pushes.
    pub name: String,
    /// The principals, in the order of their ARNs.
    pub members: Vec<&'p Proposal>,
    /// The zone of all members.
    pub zone: Tz,
    /// The hours, which contain those of each member.
    pub hours: Window,
}

/// The proposed teams of a policy, and the principals that have hours but are in no team.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposed<'p> {
    /// The teams, by zone, and in a zone those with the most pushes first.
    pub teams: Vec<TeamProposal<'p>>,
    /// The principals that cannot be in a team, each with the reason.
    pub left_out: Vec<(&'p Proposal, &'static str)>,
}

/// A principal that has a zone and hours.
struct Member<'p> {
    proposal: &'p Proposal,
    place: &'p Place,
    /// The start and the end in minutes since midnight. The end is larger: over 1440 if it is on the next day.
    extent: (i64, i64),
}

/// Groups the principals that have a place into teams.
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

/// Why no pattern of a policy matches this principal and nothing else; None if one does. The path of a role may contain any
/// printable ASCII character (IAM API reference, `CreateRole`), and patterns have no escape character.
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

/// Splits members with the same zone and days by their hours. The principal with the most pushes founds a team, and
/// others join it if their hours are similar to the founder's, so that the hours of a team cannot drift.
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

/// The team of these members, which have the same zone and days, without a name yet; None without members.
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
    /// The number of pushes of all members.
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

/// A window in the form in which a policy has it.
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

/// A DNS label made from the name of the zone that is not taken: `asia-tokyo` for `Asia/Tokyo`, then `asia-tokyo-2`.
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
