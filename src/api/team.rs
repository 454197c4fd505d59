//! The teams of a policy.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use super::business_hours::BusinessHours;
use super::holidays::Holidays;
use super::patterns::{AN_ARN, NO_GROUP, NO_REGION_IN_ARN, NO_REGISTRY_HOST, NO_SESSION_ARN, REPOSITORY_NAME};

/// A team with its own time zone, business hours or holidays. What it leaves out is inherited from the policy.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Team {
    /// Name of the team, shown in its findings: lower-case letters, digits and hyphens.
    #[schemars(length(min = 1, max = 63))]
    #[x_kube(validation = Rule::new("self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')").message("must be lower-case letters, digits and hyphens, such as tokyo or web-shop"))]
    pub name: String,

    /// Which pushes belong to this team.
    #[serde(rename = "match")]
    pub matches: TeamMatch,

    /// IANA time zone of the team. Defaults to that of the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    #[x_kube(validation = Rule::new("self.matches('^(UTC|[A-Z][A-Za-z]+(/[A-Za-z0-9_+-]+)+)$')").message("must be an IANA time zone name such as Europe/Berlin, Asia/Tokyo or UTC, not an abbreviation, an offset or Local"))]
    #[x_kube(validation = Rule::new("!self.matches('^(UTC|[A-Z][A-Za-z]+(/[A-Za-z0-9_+-]+)+)$') || timestamp('2024-01-01T00:00:00Z').getHours(self) >= 0").message("is not in the IANA time zone database; use a name such as Europe/Berlin, Asia/Tokyo or UTC"))]
    pub time_zone: Option<String>,

    /// Windows of business hours of the team. Defaults to those of the policy. An empty list means no business hours at
    /// all (a freeze).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 14), extend("x-kubernetes-list-type" = "atomic"))]
    pub business_hours: Option<Vec<BusinessHours>>,

    /// Holidays of the team, instead of those of the policy. Defaults to those of the policy. Use `{}` for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holidays: Option<Holidays>,
}

/// Which pushes belong to a team. Fields are ANDed; a list matches if one of its items does; an empty list matches
/// everything. At least one list must not be empty. Patterns follow IAM: `*` matches any number of characters,
/// including `/`; `?` matches one character.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[x_kube(validation = Rule::new("(has(self.principals) && size(self.principals) > 0) || (has(self.repositories) && size(self.repositories) > 0) || (has(self.accounts) && size(self.accounts) > 0)").message("a team must match something: list principals, repositories or accounts; the hours of everyone else belong in the policy itself"))]
pub struct TeamMatch {
    /// Patterns of the ARN of the IAM role or user that pushed, such as `arn:aws:iam::*:role/tokyo-*`. Defaults to all.
    /// For an assumed role this is the ARN of the role, with its path, never that of the session
    /// (`arn:aws:sts::…:assumed-role/…`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 512)), extend("x-kubernetes-list-type" = "set"))]
    #[x_kube(validation = Rule::new(NO_SESSION_ARN.rule).message(NO_SESSION_ARN.message))]
    #[x_kube(validation = Rule::new(AN_ARN.rule).message(AN_ARN.message))]
    #[x_kube(validation = Rule::new(NO_REGION_IN_ARN.rule).message(NO_REGION_IN_ARN.message))]
    #[x_kube(validation = Rule::new(NO_GROUP.rule).message(NO_GROUP.message))]
    pub principals: Vec<String>,

    /// Patterns of repository names, without registry and tag, such as tokyo/*. Defaults to all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 256)), extend("x-kubernetes-list-type" = "set"))]
    #[x_kube(validation = Rule::new(NO_REGISTRY_HOST.rule).message(NO_REGISTRY_HOST.message))]
    #[x_kube(validation = Rule::new(REPOSITORY_NAME.rule).message(REPOSITORY_NAME.message))]
    pub repositories: Vec<String>,

    /// AWS accounts that own the registries pushed to, as ids of 12 digits in quotes. Defaults to all. Not patterns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 12)), extend("x-kubernetes-list-type" = "set"))]
    #[x_kube(validation = Rule::new("self.all(a, a.matches('^[0-9]{12}$'))").message("each account must be an AWS account id of exactly 12 digits, in quotes, such as \"111122223333\""))]
    pub accounts: Vec<String>,
}
