//! The verdict on one upload.

use chrono::{DateTime, FixedOffset, NaiveDate};

use crate::api::OffHoursReason;

/// What a policy says of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The policy does not judge it.
    OutOfScope(OutOfScope),
    /// It was pushed within business hours.
    BusinessHours,
    /// It was pushed outside of them: a finding.
    OffHours(OffHoursReason),
}

impl Verdict {
    /// The name of the verdict, as in metrics and output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OutOfScope(_) => "OutOfScope",
            Self::BusinessHours => "BusinessHours",
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
}

/// A verdict and the local time that it rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judgement {
    /// What the policy says.
    pub verdict: Verdict,
    /// The time of the upload by the clock on the wall, in the zone of the policy.
    pub local_time: DateTime<FixedOffset>,
    /// The local date of the incident, which turns at noon.
    pub date: NaiveDate,
}
