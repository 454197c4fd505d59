//! What the controller writes into the status of an `EcrUploadPolicy`.

use chrono::{DateTime, Utc};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::conditions::conditions_schema;

/// What the controller knows about a policy. Written only by the controller.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EcrUploadPolicyStatus {
    /// The generation of the policy that this status describes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,

    /// Whether a push at this moment would be off hours, by the policy's own hours and holidays; teams have theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub off_hours_now: Option<bool>,

    /// When the policy's own business hours next begin or end, in UTC. Absent when they never do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_transition: Option<DateTime<Utc>>,

    /// How many OffHoursUploads of this policy exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub findings: Option<FindingCounts>,

    /// The time of the latest push that this policy reported, in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_finding_time: Option<DateTime<Utc>>,

    /// The start of what the policy covers, in UTC: every push that the sources show between `coveredSince` and
    /// `coveredThrough` was judged by the policy as it is now, and every finding is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covered_since: Option<DateTime<Utc>>,

    /// The end of what the policy covers, in UTC: where the oldest hole begins. While FindingsComplete is True,
    /// coveredSince and coveredThrough follow the sources and are written with any other change, at least once an hour:
    /// an old time here is not a sign of trouble then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covered_through: Option<DateTime<Utc>>,

    /// The edit of the policy that coveredSince, coveredThrough and sources describe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<PolicyRevision>,

    /// The sources of the policy, with what the policy judged of each. The controller resumes from it after a restart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1000), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub sources: Vec<SourceCoverage>,

    /// Each allow rule, and what it let through: a rule that lets nothing through can be removed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub allow_rules: Vec<AllowRuleStatus>,

    /// The data that verdicts rest on besides the spec.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar_data: Option<CalendarData>,

    /// Conditions by the Kubernetes API conventions. Ready: the policy is valid and judges what its sources deliver.
    /// SourcesReady: all of its sources can be read. FindingsComplete: every off-hours push that its sources show, from
    /// coveredSince on, is in a finding.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "conditions_schema")]
    pub conditions: Vec<Condition>,
}

/// Numbers of findings.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingCounts {
    /// The number of findings with uploads that no triage covers.
    #[schemars(range(min = 0))]
    pub open: i64,
    /// The number of all findings.
    #[schemars(range(min = 0))]
    pub total: i64,
}

/// An edit of a policy. An edit of a calendar that it names is one too.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyRevision {
    /// The generation of the policy.
    pub generation: i64,
    /// A hash of the iCalendar feeds that the policy names. Absent when it names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub calendars: Option<String>,
}

/// What a policy judged of a source.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceCoverage {
    /// The name of the CloudTrailSource.
    #[schemars(length(max = 253))]
    pub name: String,
    /// The uid of the CloudTrailSource: one that is deleted and created again is another source.
    #[schemars(length(max = 64))]
    pub uid: String,
    /// The time from which pushes are judged, in UTC, inclusive.
    pub since: DateTime<Utc>,
    /// Where the oldest hole begins, in UTC. Absent while the policy is joined to the head of every stream of the source and
    /// nothing behind it is unread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub through: Option<DateTime<Utc>>,
    /// The time when the policy stopped using the source, in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed_at: Option<DateTime<Utc>>,
}

/// What an allow rule did.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AllowRuleStatus {
    /// The name of the rule.
    #[schemars(length(max = 63))]
    pub name: String,
    /// Pending: before notBefore. Active: it lets pushes through. Expiring: it expires within 7 days. Expired: it lets
    /// nothing through that was pushed after it expired.
    pub state: AllowRuleState,
    /// How many off-hours pushes the rule let through, since it got its name; an index and each of its images are one
    /// each. A push counts once, however often it is read; after a restart of the controller, one that arrives late may
    /// not count.
    #[schemars(range(min = 0))]
    pub allowed: i64,
    /// The time of the latest push that it let through, in UTC. Absent when there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used: Option<DateTime<Utc>>,
}

/// Where an allow rule is in its life.
#[derive(JsonSchema, Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AllowRuleState {
    /// Before `notBefore`.
    Pending,
    /// It lets pushes through.
    Active,
    /// It lets pushes through, and expires within 7 days.
    Expiring,
    /// After `expires`.
    Expired,
}

/// The most iCalendar feeds that a status lists. A spec can name many more, and its status must be written all the same.
pub const MAX_CALENDARS: usize = 64;

/// The data that verdicts rest on besides the spec.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CalendarData {
    /// The version of the IANA time zone database, such as 2025b.
    #[schemars(length(max = 32))]
    pub time_zone_database: String,
    /// The data set of public holidays, with its version. Absent when no country is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub holiday_data: Option<String>,
    /// The iCalendar feeds, of the policy and of its teams; the first 64 of more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "atomic"))] // MAX_CALENDARS
    pub calendars: Vec<CalendarStatus>,
}

/// An iCalendar feed as it was read.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CalendarStatus {
    /// The name of the ConfigMap.
    #[schemars(length(max = 253))]
    pub config_map: String,
    /// The key in it.
    #[schemars(length(max = 253))]
    pub key: String,
    /// How many events of the feed are in use. 0 when it is missing.
    #[schemars(range(min = 0))]
    pub entries: i64,
}
