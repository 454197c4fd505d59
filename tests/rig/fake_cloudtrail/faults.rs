//! What goes wrong, by rule or by chance.

use std::collections::HashMap;
use std::time::Duration;

use super::super::seed::Seed;
use super::aws_error::AwsError;

/// Chances (0 to 1) that a pushed record is delivered late or twice.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Delivery {
    pub late: f64,
    /// The longest delay of a late record.
    pub late_by: Duration,
    pub repeated: f64,
}

/// Chances (0 to 1) of a fault in each answer.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Faults {
    /// ThrottlingException, as if someone else in the account used up the rate.
    pub throttled: f64,
    /// InternalFailure with HTTP 500.
    pub failed: f64,
    pub slow: f64,
    /// The longest delay of a slow answer.
    pub slow_by: Duration,
}

/// An error that the service returns instead of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    AccessDenied,
    /// The account is suspended or closed: its keys are valid for no service.
    AccountSuspended,
    /// The caller's temporary keys have expired.
    ExpiredToken,
    Throttled,
    InternalFailure,
}

impl Refusal {
    pub(super) fn error(self, caller_arn: &str) -> AwsError {
        match self {
            Refusal::AccessDenied => AwsError::new(
                "AccessDeniedException",
                format!(
                    "User: {caller_arn} is not authorized to perform: cloudtrail:LookupEvents because no \
                     identity-based policy allows the cloudtrail:LookupEvents action"
                ),
            ),
            Refusal::AccountSuspended => AwsError::with_status(
                403,
                "OptInRequired",
                "The AWS Access Key Id needs a subscription for the service",
            ),
            Refusal::ExpiredToken => {
                AwsError::new("ExpiredTokenException", "The security token included in the request is expired")
            }
            Refusal::Throttled => AwsError::new("ThrottlingException", "Rate exceeded"),
            Refusal::InternalFailure => AwsError::with_status(500, "InternalFailure", "An internal error occurred."),
        }
    }
}

/// An account with one of its Regions, or (`None`) with all of them.
type Place = (String, Option<String>);

/// What happens to a request, decided before it is read.
#[derive(Debug)]
pub struct Luck {
    pub refusal: Option<Refusal>,
    pub delay: Duration,
}

#[derive(Debug, Default)]
pub struct Rules {
    faults: Faults,
    refusals: HashMap<Place, Refusal>,
    stalls: HashMap<Place, Duration>,
}

impl Rules {
    pub fn set_faults(&mut self, faults: Faults) {
        self.faults = faults;
    }

    pub fn refuse(&mut self, account: &str, region: Option<&str>, refusal: Option<Refusal>) {
        let place = (account.to_owned(), region.map(str::to_owned));
        match refusal {
            Some(refusal) => self.refusals.insert(place, refusal),
            None => self.refusals.remove(&place),
        };
    }

    pub fn stall(&mut self, account: &str, region: Option<&str>, delay: Duration) {
        self.stalls.insert((account.to_owned(), region.map(str::to_owned)), delay);
    }

    /// A rule for the Region precedes one for the account, and both precede chance.
    pub fn draw(&self, seed: &mut Seed, account: &str, region: &str) -> Luck {
        let places = [(account.to_owned(), Some(region.to_owned())), (account.to_owned(), None)];
        let (throttled, failed) = (seed.chance(self.faults.throttled), seed.chance(self.faults.failed));
        let (slow, delay) = (seed.chance(self.faults.slow), seed.fraction());
        let by_chance = match (throttled, failed) {
            (true, _) => Some(Refusal::Throttled),
            (false, true) => Some(Refusal::InternalFailure),
            (false, false) => None,
        };
        let slow_by = if slow { self.faults.slow_by.mul_f64(delay) } else { Duration::ZERO };
        Luck {
            refusal: places.iter().find_map(|place| self.refusals.get(place).copied()).or(by_chance),
            delay: places.iter().find_map(|place| self.stalls.get(place).copied()).unwrap_or(slow_by),
        }
    }
}
