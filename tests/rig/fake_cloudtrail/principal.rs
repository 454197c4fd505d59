//! Who pushes, in the shapes that CloudTrail gives a caller.

use serde_json::{Value, json};

use super::super::seed::sha256_hex;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    IamUser {
        name: String,
    },
    /// `role` with its path: `ci/release`, or `aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS`.
    AssumedRole {
        role: String,
        session: String,
    },
    /// A person, through a permission set of IAM Identity Center.
    IdentityCenter {
        permission_set: String,
        user: String,
    },
    Root,
    /// A caller from another account, who is barely described in the owner's copy of the record.
    OtherAccount {
        account: String,
    },
    /// An AWS service that acts by itself.
    Service {
        name: String,
    },
}

impl Principal {
    pub fn user(name: &str) -> Self {
        Self::IamUser { name: name.to_owned() }
    }

    pub fn role(role: &str, session: &str) -> Self {
        Self::AssumedRole { role: role.to_owned(), session: session.to_owned() }
    }

    pub fn identity_center(permission_set: &str, user: &str) -> Self {
        Self::IdentityCenter { permission_set: permission_set.to_owned(), user: user.to_owned() }
    }

    /// The record's `userIdentity`.
    pub(super) fn user_identity(&self, account: &str) -> Value {
        match self {
            Self::IamUser { name } => json!({
                "type": "IAMUser",
                "principalId": unique_id("AIDA", name),
                "arn": format!("arn:aws:iam::{account}:user/{name}"),
                "accountId": account,
                "accessKeyId": unique_id("AKIA", name),
                "userName": name,
            }),
            Self::AssumedRole { role, session } => assumed_role(account, role, session),
            Self::IdentityCenter { permission_set, user } => {
                let hash = &sha256_hex(permission_set)[..16];
                let role = format!("aws-reserved/sso.amazonaws.com/AWSReservedSSO_{permission_set}_{hash}");
                assumed_role(account, &role, user)
            }
            Self::Root => json!({
                "type": "Root",
                "principalId": account,
                "arn": format!("arn:aws:iam::{account}:root"),
                "accountId": account,
                "accessKeyId": unique_id("ASIA", account),
            }),
            Self::OtherAccount { account } => json!({
                "type": "AWSAccount",
                "principalId": format!("{}:session", unique_id("AROA", account)),
                "accountId": account,
            }),
            Self::Service { name } => json!({"type": "AWSService", "invokedBy": name}),
        }
    }
}

/// The STS ARN drops the role's path, the issuer's keeps it.
fn assumed_role(account: &str, role: &str, session: &str) -> Value {
    let name = role.rsplit('/').next().unwrap_or(role);
    let id = unique_id("AROA", role);
    json!({
        "type": "AssumedRole",
        "principalId": format!("{id}:{session}"),
        "arn": format!("arn:aws:sts::{account}:assumed-role/{name}/{session}"),
        "accountId": account,
        "accessKeyId": unique_id("ASIA", session),
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": id,
                "arn": format!("arn:aws:iam::{account}:role/{role}"),
                "accountId": account,
                "userName": name,
            },
            "webIdFederationData": {},
            "attributes": {"creationDate": "2026-01-01T00:00:00Z", "mfaAuthenticated": "false"},
        },
    })
}

/// An id in the form of IAM's: a prefix that says what it is, 20 characters in all.
pub fn unique_id(prefix: &str, of: &str) -> String {
    format!("{prefix}{}", &sha256_hex(of).to_uppercase()[..16])
}
