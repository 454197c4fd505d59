//! `OffHoursUpload`: one finding, what a person would call one incident.

#![allow(
    clippy::duplicated_attributes,
    reason = "clippy takes equal values of kube's repeated attributes for duplicates"
)]

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Registry, Severity};

/// The most uploads that one finding holds. The next one goes to the next part, so that an object stays far below etcd's
/// limit of 1.5 MiB, whatever is pushed.
pub const MAX_UPLOADS: usize = 100;

/// The identity of a finding, written once, and the triage, which is the user's.
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
    selectable = ".spec.triage.state",
    printcolumn(name = "Policy", type_ = "string", json_path = ".spec.policy"),
    printcolumn(name = "Repository", type_ = "string", json_path = ".spec.repository"),
    printcolumn(name = "Tag", type_ = "string", json_path = ".status.uploads[*].tag"),
    printcolumn(name = "Principal", type_ = "string", json_path = ".spec.principal.arn"),
    printcolumn(name = "Local Time", type_ = "string", json_path = ".status.uploads[0].localTime"),
    printcolumn(name = "Count", type_ = "integer", json_path = ".status.count"),
    printcolumn(name = "Reason", type_ = "string", json_path = ".status.reason"),
    printcolumn(name = "Triage", type_ = "string", json_path = ".spec.triage.state"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(name = "Account", type_ = "string", json_path = ".spec.account", priority = 1),
    printcolumn(name = "Region", type_ = "string", json_path = ".spec.region", priority = 1),
    printcolumn(name = "Team", type_ = "string", json_path = ".spec.team", priority = 1),
    printcolumn(name = "Kinds", type_ = "string", json_path = ".status.kinds", priority = 1),
    printcolumn(name = "Digest", type_ = "string", json_path = ".status.uploads[?(@.tag)].digest", priority = 1)
)]
#[x_kube(validation = Rule::new("has(self.team) == has(oldSelf.team) && (!has(self.team) || self.team == oldSelf.team)").message("team is part of the identity of a finding and cannot be changed; only triage can"))]
#[serde(rename_all = "camelCase")]
pub struct OffHoursUploadSpec {
    /// The name of the EcrUploadPolicy that found it, in the same namespace.
    #[schemars(length(max = 63))]
    #[x_kube(validation = Rule::new("self == oldSelf").message("policy is part of the identity of a finding and cannot be changed; only triage can"))]
    pub policy: String,

    /// The team whose hours were used. Absent for the policy's own hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub team: Option<String>,

    /// The local date of the incident: that of the wall-clock time less 12 hours, so that a push at 03:00 belongs to the
    /// night before.
    #[schemars(length(max = 10))]
    #[x_kube(validation = Rule::new("self == oldSelf").message("date is part of the identity of a finding and cannot be changed; only triage can"))]
    pub date: NaiveDate,

    /// The IANA time zone of the date and of the local times in the evidence.
    #[schemars(length(max = 64))]
    #[x_kube(validation = Rule::new("self == oldSelf").message("timeZone is part of the identity of a finding and cannot be changed; only triage can"))]
    pub time_zone: String,

    /// The AWS account that owns the registry pushed to.
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

    /// The repository pushed to.
    #[schemars(length(max = 256))]
    #[x_kube(validation = Rule::new("self == oldSelf").message("repository is part of the identity of a finding and cannot be changed; only triage can"))]
    pub repository: String,

    /// Who pushed.
    #[x_kube(validation = Rule::new("self == oldSelf").message("principal is part of the identity of a finding and cannot be changed; only triage can"))]
    pub principal: Principal,

    /// Which part of the incident this is, from 1. A part holds at most 100 uploads; the next one goes to the next part.
    #[schemars(range(min = 1))]
    #[x_kube(validation = Rule::new("self == oldSelf").message("part is part of the identity of a finding and cannot be changed; only triage can"))]
    pub part: i32,

    /// What was decided about this finding. Yours to write; the controller never changes it.
    #[serde(default)]
    pub triage: Triage,
}

/// The AWS identity that pushed.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Principal {
    /// CloudTrail's type of identity, such as IAMUser, AssumedRole, Root, AWSAccount or AWSService; Unknown where the record
    /// has none.
    #[serde(rename = "type")]
    #[schemars(length(max = 64))]
    pub kind: String,

    /// The ARN of the role of an assumed role, else the ARN of the identity; the name of the service where it has none.
    #[schemars(length(max = 2048))]
    pub arn: String,

    /// The session name, only for roles of IAM Identity Center, where AWS sets it to the user's name. Elsewhere the caller
    /// chooses it, and it is found with each upload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub session: Option<String>,
}

/// What was decided about a finding.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Triage {
    /// New: nobody has looked. Acknowledged: somebody is on it. Expected: the push was in order. Incident: it was not.
    #[serde(default)]
    pub state: TriageState,

    /// Why, in your own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub note: Option<String>,

    /// Who decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub by: Option<String>,
}

/// How far the triage of a finding is.
#[derive(JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TriageState {
    /// Nobody has looked.
    #[default]
    New,
    /// Somebody is on it.
    Acknowledged,
    /// The push was in order.
    Expected,
    /// The push was not in order.
    Incident,
}

/// Why a push is off hours.
#[derive(JsonSchema, Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum OffHoursReason {
    /// The schedule has no business hours at all.
    Freeze,
    /// The local date is a holiday, or the instant lies in a window that a holiday cancelled.
    Holiday,
    /// No window starts on that local weekday.
    NonWorkingDay,
    /// The local time is outside all windows.
    OutsideHours,
}

/// The evidence. Written only by the controller.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OffHoursUploadStatus {
    /// The severity that the policy had when the latest upload was added.
    pub severity: Severity,

    /// The name of the CloudTrail event: PutImage.
    #[schemars(length(max = 64))]
    pub signature: String,

    /// The number of CloudTrail records in this part.
    #[schemars(range(min = 0))]
    pub count: i32,

    /// The number of pushes in this part as a person would count them: an image index and the images that it lists are one.
    #[schemars(range(min = 0))]
    pub pushes: i32,

    /// How many of the records are attempts that ECR refused.
    #[schemars(range(min = 0))]
    pub failed: i32,

    /// What was pushed: the kinds of the uploads, each once.
    #[serde(default)]
    #[schemars(length(max = 10), extend("x-kubernetes-list-type" = "atomic"))]
    pub kinds: Vec<UploadKind>,

    /// The time of the first upload, in UTC.
    pub first_time: DateTime<Utc>,

    /// The time of the last upload, in UTC.
    pub last_time: DateTime<Utc>,

    /// Why the first upload is off hours. Freeze: the policy has no business hours at all. Holiday: the local date is a
    /// holiday, or the instant lies in a window that a holiday cancelled. NonWorkingDay: no window starts on that local
    /// weekday. OutsideHours: the local time is outside all windows.
    pub reason: OffHoursReason,

    /// What happened, in a sentence. It names the holiday where there is one.
    #[schemars(length(max = 1024))]
    pub message: String,

    /// The uploads, in the order of their times.
    // Atomic, since the controller alone writes it, and always as a whole: as a map, each upload's fields would be listed in
    // managedFields too, which adds 30 KiB to a full finding.
    #[serde(default)]
    #[schemars(length(max = 100), extend("x-kubernetes-list-type" = "atomic"))]
    pub uploads: Vec<UploadEvidence>,
}

/// One PutImage record. Strings that come from the record are cut to their maximum.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UploadEvidence {
    /// CloudTrail's id of the record: what to look for in CloudTrail.
    #[serde(rename = "eventID")]
    #[schemars(length(max = 64))]
    pub event_id: String,

    /// The id that the copies of one event in several accounts share, or the id of the record that this one updates. Where
    /// there is one, it decides whether a record was reported already.
    #[serde(rename = "originalID", default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub original_id: Option<String>,

    /// When ECR completed the request, in UTC.
    pub time: DateTime<Utc>,

    /// The same time by the clock on the wall, with its offset from UTC.
    pub local_time: DateTime<FixedOffset>,

    /// Why this upload is off hours; see reason of the finding.
    pub reason: OffHoursReason,

    /// The tag that was pushed. Absent for a push by digest, as of the images of an index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub tag: Option<String>,

    /// The digest of the manifest. Absent where CloudTrail cut the manifest and the response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 80))]
    pub digest: Option<String>,

    /// What was pushed. Image: a container image. Index: a list of images, usually one for each platform. IndexChild: an
    /// untagged manifest that such a list names. Retag: a further tag on a manifest that was pushed within the 10 minutes
    /// before. Signature, Attestation, SBOM, HelmChart: what they say. Artifact: something else that a registry can hold.
    /// Unknown: CloudTrail cut the manifest, which happens above 100 KB. An untagged Image that was reported before its list
    /// was known becomes an IndexChild when the list joins the finding.
    pub kind: UploadKind,

    /// The images that an index lists, as the first 12 hexadecimal digits of each digest; at most 16 of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), inner(length(max = 12)), extend("x-kubernetes-list-type" = "atomic"))]
    pub children: Vec<String>,

    /// Where the request came from: an address, or the name of a service. A docker push shows AWS Internal.
    #[serde(rename = "sourceIP", default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub source_ip: Option<String>,

    /// The client's own name. A docker push shows AWS Internal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub user_agent: Option<String>,

    /// The session name of an assumed role or a federated user, which the caller chose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub session: Option<String>,

    /// Why ECR refused the push. Absent when it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub error_code: Option<String>,
}

/// What was pushed.
#[derive(JsonSchema, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum UploadKind {
    /// A container image.
    Image,
    /// A list of images, usually one for each platform.
    Index,
    /// An untagged image or attestation that an index of the same push lists.
    IndexChild,
    /// A tag on a manifest that was pushed to the same repository within the 10 minutes before.
    Retag,
    /// A signature, as of cosign or Notation.
    Signature,
    /// A signed or unsigned statement about an image, such as its provenance.
    Attestation,
    /// A software bill of materials.
    #[serde(rename = "SBOM")]
    Sbom,
    /// A Helm chart.
    HelmChart,
    /// Something else that a registry can hold.
    Artifact,
    /// CloudTrail cut the manifest.
    Unknown,
}
