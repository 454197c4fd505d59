//! Who pushed.

use super::arn::{Arn, partition};
use super::error::RecordError;
use super::fields::Fields;

/// The caller, from `userIdentity` (CloudTrail User Guide, "CloudTrail userIdentity element").
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Principal {
    /// `userIdentity.type` as given: `IAMUser`, `AssumedRole`, `Root`, …; `Unknown` if there is none.
    pub kind: String,
    /// The most lasting name of the principal, the first of these that the record has:
    ///
    /// 1. the ARN of the session issuer: the role, with its path, or the user of a federated session;
    /// 2. the ARN of the identity itself;
    /// 3. the root ARN of the identity's account, if no more is known than the account that made the request;
    /// 4. the name of the service (`invokedBy`), except `AWS Internal`, which every `docker push` has;
    /// 5. the principal id; 6. `unknown`.
    pub arn: String,
    /// The name of the session, for assumed roles and federated users only. The caller of `AssumeRole` or
    /// `GetFederationToken` chooses it freely.
    pub session: Option<String>,
    /// The name of the user (`userIdentity.userName`), or else of the session issuer. Splunk's searches call this the user.
    pub user_name: Option<String>,
    /// `userIdentity.arn`. For an assumed role, it is the ARN of the session.
    pub own_arn: Option<String>,
}

impl Principal {
    pub(super) fn from_fields(fields: &mut Fields<'_>, region: &str) -> Result<Self, RecordError> {
        let kind = fields.text("userIdentity.type")?.unwrap_or("Unknown");
        let own_arn = fields.text("userIdentity.arn")?;
        let session = match kind {
            "AssumedRole" | "FederatedUser" => match own_arn.and_then(Arn::parse).and_then(|arn| arn.session()) {
                Some(session) => Some(session),
                None => session_of_principal_id(fields.text("userIdentity.principalId")?),
            },
            _ => None,
        };
        let arn = match fields.text("userIdentity.sessionContext.sessionIssuer.arn")?.or(own_arn) {
            Some(arn) => arn.to_owned(),
            None => name_without_arn(fields, region)?,
        };
        let (kind, session, own_arn) = (kind.to_owned(), session.map(str::to_owned), own_arn.map(str::to_owned));
        let user_name = fields
            .evidence("userIdentity.userName")
            .or_else(|| fields.evidence("userIdentity.sessionContext.sessionIssuer.userName"));
        Ok(Self { kind, arn, session, user_name: user_name.map(str::to_owned), own_arn })
    }

    /// Whether this is a service-linked role of an AWS service. Nobody else can create a role with the path
    /// `/aws-service-role/` (IAM User Guide, "Create a service-linked role"); the name of a role proves nothing.
    pub fn is_service_role(&self) -> bool {
        self.role().is_some_and(|role| role.starts_with("aws-service-role/"))
    }

    /// The service that this role belongs to: its common name, or else its service principal. None unless it is a
    /// service-linked role (Amazon ECR User Guide, "Service-linked roles").
    pub fn service(&self) -> Option<&str> {
        service_of(&self.arn)
    }

    /// Whether this is a role of IAM Identity Center: it has the reserved path `/aws-reserved/sso.amazonaws.com/`
    /// (IAM Identity Center User Guide, "Referencing permission sets in resource policies").
    pub fn is_identity_center(&self) -> bool {
        self.role().is_some_and(|role| role.starts_with("aws-reserved/sso.amazonaws.com/"))
    }

    /// Whether the session name identifies the person: for the roles of Identity Center, only AWS sets it.
    pub fn session_is_identity(&self) -> bool {
        self.is_identity_center()
    }

    fn role(&self) -> Option<&str> {
        Arn::parse(&self.arn)?.role()
    }
}

/// The service that the role with this ARN belongs to: see [`Principal::service`].
pub fn service_of(arn: &str) -> Option<&str> {
    let path = Arn::parse(arn)?.role()?.strip_prefix("aws-service-role/")?;
    Some(match path.split('/').next()? {
        "pullthroughcache.ecr.amazonaws.com" => "ECR pull-through cache",
        "replication.ecr.amazonaws.com" => "ECR replication",
        other => other,
    })
}

fn name_without_arn(fields: &Fields<'_>, region: &str) -> Result<String, RecordError> {
    if let Some(account) = fields.text("userIdentity.accountId")? {
        return Ok(format!("arn:{}:iam::{account}:root", partition(region)));
    }
    let service = fields.text("userIdentity.invokedBy")?.filter(|service| *service != "AWS Internal");
    if let Some(service) = service {
        return Ok(service.to_owned());
    }
    Ok(fields.text("userIdentity.principalId")?.unwrap_or("unknown").to_owned())
}

/// A role's `principalId` is `UNIQUE-ID:SESSION`, a federated user's `ACCOUNT:SESSION`.
fn session_of_principal_id(principal_id: Option<&str>) -> Option<&str> {
    let (_id, session) = principal_id?.split_once(':')?;
    Some(session).filter(|session| !session.is_empty())
}
