//! The status of an `OffHoursUpload`: the evidence, and what the triage covers.

use chrono::{DateTime, FixedOffset, Utc};
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::severity::Severity;

/// The evidence, and which of it the triage covers. Written by the controller only.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OffHoursUploadStatus {
    /// The generation of the finding that triage and untriaged are about. If metadata.generation is another, the triage was
    /// changed and the controller has yet to record what it covers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,

    /// The severity set in the policy when the latest upload was added.
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

    /// The number of records in this part that are pushes rejected by ECR.
    #[schemars(range(min = 0))]
    pub failed: i32,

    /// The number of uploads in this part that spec.triage does not cover: all of them while its state is New, else those
    /// added after it was set. The finding is open while this is not 0.
    #[schemars(range(min = 0))]
    pub untriaged: i32,

    /// What spec.triage covers. Absent while its state is New.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub triage: Option<TriageCoverage>,

    /// The distinct kinds of the uploads.
    #[serde(default)]
    #[schemars(length(max = 10), extend("x-kubernetes-list-type" = "atomic"))]
    pub kinds: Vec<UploadKind>,

    /// The time of the first upload, in UTC.
    pub first_time: DateTime<Utc>,

    /// The time of the last upload, in UTC.
    pub last_time: DateTime<Utc>,

    /// The reason why the first upload is off hours. Freeze: the policy has no business hours at all. Holiday: the local
    /// date is a holiday, or the time lies in a window of business hours that a holiday cancelled. NonWorkingDay: no window
    /// starts on that local weekday. OutsideHours: the local time is outside all windows.
    pub reason: OffHoursReason,

    /// A sentence about the first upload: who pushed what, when, and why that is off hours. It names the holiday if there is
    /// one.
    #[schemars(length(max = 1024))]
    pub message: String,

    /// Short forms for tables.
    pub summary: Summary,

    /// The uploads in the order of their times; at most 100.
    // Atomic, since the controller alone writes it, and always as a whole: as a map, each upload's fields would be listed in
    // managedFields too, which adds 30 KiB to a full finding.
    #[serde(default)]
    #[schemars(length(max = 100), extend("x-kubernetes-list-type" = "atomic"))]
    pub uploads: Vec<UploadEvidence>,
}

/// What a triage covers: everything that the finding held when the triage was set.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TriageCoverage {
    /// The number of uploads that the finding held when the triage was set. Those added later are counted in
    /// status.untriaged.
    #[schemars(range(min = 0))]
    pub uploads: i32,

    /// The number of pushes that these uploads belong to: an image index and the images that it lists are one.
    #[schemars(range(min = 0))]
    pub pushes: i32,

    /// The time at which the triage was set, in UTC. Absent if the API server did not record it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_time: Option<DateTime<Utc>>,

    /// The client that set the triage, such as kubectl-edit: the field manager in metadata.managedFields. The cluster
    /// records the client there, not the user. Absent if it recorded none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub set_by: Option<String>,
}

/// Short forms for tables.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The latest tag that was pushed. Absent if all uploads are pushes by digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub tag: Option<String>,

    /// The principal without what the account makes obvious, such as role/ci/release; for a user of IAM Identity Center the
    /// name of the user, for a role of an AWS service the name of the service.
    #[schemars(length(max = 128))]
    pub principal: String,

    /// The local weekday and time of the last upload, such as Sat 03:12.
    #[schemars(length(max = 16))]
    pub last: String,

    /// The state of the triage, followed by the number of uploads added after it was set, such as Expected+2.
    #[schemars(length(max = 32))]
    pub triage: String,

    /// The digest that belongs to the tag, or that of the last upload if there is no tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 80))]
    pub digest: Option<String>,
}

/// The reason why a push is off hours.
#[derive(JsonSchema, Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum OffHoursReason {
    /// The schedule has no business hours at all.
    Freeze,
    /// The local date is a holiday, or the time lies in a window that a holiday cancelled.
    Holiday,
    /// No window starts on that local weekday.
    NonWorkingDay,
    /// The local time is outside all windows.
    OutsideHours,
}

/// One PutImage record. Values that are longer than their maximum are cut.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UploadEvidence {
    /// The id of the record in CloudTrail. Search CloudTrail for it to see the whole record.
    #[serde(rename = "eventID")]
    #[schemars(length(max = 64))]
    pub event_id: String,

    /// The id that the copies of one event in several accounts share, or the id of the record that this one corrects. If
    /// present, it decides whether a record was already reported.
    #[serde(rename = "originalID", default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub original_id: Option<String>,

    /// The time at which ECR completed the request, in UTC.
    pub time: DateTime<Utc>,

    /// The same time in the time zone of the finding, with its offset from UTC.
    pub local_time: DateTime<FixedOffset>,

    /// The reason why this upload is off hours; see status.reason.
    pub reason: OffHoursReason,

    /// The tag that was pushed. Absent for a push by digest, such as the images of an index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub tag: Option<String>,

    /// The digest of the manifest. Absent if CloudTrail cut the manifest and the response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 80))]
    pub digest: Option<String>,

    /// The kind of what was pushed. Image: a container image. Index: a list of images, usually one for each platform.
    /// IndexChild: an untagged manifest that such a list names. Retag: a further tag on a manifest that was pushed within
    /// the 10 minutes before. Signature, Attestation, SBOM, HelmChart: as their names say. Artifact: anything else that a
    /// registry can hold. Unknown: CloudTrail cut the manifest, which happens above 100 KB. An untagged Image that was
    /// reported before its list was known becomes an IndexChild when the list joins the finding.
    pub kind: UploadKind,

    /// The images that an index lists, as the first 12 hexadecimal digits of each digest; at most 16.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), inner(length(max = 12)), extend("x-kubernetes-list-type" = "atomic"))]
    pub children: Vec<String>,

    /// The origin of the request: an address or the name of a service. A docker push shows AWS Internal.
    #[serde(rename = "sourceIP", default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub source_ip: Option<String>,

    /// The user agent of the client. A docker push shows AWS Internal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub user_agent: Option<String>,

    /// The session name of an assumed role or a federated user, chosen by the caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub session: Option<String>,

    /// The error code with which ECR rejected the push. Absent if it succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub error_code: Option<String>,
}

/// The kind of what was pushed.
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
    /// A signature, such as one made by cosign or Notation.
    Signature,
    /// A signed or unsigned statement about an image, such as its provenance.
    Attestation,
    /// A software bill of materials.
    #[serde(rename = "SBOM")]
    Sbom,
    /// A Helm chart.
    HelmChart,
    /// Anything else that a registry can hold.
    Artifact,
    /// CloudTrail cut the manifest.
    Unknown,
}
