//! Why a source could not be read, in words that say what to do.

use std::error::Error as StdError;
use std::fmt;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::api::{ErrorKind, SourceReadyReason};
use crate::causes::with_causes;

/// The AWS action that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// `cloudtrail:LookupEvents`.
    LookupEvents,
    /// `sts:AssumeRole`.
    AssumeRole,
    /// `sts:GetCallerIdentity`, which tells the account and needs no permission.
    GetCallerIdentity,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LookupEvents => "cloudtrail:LookupEvents",
            Self::AssumeRole => "sts:AssumeRole",
            Self::GetCallerIdentity => "sts:GetCallerIdentity",
        })
    }
}

/// A source could not be read. Every variant holds the checkpoint where it is, so nothing is lost while it lasts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // The fields are the parts of the message.
pub enum SourceError {
    /// No provider of the AWS SDK's chain has credentials.
    #[error(
        "no AWS credentials ({detail}); give the controller's ServiceAccount a role (IRSA or EKS Pod Identity), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    )]
    NoCredentials { detail: String },

    /// AWS says that the credentials have expired.
    #[error(
        "the AWS credentials of {identity} have expired ({action} in {region}: {detail}); renew them, or use a role"
    )]
    ExpiredCredentials { action: Action, identity: String, region: String, detail: String },

    /// AWS does not know the credentials.
    #[error(
        "AWS does not accept the credentials of {identity} ({action} in {region}: {detail}); check them, and that the Region is enabled in the account"
    )]
    InvalidCredentials { action: Action, identity: String, region: String, detail: String },

    /// The identity lacks a permission.
    #[error("{identity} may not {action} in {region} ({detail}); allow the action in its IAM policy")]
    AccessDenied { action: Action, identity: String, region: String, detail: String },

    /// The controller's own identity may not assume the role of the source.
    #[error(
        "{identity} may not sts:AssumeRole {role} ({detail}); allow it in the IAM policy of the one and in the trust policy of the other, and check the external id"
    )]
    RoleDenied { identity: String, role: String, detail: String },

    /// No answer.
    #[error(
        "cannot reach AWS for {action} in {region} ({detail}); check that the Region exists, the network policy, the proxy and AWS_ENDPOINT_URL"
    )]
    Unreachable { action: Action, region: String, detail: String },

    /// Still throttled after the SDK's own attempts.
    #[error("AWS throttles {action} in {region}; reading goes on more slowly")]
    Throttled { action: Action, region: String },

    /// Neither the source nor the controller's AWS configuration names a Region.
    #[error("no Region; set spec.lookupEvents.regions, or AWS_REGION for the controller")]
    NoRegion,

    /// Any other error that AWS answered.
    #[error("{action} in {region} failed: {detail}")]
    Failed { action: Action, region: String, detail: String },
}

impl SourceError {
    /// The reason of the `Ready` condition.
    pub fn reason(&self) -> SourceReadyReason {
        match self {
            Self::NoCredentials { .. } => SourceReadyReason::NoCredentials,
            Self::ExpiredCredentials { .. } => SourceReadyReason::ExpiredCredentials,
            Self::InvalidCredentials { .. } => SourceReadyReason::InvalidCredentials,
            Self::AccessDenied { .. } => SourceReadyReason::AccessDenied,
            Self::RoleDenied { .. } => SourceReadyReason::RoleDenied,
            Self::Unreachable { .. } => SourceReadyReason::Unreachable,
            Self::Throttled { .. } => SourceReadyReason::Throttled,
            Self::NoRegion => SourceReadyReason::NoRegion,
            Self::Failed { .. } => SourceReadyReason::RequestFailed,
        }
    }

    /// The label of the error metric.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NoCredentials { .. } => ErrorKind::NoCredentials,
            Self::ExpiredCredentials { .. } => ErrorKind::ExpiredCredentials,
            Self::InvalidCredentials { .. } => ErrorKind::InvalidCredentials,
            Self::AccessDenied { .. } => ErrorKind::AccessDenied,
            Self::RoleDenied { .. } => ErrorKind::RoleDenied,
            Self::Unreachable { .. } => ErrorKind::Unreachable,
            Self::Throttled { .. } => ErrorKind::Throttled,
            Self::NoRegion => ErrorKind::NoRegion,
            Self::Failed { .. } => ErrorKind::RequestFailed,
        }
    }

    /// Whether new credentials may help, so that a cached session must not be used again.
    pub fn ends_session(&self) -> bool {
        match self {
            Self::NoCredentials { .. }
            | Self::ExpiredCredentials { .. }
            | Self::InvalidCredentials { .. }
            | Self::AccessDenied { .. }
            | Self::RoleDenied { .. }
            | Self::NoRegion => true,
            Self::Unreachable { .. } | Self::Throttled { .. } | Self::Failed { .. } => false,
        }
    }

    /// From the answer to a request.
    pub(super) fn from_sdk<E>(
        error: &aws_sdk_cloudtrail::error::SdkError<E>,
        action: Action,
        identity: &str,
        region: &str,
    ) -> Self
    where
        E: ProvideErrorMetadata + StdError + 'static,
    {
        use aws_sdk_cloudtrail::error::SdkError;
        if let Some(credentials) = in_chain::<CredentialsError>(error) {
            return Self::from_credentials(credentials, identity, None);
        }
        let region = region.to_owned();
        match error {
            SdkError::ServiceError(service) => {
                let metadata = service.err().meta();
                let code = metadata.code().unwrap_or("unknown error");
                let detail = match metadata.message() {
                    Some(message) => one_line(&format!("{code}: {message}")),
                    None => code.to_owned(),
                };
                Self::from_code(code, action, identity, region, detail)
            }
            SdkError::TimeoutError(_)
            | SdkError::DispatchFailure(_)
            | SdkError::ResponseError(_)
            | SdkError::ConstructionFailure(_)
            | _ => Self::Unreachable { action, region, detail: one_line(&with_causes(error)) },
        }
    }

    fn from_code(code: &str, action: Action, identity: &str, region: String, detail: String) -> Self {
        let identity = identity.to_owned();
        match code {
            "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" | "OperationNotPermittedException" => {
                Self::AccessDenied { action, identity, region, detail }
            }
            "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => {
                Self::ExpiredCredentials { action, identity, region, detail }
            }
            "UnrecognizedClientException"
            | "InvalidClientTokenId"
            | "InvalidSignatureException"
            | "SignatureDoesNotMatch"
            | "AuthFailure"
            | "OptInRequired" => Self::InvalidCredentials { action, identity, region, detail },
            "ThrottlingException" | "Throttling" | "TooManyRequestsException" | "RequestLimitExceeded" => {
                Self::Throttled { action, region }
            }
            _ => Self::Failed { action, region, detail },
        }
    }

    /// From the provider of credentials: `role` is the one to assume, if any.
    pub(super) fn from_credentials(error: &CredentialsError, identity: &str, role: Option<&str>) -> Self {
        let detail = one_line(&with_causes(error));
        if let Some(refused) = in_chain::<AssumeRoleError>(error) {
            let detail = match (refused.code(), refused.message()) {
                (Some(code), Some(message)) => one_line(&format!("{code}: {message}")),
                (code, _) => code.unwrap_or("refused").to_owned(),
            };
            let role = role.unwrap_or("the role of the source").to_owned();
            return Self::RoleDenied { identity: identity.to_owned(), role, detail };
        }
        match role {
            Some(role) if !matches!(error, CredentialsError::CredentialsNotLoaded(_)) => {
                Self::Unreachable { action: Action::AssumeRole, region: format!("the Region of {role}"), detail }
            }
            _ => Self::NoCredentials { detail },
        }
    }
}

/// The first error of this type among an error and its sources.
fn in_chain<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    let mut current = Some(error);
    while let Some(error) = current {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        current = error.source();
    }
    None
}

/// Short enough for a condition, and without line breaks.
fn one_line(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(400).collect()
}
