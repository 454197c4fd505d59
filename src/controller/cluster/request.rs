//! Requests to the API server, each with a time limit.

use std::time::Duration;

use tokio::time::timeout;

use super::api_error::api_error;

/// The time limit of a request: a connection that is cut silently must not keep its caller waiting. The API
/// server waits 10 s for an admission webhook by default; where it then continues without the webhook
/// (`failurePolicy: Ignore`), the request still succeeds, because this limit is longer.
pub const REQUEST_LIMIT: Duration = Duration::from_secs(15);

/// A request to the API server failed.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// The API server rejected it or could not be reached.
    #[error("{}", api_error(.0))]
    Failed(#[source] kube::Error),
    /// There was no answer in time. Whether the request was carried out is not known.
    #[error("the API server did not answer within {} s", REQUEST_LIMIT.as_secs())]
    TimedOut,
}

impl RequestError {
    /// Whether the same request may succeed later.
    pub fn is_retryable(&self) -> bool {
        match self {
            // Quotas, roles and webhooks change without a change of the object.
            Self::Failed(_) | Self::TimedOut => true,
        }
    }
}

/// Waits for the answer to a request.
///
/// # Errors
/// When the request fails, or is not answered within [`REQUEST_LIMIT`].
pub async fn answer<T>(request: impl Future<Output = Result<T, kube::Error>>) -> Result<T, RequestError> {
    match timeout(REQUEST_LIMIT, request).await {
        Ok(answer) => answer.map_err(RequestError::Failed),
        Err(_) => Err(RequestError::TimedOut),
    }
}
