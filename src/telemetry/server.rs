//! The health endpoints: `/healthz`, `/readyz`, `/metrics`.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;

use super::{Readiness, encode};

/// The endpoints could not be served.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}; choose another --listen-address")]
    Listen { address: SocketAddr, source: std::io::Error },
    /// Accepting connections failed.
    #[error("the health endpoints stopped: {0}")]
    Serve(std::io::Error),
}

/// Binds the address, so that a port in use is noticed before anything else starts.
///
/// # Errors
/// When the address is in use, or not one of this host.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, ServerError> {
    TcpListener::bind(address).await.map_err(|source| ServerError::Listen { address, source })
}

/// Serves the endpoints for as long as the future is polled.
///
/// # Errors
/// When accepting connections fails.
pub async fn serve(
    listener: TcpListener,
    registry: Arc<Registry>,
    readiness: Arc<Readiness>,
) -> Result<(), ServerError> {
    let routes = Router::new()
        // A process that answers is alive: a failure outside of it must not restart it.
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz).with_state(readiness))
        .route("/metrics", get(metrics).with_state(registry));
    axum::serve(listener, routes).await.map_err(ServerError::Serve)
}

async fn readyz(State(readiness): State<Arc<Readiness>>) -> Response {
    let waiting_for = readiness.waiting_for();
    if waiting_for.is_empty() {
        return "ok\n".into_response();
    }
    (StatusCode::SERVICE_UNAVAILABLE, format!("waiting for: {}\n", waiting_for.join("; "))).into_response()
}

async fn metrics(State(registry): State<Arc<Registry>>) -> Response {
    match encode(&registry) {
        Ok(body) => {
            ([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], body).into_response()
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response(),
    }
}
