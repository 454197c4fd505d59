//! `CloudTrailSource`: where CloudTrail records come from.

#![allow(
    clippy::duplicated_attributes,
    reason = "clippy takes equal values of kube's repeated attributes for duplicates"
)]

use std::collections::BTreeMap;

use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

use super::{CloudTrailSourceStatus, Duration};

/// Where CloudTrail records come from. Owned by the platform team, because it decides which AWS role is used and which
/// namespaces may see the result.
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
    doc = "A CloudTrailSource says where CloudTrail records are read, with which AWS role, and which namespaces may use it in their policies. It is read once, however many policies use it.",
    printcolumn(name = "Ready", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].status"),
    printcolumn(name = "Reason", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].reason"),
    printcolumn(name = "Up To Date", type_ = "string", json_path = ".status.conditions[?(@.type==\"UpToDate\")].status"),
    printcolumn(name = "Complete Through", type_ = "string", json_path = ".status.completeThrough"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(name = "Account", type_ = "string", json_path = ".status.streams[0].account", priority = 1),
    printcolumn(name = "Regions", type_ = "string", json_path = ".spec.lookupEvents.regions", priority = 1),
    printcolumn(name = "Role", type_ = "string", json_path = ".spec.assumeRole.roleARN", priority = 1),
    validation = Rule::new("self.metadata.name.size() <= 63").message("the name of a CloudTrailSource may have at most 63 characters: policies refer to it")
)]
#[serde(rename_all = "camelCase")]
pub struct CloudTrailSourceSpec {
    /// Reads CloudTrail's event history through the LookupEvents API, which every account has without any set-up and which
    /// keeps 90 days. May be empty: the account and the Region of the controller's own AWS configuration.
    pub lookup_events: LookupEvents,

    /// The role that is assumed before reading. When left out, the controller's own credentials are used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assume_role: Option<AssumeRole>,

    /// The namespaces whose policies may use this source. All of them when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_namespaces: Option<AllowedNamespaces>,
}

/// How CloudTrail's event history is polled. AWS allows two LookupEvents requests a second for each account and Region,
/// shared with everyone in the account; the controller keeps to one a second over all sources.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LookupEvents {
    /// The Regions to read, such as eu-central-1. ECR Public records are in us-east-1. The Region of the controller's own
    /// AWS configuration when left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 32)), extend("x-kubernetes-list-type" = "set"))]
    #[x_kube(validation = Rule::new("self.all(r, r.matches('^[a-z]{2,4}(-[a-z]+)+-[0-9]+$'))").message("each Region must be the code of an AWS Region, such as eu-central-1"))]
    pub regions: Vec<String>,

    /// How often each Region is read, as a duration such as 60s; from 1s to 1h.
    #[serde(default = "default_poll_interval")]
    #[x_kube(validation = Rule::new("self.matches('^([0-9]+(h|m|s))+$') && duration(self) >= duration('1s') && duration(self) <= duration('1h')").message("must be a duration from 1s to 1h, such as 60s"))]
    pub poll_interval: Duration,

    /// How far each read goes back over what was read before, to catch records that CloudTrail delivers late, as a duration
    /// such as 30m; from 1m to 24h. CloudTrail delivers in about 5 minutes on average, and does not promise that.
    #[serde(default = "default_overlap")]
    #[x_kube(validation = Rule::new("self.matches('^([0-9]+(h|m|s))+$') && duration(self) >= duration('1m') && duration(self) <= duration('24h')").message("must be a duration from 1m to 24h, such as 30m"))]
    pub overlap: Duration,

    /// Further reads of the past, to find records that CloudTrail delivers later than `overlap`. The default is the
    /// last 24h every 1h and the last 168h every 24h; an empty list means none; at most 4. In each Region, a sweep
    /// costs one LookupEvents request for every 50 PutImage records in its range, and at least one; it waits while
    /// there is anything else to read.
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
#[x_kube(validation = Rule::new("!self.every.matches('^([0-9]+(h|m|s))+$') || !self.back.matches('^([0-9]+(h|m|s))+$') || duration(self.back) >= duration(self.every)").message("back must be at least every: a sweep that goes back less than its interval leaves times unread between two runs"))]
pub struct Sweep {
    /// The interval between two runs, as a duration such as 1h; from 10s to 168h.
    #[x_kube(validation = Rule::new("self.matches('^([0-9]+(h|m|s))+$') && duration(self) >= duration('10s') && duration(self) <= duration('168h')").message("must be a duration from 10s to 168h, such as 1h"))]
    pub every: Duration,

    /// How far back each run reads, as a duration such as 24h; at least `every`, at most 2160h, the 90 days that CloudTrail
    /// keeps.
    #[x_kube(validation = Rule::new("self.matches('^([0-9]+(h|m|s))+$') && duration(self) >= duration('10s') && duration(self) <= duration('2160h')").message("must be a duration from 10s to 2160h (the 90 days that CloudTrail keeps), such as 24h"))]
    pub back: Duration,
}

/// An IAM role, usually in another account.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssumeRole {
    /// The ARN of the role. It must trust the controller's own role and allow cloudtrail:LookupEvents.
    #[serde(rename = "roleARN")]
    #[schemars(length(max = 2048))]
    #[x_kube(validation = Rule::new("self.matches('^arn:[a-z-]+:iam::[0-9]{12}:role/.+$')").message("must be the ARN of an IAM role, such as arn:aws:iam::111122223333:role/offhours"))]
    pub role_arn: String,

    /// The external id that the trust policy of the role asks for, if it does.
    #[serde(rename = "externalID", default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 1224))]
    pub external_id: Option<String>,
}

/// Namespaces, chosen by their labels.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AllowedNamespaces {
    /// The labels that a namespace must have, all of them. kubernetes.io/metadata.name is the name of the namespace.
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
