//! Who pushed.

use super::arn::{Arn, partition};
use super::error::RecordError;
use super::fields::Fields;

/// Who made the request, from `userIdentity` (CloudTrail User Guide, "CloudTrail userIdentity element").
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Principal {
    /// `userIdentity.type` as given: `IAMUser`, `AssumedRole`, `Root`, …; `Unknown` where there is none.
    pub kind: String,
    /// The principal by its most lasting name, the first of these that the record has:
    ///
    /// 1. the ARN of the session issuer: the role, with its path, or the user of a federated session;
    /// 2. the ARN of the identity itself;
    /// 3. the root ARN of the identity's account, where all is known that the account made the request;
    /// 4. the name of the service (`invokedBy`). `AWS Internal` is no service: every `docker push` has it;
    /// 5. the principal id; 6. `unknown`.
    pub arn: String,
    /// The name of the session, for assumed roles and federated users only. The caller of `AssumeRole` or
    /// `GetFederationToken` chooses it freely.
    pub session: Option<String>,
    /// The name of the user (`userIdentity.userName`), else of the session issuer: what Splunk's searches call the user.
    pub user_name: Option<String>,
    /// `userIdentity.arn`, which for an assumed role is that of the session.
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

    /// Whether this is the role of an AWS service: a service-linked role, whose path `/aws-service-role/` nobody
    /// else can create (IAM User Guide, "Create a service-linked role"). The name of a role proves nothing.
    pub fn is_service_role(&self) -> bool {
        self.role().is_some_and(|role| role.starts_with("aws-service-role/"))
    }

    /// The service whose role this is: its name where people know one, else its service principal. None for all but
    /// service-linked roles (Amazon ECR User Guide, "Service-linked roles").
    pub fn service(&self) -> Option<&str> {
        service_of(&self.arn)
    }

    /// Whether this is a role of IAM Identity Center: it has the reserved path `/aws-reserved/sso.amazonaws.com/`
    /// (IAM Identity Center User Guide, "Referencing permission sets in resource policies").
    pub fn is_identity_center(&self) -> bool {
        self.role().is_some_and(|role| role.starts_with("aws-reserved/sso.amazonaws.com/"))
    }

    /// Whether the session name says who the person is: only AWS sets it for the roles of Identity Center.
    pub fn session_is_identity(&self) -> bool {
        self.is_identity_center()
    }

    fn role(&self) -> Option<&str> {
        Arn::parse(&self.arn)?.role()
    }
}

/// The service whose role has this ARN: see [`Principal::service`].
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
