//! What the controller writes into the status of an `EcrUploadPolicy`.

use chrono::{DateTime, NaiveDate, Utc};
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

    /// Whether a push at this moment would be off hours by the hours and holidays of the policy itself. Those of its teams may
    /// differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub off_hours_now: Option<bool>,

    /// The time at which the business hours of the policy itself next begin or end, in UTC. Absent when they never do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_transition: Option<DateTime<Utc>>,

    /// The number of OffHoursUploads of this policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub findings: Option<FindingCounts>,

    /// The time of the latest push that this policy reported, in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_finding_time: Option<DateTime<Utc>>,

    /// The start of what the policy covers, in UTC, inclusive. Every push between `coveredSince` and `coveredThrough` in the
    /// records of its sources was judged by the policy as it is now, and every finding is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covered_since: Option<DateTime<Utc>>,

    /// The end of what the policy covers, in UTC, exclusive: where the oldest hole begins. While FindingsComplete is True, it
    /// follows the sources, but is only written with other changes and once an hour: a time that is up to an hour old is no
    /// sign of trouble then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covered_through: Option<DateTime<Utc>>,

    /// The edit of the policy that `coveredSince`, `coveredThrough` and `sources` describe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<PolicyRevision>,

    /// The sources of the policy, with what the policy judged of each. The controller resumes from it after a restart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1000), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub sources: Vec<SourceCoverage>,

    /// The allow rules, each with the number of pushes that it allowed. A rule that allows nothing can be removed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub allow_rules: Vec<AllowRuleStatus>,

    /// The versions of the time zone and holiday data that the policy is judged with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar_data: Option<CalendarData>,

    /// Conditions, as the Kubernetes API conventions define them. Ready: the policy is valid and judges every push up to now, its sources
    /// can be read, and its findings are written; it may still be reading the past. SourcesReady: every source of the policy
    /// can be read. FindingsComplete: every off-hours push since coveredSince in the records of its sources is in a finding.
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

/// The use of an allow rule.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AllowRuleStatus {
    /// The name of the rule.
    #[schemars(length(max = 63))]
    pub name: String,
    /// The state of the rule. Pending: `notBefore` is in the future. Active: the rule allows pushes. Expiring: the same, and it
    /// expires within 7 days. Expired: it allows no push made at or after `expires`.
    pub state: AllowRuleState,
    /// The number of off-hours pushes that the rule allowed since it got its name. An index and each of its images count one
    /// each. A push counts once, however often it is read; one that arrives late after a restart of the controller may not
    /// count.
    #[schemars(range(min = 0))]
    pub allowed: i64,
    /// The time of the latest push that the rule allowed, in UTC. Absent when there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used: Option<DateTime<Utc>>,
}

/// The state of an allow rule.
#[derive(JsonSchema, Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AllowRuleState {
    /// Before `notBefore`.
    Pending,
    /// The rule allows pushes.
    Active,
    /// The rule allows pushes, and expires within 7 days.
    Expiring,
    /// After `expires`.
    Expired,
}

/// The most iCalendar feeds that a status lists. A spec can name many more, and its status must be written anyway.
pub const MAX_CALENDARS: usize = 64;

/// The versions of the time zone and holiday data that a policy is judged with.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CalendarData {
    /// The version of the IANA time zone database, such as 2025b.
    #[schemars(length(max = 32))]
    pub time_zone_database: String,
    /// The public holidays of the countries that the policy and its teams name. Absent when they name none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_holidays: Option<PublicHolidayData>,
    /// The iCalendar feeds, of the policy and of its teams; the first 64 of more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "atomic"))] // MAX_CALENDARS
    pub calendars: Vec<CalendarStatus>,
}

/// The data that public holidays come from, and how much it knows of the days ahead.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PublicHolidayData {
    /// The name of the data set: a Python package.
    #[schemars(length(max = 32))]
    pub data_set: String,
    /// The version of the data set.
    #[schemars(length(max = 32))]
    pub version: String,
    /// The last date that the data set covers, as YYYY-MM-DD. A later date is no public holiday of any country.
    pub through: NaiveDate,
    /// The number of dates from today (UTC) through `through` that are public holidays.
    #[schemars(range(min = 0))]
    pub days_ahead: i64,
    /// The number of those dates that are estimates, because a lunar calendar or a government decides them later. Check them
    /// when the day comes closer: a newer version of the controller may know better.
    #[schemars(range(min = 0))]
    pub estimates_ahead: i64,
    /// The first of those estimates, as YYYY-MM-DD. Absent when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_estimate: Option<NaiveDate>,
    /// Whether the data reaches far enough. Current: it covers at least six more months. Ending: it covers less. Ended: it
    /// covers no date from today on, so public holidays are not applied, and Ready is False.
    pub state: PublicHolidayState,
}

/// Whether the data of public holidays reaches far enough.
#[derive(JsonSchema, Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PublicHolidayState {
    /// For six more months at least.
    Current,
    /// For less than six months.
    Ending,
    /// Not for today.
    Ended,
}

/// An iCalendar feed as it was read.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CalendarStatus {
    /// The name of the ConfigMap.
    #[schemars(length(max = 253))]
    pub config_map: String,
    /// The key in the ConfigMap.
    #[schemars(length(max = 253))]
    pub key: String,
    /// The number of events of the feed that are in use. 0 when the feed is missing.
    #[schemars(range(min = 0))]
    pub entries: i64,
}
