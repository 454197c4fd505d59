//! Why a policy cannot judge.

use crate::api::PolicyReadyReason;

/// A field of a policy cannot be used. The API server refuses nearly all of these; what is left is an object from before a
/// rule, a time zone that the server's database has and ours has not, and policies read from files.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct PolicyError {
    /// The path of the field, such as `spec.teams[2].timeZone`.
    pub field: String,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It is not a time zone of the database of this program.
    #[error("{0}")]
    TimeZone(String),
    /// It is not a window of hours.
    #[error("{0}")]
    BusinessHours(String),
    /// The allow rule would let more through than a rule may, or nothing ever.
    #[error("{0}")]
    AllowRule(String),
    /// The team matches everything, or has the name of another one.
    #[error("{0}")]
    Team(String),
}

impl PolicyError {
    /// The reason of the `Ready` condition.
    pub fn reason(&self) -> PolicyReadyReason {
        match self.problem {
            Problem::TimeZone(_) => PolicyReadyReason::InvalidTimeZone,
            Problem::BusinessHours(_) => PolicyReadyReason::InvalidBusinessHours,
            Problem::AllowRule(_) => PolicyReadyReason::InvalidAllowRule,
            Problem::Team(_) => PolicyReadyReason::InvalidTeam,
        }
    }
}

/// Puts a path before that of a problem within it: `at("spec.teams[0]")` of `("timeZone", …)`.
pub(super) fn at<E: Into<Located>>(path: &str) -> impl FnOnce(E) -> PolicyError {
    move |error| {
        let Located { path: inner, problem } = error.into();
        PolicyError { field: format!("{path}{inner}"), problem }
    }
}

/// A problem with where it is below the field at hand: empty, or such as `[2].start`.
#[derive(Debug)]
pub(super) struct Located {
    pub path: String,
    pub problem: Problem,
}

impl From<Problem> for Located {
    fn from(problem: Problem) -> Self {
        Self { path: String::new(), problem }
    }
}
