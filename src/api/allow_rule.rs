//! The reviewed exceptions of a policy.

use chrono::{DateTime, Utc};
use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use super::business_hours::BusinessHours;
use super::off_hours_upload_status::UploadKind;
use super::patterns::{
    AN_ARN, NO_GROUP, NO_REGION_IN_ARN, NO_REGISTRY_HOST, NO_SESSION_ARN, REGION, REPOSITORY_NAME, SESSION_NAME, TAG,
};

/// A reviewed exception. Fields are ANDed; a list matches if one of its items does; an empty list matches everything. A
/// field that the record does not have matches no list. Patterns follow IAM: `*` matches any number of characters,
/// including `/`; `?` matches one character; everything else is literal. A pattern must match the whole value, and is
/// case-sensitive. A rule that would allow every push is rejected.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("(has(self.principals) && size(self.principals) > 0 && !self.principals.exists(p, p.matches('^[*]+$'))) || (has(self.repositories) && size(self.repositories) > 0 && !self.repositories.exists(p, p.matches('^[*]+$'))) || (has(self.tags) && size(self.tags) > 0 && !self.tags.exists(p, p.matches('^[*]+$'))) || (has(self.regions) && size(self.regions) > 0 && !self.regions.exists(p, p.matches('^[*]+$'))) || (has(self.userAgents) && size(self.userAgents) > 0 && !self.userAgents.exists(p, p.matches('^[*]+$'))) || (has(self.accounts) && size(self.accounts) > 0) || (has(self.sourceIPs) && size(self.sourceIPs) > 0) || (has(self.kinds) && size(self.kinds) > 0) || (has(self.during) && size(self.during) > 0)").message("an allow rule must not match every push: list principals, repositories, tags, accounts, regions, sourceIPs, userAgents, kinds or during, with more than * in one of them"))]
#[x_kube(validation = Rule::new("!has(self.sessions) || size(self.sessions) == 0 || (has(self.principals) && size(self.principals) > 0 && !self.principals.exists(p, p.matches('^[*]+$')))").message("sessions must be used together with principals, because whoever assumes a role chooses the session name: list principals too, with more than *"))]
#[x_kube(validation = Rule::new("!has(self.notBefore) || !has(self.expires) || self.notBefore < self.expires").message("notBefore must be before expires"))]
pub struct AllowRule {
    /// Name of the rule, shown in explanations and in status.allowRules: lower-case letters, digits and hyphens.
    #[schemars(length(min = 1, max = 63))]
    #[x_kube(validation = Rule::new("self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')").message("must be lower-case letters, digits and hyphens, such as nightly-release"))]
    pub name: String,

    /// Why these pushes are allowed, and who approved it, such as a ticket.
    #[schemars(length(min = 1, max = 512))]
    #[x_kube(validation = Rule::new("self.matches('[^ ]')").message("must say why these pushes are allowed and who approved it, such as a ticket"))]
    pub reason: String,

    /// Patterns of the ARN of the IAM role or user that pushed, such as `arn:aws:iam::*:role/ci/release`. Defaults to
    /// all. For an assumed role this is the ARN of the role, with its path, never that of the session
    /// (`arn:aws:sts::…:assumed-role/…`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 512)), extend("x-kubernetes-list-type" = "set"))]
    #[x_kube(validation = Rule::new(NO_SESSION_ARN.rule).message(NO_SESSION_ARN.message))]
    #[x_kube(validation = Rule::new(AN_ARN.rule).message(AN_ARN.message))]
    #[x_kube(validation = Rule::new(NO_REGION_IN_ARN.rule).message(NO_REGION_IN_ARN.message))]
    #[x_kube(validation = Rule::new(NO_GROUP.rule).message(NO_GROUP.message))]
    pub principals: Vec<String>,

    /// Patterns of session names. Defaults to all. Must be used together with `principals`, because whoever assumes a
    /// role chooses the session name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 128)), extend("x-kubernetes-list-type" = "set"))]
    #[x_kube(validation = Rule::new(SESSION_NAME.rule).message(SESSION_NAME.message))]
    pub sessions: Vec<String>,

    /// Patterns of repository names, without registry and tag, such as prod/*. Defaults to all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 256)), extend("x-kubernetes-list-type" = "set"))]
    #[x_kube(validation = Rule::new(NO_REGISTRY_HOST.rule).message(NO_REGISTRY_HOST.message))]
    #[x_kube(validation = Rule::new(REPOSITORY_NAME.rule).message(REPOSITORY_NAME.message))]
    pub repositories: Vec<String>,

    /// Patterns of image tags. Defaults to all pushes, with or without a tag. A push without a tag, such as one of the
    /// images of an index, matches no pattern.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 128)), extend("x-kubernetes-list-type" = "set"))]
    #[x_kube(validation = Rule::new(TAG.rule).message(TAG.message))]
    pub tags: Vec<String>,

    /// AWS accounts that own the registries pushed to, as ids of 12 digits in quotes. Defaults to all. Not patterns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 12)), extend("x-kubernetes-list-type" = "set"))]
    #[x_kube(validation = Rule::new("self.all(a, a.matches('^[0-9]{12}$'))").message("each account must be an AWS account id of exactly 12 digits, in quotes, such as \"111122223333\""))]
    pub accounts: Vec<String>,

    /// Patterns of the AWS Regions of the registries. Defaults to all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 32)), extend("x-kubernetes-list-type" = "set"))]
    #[x_kube(validation = Rule::new(REGION.rule).message(REGION.message))]
    pub regions: Vec<String>,

    /// IP addresses or CIDR blocks that the request came from. Defaults to all. Only for pushes from the console or the
    /// API: a `docker push` shows `AWS Internal` instead of an address, and never matches.
    #[serde(rename = "sourceIPs", default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 43)), extend("x-kubernetes-list-type" = "set"))]
    #[x_kube(validation = Rule::new("self.all(a, isCIDR(a) || isIP(a))").message("each must be an IP address or a CIDR block, such as 203.0.113.0/24 or 2001:db8::/32"))]
    pub source_ips: Vec<String>,

    /// Patterns of user agents. Defaults to all. Only for pushes from the console or the API: a `docker push` shows
    /// `AWS Internal`. The caller chooses this text, so it proves nothing by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 256)), extend("x-kubernetes-list-type" = "set"))]
    pub user_agents: Vec<String>,

    /// Kinds of push: Image, Index, IndexChild, Retag, Signature, Attestation, SBOM, HelmChart, Artifact or Unknown.
    /// Defaults to all. Index allows the index alone; add IndexChild to allow the images that it lists.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10), extend("x-kubernetes-list-type" = "set"))]
    pub kinds: Vec<UploadKind>,

    /// Windows of local time in which the rule applies, in the time zone of the team that the push belongs to. Defaults
    /// to any time. Holidays do not cancel them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 14), extend("x-kubernetes-list-type" = "atomic"))]
    pub during: Vec<BusinessHours>,

    /// Time from which the rule applies, inclusive, such as 2026-12-01T00:00:00Z. Defaults to no limit. Compared with
    /// the time of the push.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<DateTime<Utc>>,

    /// Time at which the rule ends, exclusive, such as 2027-01-31T00:00:00Z. Defaults to never. Compared with the time
    /// of the push.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<DateTime<Utc>>,
}
