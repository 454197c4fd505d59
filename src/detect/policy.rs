//! Policies that are ready to judge.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::allow_rule::AllowRule;
use super::calendars::Calendars;
use super::holiday_error::HolidayError;
use super::hours::{self, TeamHours};
use super::policy_error::{PolicyError, PolicyErrorKind, at};
use super::scope::Scope;
use super::team::Team;
use crate::api;
use crate::calendar::{PublicHolidays, zone_from_name};

/// A compiled `EcrUploadPolicy`, with its names resolved and its patterns parsed.
#[derive(Debug, Clone)]
pub struct Policy {
    name: String,
    pub(super) scope: Scope,
    severity: api::Severity,
    pub(super) hours: TeamHours,
    pub(super) teams: Vec<Team>,
    pub(super) allow: Vec<AllowRule>,
    holiday_errors: Vec<HolidayError>,
    public_holidays: PublicHolidays,
}

impl Policy {
    /// Compiles the spec of the policy with this name, with the iCalendar feeds of its namespace.
    ///
    /// Holidays that cannot be used do not fail it: without them the policy may miss pushes, but without the policy all
    /// would be missed. See [`Self::holiday_errors`].
    ///
    /// # Errors
    /// [`PolicyError`] for the first field that cannot be used.
    pub fn compile(name: &str, spec: &api::EcrUploadPolicySpec, calendars: &Calendars) -> Result<Self, PolicyError> {
        let mut holiday_errors = Vec::new();
        let zone = zone_from_name(&spec.time_zone).map_err(at("spec.timeZone"))?;
        let windows = hours::windows(&spec.business_hours).map_err(at("spec.businessHours"))?;
        let nothing = api::Holidays::default();
        let own_holidays = spec.holidays.as_ref().unwrap_or(&nothing);
        let holidays = calendars.holidays(own_holidays, "spec.holidays", &mut holiday_errors);
        let hours = TeamHours::new(None, zone, windows, Arc::new(holidays));
        let teams = spec
            .teams
            .iter()
            .enumerate()
            .map(|(index, team)| Team::compile(index, team, &hours, calendars, &mut holiday_errors))
            .collect::<Result<Vec<_>, _>>()?;
        let mut public_holidays = hours.holidays().public().clone();
        teams.iter().for_each(|team| public_holidays.add(team.hours().holidays().public()));
        let allow = spec
            .allow
            .iter()
            .enumerate()
            .map(|(index, rule)| AllowRule::compile(index, rule))
            .collect::<Result<_, _>>()?;
        if let Some((index, name)) = duplicate(spec.teams.iter().map(|team| &team.name)) {
            return Err(at(&format!("spec.teams[{index}].name"))(PolicyErrorKind::DuplicateTeam { name }));
        }
        if let Some((index, name)) = duplicate(spec.allow.iter().map(|rule| &rule.name)) {
            return Err(at(&format!("spec.allow[{index}].name"))(PolicyErrorKind::DuplicateAllowRule { name }));
        }
        let scope = Scope::new(spec);
        let (name, severity) = (name.to_owned(), spec.severity);
        Ok(Self { name, scope, severity, hours, teams, allow, holiday_errors, public_holidays })
    }

    /// The name of the policy.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The severity of its findings.
    pub fn severity(&self) -> api::Severity {
        self.severity
    }

    /// Its own hours, for uploads that no team matches.
    pub fn hours(&self) -> &TeamHours {
        &self.hours
    }

    /// The hours of its teams, in their order.
    pub fn teams(&self) -> impl Iterator<Item = &TeamHours> {
        self.teams.iter().map(Team::hours)
    }

    /// Its allow rules, in their order.
    pub fn allow_rules(&self) -> &[AllowRule] {
        &self.allow
    }

    /// The holidays that cannot be used, and why.
    pub fn holiday_errors(&self) -> &[HolidayError] {
        &self.holiday_errors
    }

    /// The public holidays of all countries that it and its teams name.
    pub fn public_holidays(&self) -> &PublicHolidays {
        &self.public_holidays
    }

    /// Whether a verdict may depend on the other manifests that were pushed at about the same time, because an allow rule
    /// names kinds that do.
    pub fn looks_at_relations(&self) -> bool {
        self.allow.iter().any(AllowRule::looks_at_relations)
    }
}

/// The first name that occurs a second time, and the index of that.
fn duplicate<'n>(names: impl Iterator<Item = &'n String>) -> Option<(usize, String)> {
    let mut before = BTreeSet::new();
    names.enumerate().find(|(_, name)| !before.insert(*name)).map(|(index, name)| (index, name.clone()))
}
