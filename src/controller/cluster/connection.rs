//! The connection to the cluster.

use std::sync::Arc;
use std::task::{Context, Poll};

use futures::future::BoxFuture;
use http::{Request, Response};
use kube::client::{Body, ClientBuilder};
use kube::{Client, Config};
use tokio::time::{Instant, timeout};
use tower::{BoxError, Layer, Service};

use super::api_error::is_from_a_gateway;
use super::reachability::{PROMPT, Reachability};
use crate::error_chain::root_cause;

/// A client, and whether the API server answers its requests.
#[derive(Clone)]
pub struct Connection {
    pub(crate) client: Client,
    pub(crate) reachability: Arc<Reachability>,
}

impl Connection {
    /// A connection that has not been used yet.
    ///
    /// # Errors
    /// When the certificates or keys of the configuration can't be used.
    pub fn new(config: Config) -> Result<Self, kube::Error> {
        let reachability = Arc::new(Reachability::new(config.cluster_url.to_string()));
        let outcomes = OutcomeLayer(Arc::clone(&reachability));
        let client = ClientBuilder::try_from(config)?.with_layer(&outcomes).build();
        Ok(Self { client, reachability })
    }
}

/// Wraps a service so that the outcome of every request is reported.
struct OutcomeLayer(Arc<Reachability>);

/// A service whose requests are observed.
#[derive(Clone)]
struct OutcomeService<S> {
    inner: S,
    reachability: Arc<Reachability>,
}

impl<S> Layer<S> for OutcomeLayer {
    type Service = OutcomeService<S>;

    fn layer(&self, inner: S) -> OutcomeService<S> {
        OutcomeService { inner, reachability: Arc::clone(&self.0) }
    }
}

impl<S, B> Service<Request<Body>> for OutcomeService<S>
where
    S: Service<Request<Body>, Response = Response<B>, Error = BoxError>,
    S::Future: Send + 'static,
    B: Send + 'static,
{
    type Response = Response<B>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<B>, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let reachability = Arc::clone(&self.reachability);
        let asked = Instant::now();
        let mut answer = Box::pin(self.inner.call(request));
        Box::pin(async move {
            let answer = match timeout(PROMPT, &mut answer).await {
                Ok(answer) => answer,
                Err(_) => {
                    reachability.kept_waiting(asked);
                    answer.await
                }
            };
            match &answer {
                Ok(response) if is_from_a_gateway(response.status().as_u16()) => {
                    reachability.failed(&format!("HTTP {}", response.status()));
                }
                Ok(_) => reachability.answered(),
                Err(error) => reachability.failed(&root_cause(&**error)),
            }
            answer
        })
    }
}
