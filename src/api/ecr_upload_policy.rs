//! `EcrUploadPolicy`: what counts as off hours, and whose pushes it judges.

#![allow(
    clippy::duplicated_attributes,
    reason = "clippy takes equal values of kube's repeated attributes for duplicates"
)]

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::patterns::{NO_REGISTRY_HOST, REGION, REPOSITORY_NAME};
use super::{AllowRule, Duration, EcrUploadPolicyStatus, Holidays, Team};

/// What counts as off hours: which pushes to Amazon ECR are judged, by whose clock, and what is reported.
///
/// A policy with an empty spec is the reference detection: Monday to Friday 08:00 to 20:00 UTC, all repositories.
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
    doc = "An EcrUploadPolicy says which image pushes to Amazon ECR are judged, and by which business hours. Each push outside of them is written as an OffHoursUpload in the namespace of the policy.",
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
    validation = Rule::new("self.metadata.name.size() <= 63").message("the name of an EcrUploadPolicy may have at most 63 characters: its findings carry it as a label")
)]
#[serde(rename_all = "camelCase")]
pub struct EcrUploadPolicySpec {
    /// Which pushes this policy judges. Everything that its sources deliver, when left out. The fields are ANDed; a list
    /// matches when one of its items does; an empty list matches everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,

    /// The IANA time zone of the business hours, such as Europe/Berlin, America/New_York or UTC. The time of a push is
    /// converted to local wall-clock time there and compared with businessHours, so daylight saving needs no care.
    #[serde(default = "default_time_zone")]
    #[schemars(length(min = 1, max = 64))]
    #[x_kube(validation = Rule::new("self.matches('^(UTC|[A-Z][A-Za-z]+(/[A-Za-z0-9_+-]+)+)$')").message("must be an IANA time zone name such as Europe/Berlin, Asia/Tokyo or UTC; abbreviations, offsets and Local are not zones"))]
    #[x_kube(validation = Rule::new("!self.matches('^(UTC|[A-Z][A-Za-z]+(/[A-Za-z0-9_+-]+)+)$') || timestamp('2024-01-01T00:00:00Z').getHours(self) >= 0").message("is not in the IANA time zone database; write a name such as Europe/Berlin, Asia/Tokyo or UTC"))]
    pub time_zone: String,

    /// The windows of business time; a push outside all of them is a finding. Windows may overlap. Monday to Friday 08:00
    /// to 20:00 when left out; an empty list means that there are no business hours: every push is a finding (a freeze).
    #[serde(default = "default_business_hours")]
    #[schemars(length(max = 28))]
    #[x_kube(validation = Rule::new("self.all(a, self.exists_one(b, a == b))").message("the same window is listed twice; remove one of them"))]
    pub business_hours: Vec<BusinessHours>,

    /// Days on which business hours do not apply: a holiday cancels the windows that start on that local date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holidays: Option<Holidays>,

    /// Whose pushes are judged by hours of their own. The first team that matches a push decides; a push that no team
    /// matches is judged by the hours of the policy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub teams: Vec<Team>,

    /// Reviewed exceptions: off-hours pushes that are in order. The first rule that matches a push lets it through; status
    /// counts them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub allow: Vec<AllowRule>,

    /// Whether pushes that ECR refused are reported. Report: as an attempt, counted in `failed` of the finding. Ignore:
    /// they are out of scope.
    #[serde(default)]
    pub failed_pushes: FailedPushes,

    /// Whether pushes by service-linked roles are reported, such as those of ECR's pull-through cache and replication: roles
    /// with /aws-service-role/ in their path, which only AWS can create. Report: judged like any other, and the service is
    /// named in the message. Ignore: they are out of scope.
    #[serde(default)]
    pub service_roles: ServiceRoles,

    /// How severe a finding of this policy is: Low, Medium, High or Critical. Copied to each finding.
    #[serde(default)]
    pub severity: Severity,

    /// Names of the CloudTrailSources whose records are judged. When left out: every source that admits this namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 32), inner(length(min = 1, max = 63)), extend("x-kubernetes-list-type" = "set"))]
    pub sources: Option<Vec<String>>,

    /// How far before its creation or edit the policy applies, as a duration such as 24h or 90m. The default is 24h; at most
    /// 2160h, the 90 days that CloudTrail keeps. Pushes that the policy already reported are not reported again.
    #[serde(default = "default_lookback")]
    #[x_kube(validation = Rule::new("self.matches('^([0-9]+(h|m|s))+$') && duration(self) <= duration('2160h')").message("must be a duration such as 24h or 90m, of at most 2160h (the 90 days that CloudTrail keeps)"))]
    pub lookback: Duration,

    /// Whether judging is suspended; the default is false. Existing findings stay. On resume, pushes made while the
    /// policy was suspended are judged too, as far back as CloudTrail keeps them.
    #[serde(default)]
    pub suspend: bool,
}

/// Which pushes a policy judges. Patterns are those of IAM: `*` is any run of characters, `/` included, `?` is one
/// character, everything else is literal; the whole value must match, and case counts.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Scope {
    /// AWS account ids of 12 digits: the owners of the registries pushed to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1000), inner(length(max = 12)), extend("x-kubernetes-list-type" = "set"))]
    #[x_kube(validation = Rule::new("self.all(a, a.matches('^[0-9]{12}$'))").message("each account must be an AWS account id of exactly 12 digits, in quotes, such as \"111122223333\""))]
    pub accounts: Vec<String>,

    /// Patterns of AWS Regions, such as eu-central-1 or eu-*.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 32)), extend("x-kubernetes-list-type" = "set"))]
    #[x_kube(validation = Rule::new(REGION.rule).message(REGION.message))]
    pub regions: Vec<String>,

    /// Patterns of repository names, such as prod/*.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256), inner(length(min = 1, max = 256)), extend("x-kubernetes-list-type" = "set"))]
    #[x_kube(validation = Rule::new(NO_REGISTRY_HOST.rule).message(NO_REGISTRY_HOST.message))]
    #[x_kube(validation = Rule::new(REPOSITORY_NAME.rule).message(REPOSITORY_NAME.message))]
    pub repositories: Vec<String>,

    /// Kinds of registry: Private (ecr.amazonaws.com) and Public (ecr-public.amazonaws.com). Both when left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 2), extend("x-kubernetes-list-type" = "set"))]
    pub registries: Vec<Registry>,
}

/// A window of business time in the zone of the policy. It is half open: at `start` it is business time, at `end` it is
/// not any more.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("self.start != self.end").message("start and end are the same, so the window is empty; for a whole day write start \"00:00\" and end \"24:00\""))]
pub struct BusinessHours {
    /// The weekdays on which the window starts: Mon, Tue, Wed, Thu, Fri, Sat, Sun.
    #[schemars(length(min = 1, max = 7), extend("x-kubernetes-list-type" = "set"))]
    pub days: Vec<Day>,

    /// Local wall-clock time at which the window starts, HH:MM, from 00:00 to 23:59.
    #[schemars(length(max = 16))] // room for 08:00:00 and 8:00 AM, which the rule answers with what to write
    #[x_kube(validation = Rule::new("self.matches('^([01][0-9]|2[0-3]):[0-5][0-9]$')").message("must be a time of day HH:MM from 00:00 to 23:59, such as \"08:00\""))]
    pub start: String,

    /// Local wall-clock time at which the window ends, HH:MM, from 00:00 to 24:00. At or before `start` it means the next
    /// day: a window over midnight belongs to the day on which it starts.
    #[schemars(length(max = 16))]
    #[x_kube(validation = Rule::new("self.matches('^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$')").message("must be a time of day HH:MM from 00:00 to 24:00, such as \"20:00\""))]
    pub end: String,
}

/// A weekday.
#[derive(JsonSchema, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs)] // The weekdays need no explanation.
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

/// The kind of ECR registry that was pushed to.
#[derive(JsonSchema, Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Registry {
    /// A private registry, `ecr.amazonaws.com`.
    Private,
    /// The public gallery, `ecr-public.amazonaws.com`.
    Public,
}

/// Whether pushes that ECR refused are reported.
#[derive(JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum FailedPushes {
    /// A refused push is an attempt, and is reported.
    #[default]
    Report,
    /// A refused push is out of scope.
    Ignore,
}

/// Whether pushes by service-linked roles are reported.
#[derive(JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ServiceRoles {
    /// They are judged like any other.
    #[default]
    Report,
    /// They are out of scope.
    Ignore,
}

/// How severe a finding is.
#[derive(JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // Low to Critical is a scale.
pub enum Severity {
    Low,
    #[default]
    Medium,
    High,
    Critical,
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
    /// The reference detection: Monday to Friday 08:00 to 20:00 UTC, all repositories.
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
