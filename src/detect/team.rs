//! Whose hours an upload is judged by.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::calendars::{Calendars, HolidayProblem};
use super::error::{PolicyError, Problem, at};
use super::hours::{self, TeamHours};
use super::pattern::Patterns;
use crate::api;
use crate::upload::Upload;

/// A team of a policy.
#[derive(Debug, Clone)]
pub(super) struct Team {
    principals: Patterns,
    repositories: Patterns,
    accounts: BTreeSet<String>,
    hours: TeamHours,
}

impl Team {
    /// Compiles the team at this place in the list. What it leaves out is the policy's.
    pub(super) fn compile(
        index: usize,
        team: &api::Team,
        policy: &TeamHours,
        calendars: &Calendars,
        problems: &mut Vec<HolidayProblem>,
    ) -> Result<Self, PolicyError> {
        let path = format!("spec.teams[{index}]");
        let matches = &team.matches;
        if matches.principals.is_empty() && matches.repositories.is_empty() && matches.accounts.is_empty() {
            let message = "a team must match something: list principals, repositories or accounts";
            return Err(at(&format!("{path}.match"))(Problem::Team(message.to_owned())));
        }
        let zone = match &team.time_zone {
            Some(name) => hours::zone(name).map_err(at(&format!("{path}.timeZone")))?,
            None => policy.schedule().zone(),
        };
        let windows = match &team.business_hours {
            Some(windows) => hours::windows(windows).map_err(at(&format!("{path}.businessHours")))?,
            None => policy.schedule().windows().to_vec(),
        };
        let holidays = match &team.holidays {
            Some(holidays) => Arc::new(calendars.holidays(holidays, &format!("{path}.holidays"), problems)),
            None => Arc::clone(policy.holidays()),
        };
        Ok(Self {
            principals: Patterns::new(&matches.principals),
            repositories: Patterns::new(&matches.repositories),
            accounts: matches.accounts.iter().cloned().collect(),
            hours: TeamHours::new(Some(team.name.clone()), zone, windows, holidays),
        })
    }

    pub(super) fn matches(&self, upload: &Upload) -> bool {
        self.principals.match_or_empty(&upload.principal.arn)
            && self.repositories.match_or_empty(&upload.repository)
            && (self.accounts.is_empty() || self.accounts.contains(&upload.account))
    }

    pub(super) fn hours(&self) -> &TeamHours {
        &self.hours
    }
}
