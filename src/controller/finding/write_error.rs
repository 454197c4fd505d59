//! Errors of writing findings.

use std::sync::Arc;

use super::conflict::MAX_ATTEMPTS;
use crate::controller::cluster::{REQUEST_LIMIT, Reachability, api_error};

/// A finding could not be written.
#[derive(Debug, Clone, thiserror::Error)]
pub enum WriteError {
    /// The namespace is deleted or being deleted, and its policies with it.
    #[error("the namespace {namespace} is being deleted")]
    NamespaceGone { namespace: String, source: Arc<kube::Error> },
    /// The API server rejected a request or could not be reached.
    #[error("cannot {verb} the OffHoursUpload {namespace}/{name}: {}", api_error(source))]
    Refused { verb: &'static str, namespace: String, name: String, source: Arc<kube::Error> },
    /// The API server accepted the request and did not answer in time.
    #[error(
        "cannot {verb} the OffHoursUpload {namespace}/{name}: the API server did not answer within {} s; check the admission \
         webhooks that match offhoursuploads in this namespace",
        REQUEST_LIMIT.as_secs()
    )]
    TimedOut { verb: &'static str, namespace: String, name: String },
    /// The API server has not answered any request of the policy for longer than others may be kept waiting.
    #[error(
        "cannot write an OffHoursUpload in the namespace {namespace}: the API server does not answer; check the admission \
         webhooks that match offhoursuploads there"
    )]
    Stuck { namespace: String },
    /// Others changed the finding each time before this write succeeded.
    #[error(
        "cannot write the OffHoursUpload {namespace}/{name}: it changed {MAX_ATTEMPTS} times meanwhile; check what else \
         writes to it"
    )]
    Contended { namespace: String, name: String },
    /// Both names of the finding belong to other objects.
    #[error(
        "cannot create the OffHoursUpload {namespace}/{name}: objects that are about other pushes have this name and the \
         name {second}; find out who made them, and delete one"
    )]
    NamesTaken { namespace: String, name: String, second: String },
    /// The program is stopping; the records are read again at its next start.
    #[error("the controller is stopping")]
    Stopping,
}

impl WriteError {
    /// Whether another attempt may succeed, possibly after somebody did what the message says.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Refused { .. }
            | Self::TimedOut { .. }
            | Self::Stuck { .. }
            | Self::Contended { .. }
            | Self::NamesTaken { .. } => true,
            Self::NamespaceGone { .. } | Self::Stopping => false,
        }
    }

    /// Whether an outage of the API server is the reason. Waits for a probe of the connection if only that can answer.
    pub(super) async fn is_outage(&self, reachability: &Reachability) -> bool {
        match self {
            Self::Refused { source, .. } => reachability.covers(source),
            Self::Stuck { .. } => reachability.is_down_after_a_probe().await,
            Self::NamespaceGone { .. }
            | Self::TimedOut { .. }
            | Self::Contended { .. }
            | Self::NamesTaken { .. }
            | Self::Stopping => reachability.is_down(),
        }
    }

    /// The label of the error in the log.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NamespaceGone { .. } => "NamespaceGone",
            Self::Refused { .. } => "Refused",
            Self::TimedOut { .. } => "TimedOut",
            Self::Stuck { .. } => "Stuck",
            Self::Contended { .. } => "Contended",
            Self::NamesTaken { .. } => "NamesTaken",
            Self::Stopping => "Stopping",
        }
    }
}
