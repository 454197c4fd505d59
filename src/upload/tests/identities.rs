//! Synthetic uploads by each type of identity, as in the identity samples and in the CloudTrail User Guide.

use serde_json::{Value, json};

use super::super::Principal;
use super::samples::identities;
use super::synthetic::Synthetic;

/// The principal, without the names that are only evidence.
fn principal(identity: Value) -> Principal {
    let principal = Synthetic::push().with_identity(identity).upload().principal;
    Principal { user_name: None, own_arn: None, ..principal }
}

fn expected(kind: &str, arn: &str, session: Option<&str>) -> Principal {
    let session = session.map(str::to_owned);
    Principal { kind: kind.into(), arn: arn.into(), session, user_name: None, own_arn: None }
}

/// `[issuer ARN, STS ARN]` as AWS writes them for a role.
fn assumed_role(issuer: &str, arn: &str) -> Value {
    json!({
        "type": "AssumedRole",
        "principalId": "AROAEXAMPLE:from-principal-id",
        "arn": arn,
        "accountId": "111122223333",
        "sessionContext": {
            "sessionIssuer": {"type": "Role", "principalId": "AROAEXAMPLE", "arn": issuer, "accountId": "111122223333"},
            "webIdFederationData": {},
            "attributes": {"creationDate": "2024-01-01T00:00:00Z", "mfaAuthenticated": "false"}
        }
    })
}

#[test]
fn a_role_is_named_by_its_issuer_and_not_by_its_session() {
    let role = "arn:aws:iam::111122223333:role/ci/release";
    let by_role = principal(assumed_role(role, "arn:aws:sts::111122223333:assumed-role/release/run-123"));
    assert_eq!(by_role, expected("AssumedRole", role, Some("run-123")));
    assert!(!by_role.is_service_role() && !by_role.is_identity_center() && !by_role.session_is_identity());
}

#[test]
fn a_role_federated_by_oidc_is_a_role() {
    let role = "arn:aws:iam::111122223333:role/github";
    let mut identity = assumed_role(role, "arn:aws:sts::111122223333:assumed-role/github/GitHubActions");
    identity["sessionContext"]["webIdFederationData"] = json!({
        "federatedProvider": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com",
        "attributes": {"token.actions.githubusercontent.com:sub": "repo:example/api:ref:refs/heads/main"}
    });
    assert_eq!(principal(identity), expected("AssumedRole", role, Some("GitHubActions")));
}

#[test]
fn the_session_of_an_identity_center_role_is_a_person() {
    for (role, person) in [
        ("role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_DevAdmin_abc123", "bob.ross"),
        ("role/aws-reserved/sso.amazonaws.com/us-west-2/AWSReservedSSO_Dev_635426549a280cc6", "kaori@example.com"),
    ] {
        let issuer = format!("arn:aws:iam::111122223333:{role}");
        let arn = format!("arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_X/{person}");
        let principal = principal(assumed_role(&issuer, &arn));
        assert_eq!(principal, expected("AssumedRole", &issuer, Some(person)));
        assert!(principal.is_identity_center() && principal.session_is_identity() && !principal.is_service_role());
    }
}

#[test]
fn a_service_linked_role_is_known_by_its_path() {
    let path = "role/aws-service-role/pullthroughcache.ecr.amazonaws.com/AWSServiceRoleForECRPullThroughCache";
    let issuer = format!("arn:aws:iam::111122223333:{path}");
    let by_service = principal(assumed_role(
        &issuer,
        "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForECRPullThroughCache/ecr",
    ));
    assert!(by_service.is_service_role() && !by_service.is_identity_center());
}

#[test]
fn names_and_paths_that_imitate_a_reserved_role_are_seen_through() {
    for imitation in [
        "arn:aws:iam::111122223333:role/AWSServiceRoleForECRPullThroughCache",
        "arn:aws:iam::111122223333:role/x/aws-service-role/ecr.amazonaws.com/y",
        "arn:aws:iam::111122223333:user/x:role/aws-service-role/ecr.amazonaws.com/y",
        "arn:aws:iam::111122223333:role/x:role/aws-service-role/ecr.amazonaws.com/y",
        "arn:aws:iam::111122223333:role/x:role/aws-reserved/sso.amazonaws.com/y",
        "arn:aws:sts::111122223333:role/aws-service-role/ecr.amazonaws.com/y",
        "role/aws-service-role/ecr.amazonaws.com/y",
    ] {
        let principal = principal(assumed_role(imitation, "arn:aws:sts::111122223333:assumed-role/x/y"));
        assert!(!principal.is_service_role() && !principal.is_identity_center(), "{imitation}");
    }
}

#[test]
fn the_session_of_a_role_without_an_arn_is_in_its_principal_id() {
    let role = "arn:aws:iam::111122223333:role/ci/release";
    for (arn, session) in [
        (json!(null), Some("from-principal-id")),
        (json!(""), Some("from-principal-id")),
        (json!("arn:aws:sts::111122223333:assumed-role/release"), Some("from-principal-id")),
        (json!("arn:aws:sts::111122223333:assumed-role/release/"), Some("from-principal-id")),
        (json!("arn:aws:sts::111122223333:assumed-role/release/a:b"), Some("a:b")),
    ] {
        let mut identity = assumed_role(role, "");
        identity["arn"] = arn;
        assert_eq!(principal(identity), expected("AssumedRole", role, session));
    }
    let mut identity = assumed_role(role, "");
    identity["principalId"] = json!("AROAEXAMPLE");
    assert_eq!(principal(identity), expected("AssumedRole", role, None));
}

#[test]
fn a_role_without_an_issuer_keeps_its_own_arn() {
    let arn = "arn:aws:sts::111122223333:assumed-role/release/run-123";
    for context in [json!(null), json!({}), json!({"sessionIssuer": {}}), json!({"sessionIssuer": null})] {
        let mut identity = assumed_role("", arn);
        identity["sessionContext"] = context;
        assert_eq!(principal(identity), expected("AssumedRole", arn, Some("run-123")));
    }
}

#[test]
fn a_federated_user_is_named_by_whoever_federated_it_and_keeps_the_name_of_its_session() {
    let broker = "arn:aws:iam::123456789012:user/broker";
    let issued = json!({
        "type": "FederatedUser",
        "principalId": "123456789012:anna",
        "arn": "arn:aws:sts::123456789012:federated-user/anna",
        "accountId": "123456789012",
        "sessionContext": {"sessionIssuer": {"type": "IAMUser", "arn": broker}}
    });
    assert_eq!(principal(issued), expected("FederatedUser", broker, Some("anna")));
    let arn = "arn:aws:sts::123456789012:federated-user/anna";
    let alone = json!({"type": "FederatedUser", "arn": arn});
    assert_eq!(principal(alone), expected("FederatedUser", arn, Some("anna")));
}

#[test]
fn other_identities_have_their_documented_names() {
    let root = "arn:aws:iam::123456789012:root";
    let service = "pullthroughcache.ecr.amazonaws.com";
    for (identity, kind, arn) in [
        (json!({"type": "Root", "arn": root, "accountId": "123456789012"}), "Root", root),
        (json!({"type": "Root", "accountId": "123456789012", "principalId": "123456789012"}), "Root", root),
        (json!({"type": "Root", "userName": "root"}), "Root", "unknown"),
        (
            json!({"type": "AWSAccount", "principalId": "AROAEXAMPLE:run", "accountId": "123456789012"}),
            "AWSAccount",
            root,
        ),
        (json!({"type": "AWSService", "invokedBy": service}), "AWSService", service),
        (json!({"type": "AWSService", "invokedBy": "AWS Internal"}), "AWSService", "unknown"),
        (json!({"accountId": "123456789012", "invokedBy": "AWS Internal"}), "Unknown", root),
        (json!({"invokedBy": service}), "Unknown", service),
        (
            json!({
                "type": "IdentityCenterUser",
                "accountId": "123456789012",
                "onBehalfOf": {"userId": "5482", "identityStoreArn": "arn:aws:identitystore::123456789012:identitystore/d-9"},
                "credentialId": "a1"
            }),
            "IdentityCenterUser",
            root,
        ),
        (json!({"type": "SAMLUser", "principalId": "Zu=:anna@example.com"}), "SAMLUser", "Zu=:anna@example.com"),
        (json!({}), "Unknown", "unknown"),
        (json!(null), "Unknown", "unknown"),
    ] {
        assert_eq!(principal(identity.clone()), expected(kind, arn, None), "{identity}");
    }
}

#[test]
fn the_root_arn_is_of_the_partition_of_the_region() {
    for (region, arn) in [
        ("cn-northwest-1", "arn:aws-cn:iam::123456789012:root"),
        ("us-gov-east-1", "arn:aws-us-gov:iam::123456789012:root"),
        ("eu-west-1", "arn:aws:iam::123456789012:root"),
    ] {
        let identity = json!({"type": "AWSAccount", "accountId": "123456789012"});
        let push = Synthetic::push().with_identity(identity).with("/awsRegion", json!(region));
        assert_eq!(push.upload().principal.arn, arn);
    }
}

#[test]
fn every_published_identity_can_push() {
    for (origin, event) in identities() {
        let identity = event["userIdentity"].clone();
        let principal = principal(identity.clone());
        assert!(!principal.arn.is_empty() && !principal.kind.is_empty(), "{origin}");
        let issuer = &identity["sessionContext"]["sessionIssuer"]["arn"];
        assert_eq!(
            principal.is_service_role(),
            issuer.as_str().is_some_and(|arn| arn.contains(":role/aws-service-role/"))
        );
        assert!(issuer.is_null() || issuer == principal.arn.as_str(), "{origin}");
    }
}

#[test]
fn the_services_that_push_to_ecr_are_named() {
    let role = |path: &str| {
        let role = format!("arn:aws:iam::111122223333:role/{path}/AWSServiceRoleForX");
        principal(assumed_role(&role, "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForX/x"))
    };
    for (path, expected) in [
        ("aws-service-role/pullthroughcache.ecr.amazonaws.com", Some("ECR pull-through cache")),
        ("aws-service-role/replication.ecr.amazonaws.com", Some("ECR replication")),
        ("aws-service-role/autoscaling.amazonaws.com", Some("autoscaling.amazonaws.com")),
        ("pullthroughcache.ecr.amazonaws.com", None),
    ] {
        assert_eq!(role(path).service(), expected, "{path}");
    }
}

#[test]
fn the_name_of_the_user_is_that_of_the_issuer_for_a_role() {
    let mut identity =
        assumed_role("arn:aws:iam::111122223333:role/ci/release", "arn:aws:sts::111122223333:assumed-role/release/x");
    identity["sessionContext"]["sessionIssuer"]["userName"] = json!("release");
    let principal = Synthetic::push().with_identity(identity).upload().principal;
    assert_eq!(principal.user_name.as_deref(), Some("release"));
    assert_eq!(principal.own_arn.as_deref(), Some("arn:aws:sts::111122223333:assumed-role/release/x"));
}
