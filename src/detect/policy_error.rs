//! The errors that keep a policy from judging.

use chrono::{DateTime, Utc};

use crate::api::PolicyReadyReason;
use crate::calendar::{TimeOfDayError, WindowError, ZoneError};

/// A field of a policy cannot be used, so the policy cannot judge. The API server rejects nearly all of these; what is
/// left are objects that were stored before a rule existed, time zones that only the server's database has, and policies
/// read from files.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {kind}")]
pub struct PolicyError {
    /// The path of the field, such as `spec.teams[2].timeZone`.
    pub field: String,
    /// What is wrong with the field.
    #[source]
    pub kind: PolicyErrorKind,
}

/// What is wrong with a field of a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyErrorKind {
    /// It is not a time zone in the database of this program.
    #[error("{source}")]
    TimeZone {
        /// What is wrong with the name.
        source: ZoneError,
    },
    /// The start or the end of a window is not a time of day.
    #[error("{source}")]
    TimeOfDay {
        /// What is wrong with the text.
        source: TimeOfDayError,
    },
    /// It is not a window of business hours.
    #[error("{source}")]
    Window {
        /// What is wrong with the window.
        source: WindowError,
    },
    /// The allow rule would allow every push.
    #[error(
        "an allow rule must not match every push: list principals, repositories, tags, accounts, regions, sourceIPs, userAgents, \
         kinds or during, with more than * in one of them"
    )]
    AllowsEverything,
    /// The allow rule has sessions, and no principals that narrow it.
    #[error(
        "sessions must be used together with principals, because whoever assumes a role chooses the session name: list \
         principals too, with more than *"
    )]
    SessionsWithoutPrincipals,
    /// The reason of the allow rule is blank.
    #[error("must say why these pushes are allowed and who approved it, such as a ticket")]
    NoReason,
    /// The allow rule ends before it begins.
    #[error("must be before expires")]
    NeverApplies {
        /// The time from which the rule applies, inclusive.
        not_before: DateTime<Utc>,
        /// The time at which the rule ends, exclusive.
        expires: DateTime<Utc>,
    },
    /// It is neither an IP address nor a CIDR block.
    #[error("{text:?} is not an IP address or a CIDR block, such as 203.0.113.0/24")]
    NotANetwork {
        /// What was written.
        text: String,
    },
    /// Another allow rule before this one has the same name.
    #[error("{}", duplicate(.name))]
    DuplicateAllowRule {
        /// The name.
        name: String,
    },
    /// The team would match every push.
    #[error("a team must match something: list principals, repositories or accounts")]
    TeamMatchesEverything,
    /// Another team before this one has the same name.
    #[error("{}", duplicate(.name))]
    DuplicateTeam {
        /// The name.
        name: String,
    },
}

fn duplicate(name: &str) -> String {
    format!("the name {name:?} is used twice; names must be unique")
}

impl PolicyError {
    /// The reason of the `Ready` condition.
    pub fn reason(&self) -> PolicyReadyReason {
        match self.kind {
            PolicyErrorKind::TimeZone { .. } => PolicyReadyReason::InvalidTimeZone,
            PolicyErrorKind::TimeOfDay { .. } | PolicyErrorKind::Window { .. } => {
                PolicyReadyReason::InvalidBusinessHours
            }
            PolicyErrorKind::AllowsEverything
            | PolicyErrorKind::SessionsWithoutPrincipals
            | PolicyErrorKind::NoReason
            | PolicyErrorKind::NeverApplies { .. }
            | PolicyErrorKind::NotANetwork { .. }
            | PolicyErrorKind::DuplicateAllowRule { .. } => PolicyReadyReason::InvalidAllowRule,
            PolicyErrorKind::TeamMatchesEverything | PolicyErrorKind::DuplicateTeam { .. } => {
                PolicyReadyReason::InvalidTeam
            }
        }
    }
}

impl From<ZoneError> for PolicyErrorKind {
    fn from(source: ZoneError) -> Self {
        Self::TimeZone { source }
    }
}

/// Prefixes the path of an error within a field with that of the field: `at("spec.teams[0]")` of an error at `.timeZone`.
pub(super) fn at<E: Into<Located>>(path: &str) -> impl FnOnce(E) -> PolicyError {
    move |error| {
        let Located { path: inner, kind } = error.into();
        PolicyError { field: format!("{path}{inner}"), kind }
    }
}

/// An error at a place within a field.
#[derive(Debug)]
pub(super) struct Located {
    /// The path from the field on, such as `[2].start`; empty for the field itself.
    pub path: String,
    /// What is wrong there.
    pub kind: PolicyErrorKind,
}

impl<K: Into<PolicyErrorKind>> From<K> for Located {
    fn from(kind: K) -> Self {
        Self { path: String::new(), kind: kind.into() }
    }
}
