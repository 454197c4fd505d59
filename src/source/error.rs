//! Why a source could not be read, in words that say what to do.

use std::error::Error as StdError;
use std::fmt;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::error::SdkError;
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
    #[error("{identity} is not allowed to call {action} in {region} ({detail}); allow the action in its IAM policy")]
    AccessDenied { action: Action, identity: String, region: String, detail: String },

    /// The controller's own identity is not allowed to assume the role of the source.
    #[error(
        "{identity} is not allowed to assume the role {role} ({detail}); allow sts:AssumeRole in the IAM policy of the one and in the trust policy of the other, and check the external ID"
    )]
    RoleDenied { identity: String, role: String, detail: String },

    /// No answer.
    #[error(
        "cannot reach AWS for {action} in {region} ({detail}); check that the Region exists, the network policy, the proxy and AWS_ENDPOINT_URL"
    )]
    Unreachable { action: Action, region: String, detail: String },

    /// Too many requests, ours or those of others in the account. The SDK does not retry them, see `Session::open`.
    #[error("AWS throttles {action} in {region}; retrying at a lower rate")]
    Throttled { action: Action, region: String },

    /// Neither the source nor the controller's AWS configuration names a Region.
    #[error("no Region; set spec.lookupEvents.regions, or AWS_REGION for the controller")]
    NoRegion,

    /// Any other error that AWS answered.
    #[error("{action} in {region} failed: {detail}")]
    Failed {
        action: Action,
        region: String,
        detail: String,
        /// Whether the fault is on the side of AWS (HTTP 5xx), so that the same request may succeed a little later.
        is_server_fault: bool,
    },
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

    /// Whether new credentials may help, so that a cached session must not be used again. A permission that is missing
    /// belongs to the identity: asking AWS again who that is changes nothing.
    pub fn ends_session(&self) -> bool {
        match self {
            Self::NoCredentials { .. }
            | Self::ExpiredCredentials { .. }
            | Self::InvalidCredentials { .. }
            | Self::RoleDenied { .. }
            | Self::NoRegion => true,
            Self::AccessDenied { .. } | Self::Unreachable { .. } | Self::Throttled { .. } | Self::Failed { .. } => {
                false
            }
        }
    }

    /// Whether the source may become readable without an edit in the cluster, so that it must be tried again. Permissions,
    /// roles and credentials are corrected on the side of AWS, which notifies nobody.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::NoCredentials { .. }
            | Self::ExpiredCredentials { .. }
            | Self::InvalidCredentials { .. }
            | Self::AccessDenied { .. }
            | Self::RoleDenied { .. }
            | Self::Unreachable { .. }
            | Self::Throttled { .. }
            | Self::Failed { .. } => true,
            Self::NoRegion => false,
        }
    }

    /// Whether the same request may succeed within seconds, without anyone doing anything about it.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Throttled { .. } => true,
            Self::Failed { is_server_fault, .. } => *is_server_fault,
            Self::NoCredentials { .. }
            | Self::ExpiredCredentials { .. }
            | Self::InvalidCredentials { .. }
            | Self::AccessDenied { .. }
            | Self::RoleDenied { .. }
            | Self::NoRegion => false,
        }
    }

    /// From the answer to a request.
    pub(super) fn from_sdk<E>(error: &SdkError<E>, action: Action, identity: &str, region: &str) -> Self
    where
        E: ProvideErrorMetadata + StdError + 'static,
    {
        if let Some(credentials) = in_chain::<CredentialsError>(error) {
            return Self::from_credentials(credentials, identity, None);
        }
        let region = region.to_owned();
        match error {
            SdkError::ServiceError(service) => {
                let metadata = service.err().meta();
                let code = metadata.code().unwrap_or("unknown error");
                let detail = in_words(code, metadata.message());
                let is_server_fault = service.raw().status().is_server_error();
                Self::from_code(code, action, identity, region, detail, is_server_fault)
            }
            SdkError::TimeoutError(_)
            | SdkError::DispatchFailure(_)
            | SdkError::ResponseError(_)
            | SdkError::ConstructionFailure(_)
            | _ => Self::Unreachable { action, region, detail: one_line(&with_causes(error)) },
        }
    }

    fn from_code(
        code: &str,
        action: Action,
        identity: &str,
        region: String,
        detail: String,
        is_server_fault: bool,
    ) -> Self {
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
            _ => Self::Failed { action, region, detail, is_server_fault },
        }
    }

    /// From the provider of credentials: `role` is the one to assume, if any.
    pub(super) fn from_credentials(error: &CredentialsError, identity: &str, role: Option<&str>) -> Self {
        if let Some(SdkError::ServiceError(answer)) = in_chain::<SdkError<AssumeRoleError>>(error) {
            let is_server_fault = answer.raw().status().is_server_error();
            return Self::from_assume_role(answer.err(), identity, role, is_server_fault);
        }
        let detail = one_line(&with_causes(error));
        match role {
            Some(role) if !matches!(error, CredentialsError::CredentialsNotLoaded(_)) => {
                Self::Unreachable { action: Action::AssumeRole, region: format!("the Region of {role}"), detail }
            }
            _ => Self::NoCredentials { detail },
        }
    }

    fn from_assume_role(error: &AssumeRoleError, identity: &str, role: Option<&str>, is_server_fault: bool) -> Self {
        let role = role.unwrap_or("the role of the source");
        let code = error.code().unwrap_or("refused");
        let detail = in_words(code, error.message());
        let region = format!("the Region of {role}");
        match Self::from_code(code, Action::AssumeRole, identity, region, detail, is_server_fault) {
            // Whatever else STS objects to is about the role, such as its ARN.
            Self::AccessDenied { identity, detail, .. } => Self::RoleDenied { identity, role: role.to_owned(), detail },
            Self::Failed { detail, is_server_fault: false, .. } => {
                Self::RoleDenied { identity: identity.to_owned(), role: role.to_owned(), detail }
            }
            other => other,
        }
    }
}

/// The code of an answer and AWS's own words for it.
fn in_words(code: &str, message: Option<&str>) -> String {
    message.map_or_else(|| code.to_owned(), |message| one_line(&format!("{code}: {message}")))
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

#[cfg(test)]
mod tests {
    use super::*;

    const ROLE: &str = "arn:aws:iam::444455556666:role/reader";

    /// The error as the SDK's provider gives it.
    fn assume_role_error(status: u16, code: &str) -> CredentialsError {
        use aws_sdk_sts::config::http::HttpResponse;
        use aws_smithy_types::body::SdkBody;
        use aws_smithy_types::error::ErrorMetadata;
        let metadata = ErrorMetadata::builder().code(code).message("words").build();
        let raw = HttpResponse::new(status.try_into().unwrap(), SdkBody::empty());
        CredentialsError::provider_error(SdkError::service_error(AssumeRoleError::generic(metadata), raw))
    }

    #[test]
    fn only_a_refusal_of_the_role_blames_the_role() {
        for (status, code, reason) in [
            (403, "AccessDenied", SourceReadyReason::RoleDenied),
            (400, "ValidationError", SourceReadyReason::RoleDenied),
            (400, "Throttling", SourceReadyReason::Throttled),
            (403, "ExpiredToken", SourceReadyReason::ExpiredCredentials),
            (403, "InvalidClientTokenId", SourceReadyReason::InvalidCredentials),
            (500, "InternalFailure", SourceReadyReason::RequestFailed),
        ] {
            let error = SourceError::from_credentials(&assume_role_error(status, code), "me", Some(ROLE));
            assert_eq!(error.reason(), reason, "{error}");
            assert_eq!(error.is_transient(), matches!(code, "Throttling" | "InternalFailure"), "{error}");
        }
    }

    #[test]
    fn a_refused_role_names_both_sides_and_what_to_allow() {
        let error = SourceError::from_credentials(&assume_role_error(403, "AccessDenied"), "me", Some(ROLE));
        let expected = "me is not allowed to assume the role arn:aws:iam::444455556666:role/reader (AccessDenied: words); \
                        allow sts:AssumeRole in the IAM policy of the one and in the trust policy of the other, and check \
                        the external ID";
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn a_missing_permission_keeps_the_session() {
        let (identity, region, detail) = ("me".to_owned(), "eu-central-1".to_owned(), "words".to_owned());
        let error = SourceError::AccessDenied { action: Action::LookupEvents, identity, region, detail };
        assert!(!error.ends_session() && error.is_retryable() && !error.is_transient());
    }
}
