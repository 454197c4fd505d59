//! The errors of `offhours controller`.

use std::error::Error as _;

use kube::config::{InferConfigError, KubeconfigError};

use crate::cli::async_runtime::RuntimeError;
use crate::cli::signals::SignalError;
use crate::cli::tls_provider::TlsProviderError;
use crate::controller::ControllerError;
use crate::telemetry::ServerError;

/// The controller cannot start, or something ended it.
#[derive(Debug, thiserror::Error)]
pub enum ControllerCommandError {
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    #[error(transparent)]
    TlsProvider(#[from] TlsProviderError),
    #[error(transparent)]
    Signal(#[from] SignalError),
    #[error(
        "no cluster: {}; set KUBECONFIG to a kubeconfig file, or run in a Pod with a ServiceAccount token",
        why_no_kubeconfig(.0)
    )]
    NoCluster(#[source] InferConfigError),
    #[error("cannot use the cluster configuration: {0}")]
    Client(#[source] kube::Error),
    #[error(transparent)]
    Server(#[from] ServerError),
    #[error(transparent)]
    Controller(#[from] ControllerError),
}

/// One line about the kubeconfig alone: that the program runs outside of a Pod is known to whoever uses one, and an excerpt of
/// the file does not belong in a log.
fn why_no_kubeconfig(error: &InferConfigError) -> String {
    let cause = error.source();
    if let Some(KubeconfigError::ReadConfig(source, path)) = cause.and_then(|cause| cause.downcast_ref()) {
        return format!("cannot read the kubeconfig {}: {source}", path.display());
    }
    let text = cause.unwrap_or(error).to_string();
    text.lines().next().unwrap_or_default().to_owned()
}
