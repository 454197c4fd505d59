//! The three resources of group `offhours.dev`: their types, schemas and validation rules.
//!
//! The types are the single source of the CRDs in `crds/` (see [`crds`]). Their doc comments are the descriptions that
//! `kubectl explain` prints, so they are written for the people who write policies.

mod cloud_trail_source;
mod conditions;
mod crds;
mod duration;
mod ecr_upload_policy;
mod off_hours_upload;

pub use cloud_trail_source::{
    AllowedNamespaces, AssumeRole, CloudTrailSource, CloudTrailSourceSpec, CloudTrailSourceStatus, LookupEvents,
    StreamStatus,
};
pub use conditions::{ConditionStatus, condition, merge_conditions};
pub use crds::{CrdError, crds, to_yaml};
pub use duration::Duration;
pub use ecr_upload_policy::{
    AppliedSource, BusinessHours, Day, EcrUploadPolicy, EcrUploadPolicySpec, EcrUploadPolicyStatus, FailedPushes,
    FindingCounts, Registry, Scope, Severity,
};
pub use off_hours_upload::{
    MAX_UPLOADS, OffHoursReason, OffHoursUpload, OffHoursUploadSpec, OffHoursUploadStatus, Principal, Triage,
    TriageState, UploadEvidence, UploadKind,
};

/// The API group of all three resources.
pub const GROUP: &str = "offhours.dev";
