//! The connection to the cluster.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::future::BoxFuture;
use http::{Request, Response};
use kube::client::{Body, ClientBuilder};
use kube::{Client, Config};
use tokio::time::{Instant, sleep};
use tower::{BoxError, Layer, Service};

use super::api_error::is_from_a_gateway;
use super::reachability::{PROMPT, Reachability};
use crate::causes::root_cause;

/// A client, and whether the API server answers it.
#[derive(Clone)]
pub struct Connection {
    pub(crate) client: Client,
    pub(crate) reachability: Arc<Reachability>,
}

impl Connection {
    /// A connection that was not used yet.
    ///
    /// # Errors
    /// When the certificates or keys of the configuration can't be used.
    pub fn new(config: Config) -> Result<Self, kube::Error> {
        let reachability = Arc::new(Reachability::new(config.cluster_url.to_string()));
        let observe = Observe(Arc::clone(&reachability));
        let client = ClientBuilder::try_from(config)?.with_layer(&observe).build();
        Ok(Self { client, reachability })
    }
}

/// Reports every request's outcome.
struct Observe(Arc<Reachability>);

/// A service whose requests are observed.
#[derive(Clone)]
struct Observed<S> {
    inner: S,
    reachability: Arc<Reachability>,
}

impl<S> Layer<S> for Observe {
    type Service = Observed<S>;

    fn layer(&self, inner: S) -> Observed<S> {
        Observed { inner, reachability: Arc::clone(&self.0) }
    }
}

impl<S, B> Service<Request<Body>> for Observed<S>
where
    S: Service<Request<Body>, Response = Response<B>, Error = BoxError>,
    S::Future: Send + 'static,
    B: 'static,
{
    type Response = Response<B>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<B>, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let mut asked = Asked { reachability: Arc::clone(&self.reachability), at: Instant::now(), is_answered: false };
        let mut answer = Box::pin(self.inner.call(request));
        Box::pin(async move {
            let (mut is_late, late) = (false, sleep(PROMPT));
            let mut late = pin!(late);
            let answer = loop {
                tokio::select! {
                    answer = &mut answer => break answer,
                    () = &mut late, if !is_late => {
                        is_late = true;
                        asked.reachability.kept_waiting(asked.at);
                    }
                }
            };
            asked.is_answered = true;
            match &answer {
                Ok(response) if is_from_a_gateway(response.status().as_u16()) => {
                    asked.reachability.failed(&format!("HTTP {}", response.status()));
                }
                Ok(_) => asked.reachability.answered(),
                Err(error) => asked.reachability.failed(&root_cause(&**error)),
            }
            answer
        })
    }
}

/// A request that is under way.
struct Asked {
    reachability: Arc<Reachability>,
    at: Instant,
    is_answered: bool,
}

impl Drop for Asked {
    fn drop(&mut self) {
        if !self.is_answered {
            self.reachability.kept_waiting(self.at);
        }
    }
}
