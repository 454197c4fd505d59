//! A policy, compiled: its names resolved and its patterns ready.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc, Weekday};

use super::pattern::Patterns;
use super::verdict::{Judgement, OutOfScope, Verdict};
use crate::api;
use crate::calendar::{self, Hours, Schedule, TimeOfDay, Window};
use crate::upload::{Registry, Upload};

/// A field of a policy cannot be used. The API server refuses nearly all of these; what is left is an object from before a
/// rule, or a time zone that the server's database has and ours has not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// `timeZone` is not in the time zone database of this program.
    #[error("spec.timeZone: {0}")]
    TimeZone(String),
    /// A window of `businessHours` is not one.
    #[error("spec.businessHours[{index}]: {message}")]
    BusinessHours {
        /// The position in the list, from 0.
        index: usize,
        /// What is wrong and what to write instead.
        message: String,
    },
}

impl PolicyError {
    /// The reason of the `Ready` condition.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::TimeZone(_) => "InvalidTimeZone",
            Self::BusinessHours { .. } => "InvalidBusinessHours",
        }
    }
}

/// An `EcrUploadPolicy` that can judge.
#[derive(Debug, Clone)]
pub struct Policy {
    name: String,
    accounts: BTreeSet<String>,
    regions: Patterns,
    repositories: Patterns,
    registries: Vec<Registry>,
    failed_pushes: api::FailedPushes,
    severity: api::Severity,
    schedule: Schedule,
}

impl Policy {
    /// Compiles the spec of the policy of this name.
    ///
    /// # Errors
    /// When the time zone is unknown or a window is not valid.
    pub fn compile(name: &str, spec: &api::EcrUploadPolicySpec) -> Result<Self, PolicyError> {
        let scope = spec.scope.clone().unwrap_or_default();
        let zone =
            calendar::zone_from_name(&spec.time_zone).map_err(|error| PolicyError::TimeZone(error.to_string()))?;
        let windows = spec
            .business_hours
            .iter()
            .enumerate()
            .map(|(index, hours)| {
                compile_window(hours).map_err(|message| PolicyError::BusinessHours { index, message })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            name: name.to_owned(),
            accounts: scope.accounts.into_iter().collect(),
            regions: Patterns::new(&scope.regions),
            repositories: Patterns::new(&scope.repositories),
            registries: scope.registries.into_iter().map(registry_of).collect(),
            failed_pushes: spec.failed_pushes,
            severity: spec.severity,
            schedule: Schedule::new(zone, windows),
        })
    }

    /// The name of the policy.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The severity of its findings.
    pub fn severity(&self) -> api::Severity {
        self.severity
    }

    /// Its business hours.
    pub fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// Whether a push at this instant would be off hours.
    pub fn is_off_hours(&self, at: DateTime<Utc>) -> bool {
        self.schedule.hours(at) != Hours::Business
    }

    /// Judges an upload, in the order: scope, business hours.
    pub fn judge(&self, upload: &Upload) -> Judgement {
        let verdict = match self.out_of_scope(upload) {
            Some(part) => Verdict::OutOfScope(part),
            None => match self.schedule.hours(upload.time) {
                Hours::Business => Verdict::BusinessHours,
                Hours::Off(reason) => Verdict::OffHours(reason_of(reason)),
            },
        };
        Judgement {
            verdict,
            local_time: self.schedule.local_time(upload.time).fixed_offset(),
            date: self.schedule.incident_date(upload.time),
        }
    }

    fn out_of_scope(&self, upload: &Upload) -> Option<OutOfScope> {
        if !self.accounts.is_empty() && !self.accounts.contains(&upload.account) {
            Some(OutOfScope::Account)
        } else if !self.regions.match_or_empty(&upload.region) {
            Some(OutOfScope::Region)
        } else if !self.repositories.match_or_empty(&upload.repository) {
            Some(OutOfScope::Repository)
        } else if !self.registries.is_empty() && !self.registries.contains(&upload.registry) {
            Some(OutOfScope::Registry)
        } else if upload.error_code.is_some() && self.failed_pushes == api::FailedPushes::Ignore {
            Some(OutOfScope::FailedPush)
        } else {
            None
        }
    }
}

fn compile_window(hours: &api::BusinessHours) -> Result<Window, String> {
    let time = |field: &str, text: &str| text.parse::<TimeOfDay>().map_err(|error| format!("{field}: {error}"));
    let days = hours.days.iter().copied().map(weekday_of).collect();
    Window::new(days, time("start", &hours.start)?, time("end", &hours.end)?).map_err(|error| error.to_string())
}

fn weekday_of(day: api::Day) -> Weekday {
    match day {
        api::Day::Mon => Weekday::Mon,
        api::Day::Tue => Weekday::Tue,
        api::Day::Wed => Weekday::Wed,
        api::Day::Thu => Weekday::Thu,
        api::Day::Fri => Weekday::Fri,
        api::Day::Sat => Weekday::Sat,
        api::Day::Sun => Weekday::Sun,
    }
}

fn registry_of(registry: api::Registry) -> Registry {
    match registry {
        api::Registry::Private => Registry::Private,
        api::Registry::Public => Registry::Public,
    }
}

fn reason_of(reason: calendar::OffHoursReason) -> api::OffHoursReason {
    match reason {
        calendar::OffHoursReason::Freeze => api::OffHoursReason::Freeze,
        calendar::OffHoursReason::NonWorkingDay => api::OffHoursReason::NonWorkingDay,
        calendar::OffHoursReason::OutsideHours => api::OffHoursReason::OutsideHours,
    }
}
