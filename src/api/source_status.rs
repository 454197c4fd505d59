//! What the controller writes into the status of a `CloudTrailSource`.

use chrono::{DateTime, Utc};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bounded_text::BoundedText;
use super::closed_set::closed_set;
use super::conditions::conditions_schema;
use super::duration::Duration;

/// How far a source was read. Written only by the controller, which resumes from it after a restart.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CloudTrailSourceStatus {
    /// The generation of the source that this status describes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,

    /// The time up to which every stream that the spec names was read, in UTC: the oldest `completeThrough` of these streams.
    /// Absent until each of them was read for the first time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complete_through: Option<DateTime<Utc>>,

    /// The streams of the source, one for each account and Region, including those that the spec no longer names, for
    /// 90 days.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 128), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["account", "region"]))]
    pub streams: Vec<StreamStatus>,

    /// The last ten ranges of time that were not read and can no longer be read. Pushes in them are in no finding.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10), extend("x-kubernetes-list-type" = "atomic"))]
    pub gaps: Vec<Gap>,

    /// Conditions, as the Kubernetes API conventions define them. Ready: every stream can be read. UpToDate: no stream is further
    /// behind than the controller's --stale-after.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "conditions_schema")]
    pub conditions: Vec<Condition>,
}

/// How far the event history of one account and Region was read.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StreamStatus {
    /// The AWS account whose event history is read. Empty until the account of the credentials is known.
    #[schemars(length(max = 32))]
    pub account: String,

    /// The AWS Region whose event history is read.
    #[schemars(length(max = 32))]
    pub region: String,

    /// The time when the spec first named the Region, in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_seen: Option<DateTime<Utc>>,

    /// The head of the stream, in UTC: every record that CloudTrail showed up to this time was read. Records that CloudTrail
    /// delivers later are found by `overlap` and by the sweeps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complete_through: Option<DateTime<Utc>>,

    /// The start of the last finished run of the sweep with the longest `back`, in UTC. Absent until the first has finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub swept_through: Option<DateTime<Utc>>,

    /// How far completeThrough was behind when this status was written, as a duration. The metric
    /// offhours_stream_lag_seconds has the current value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lag: Option<Duration>,

    /// Why the last read failed. Absent when it succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<BoundedText<1024>>,

    /// The time when the spec stopped naming the Region, in UTC. The stream is kept for 90 days after it, so that reading
    /// continues where it stopped when the Region is named again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed_at: Option<DateTime<Utc>>,
}

/// A range of time in a stream that was not read and can no longer be read.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Gap {
    /// The AWS account whose records are missing.
    #[schemars(length(max = 32))]
    pub account: String,

    /// The AWS Region whose records are missing.
    #[schemars(length(max = 32))]
    pub region: String,

    /// The start of the gap, in UTC, exclusive.
    pub from: DateTime<Utc>,

    /// The end of the gap, in UTC, exclusive.
    pub to: DateTime<Utc>,

    /// Why the records cannot be read. HistoryExpired: CloudTrail keeps 90 days and the stream was not read for longer.
    pub reason: GapReason,
}

closed_set! {
    /// Why records can no longer be read.
    #[derive(JsonSchema, Serialize, Deserialize)]
    GapReason {
        /// CloudTrail keeps 90 days and the stream was not read for longer. If a trail delivers to S3, run `offhours
        /// scan` on its files.
        HistoryExpired,
    }
}
