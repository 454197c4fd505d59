//! The three resources of group `offhours.dev`: their types, schemas and validation rules.
//!
//! The types are the single source of the CRDs in `crds/` (see [`crds`]). Their doc comments are the descriptions that
//! `kubectl explain` prints, so they are written for the people who write policies.

mod admission;
mod allow_rule;
mod cloud_trail_source;
mod conditions;
mod crds;
mod duration;
mod ecr_upload_policy;
mod holidays;
mod off_hours_upload;
mod policy_status;
mod team;

pub use admission::{Refusal, admit};
pub use allow_rule::AllowRule;
pub use cloud_trail_source::{
    AllowedNamespaces, AssumeRole, CloudTrailSource, CloudTrailSourceSpec, CloudTrailSourceStatus, LookupEvents,
    StreamStatus, Sweep,
};
pub use conditions::{ConditionStatus, condition, merge_conditions};
pub use crds::{YamlError, crds, to_yaml};
pub use duration::Duration;
pub use ecr_upload_policy::{
    BusinessHours, Day, EcrUploadPolicy, EcrUploadPolicySpec, FailedPushes, Registry, Scope, ServiceRoles, Severity,
};
pub use holidays::{CalendarReference, HolidayDate, Holidays};
pub use off_hours_upload::{
    MAX_UPLOADS, OffHoursReason, OffHoursUpload, OffHoursUploadSpec, OffHoursUploadStatus, Principal, Triage,
    TriageState, UploadEvidence, UploadKind,
};
pub use policy_status::{
    AllowRuleState, AllowRuleStatus, AppliedSource, CalendarData, CalendarStatus, EcrUploadPolicyStatus, FindingCounts,
    MAX_CALENDARS,
};
pub use team::{Team, TeamMatch};

/// The API group of all three resources.
pub const GROUP: &str = "offhours.dev";
