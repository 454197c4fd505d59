//! Errors of the controller and its loops.

use super::cluster::{RequestError, StatusError, api_error};
use crate::api::ErrorKind;

/// The controller, or one of its loops, failed.
#[derive(Debug, thiserror::Error)]
pub enum ControllerError {
    #[error(
        "the API server rejects the controller: {}; check the kubeconfig, or the ServiceAccount and its roles",
        api_error(.0)
    )]
    Refused(#[source] kube::Error),
    #[error(
        "cannot create the CloudTrailSource default: {}; create it yourself, or set --default-source=false",
        api_error(.0)
    )]
    DefaultSource(#[source] kube::Error),
    #[error("cannot write the status of the EcrUploadPolicy {namespace}/{name}: {source}")]
    PolicyStatus { namespace: String, name: String, source: StatusError },
    #[error("cannot write the status of the CloudTrailSource {name}: {source}")]
    SourceStatus { name: String, source: StatusError },
    #[error("the watch or loop of {0} ended, which is a defect of this program")]
    LoopEnded(&'static str),
}

impl ControllerError {
    /// The label of the error metric.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused(_) | Self::DefaultSource(_) => ErrorKind::ApiServer,
            Self::PolicyStatus { .. } => ErrorKind::PolicyStatus,
            Self::SourceStatus { .. } => ErrorKind::SourceStatus,
            Self::LoopEnded(_) => ErrorKind::Loop,
        }
    }

    /// Whether a retry may succeed while the program runs.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::PolicyStatus { source, .. } | Self::SourceStatus { source, .. } => source.is_retryable(),
            Self::Refused(_) | Self::DefaultSource(_) | Self::LoopEnded(_) => false,
        }
    }

    /// The error of the request that made a reconcile fail, if one did.
    pub fn request(&self) -> Option<&RequestError> {
        match self {
            Self::PolicyStatus { source, .. } | Self::SourceStatus { source, .. } => source.request(),
            Self::Refused(_) | Self::DefaultSource(_) | Self::LoopEnded(_) => None,
        }
    }
}
