//! The teams of a policy.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::calendars::Calendars;
use super::holiday_error::HolidayError;
use super::hours::{self, TeamHours};
use super::pattern::Patterns;
use super::policy_error::{PolicyError, PolicyErrorKind, at};
use crate::api;
use crate::calendar::zone_from_name;
use crate::upload::Upload;

/// A team, compiled.
#[derive(Debug, Clone)]
pub(super) struct Team {
    principals: Patterns,
    repositories: Patterns,
    accounts: BTreeSet<String>,
    hours: TeamHours,
}

impl Team {
    /// Compiles the team at this index of the list. It inherits what it leaves out from the policy.
    pub(super) fn compile(
        index: usize,
        team: &api::Team,
        policy: &TeamHours,
        calendars: &Calendars,
        errors: &mut Vec<HolidayError>,
    ) -> Result<Self, PolicyError> {
        let path = format!("spec.teams[{index}]");
        let matches = &team.matches;
        if matches.principals.is_empty() && matches.repositories.is_empty() && matches.accounts.is_empty() {
            return Err(at(&format!("{path}.match"))(PolicyErrorKind::TeamMatchesEverything));
        }
        let zone = match &team.time_zone {
            Some(name) => zone_from_name(name).map_err(at(&format!("{path}.timeZone")))?,
            None => policy.schedule().zone(),
        };
        let windows = match &team.business_hours {
            Some(windows) => hours::windows(windows).map_err(at(&format!("{path}.businessHours")))?,
            None => policy.schedule().windows().to_vec(),
        };
        let holidays = match &team.holidays {
            Some(holidays) => Arc::new(calendars.holidays(holidays, &format!("{path}.holidays"), errors)),
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
