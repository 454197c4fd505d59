//! `EcrUploadPolicy`: which pushes are judged, and by which business hours.

#![allow(
    clippy::duplicated_attributes,
    reason = "clippy takes equal values of kube's repeated attributes for duplicates"
)]

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::allow_rule::AllowRule;
use super::business_hours::{BusinessHours, Day};
use super::duration::Duration;
use super::holidays::Holidays;
use super::patterns::{NO_REGISTRY_HOST, REGION, REPOSITORY_NAME};
use super::policy_status::EcrUploadPolicyStatus;
use super::severity::Severity;
use super::team::Team;

/// Which pushes are judged, which hours count as business hours, and which off-hours pushes are allowed.
///
/// With an empty spec, every push outside Monday to Friday, 08:00 to 20:00 UTC is a finding.
#[derive(CustomResource, KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "offhours.dev",
    version = "v1alpha1",
    kind = "EcrUploadPolicy",
    plural = "ecruploadpolicies",
    shortname = "eup",
    category = "offhours",
    namespaced,
    status = "EcrUploadPolicyStatus",
    derive = "PartialEq",
    doc = "An EcrUploadPolicy defines which image pushes to Amazon ECR are judged, and the business hours they are judged by. Each push outside business hours is reported in an OffHoursUpload in the namespace of the policy.",
    printcolumn(name = "Zone", type_ = "string", json_path = ".spec.timeZone"),
    printcolumn(name = "Ready", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].status"),
    printcolumn(name = "Reason", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].reason"),
    printcolumn(name = "Complete", type_ = "string", json_path = ".status.conditions[?(@.type==\"FindingsComplete\")].status"),
    printcolumn(name = "Off-Hours Now", type_ = "boolean", json_path = ".status.offHoursNow"),
    printcolumn(name = "Open", type_ = "integer", json_path = ".status.findings.open"),
    printcolumn(name = "Last Finding", type_ = "date", json_path = ".status.lastFindingTime"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(name = "Total", type_ = "integer", json_path = ".status.findings.total", priority = 1),
    printcolumn(name = "Covered Through", type_ = "string", json_path = ".status.coveredThrough", priority = 1),
    printcolumn(name = "Next Transition", type_ = "string", json_path = ".status.nextTransition", priority = 1),
    printcolumn(name = "Lookback", type_ = "string", json_path = ".spec.lookback", priority = 1),
    validation = Rule::new("self.metadata.name.size() <= 63").message("the name of an EcrUploadPolicy must have at most 63 characters, because its findings carry it as a label")
)]
#[serde(rename_all = "camelCase")]
pub struct EcrUploadPolicySpec {
    /// The pushes that this policy judges. Defaults to every push that its sources deliver. Fields are ANDed; a list
    /// matches if one of its items does; an empty list matches everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,

    /// IANA time zone of the business hours, such as Europe/Berlin, America/New_York or UTC. Defaults to UTC. The time
    /// of each push is converted to local time in this zone, so daylight saving time needs no attention.
    #[serde(default = "default_time_zone")]
    #[schemars(length(min = 1, max = 64))]
    #[x_kube(validation = Rule::new("self.matches('^(UTC|[A-Z][A-Za-z]+(/[A-Za-z0-9_+-]+)+)$')").message("must be an IANA time zone name such as Europe/Berlin, Asia/Tokyo or UTC, not an abbreviation, an offset or Local"))]
    #[x_kube(validation = Rule::new("!self.matches('^(UTC|[A-Z][A-Za-z]+(/[A-Za-z0-9_+-]+)+)$') || timestamp('2024-01-01T00:00:00Z').getHours(self) >= 0").message("is not in the IANA time zone database; use a name such as Europe/Berlin, Asia/Tokyo or UTC"))]
    pub time_zone: String,

    /// Windows of business hours; a push outside all of them is a finding. Defaults to Monday to Friday, 08:00 to
    /// 20:00. Windows may overlap. An empty list means no business hours at all, so that every push is a finding (a
    /// freeze).
    #[serde(default = "default_business_hours")]
    #[schemars(length(max = 28))]
    #[x_kube(validation = Rule::new("self.all(a, self.exists_one(b, a == b))").message("the same window is listed twice; remove one of them"))]
    pub business_hours: Vec<BusinessHours>,

    /// Days without business hours. Defaults to none. A holiday cancels the windows that start on that local date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holidays: Option<Holidays>,

    /// Teams with their own time zone, business hours or holidays. Defaults to none. The first team that matches a push
    /// decides; pushes that match no team are judged by the policy's own hours.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub teams: Vec<Team>,

    /// Reviewed exceptions: off-hours pushes that are allowed. Defaults to none. The first rule that matches a push
    /// applies; status.allowRules counts the pushes that each rule allowed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub allow: Vec<AllowRule>,

    /// Whether pushes that ECR rejected are reported. Defaults to Report. Report: judged like any other push, and
    /// counted in `failed` of the finding. Ignore: out of scope.
    #[serde(default)]
    pub failed_pushes: FailedPushes,

    /// Whether pushes by service-linked roles, such as those of ECR's pull-through cache and replication, are reported.
    /// Defaults to Report. Only AWS can create these roles; their path contains /aws-service-role/. Report: judged like
    /// any other push, with the service named in the message. Ignore: out of scope.
    #[serde(default)]
    pub service_roles: ServiceRoles,

    /// Severity of the findings of this policy: Low, Medium, High or Critical. Defaults to Medium. A finding has the
    /// severity that the policy had when its latest upload was added.
    #[serde(default)]
    pub severity: Severity,

    /// Names of the CloudTrailSources whose records are judged. Defaults to every source that admits this namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 32), inner(length(min = 1, max = 63)), extend("x-kubernetes-list-type" = "set"))]
    pub sources: Option<Vec<String>>,

    /// How far back a new or edited policy is applied, counted from its creation or edit; a duration such as 24h or
    /// 90m, from 0s to 2160h, the 90 days that CloudTrail keeps. Defaults to 24h. A push that the policy has already
    /// reported is not reported again.
    #[serde(default = "default_lookback")]
    #[x_kube(validation = Rule::new("self.matches('^([0-9]+(h|m|s))+$') && duration(self) <= duration('2160h')").message("must be a duration such as 24h or 90m, of at most 2160h (the 90 days that CloudTrail keeps)"))]
    pub lookback: Duration,

    /// Whether judging is suspended. Defaults to false. Existing findings stay. When set back to false, the policy also
    /// judges pushes made while it was suspended, as far back as CloudTrail keeps them (90 days).
    #[serde(default)]
    pub suspend: bool,
}

/// The pushes that a policy judges. Patterns follow IAM: `*` matches any number of characters, including `/`; `?`
/// matches one character; everything else is literal. A pattern must match the whole value, and is case-sensitive.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Scope {
    /// AWS accounts that own the registries pushed to, as ids of 12 digits in quotes. Defaults to all. Not patterns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1000), inner(length(max = 12)), extend("x-kubernetes-list-type" = "set"))]
    #[x_kube(validation = Rule::new("self.all(a, a.matches('^[0-9]{12}$'))").message("each account must be an AWS account id of exactly 12 digits, in quotes, such as \"111122223333\""))]
    pub accounts: Vec<String>,

    /// Patterns of the AWS Regions of the registries, such as eu-central-1 or eu-*. Defaults to all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 32)), extend("x-kubernetes-list-type" = "set"))]
    #[x_kube(validation = Rule::new(REGION.rule).message(REGION.message))]
    pub regions: Vec<String>,

    /// Patterns of repository names, without registry and tag, such as prod/*. Defaults to all. The pattern prod
    /// matches the repository prod only, not prod/api.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256), inner(length(min = 1, max = 256)), extend("x-kubernetes-list-type" = "set"))]
    #[x_kube(validation = Rule::new(NO_REGISTRY_HOST.rule).message(NO_REGISTRY_HOST.message))]
    #[x_kube(validation = Rule::new(REPOSITORY_NAME.rule).message(REPOSITORY_NAME.message))]
    pub repositories: Vec<String>,

    /// Kinds of registry: Private (ecr.amazonaws.com) or Public (ecr-public.amazonaws.com). Defaults to both.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 2), extend("x-kubernetes-list-type" = "set"))]
    pub registries: Vec<Registry>,
}

/// The kind of ECR registry.
#[derive(JsonSchema, Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Registry {
    /// A private registry, `ecr.amazonaws.com`.
    Private,
    /// The public gallery, `ecr-public.amazonaws.com`.
    Public,
}

/// Whether pushes that ECR rejected are reported.
#[derive(JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum FailedPushes {
    /// They are judged like any other push, and counted as failed.
    #[default]
    Report,
    /// They are out of scope.
    Ignore,
}

/// Whether pushes by service-linked roles are reported.
#[derive(JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ServiceRoles {
    /// They are judged like any other push.
    #[default]
    Report,
    /// They are out of scope.
    Ignore,
}

fn default_time_zone() -> String {
    "UTC".to_owned()
}

fn default_business_hours() -> Vec<BusinessHours> {
    vec![BusinessHours {
        days: vec![Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri],
        start: "08:00".to_owned(),
        end: "20:00".to_owned(),
    }]
}

fn default_lookback() -> Duration {
    Duration::from_secs(24 * 60 * 60)
}

impl Default for EcrUploadPolicySpec {
    /// Every push outside Monday to Friday, 08:00 to 20:00 UTC, is a finding, as in the detection that offhours replaces.
    fn default() -> Self {
        Self {
            scope: None,
            time_zone: default_time_zone(),
            business_hours: default_business_hours(),
            holidays: None,
            teams: Vec::new(),
            allow: Vec::new(),
            service_roles: ServiceRoles::default(),
            failed_pushes: FailedPushes::default(),
            severity: Severity::default(),
            sources: None,
            lookback: default_lookback(),
            suspend: false,
        }
    }
}
