//! Verdicts on uploads.

use chrono::{DateTime, Datelike as _, FixedOffset, NaiveDate};

use super::allow_rule::AllowRule;
use super::hours::TeamHours;
use crate::api::OffHoursReason;
use crate::calendar::HOLIDAY_YEARS;

/// The verdict of a policy on an upload.
#[derive(Debug, Clone, Copy)]
pub enum Verdict<'p> {
    /// The policy does not judge the upload, because this part of its scope excludes it.
    OutOfScope(OutOfScope),
    /// It was pushed within business hours.
    BusinessHours,
    /// It was pushed outside business hours, and an allow rule covers it: the first that does.
    Allowed(&'p AllowRule),
    /// It was pushed outside business hours for this reason, so it is in a finding.
    OffHours(OffHoursReason),
}

impl Verdict<'_> {
    /// The name of the verdict in metrics and output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OutOfScope(_) => "OutOfScope",
            Self::BusinessHours => "BusinessHours",
            Self::Allowed(_) => "Allowed",
            Self::OffHours(_) => "OffHours",
        }
    }
}

/// The part of a policy's scope that excludes an upload.
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
    /// ECR rejected the push, and `failedPushes` is Ignore.
    FailedPush,
    /// A service-linked role pushed, and `serviceRoles` is Ignore.
    ServiceRole,
}

/// A verdict, and what it is based on.
#[derive(Debug, Clone, Copy)]
pub struct Judgement<'p> {
    /// The verdict.
    pub verdict: Verdict<'p>,
    /// The business hours that were applied: those of the first team that matches, else the policy's own.
    pub hours: &'p TeamHours,
    /// The local time of the upload, in the zone of these hours.
    pub local_time: DateTime<FixedOffset>,
    /// The local date of the finding, where a day lasts from noon to noon.
    pub date: NaiveDate,
}

impl Judgement<'_> {
    /// Whether the hours name countries, but no public holidays are known in the year of the local date, so that the
    /// upload was judged as if no country were named.
    pub fn lacks_public_holidays(&self) -> bool {
        let names_countries = !self.hours.holidays().public().codes().is_empty();
        names_countries && !HOLIDAY_YEARS.contains(&self.local_time.year())
    }
}
