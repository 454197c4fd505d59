//! Rules that reject patterns which can never match, since nobody would notice that a team or an allow rule is never used.
//!
//! The API server limits the cost of a rule, which grows with the length of the values and of the expression, 64 times 64
//! times for a list in a list. So there are several short rules, and they reject typical mistakes, not everything that is
//! wrong.

/// A rule on a list of patterns (CEL), and the message of the API server if it is broken.
pub(super) struct PatternRule {
    pub rule: &'static str,
    pub message: &'static str,
}

pub(super) const NO_SESSION_ARN: PatternRule = PatternRule {
    rule: "self.all(p, !p.contains(':assumed-role/'))",
    message: "principals are compared with the role, not with its session: write the ARN of the role, such as arn:aws:iam::*:role/ci-release, in place of arn:aws:sts::...:assumed-role/...",
};

/// A service has a name instead of an ARN.
pub(super) const AN_ARN: PatternRule = PatternRule {
    rule: "self.all(p, p.matches('^(arn:|a?r?n?[*?])') || p.contains('.amazonaws.com'))",
    message: "each principal must be the ARN of a role or user, such as arn:aws:iam::111122223333:role/ci-release, or begin with a wildcard, such as *:role/ci-release: a name alone matches nobody",
};

pub(super) const NO_REGION_IN_ARN: PatternRule = PatternRule {
    rule: "self.all(p, !p.matches('^arn:[a-z-]+:[a-z-]+:[^:*?]'))",
    message: "each principal must be the ARN of a role or user, which has no Region: write two colons before the account, such as arn:aws:iam::111122223333:role/ci-release",
};

pub(super) const NO_GROUP: PatternRule = PatternRule {
    rule: "self.all(p, !p.contains(':group/'))",
    message: "a group is no principal, and pushes nothing: list the ARNs of its users, such as arn:aws:iam::111122223333:user/ann",
};

pub(super) const NO_REGISTRY_HOST: PatternRule = PatternRule {
    rule: "self.all(r, !r.contains('.dkr.ecr.'))",
    message: "write the name of the repository without its registry: prod/* in place of 111122223333.dkr.ecr.eu-central-1.amazonaws.com/prod/*; accounts and regions are fields of their own",
};

pub(super) const REPOSITORY_NAME: PatternRule = PatternRule {
    rule: "self.all(r, r.matches('^[a-z0-9*?]([a-z0-9._/*?-]*[a-z0-9*?])?$'))",
    message: "each must be a pattern of repository names, such as prod/api or prod/*: lower-case letters, digits and . _ - / between them, without a tag or digest",
};

pub(super) const REGION: PatternRule = PatternRule {
    rule: "self.all(r, r.matches('^([a-z]{2,4}(-[a-z]+)+-[0-9]+|[a-z0-9-]*[*?][a-z0-9*?-]*)$'))",
    message: "each must be the code of an AWS Region or a pattern of them, such as eu-central-1 or eu-*",
};

pub(super) const TAG: PatternRule = PatternRule {
    rule: "self.all(t, !t.matches('[:/@ ]'))",
    message: "each must be a pattern of tags alone, such as nightly-*: no repository, no colon and no digest",
};

pub(super) const SESSION_NAME: PatternRule = PatternRule {
    rule: "self.all(s, !s.matches('[/ ]'))",
    message: "each must be a pattern of session names alone, such as run-*: no ARN and no role",
};
