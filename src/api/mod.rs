//! The three resources of group `offhours.dev`: their types, schemas and validation rules.
//!
//! The types are the single source of the CRDs in `crds/` (see [`crds()`]). Their doc comments are the descriptions that
//! `kubectl explain` prints, so they are written for the people who write policies.

mod admission;
mod allow_rule;
mod bounded_text;
mod business_hours;
mod closed_set;
mod cloud_trail_source;
mod condition_status;
mod condition_types;
mod conditions;
mod crds;
mod duration;
mod ecr_upload_policy;
mod error_kind;
mod event_reason;
mod holidays;
mod off_hours_upload;
mod off_hours_upload_status;
mod patterns;
mod policy_status;
mod reasons;
mod record_kind;
mod severity;
mod source_status;
mod team;

pub(crate) use admission::{Refusal, admit};
pub use allow_rule::AllowRule;
pub use bounded_text::BoundedText;
pub use business_hours::{BusinessHours, Day};
pub use cloud_trail_source::{
    AllowedNamespaces, AssumeRole, CloudTrailSource, CloudTrailSourceSpec, LookupEvents, Sweep,
};
pub use condition_status::ConditionStatus;
pub use condition_types::ConditionType;
pub use conditions::{LONGEST_MESSAGE, condition, merge_conditions};
pub use crds::{YamlError, crds, to_yaml};
pub use duration::Duration;
pub use ecr_upload_policy::{EcrUploadPolicy, EcrUploadPolicySpec, FailedPushes, Registry, Scope, ServiceRoles};
pub use error_kind::ErrorKind;
pub use event_reason::{EventReason, Occurrence};
pub use holidays::{CALENDAR_LABEL, CalendarReference, HolidayDate, Holidays};
pub use off_hours_upload::{MAX_UPLOADS, OffHoursUpload, OffHoursUploadSpec, Principal, Triage, TriageState};
pub use off_hours_upload_status::{
    OffHoursReason, OffHoursUploadStatus, Summary, TriageCoverage, UploadEvidence, UploadKind,
};
pub(crate) use policy_status::MAX_CALENDARS;
pub use policy_status::{
    AllowRuleState, AllowRuleStatus, CalendarData, CalendarStatus, EcrUploadPolicyStatus, FindingCounts,
    PolicyRevision, PublicHolidayData, PublicHolidayState, SourceCoverage,
};
pub use reasons::{
    FindingsCompleteReason, PolicyReadyReason, Reason, SourceReadyReason, SourcesReadyReason, UpToDateReason,
};
pub use record_kind::RecordKind;
pub use severity::Severity;
pub use source_status::{CloudTrailSourceStatus, Gap, GapReason, StreamStatus};
pub use team::{Team, TeamMatch};

/// The API group of the three resources.
pub const GROUP: &str = "offhours.dev";
