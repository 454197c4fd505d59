//! The verdict on one upload.

use chrono::{DateTime, Datelike as _, FixedOffset, NaiveDate};

use super::allow_rule::AllowRule;
use super::hours::TeamHours;
use crate::api::OffHoursReason;
use crate::calendar::HOLIDAY_YEARS;

/// What a policy says of an upload.
#[derive(Debug, Clone, Copy)]
pub enum Verdict<'p> {
    /// The policy does not judge it.
    OutOfScope(OutOfScope),
    /// It was pushed within business hours.
    BusinessHours,
    /// It was pushed outside of them, and this rule says that it is in order: the first that covers it.
    Allowed(&'p AllowRule),
    /// It was pushed outside of them: a finding.
    OffHours(OffHoursReason),
}

impl Verdict<'_> {
    /// The name of the verdict, as in metrics and output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OutOfScope(_) => "OutOfScope",
            Self::BusinessHours => "BusinessHours",
            Self::Allowed(_) => "Allowed",
            Self::OffHours(_) => "OffHours",
        }
    }
}

/// Which part of the scope leaves an upload out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutOfScope {
    /// `scope.accounts` does not list the owner of the registry.
    Account,
    /// No pattern of `scope.regions` matches.
    Region,
    /// No pattern of `scope.repositories` matches.
    Repository,
    /// `scope.registries` does not list the kind of registry.
    Registry,
    /// ECR refused the push, and `failedPushes` is Ignore.
    FailedPush,
    /// A service-linked role pushed, and `serviceRoles` is Ignore.
    ServiceRole,
}

/// A verdict, and what it rests on.
#[derive(Debug, Clone, Copy)]
pub struct Judgement<'p> {
    /// What the policy says.
    pub verdict: Verdict<'p>,
    /// The hours that were used: of the first team that matches, else the policy's own.
    pub hours: &'p TeamHours,
    /// The time of the upload by the clock on the wall, in the zone of these hours.
    pub local_time: DateTime<FixedOffset>,
    /// The local date of the incident, which turns at noon.
    pub date: NaiveDate,
}

impl Judgement<'_> {
    /// Whether the hours name countries, and the local date lies in a year of which no public holidays are known: they were
    /// judged as if no country was named.
    pub fn lacks_public_holidays(&self) -> bool {
        let names_countries = !self.hours.holidays().public().codes().is_empty();
        names_countries && !HOLIDAY_YEARS.contains(&self.local_time.year())
    }
}
