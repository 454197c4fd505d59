//! `CloudTrailSource`: where CloudTrail records are read.

#![allow(
    clippy::duplicated_attributes,
    reason = "clippy takes equal values of kube's repeated attributes for duplicates"
)]

use std::collections::BTreeMap;

use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

use super::duration::Duration;
use super::source_status::CloudTrailSourceStatus;

/// Where CloudTrail records are read. A source is owned by the platform team, because it decides which AWS role is used
/// and which namespaces see the result.
#[derive(CustomResource, KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "offhours.dev",
    version = "v1alpha1",
    kind = "CloudTrailSource",
    plural = "cloudtrailsources",
    shortname = "cts",
    category = "offhours",
    status = "CloudTrailSourceStatus",
    derive = "PartialEq",
    doc = "A CloudTrailSource defines where CloudTrail records are read, which AWS role is used, and which namespaces may use the records in their policies. It is read once, however many policies use it.",
    printcolumn(name = "Ready", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].status"),
    printcolumn(name = "Reason", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].reason"),
    printcolumn(name = "Up To Date", type_ = "string", json_path = ".status.conditions[?(@.type==\"UpToDate\")].status"),
    printcolumn(name = "Complete Through", type_ = "string", json_path = ".status.completeThrough"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(name = "Account", type_ = "string", json_path = ".status.streams[0].account", priority = 1),
    printcolumn(name = "Regions", type_ = "string", json_path = ".spec.lookupEvents.regions", priority = 1),
    printcolumn(name = "Role", type_ = "string", json_path = ".spec.assumeRole.roleARN", priority = 1),
    validation = Rule::new("self.metadata.name.size() <= 63").message("the name of a CloudTrailSource must have at most 63 characters, because policies refer to it")
)]
#[serde(rename_all = "camelCase")]
pub struct CloudTrailSourceSpec {
    /// Reads CloudTrail's event history through the LookupEvents API. Every account has it without any setup; it keeps
    /// 90 days. `{}` reads the account and the Region of the controller's own AWS configuration.
    pub lookup_events: LookupEvents,

    /// IAM role to assume before reading. Defaults to the controller's own credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assume_role: Option<AssumeRole>,

    /// Namespaces whose policies may use this source. Defaults to all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_namespaces: Option<AllowedNamespaces>,
}

/// How CloudTrail's event history is polled. AWS allows two LookupEvents requests per second for each account and
/// Region, shared by everyone in the account; the controller makes one per second, for all sources together, unless
/// --lookup-rate says otherwise.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LookupEvents {
    /// Regions to read, such as eu-central-1. Defaults to the Region of the controller's own AWS configuration. Pushes
    /// to ECR Public are recorded in us-east-1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 32)), extend("x-kubernetes-list-type" = "set"))]
    #[x_kube(validation = Rule::new("self.all(r, r.matches('^[a-z]{2,4}(-[a-z]+)+-[0-9]+$'))").message("each Region must be the code of an AWS Region, such as eu-central-1"))]
    pub regions: Vec<String>,

    /// Interval between two reads of a Region, as a duration such as 60s, from 1s to 1h. Defaults to 60s.
    #[serde(default = "default_poll_interval")]
    #[x_kube(validation = Rule::new("self.matches('^([0-9]+(h|m|s))+$') && duration(self) >= duration('1s') && duration(self) <= duration('1h')").message("must be a duration from 1s to 1h, such as 60s"))]
    pub poll_interval: Duration,

    /// How far each read goes back over what was read before, to find records that CloudTrail delivers late; a duration
    /// such as 30m, from 1m to 24h. Defaults to 30m. CloudTrail usually delivers within about 5 minutes, but does not
    /// guarantee it.
    #[serde(default = "default_overlap")]
    #[x_kube(validation = Rule::new("self.matches('^([0-9]+(h|m|s))+$') && duration(self) >= duration('1m') && duration(self) <= duration('24h')").message("must be a duration from 1m to 24h, such as 30m"))]
    pub overlap: Duration,

    /// Additional reads of the past that find records delivered later than `overlap`; at most 4. Defaults to the last
    /// 24h every 1h and the last 168h every 24h. An empty list means none. In each Region, a sweep costs one
    /// LookupEvents request for every 50 PutImage records in its range, and at least one. Sweeps wait while there is
    /// anything else to read.
    #[serde(default = "default_sweeps")]
    #[schemars(length(max = 4), extend("x-kubernetes-list-type" = "atomic"))]
    #[x_kube(validation = Rule::new("self.exists(s, !s.every.matches('^([0-9]+(h|m|s))+$') || !s.back.matches('^([0-9]+(h|m|s))+$')) || self.all(a, self.exists_one(b, duration(a.every) == duration(b.every) && duration(a.back) == duration(b.back)))").message("the same sweep is listed twice; remove one of them"))]
    pub sweeps: Vec<Sweep>,
}

impl Default for LookupEvents {
    fn default() -> Self {
        Self {
            regions: Vec::new(),
            poll_interval: default_poll_interval(),
            overlap: default_overlap(),
            sweeps: default_sweeps(),
        }
    }
}

/// A repeated read of the past.
#[derive(KubeSchema, Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("!self.every.matches('^([0-9]+(h|m|s))+$') || !self.back.matches('^([0-9]+(h|m|s))+$') || duration(self.back) >= duration(self.every)").message("back must be at least every, otherwise the times between two runs are never read"))]
pub struct Sweep {
    /// Interval between two runs, as a duration such as 1h, from 10s to 168h.
    #[x_kube(validation = Rule::new("self.matches('^([0-9]+(h|m|s))+$') && duration(self) >= duration('10s') && duration(self) <= duration('168h')").message("must be a duration from 10s to 168h, such as 1h"))]
    pub every: Duration,

    /// How far back each run reads, as a duration such as 24h; at least `every`, and at most 2160h, the 90 days that
    /// CloudTrail keeps.
    #[x_kube(validation = Rule::new("self.matches('^([0-9]+(h|m|s))+$') && duration(self) >= duration('10s') && duration(self) <= duration('2160h')").message("must be a duration from 10s to 2160h (the 90 days that CloudTrail keeps), such as 24h"))]
    pub back: Duration,
}

/// An IAM role, usually in another account.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssumeRole {
    /// ARN of the role. It must trust the controller's role and allow cloudtrail:LookupEvents.
    #[serde(rename = "roleARN")]
    #[schemars(length(max = 2048))]
    #[x_kube(validation = Rule::new("self.matches('^arn:[a-z-]+:iam::[0-9]{12}:role/.+$')").message("must be the ARN of an IAM role, such as arn:aws:iam::111122223333:role/offhours"))]
    pub role_arn: String,

    /// External ID that the trust policy of the role requires. Defaults to none.
    #[serde(rename = "externalID", default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 1224))]
    pub external_id: Option<String>,
}

/// Namespaces, selected by their labels.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AllowedNamespaces {
    /// Labels that a namespace must have, all of them. Defaults to none, which matches every namespace. Every namespace
    /// has its own name in the label kubernetes.io/metadata.name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 16, "additionalProperties" = {"type": "string", "maxLength": 63}))]
    pub match_labels: BTreeMap<String, String>,
}

fn default_poll_interval() -> Duration {
    Duration::from_secs(60)
}

fn default_overlap() -> Duration {
    Duration::from_secs(30 * 60)
}

fn default_sweeps() -> Vec<Sweep> {
    let hours = |hours: u64| Duration::from_secs(hours * 60 * 60);
    vec![Sweep { every: hours(1), back: hours(24) }, Sweep { every: hours(24), back: hours(168) }]
}
