//! `userIdentity` blocks: those of published records, and whole ones in one account.

use serde_json::{Value, json};

/// Every block of tests/fixtures/cloudtrail/identities.json: real shapes, with scrubbed and sometimes missing values.
pub fn published() -> Vec<Value> {
    let groups = crate::corpus::sample("identities.json");
    let entries = groups.as_object().expect("groups by shape").values().flat_map(|group| group.as_array().unwrap());
    let identities: Vec<Value> = entries.map(|entry| entry["event"]["userIdentity"].clone()).collect();
    assert!(identities.len() >= 90, "{}", identities.len());
    identities
}

pub fn user(name: &str) -> Value {
    json!({
        "type": "IAMUser", "principalId": "AIDAEXAMPLE", "accountId": "111122223333", "userName": name,
        "arn": format!("arn:aws:iam::111122223333:user/{name}"), "invokedBy": "AWS Internal",
    })
}

/// A session of a role, given with its path.
pub fn role(path: &str, session: &str) -> Value {
    let name = path.rsplit('/').next().expect("a name");
    json!({
        "type": "AssumedRole", "principalId": format!("AROAEXAMPLE:{session}"), "accountId": "111122223333",
        "arn": format!("arn:aws:sts::111122223333:assumed-role/{name}/{session}"), "invokedBy": "AWS Internal",
        "sessionContext": {"sessionIssuer": {
            "type": "Role", "principalId": "AROAEXAMPLE", "accountId": "111122223333", "userName": name,
            "arn": format!("arn:aws:iam::111122223333:role/{path}"),
        }},
    })
}

/// The name of a permission set's role, with its path.
pub const IDENTITY_CENTER: &str =
    "aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Developer_0123456789abcdef";

pub fn federated(broker: &str, session: &str) -> Value {
    json!({
        "type": "FederatedUser", "principalId": format!("111122223333:{session}"), "accountId": "111122223333",
        "arn": format!("arn:aws:sts::111122223333:federated-user/{session}"),
        "sessionContext": {"sessionIssuer": {
            "type": "IAMUser", "principalId": "AIDAEXAMPLE", "accountId": "111122223333", "userName": broker,
            "arn": format!("arn:aws:iam::111122223333:user/{broker}"),
        }},
    })
}

pub fn root() -> Value {
    json!({
        "type": "Root", "principalId": "111122223333", "accountId": "111122223333",
        "arn": "arn:aws:iam::111122223333:root",
    })
}

/// What the owner of a resource sees of a caller from another account.
pub fn other_account() -> Value {
    json!({"type": "AWSAccount", "principalId": "AROAEXAMPLE:run-1", "accountId": "111122223333"})
}

/// One of each sort, all whole.
pub fn whole() -> Vec<Value> {
    vec![
        user("ann"),
        role("ci/release", "run-1"),
        role(IDENTITY_CENTER, "kaori@example.com"),
        role("aws-service-role/pullthroughcache.ecr.amazonaws.com/AWSServiceRoleForECRPullThroughCache", "cache"),
        federated("broker", "anna"),
        root(),
        other_account(),
        json!({"type": "AWSService", "invokedBy": "codebuild.amazonaws.com"}),
    ]
}
