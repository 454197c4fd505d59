//! Errors of reading a source. Each message says what is wrong, then what to do.

use std::error::Error as StdError;
use std::sync::Arc;
use std::{fmt, io};

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::error::{ConnectorError, SdkError};
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::cause::Cause;
use super::host::Host;
use super::obstacle::Obstacle;
use crate::api::{ErrorKind, SourceReadyReason};
use crate::error_chain::{chain, chain_in_one_line, one_line};

/// The AWS action that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// `cloudtrail:LookupEvents`.
    LookupEvents,
    /// `sts:AssumeRole`.
    AssumeRole,
    /// `sts:GetCallerIdentity`, which returns the account and needs no permission.
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

/// A source could not be read. No variant moves the checkpoint, so nothing is lost while the error lasts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // The fields are the parts of the message.
pub enum SourceError {
    /// No provider in the AWS SDK's chain has credentials.
    #[error("no AWS credentials: give the controller's ServiceAccount a role (EKS Pod Identity or IRSA)")]
    NoCredentials,

    /// A provider of credentials failed, such as the agent of EKS Pod Identity.
    #[error(
        "cannot get AWS credentials ({detail}); check the role of the controller's ServiceAccount (EKS Pod Identity or IRSA)"
    )]
    CredentialsNotLoaded { detail: String, source: Cause },

    /// AWS rejects the credentials as expired.
    #[error(
        "the AWS credentials of {identity} have expired ({action} in {region}: {detail}); renew them, or use a role"
    )]
    ExpiredCredentials { action: Action, identity: String, region: String, detail: String, source: Cause },

    /// AWS rejects the credentials as unknown.
    #[error(
        "AWS does not accept the credentials of {identity} ({action} in {region}: {detail}); check them, and that the Region is enabled in the account"
    )]
    InvalidCredentials { action: Action, identity: String, region: String, detail: String, source: Cause },

    /// The identity lacks a permission.
    #[error("{identity} is not allowed to call {action} in {region} ({detail}); allow the action in its IAM policy")]
    AccessDenied { action: Action, identity: String, region: String, detail: String, source: Cause },

    /// The controller's own identity is not allowed to assume the role of the source.
    #[error(
        "{identity} is not allowed to assume the role {role} ({detail}); allow sts:AssumeRole in the IAM policy of the identity and in the trust policy of the role, and check the external ID"
    )]
    RoleDenied { identity: String, role: String, detail: String, source: Cause },

    /// There was no answer from AWS.
    #[error("cannot reach AWS for {action} in {region}: {}; {}", obstacle.about(host), obstacle.advice())]
    Unreachable { action: Action, region: String, host: String, obstacle: Obstacle, source: Cause },

    /// Too many requests, by the controller or by others in the account. The SDK does not retry them, see `Session::open`.
    #[error("AWS throttles {action} in {region}; retrying at a lower rate")]
    Throttled { action: Action, region: String, source: Cause },

    /// Neither the source nor the controller's AWS configuration names a Region.
    #[error("no Region; set spec.lookupEvents.regions, or AWS_REGION for the controller")]
    NoRegion,

    /// AWS answered with another error.
    #[error("{action} in {region} failed: {detail}")]
    Failed {
        action: Action,
        region: String,
        detail: String,
        /// Whether AWS is at fault (HTTP 5xx), so that the same request may succeed a little later.
        is_server_fault: bool,
        /// None if AWS reported no error, but its answer makes no sense.
        source: Option<Cause>,
    },
}

impl SourceError {
    /// The reason of the `Ready` condition.
    pub fn reason(&self) -> SourceReadyReason {
        match self {
            Self::NoCredentials | Self::CredentialsNotLoaded { .. } => SourceReadyReason::NoCredentials,
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
            Self::NoCredentials | Self::CredentialsNotLoaded { .. } => ErrorKind::NoCredentials,
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

    /// Whether new credentials may help, so that the cached session must not be used again. A missing permission belongs to
    /// the identity, which new credentials do not change.
    pub fn ends_session(&self) -> bool {
        match self {
            Self::NoCredentials
            | Self::CredentialsNotLoaded { .. }
            | Self::ExpiredCredentials { .. }
            | Self::InvalidCredentials { .. }
            | Self::RoleDenied { .. }
            | Self::NoRegion => true,
            Self::AccessDenied { .. } | Self::Unreachable { .. } | Self::Throttled { .. } | Self::Failed { .. } => {
                false
            }
        }
    }

    /// Whether the source may become readable without an edit in the cluster, so that it must be retried. Permissions, roles
    /// and credentials are corrected in AWS, which notifies nobody.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::NoCredentials
            | Self::CredentialsNotLoaded { .. }
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

    /// Whether the same request may succeed within seconds without any change.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Throttled { .. } => true,
            Self::Failed { is_server_fault, .. } => *is_server_fault,
            Self::NoCredentials
            | Self::CredentialsNotLoaded { .. }
            | Self::ExpiredCredentials { .. }
            | Self::InvalidCredentials { .. }
            | Self::AccessDenied { .. }
            | Self::RoleDenied { .. }
            | Self::NoRegion => false,
        }
    }

    /// Converts the error of a request.
    pub(super) fn from_sdk<E>(error: SdkError<E>, action: Action, identity: &str, region: &str, host: &Host) -> Self
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        let error = Arc::new(error);
        let source = Cause::from(Arc::clone(&error));
        Self::of_request(&error, action, identity, region, host, source)
    }

    /// Converts the error of the provider of the controller's own credentials.
    pub(super) fn from_credentials(error: CredentialsError) -> Self {
        let error = Arc::new(error);
        Self::of_credentials(&error, Arc::clone(&error).into())
    }

    /// Converts the error of the provider of a role's credentials, which come from STS in this Region.
    pub(super) fn from_assume_role(
        error: CredentialsError,
        identity: &str,
        role: &str,
        region: &str,
        sts: &Host,
    ) -> Self {
        let error = Arc::new(error);
        let source = Cause::from(Arc::clone(&error));
        match in_chain::<SdkError<AssumeRoleError>>(&*error) {
            Some(request) => Self::of_assume_role(request, identity, role, region, sts, source),
            None => Self::of_credentials(&error, source),
        }
    }

    fn of_request<E>(
        error: &SdkError<E>,
        action: Action,
        identity: &str,
        region: &str,
        host: &Host,
        source: Cause,
    ) -> Self
    where
        E: ProvideErrorMetadata + StdError + 'static,
    {
        // The SDK renews credentials within the request that needs them, which may be the one that assumes the role.
        if let Some(credentials) = in_chain::<CredentialsError>(error) {
            return match in_chain::<SdkError<AssumeRoleError>>(credentials) {
                Some(request) => {
                    Self::of_assume_role(request, "the controller", "of the source", region, &Host::default(), source)
                }
                None => Self::of_credentials(credentials, source),
            };
        }
        let (identity, region) = (identity.to_owned(), region.to_owned());
        let answered = match error {
            SdkError::ServiceError(service) => service.err().meta().code().map(|code| (service, code)),
            _ => None,
        };
        let Some((service, code)) = answered else {
            return Self::Unreachable { action, region, host: host.to_string(), obstacle: obstacle(error), source };
        };
        let detail = in_words(code, service.err().meta().message());
        match code {
            "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" | "OperationNotPermittedException" => {
                Self::AccessDenied { action, identity, region, detail, source }
            }
            "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => {
                Self::ExpiredCredentials { action, identity, region, detail, source }
            }
            "UnrecognizedClientException"
            | "InvalidClientTokenId"
            | "InvalidSignatureException"
            | "SignatureDoesNotMatch"
            | "AuthFailure"
            | "OptInRequired" => Self::InvalidCredentials { action, identity, region, detail, source },
            "ThrottlingException" | "Throttling" | "TooManyRequestsException" | "RequestLimitExceeded" => {
                Self::Throttled { action, region, source }
            }
            _ => {
                let is_server_fault = service.raw().status().is_server_error();
                Self::Failed { action, region, detail, is_server_fault, source: Some(source) }
            }
        }
    }

    fn of_credentials(error: &CredentialsError, source: Cause) -> Self {
        if matches!(error, CredentialsError::CredentialsNotLoaded(_)) {
            return Self::NoCredentials;
        }
        // Its own text says only that there was an error.
        let cause = StdError::source(error).unwrap_or(error);
        let detail = match (in_chain::<ConnectorError>(error), in_chain::<io::Error>(error)) {
            (Some(connection), _) => Obstacle::from_client(connection).about("the provider of credentials").to_string(),
            // The SDK does not say which file.
            (None, Some(file)) => {
                format!("cannot read a file of the credentials, such as AWS_WEB_IDENTITY_TOKEN_FILE: {file}")
            }
            (None, None) => chain_in_one_line(cause),
        };
        Self::CredentialsNotLoaded { detail, source }
    }

    fn of_assume_role(
        request: &SdkError<AssumeRoleError>,
        identity: &str,
        role: &str,
        region: &str,
        sts: &Host,
        source: Cause,
    ) -> Self {
        let (identity, role) = (identity.to_owned(), role.to_owned());
        match Self::of_request(request, Action::AssumeRole, &identity, region, sts, source.clone()) {
            // Any other objection of STS is about the role, such as its ARN.
            Self::AccessDenied { detail, .. } | Self::Failed { detail, is_server_fault: false, .. } => {
                Self::RoleDenied { identity, role, detail, source }
            }
            other => other,
        }
    }
}

/// The code and the message of an AWS error.
fn in_words(code: &str, message: Option<&str>) -> String {
    message.map_or_else(|| code.to_owned(), |message| one_line(&format!("{code}: {message}")))
}

/// Why a request got no answer from AWS.
fn obstacle<E: StdError + 'static>(error: &SdkError<E>) -> Obstacle {
    match error {
        SdkError::TimeoutError(_) => Obstacle::Timeout,
        // Every error response of AWS has a code, and every success response of AWS can be decoded.
        SdkError::ServiceError(answer) => Obstacle::NotAws(answer.raw().status().as_u16()),
        SdkError::ResponseError(answer) => match Obstacle::from_client(error) {
            Obstacle::Closed => Obstacle::Closed,
            _ => Obstacle::NotAws(answer.raw().status().as_u16()),
        },
        _ => Obstacle::from_client(error),
    }
}

/// The first error of this type among an error and its sources.
fn in_chain<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    chain(error).find_map(|error| error.downcast_ref::<T>())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLE: &str = "arn:aws:iam::444455556666:role/reader";

    /// The error as the SDK's provider returns it.
    fn from_assume_role(status: u16, code: &str) -> SourceError {
        use aws_sdk_sts::config::http::HttpResponse;
        use aws_smithy_types::body::SdkBody;
        use aws_smithy_types::error::ErrorMetadata;
        let metadata = ErrorMetadata::builder().code(code).message("words").build();
        let raw = HttpResponse::new(status.try_into().unwrap(), SdkBody::empty());
        let error = CredentialsError::provider_error(SdkError::service_error(AssumeRoleError::generic(metadata), raw));
        SourceError::from_assume_role(error, "me", ROLE, "eu-central-1", &Host::default())
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
            let error = from_assume_role(status, code);
            assert_eq!(error.reason(), reason, "{error}");
            assert_eq!(error.is_transient(), matches!(code, "Throttling" | "InternalFailure"), "{error}");
        }
    }

    #[test]
    fn a_refused_role_names_both_sides_and_what_to_allow() {
        let error = from_assume_role(403, "AccessDenied");
        let expected = "me is not allowed to assume the role arn:aws:iam::444455556666:role/reader (AccessDenied: words); \
                        allow sts:AssumeRole in the IAM policy of the identity and in the trust policy of the role, and \
                        check the external ID";
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn missing_credentials_for_the_request_that_assumes_the_role_do_not_blame_the_network() {
        let own = CredentialsError::provider_error("the token has expired");
        let request: SdkError<AssumeRoleError> = SdkError::dispatch_failure(ConnectorError::other(own.into(), None));
        let error = CredentialsError::provider_error(request);
        let error = SourceError::from_assume_role(error, "me", ROLE, "eu-central-1", &Host::default());
        assert_eq!(error.reason(), SourceReadyReason::NoCredentials, "{error}");
        assert!(error.to_string().contains("(the token has expired)"), "{error}");
    }

    #[test]
    fn a_missing_permission_keeps_the_session() {
        let (identity, region, detail) = ("me".to_owned(), "eu-central-1".to_owned(), "words".to_owned());
        let source = Cause::from(Arc::new(io::Error::other("words")));
        let error = SourceError::AccessDenied { action: Action::LookupEvents, identity, region, detail, source };
        assert!(!error.ends_session() && error.is_retryable() && !error.is_transient());
    }
}
