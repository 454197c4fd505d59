//! The loops of reconciles, one for the policies and one for the sources.

use std::convert::Infallible;
use std::sync::Arc;

use futures::{Stream, StreamExt as _, TryStreamExt as _};
use kube::Resource;
use kube::core::DeserializeGuard;
use kube::runtime::controller::{Action, Config, Error as LoopError, applier};
use tokio_util::sync::CancellationToken;

use super::cluster::{Reachability, Retries};
use super::error::ControllerError;
use super::metrics::Metrics;
use super::policy::Policies;
use super::source::Sources;
use crate::api::{CloudTrailSource, EcrUploadPolicy, ErrorKind};

/// The number of objects of a kind that are reconciled at the same time. No reconcile waits for AWS.
const CONCURRENCY: u16 = 8;

/// Runs the reconciles of the policies. Those still queued when the program stops are dropped.
pub(super) async fn reconcile_policies(
    policies: &Arc<Policies>,
    reachability: &Reachability,
    shutdown: &CancellationToken,
) {
    let metrics = &policies.metrics;
    let retry = |object: Arc<DeserializeGuard<EcrUploadPolicy>>, error: &ControllerError, policies: Arc<Policies>| {
        retry_later(object.meta().uid.as_deref(), error, reachability, &policies.metrics, &policies.retries)
    };
    let queue = policies.triggers.queue().take_until(shutdown.clone().cancelled_owned());
    let store = policies.caches.policies.store.clone();
    let reconcile = |object, policies: Arc<Policies>| Box::pin(policies.reconcile(object));
    let results = applier(reconcile, retry, Arc::clone(policies), store, Box::pin(queue), config());
    run_loop("policies", metrics, results).await;
}

/// Runs the reconciles of the sources.
pub(super) async fn reconcile_sources(
    sources: &Arc<Sources>,
    reachability: &Reachability,
    shutdown: &CancellationToken,
) {
    let metrics = &sources.metrics;
    let retry = |object: Arc<DeserializeGuard<CloudTrailSource>>, error: &ControllerError, sources: Arc<Sources>| {
        retry_later(object.meta().uid.as_deref(), error, reachability, &sources.metrics, &sources.retries)
    };
    let queue = sources.triggers.queue().take_until(shutdown.clone().cancelled_owned());
    let store = sources.caches.sources.store.clone();
    let reconcile = |object, sources: Arc<Sources>| Box::pin(sources.reconcile(object));
    let results = applier(reconcile, retry, Arc::clone(sources), store, Box::pin(queue), config());
    run_loop("sources", metrics, results).await;
}

fn config() -> Config {
    Config::default().concurrency(CONCURRENCY)
}

/// Schedules the retry of a failed reconcile, with a longer delay each time.
fn retry_later(
    uid: Option<&str>,
    error: &ControllerError,
    reachability: &Reachability,
    metrics: &Metrics,
    retries: &Retries,
) -> Action {
    metrics.errors.count(error.kind());
    if !error.is_retryable() {
        tracing::warn!(%error, "a reconcile failed");
        return Action::await_change();
    }
    let delay = retries.next_delay(uid.unwrap_or_default());
    match error.request().map_or_else(|| reachability.is_down(), |request| reachability.explains(request)) {
        true => tracing::debug!(%error, retry_in = ?delay, "a reconcile failed"),
        false => tracing::warn!(%error, retry_in = ?delay, "a reconcile failed and is repeated"),
    }
    Action::requeue(delay)
}

/// Runs a loop, and logs the errors that nothing else logs.
async fn run_loop<T, E: std::error::Error + 'static>(
    name: &'static str,
    metrics: &Metrics,
    results: impl Stream<Item = Result<T, LoopError<E, Infallible>>>,
) {
    let mut results = std::pin::pin!(results);
    loop {
        match results.try_next().await {
            Ok(Some(_)) => {}
            Ok(None) => return,
            // The error policy has logged a failed reconcile, and an object that was deleted needs none.
            Err(LoopError::ReconcilerFailed(..) | LoopError::ObjectNotFound(_)) => {}
            Err(error) => {
                metrics.errors.count(ErrorKind::Loop);
                tracing::error!(name, %error, "a loop reported an error");
            }
        }
    }
}
