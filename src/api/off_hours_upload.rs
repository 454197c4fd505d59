//! `OffHoursUpload`: one finding, what a person would call one incident.

#![allow(
    clippy::duplicated_attributes,
    reason = "clippy takes equal values of kube's repeated attributes for duplicates"
)]

use chrono::NaiveDate;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ecr_upload_policy::Registry;
use super::off_hours_upload_status::OffHoursUploadStatus;

/// The most uploads that one finding holds. The next one goes to the next part, so that an object stays far below etcd's
/// limit of 1.5 MiB, whatever is pushed.
pub const MAX_UPLOADS: usize = 100;

/// The identity of the finding, which cannot be changed, and the triage, which is set by you.
// The API server takes at most eight selectable fields (CustomResourceDefinition, `selectableFields`); the team is a label.
// The default columns fit a terminal of 120 characters, so what is in the name (date, repository) has no column of its own.
#[derive(CustomResource, KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "offhours.dev",
    version = "v1alpha1",
    kind = "OffHoursUpload",
    plural = "offhoursuploads",
    shortname = "ohu",
    category = "offhours",
    namespaced,
    status = "OffHoursUploadStatus",
    derive = "PartialEq",
    doc = "An OffHoursUpload is one finding: the image pushes of one principal to one ECR repository on one local date that were outside the business hours of an EcrUploadPolicy. Its status is the evidence. Record what you decided about it in spec.triage.",
    selectable = ".spec.policy",
    selectable = ".spec.repository",
    selectable = ".spec.account",
    selectable = ".spec.region",
    selectable = ".spec.triage.state",
    selectable = ".status.severity",
    selectable = ".status.reason",
    selectable = ".status.untriaged",
    printcolumn(name = "Tag", type_ = "string", json_path = ".status.summary.tag"),
    printcolumn(name = "Principal", type_ = "string", json_path = ".status.summary.principal"),
    printcolumn(name = "Last", type_ = "string", json_path = ".status.summary.last"),
    printcolumn(name = "Reason", type_ = "string", json_path = ".status.reason"),
    printcolumn(name = "Severity", type_ = "string", json_path = ".status.severity"),
    printcolumn(name = "Triage", type_ = "string", json_path = ".status.summary.triage"),
    printcolumn(name = "Repository", type_ = "string", json_path = ".spec.repository", priority = 1),
    printcolumn(name = "Count", type_ = "integer", json_path = ".status.count", priority = 1),
    printcolumn(name = "Policy", type_ = "string", json_path = ".spec.policy", priority = 1),
    printcolumn(name = "Team", type_ = "string", json_path = ".spec.team", priority = 1),
    printcolumn(name = "Account", type_ = "string", json_path = ".spec.account", priority = 1),
    printcolumn(name = "Region", type_ = "string", json_path = ".spec.region", priority = 1),
    printcolumn(name = "Kinds", type_ = "string", json_path = ".status.kinds", priority = 1),
    printcolumn(name = "Digest", type_ = "string", json_path = ".status.summary.digest", priority = 1),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp", priority = 1)
)]
#[x_kube(validation = Rule::new("has(self.team) == has(oldSelf.team) && (!has(self.team) || self.team == oldSelf.team)").message("team is part of the identity of a finding and cannot be changed; only triage can"))]
#[serde(rename_all = "camelCase")]
pub struct OffHoursUploadSpec {
    /// The name of the EcrUploadPolicy that reported the finding, in the same namespace.
    #[schemars(length(max = 63))]
    #[x_kube(validation = Rule::new("self == oldSelf").message("policy is part of the identity of a finding and cannot be changed; only triage can"))]
    pub policy: String,

    /// The team whose business hours were applied. Absent when the policy's own hours were. Also the label
    /// offhours.dev/team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub team: Option<String>,

    /// The local date of the pushes, where a day lasts from noon to noon: a push at 03:00 belongs to the night that began
    /// on the day before.
    #[schemars(length(max = 10))]
    #[x_kube(validation = Rule::new("self == oldSelf").message("date is part of the identity of a finding and cannot be changed; only triage can"))]
    pub date: NaiveDate,

    /// The IANA time zone of the date and of the local times in the status.
    #[schemars(length(max = 64))]
    #[x_kube(validation = Rule::new("self == oldSelf").message("timeZone is part of the identity of a finding and cannot be changed; only triage can"))]
    pub time_zone: String,

    /// The AWS account that owns the registry.
    #[schemars(length(max = 32))]
    #[x_kube(validation = Rule::new("self == oldSelf").message("account is part of the identity of a finding and cannot be changed; only triage can"))]
    pub account: String,

    /// The AWS Region of the registry.
    #[schemars(length(max = 32))]
    #[x_kube(validation = Rule::new("self == oldSelf").message("region is part of the identity of a finding and cannot be changed; only triage can"))]
    pub region: String,

    /// The kind of registry: Private (ecr.amazonaws.com) or Public (ecr-public.amazonaws.com).
    #[x_kube(validation = Rule::new("self == oldSelf").message("registry is part of the identity of a finding and cannot be changed; only triage can"))]
    pub registry: Registry,

    /// The repository that was pushed to.
    #[schemars(length(max = 256))]
    #[x_kube(validation = Rule::new("self == oldSelf").message("repository is part of the identity of a finding and cannot be changed; only triage can"))]
    pub repository: String,

    /// The AWS identity that pushed.
    #[x_kube(validation = Rule::new("self == oldSelf").message("principal is part of the identity of a finding and cannot be changed; only triage can"))]
    pub principal: Principal,

    /// The number of this part of the incident, from 1. A part holds at most 100 uploads; later ones go to the next part.
    #[schemars(range(min = 1))]
    #[x_kube(validation = Rule::new("self == oldSelf").message("part is part of the identity of a finding and cannot be changed; only triage can"))]
    pub part: i32,

    /// Your decision about the finding. Set by you; the controller never changes it. It covers the uploads that the finding
    /// holds at the time: if others are added later, status.untriaged counts them, and the finding is open again. To cover
    /// these too, change the triage; a new note is enough. Setting the same values again changes nothing.
    #[serde(default)]
    pub triage: Triage,
}

/// The AWS identity that pushed.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Principal {
    /// The type of identity in CloudTrail's words, such as IAMUser, AssumedRole, Root, AWSAccount or AWSService; Unknown
    /// if the record has none.
    #[serde(rename = "type")]
    #[schemars(length(max = 64))]
    pub kind: String,

    /// The ARN of the role for an assumed role, else the ARN of the identity; the name of the service if it has no ARN.
    #[schemars(length(max = 2048))]
    pub arn: String,

    /// The session name, only for roles of IAM Identity Center, where AWS sets it to the user's name. For other roles the
    /// caller chooses it, and each upload in the status has its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub session: Option<String>,
}

/// A person's decision about a finding.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Triage {
    /// The decision; default New. New: nobody has looked at the finding yet. Acknowledged: somebody is working on it.
    /// Expected: the pushes were legitimate. Incident: they were not.
    #[serde(default)]
    pub state: TriageState,

    /// The reason for the decision, such as a ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub note: Option<String>,

    /// The person who decided. Not verified: the audit log of the API server records who changed the object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub by: Option<String>,
}

/// The decision about a finding.
#[derive(JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TriageState {
    /// Nobody has looked at the finding yet.
    #[default]
    New,
    /// Somebody is working on it.
    Acknowledged,
    /// The pushes were legitimate.
    Expected,
    /// The pushes were not legitimate.
    Incident,
}

impl TriageState {
    /// The word for the state.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "New",
            Self::Acknowledged => "Acknowledged",
            Self::Expected => "Expected",
            Self::Incident => "Incident",
        }
    }
}
