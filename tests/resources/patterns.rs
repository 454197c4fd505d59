//! Patterns of an EcrUploadPolicy. One that can never match is refused, because nobody would notice that its team or rule has no
//! effect.

use serde_json::{Value, json};

use crate::policies::{assert_accepted, assert_refused, rule, team};

/// A policy for each list that can have such a pattern, with the path of the list.
fn with_patterns(field: &str, pattern: &str) -> Vec<(Value, String)> {
    let list = |changes: Value, path: &str| (changes, format!("{path}.{field}"));
    let matches = json!({"match": {field: [pattern]}});
    match field {
        "principals" => {
            vec![list(team(matches), "spec.teams[0].match"), list(rule(json!({field: [pattern]})), "spec.allow[0]")]
        }
        "repositories" => vec![
            list(team(matches), "spec.teams[0].match"),
            list(rule(json!({field: [pattern]})), "spec.allow[0]"),
            list(json!({"scope": {field: [pattern]}}), "spec.scope"),
        ],
        "regions" => vec![
            list(rule(json!({field: [pattern]})), "spec.allow[0]"),
            list(json!({"scope": {field: [pattern]}}), "spec.scope"),
        ],
        "sessions" => {
            vec![list(rule(json!({"principals": ["*:role/ci"], field: [pattern]})), "spec.allow[0]")]
        }
        _ => vec![list(rule(json!({field: [pattern]})), "spec.allow[0]")],
    }
}

#[tokio::test]
async fn a_pattern_that_can_never_match_is_refused_with_advice() {
    let session = "write the ARN of the role, such as arn:aws:iam::*:role/ci-release, in place of arn:aws:sts";
    let name =
        "each principal must be the ARN of a role or user, such as arn:aws:iam::111122223333:role/ci-release, or begin";
    let colons = "write two colons before the account, such as arn:aws:iam::111122223333:role/ci-release";
    let host = "write the name of the repository without its registry: prod/* in place of 111122223333.dkr.ecr";
    let repository = "each must be a pattern of repository names, such as prod/api or prod/*";
    let region = "each must be the code of an AWS Region or a pattern of them, such as eu-central-1 or eu-*";
    let tag = "each must be a pattern of tags alone, such as nightly-*";
    let session_name = "each must be a pattern of session names alone, such as run-*";
    let mut cases = Vec::new();
    for (field, pattern, words) in [
        ("principals", "arn:aws:sts::111122223333:assumed-role/ci-release/run-1", session),
        ("principals", "arn:aws:sts::*:assumed-role/ci-*", session),
        ("principals", "*:assumed-role/ci-release/*", session),
        ("principals", "ci-release", name),
        ("principals", "role/ci/*", name),
        ("principals", "kaori@example.com", name),
        ("principals", "111122223333", name),
        ("principals", "arn:aws:iam:111122223333:role/ci-release", colons),
        ("principals", "arn:aws:ecr:eu-central-1:111122223333:repository/prod/*", colons),
        ("principals", "arn:aws:iam::111122223333:group/developers", "a group is no principal, and pushes nothing"),
        ("repositories", "111122223333.dkr.ecr.eu-central-1.amazonaws.com/prod/*", host),
        ("repositories", "*.dkr.ecr.*.amazonaws.com/prod/api", host),
        ("repositories", "prod/api:v1", repository),
        ("repositories", "prod/api@sha256*", repository),
        ("repositories", "Prod/*", repository),
        ("repositories", "/prod/*", repository),
        ("repositories", "prod/", repository),
        ("repositories", "prod/api ", repository),
        ("regions", "EU-*", region),
        ("regions", "eu-central", region),
        ("regions", "eu-central-1a", region),
        ("regions", "Frankfurt", region),
        ("regions", "eu_central_1", region),
        ("tags", "prod/api:v1.*", tag),
        ("tags", ":latest", tag),
        ("tags", "sha256:*", tag),
        ("sessions", "ci-release/run-*", session_name),
        ("sessions", "arn:aws:sts::111122223333:assumed-role/ci-release/run-1", session_name),
    ] {
        cases.extend(with_patterns(field, pattern).into_iter().map(|(spec, path)| (spec, path, words)));
    }
    let cases: Vec<(Value, &str, &str)> =
        cases.iter().map(|(spec, path, words)| (spec.clone(), path.as_str(), *words)).collect();
    assert_refused(&cases).await;
}

#[tokio::test]
async fn a_pattern_that_may_match_is_accepted() {
    let mut accepted = Vec::new();
    for (field, pattern) in [
        ("principals", "arn:aws:iam::111122223333:role/ci/release"),
        ("principals", "arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Dev_*"),
        ("principals", "arn:aws-us-gov:iam::111122223333:user/ann"),
        ("principals", "arn:aws:iam::111122223333:root"),
        ("principals", "arn:aws:sts::111122223333:federated-user/anna"),
        ("principals", "arn:*:role/ci"),
        ("principals", "arn:aws:*ci*"),
        ("principals", "ar*ci"),
        ("principals", "???:aws:iam::*"),
        ("principals", "*/ci/*"),
        ("principals", "replication.ecr.amazonaws.com"),
        ("repositories", "prod/*"),
        ("repositories", "**/api"),
        ("repositories", "a"),
        ("repositories", "team-1/web_shop/api.v2"),
        ("repositories", "docker.io/library/*"),
        ("repositories", "prod/???"),
        ("regions", "eu-central-1"),
        ("regions", "us-gov-west-1"),
        ("regions", "eusc-de-east-1"),
        ("regions", "*-west-?"),
        ("regions", "eu*"),
        ("tags", "v1.2_rc-3"),
        ("tags", "RELEASE-*"),
        ("sessions", "kaori@example.com"),
        ("sessions", "run-*"),
    ] {
        accepted.extend(with_patterns(field, pattern).into_iter().map(|(spec, _)| spec));
    }
    assert_accepted(&accepted).await;
}
