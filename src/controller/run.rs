//! Starting and stopping the loops.

use std::collections::HashMap;
use std::convert::Infallible;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::{Stream, StreamExt as _};
use kube::api::Api;
use kube::core::DeserializeGuard;
use kube::runtime::controller::{Action, Config, Error as LoopError};
use kube::runtime::reflector::ObjectRef;
use kube::runtime::{Controller, watcher};
use kube::{Client, Resource};
use tokio_util::sync::CancellationToken;

use super::allow_counts::AllowCounts;
use super::caches::Caches;
use super::calendar_feeds::CalendarFeeds;
use super::compiled_policies::CompiledPolicies;
use super::context::{Failures, Progress};
use super::default_source::create_default_source;
use super::events::Events;
use super::finding::Findings;
use super::invalid_object::InvalidObjects;
use super::required_crds::await_crds;
use super::{Context, Settings, policies, sources};
use crate::api::{CloudTrailSource, EcrUploadPolicy};
use crate::source::{RateLimits, Session};
use crate::telemetry::{Gate, Metrics, Readiness};

/// The controller, or one of its loops, failed.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // The fields are the parts of the message.
pub enum ControllerError {
    #[error("the API server refuses the controller: {0}; check the kubeconfig, or the ServiceAccount and its roles")]
    Refused(String),
    #[error("cannot create the CloudTrailSource default: {0}; create it yourself, or set --default-source=false")]
    DefaultSource(#[source] kube::Error),
    #[error("cannot write the status of the EcrUploadPolicy {namespace}/{name}: {source}")]
    PolicyStatus { namespace: String, name: String, source: kube::Error },
    #[error("cannot write the status of the CloudTrailSource {name}: {source}")]
    SourceStatus { name: String, source: kube::Error },
    #[error("the watch or loop of {0} ended")]
    LoopEnded(&'static str),
}

impl ControllerError {
    /// The label of the error metric.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Refused(_) => "Refused",
            Self::DefaultSource(_) => "DefaultSource",
            Self::PolicyStatus { .. } => "PolicyStatus",
            Self::SourceStatus { .. } => "SourceStatus",
            Self::LoopEnded(_) => "LoopEnded",
        }
    }
}

/// The status of policies follows changes of findings within this time, however many there are.
const STATUS_DEBOUNCE: Duration = Duration::from_secs(1);
/// A read waits for AWS most of the time, so many sources fit.
const SOURCE_CONCURRENCY: u16 = 64;
const POLICY_CONCURRENCY: u16 = 8;
/// What is being written when the program is to stop may end within this time.
const STOP_LIMIT: Duration = Duration::from_secs(4);

/// Runs the controller until `shutdown` is cancelled, or something that can't be mended ends it.
///
/// # Errors
/// When the API server refuses the controller, or a loop ends by itself.
pub async fn run(
    client: Client,
    settings: Settings,
    metrics: Arc<Metrics>,
    readiness: Arc<Readiness>,
    shutdown: CancellationToken,
) -> Result<(), ControllerError> {
    tokio::select! {
        () = shutdown.cancelled() => return Ok(()),
        result = await_crds(&client, &metrics, &readiness) => result?,
    }

    let (caches, cache_task) = Caches::new(&client, &metrics);
    let events = Events::new(client.clone(), settings.instance.clone(), Arc::clone(&metrics));
    let allow_counts = Arc::new(AllowCounts::default());
    let findings = Arc::new(Findings::new(
        client.clone(),
        events.clone(),
        Arc::clone(&metrics),
        Arc::clone(&allow_counts),
        settings.write_concurrency,
        shutdown.clone(),
    ));
    let context = Arc::new(Context {
        events,
        findings,
        caches,
        feeds: CalendarFeeds::default(),
        allow_counts,
        compiled: CompiledPolicies::default(),
        aws: Session::base_config().await,
        rates: RateLimits::new(settings.lookup_rate),
        shutdown: shutdown.clone(),
        progress: Progress::default(),
        source_states: Mutex::new(HashMap::new()),
        failures: Failures::default(),
        invalid_objects: InvalidObjects::default(),
        client,
        settings,
        metrics,
    });
    if context.settings.default_source {
        create_default_source(&context, &context.settings.default_source_regions).await?;
    }

    tokio::select! {
        ended = cache_task => Err(ended),
        () = context.findings.watch(&readiness) => Err(ControllerError::LoopEnded("findings")),
        never = remove_unfinished(&context) => match never {},
        ended = run_loops(&context) => ended,
        never = open_caches_gate(&context, &readiness) => match never {},
        () = stop_limit(&shutdown) => {
            tracing::warn!("stopping before all work in hand has ended; it is done again at the next start");
            Ok(())
        }
    }
}

/// Waits until the program was told to stop and then as long as it may take.
async fn stop_limit(shutdown: &CancellationToken) {
    shutdown.cancelled().await;
    tokio::time::sleep(STOP_LIMIT).await;
}

async fn open_caches_gate(context: &Context, readiness: &Readiness) -> Infallible {
    context.caches.ready().await;
    readiness.open(Gate::Caches);
    std::future::pending().await
}

/// It ends when the controller stops, which ends nothing else.
async fn remove_unfinished(context: &Context) -> Infallible {
    context.findings.remove_unfinished().await;
    std::future::pending().await
}

async fn run_loops(context: &Arc<Context>) -> Result<(), ControllerError> {
    let Caches { policies, sources, namespaces, calendars } = &context.caches;
    let policy_loop = Controller::new(
        Api::<DeserializeGuard<EcrUploadPolicy>>::all(context.client.clone()),
        watcher::Config::default(),
    )
    .with_config(Config::default().concurrency(POLICY_CONCURRENCY))
    // Each of these may change what a policy's status says. A reconcile that finds nothing to change costs no request.
    .reconcile_all_on(policies.changes())
    .reconcile_all_on(sources.changes())
    .reconcile_all_on(namespaces.changes())
    .reconcile_all_on(calendars.changes())
    .reconcile_all_on(status_changes(Arc::clone(context)))
    .graceful_shutdown_on(context.shutdown.clone().cancelled_owned())
    .run(gated_policies, retry_later, Arc::clone(context));
    let source_loop = Controller::new(
        Api::<DeserializeGuard<CloudTrailSource>>::all(context.client.clone()),
        watcher::Config::default(),
    )
    .with_config(Config::default().concurrency(SOURCE_CONCURRENCY))
    // A new or edited policy is applied to the past at once. A source that is not due is not read.
    .reconcile_all_on(policies.changes())
    .reconcile_all_on(calendars.changes())
    .graceful_shutdown_on(context.shutdown.clone().cancelled_owned())
    .run(gated_sources, retry_later, Arc::clone(context));

    let loops =
        futures::future::join(report("policies", context, policy_loop), report("sources", context, source_loop));
    tokio::select! {
        _ = loops => {}
        () = sources.changes().for_each(|()| async { context.forget_deleted_sources() }) => {}
        () = policies.changes().for_each(|()| async { context.forget_deleted_policies() }) => {}
        () = calendars.changes().for_each(|()| async { context.feeds.retain(&calendars.store) }) => {}
    }
    if context.shutdown.is_cancelled() { Ok(()) } else { Err(ControllerError::LoopEnded("reconciles")) }
}

/// A policy's status says which sources it uses, so these must be known.
async fn gated_policies(
    policy: Arc<DeserializeGuard<EcrUploadPolicy>>,
    context: Arc<Context>,
) -> Result<Action, ControllerError> {
    if is_stopped_before_ready(&context).await {
        return Ok(Action::await_change());
    }
    policies::reconcile(policy, context).await
}

/// A source is read only once everything is known that its records are judged by: before that, a policy would look deleted
/// and a reported push new.
async fn gated_sources(
    source: Arc<DeserializeGuard<CloudTrailSource>>,
    context: Arc<Context>,
) -> Result<Action, ControllerError> {
    if is_stopped_before_ready(&context).await {
        return Ok(Action::await_change());
    }
    sources::reconcile(source, context).await
}

/// After a failed reconcile: once more, later each time.
fn retry_later<K: Resource>(object: Arc<K>, error: &ControllerError, context: Arc<Context>) -> Action {
    context.metrics.error(error.kind());
    let delay = context.failures.next_delay(object.meta().uid.as_deref().unwrap_or_default());
    tracing::warn!(%error, retry_in = ?delay, "reconcile failed");
    Action::requeue(delay)
}

async fn is_stopped_before_ready(context: &Context) -> bool {
    tokio::select! {
        () = context.shutdown.cancelled() => true,
        () = async {
            context.caches.ready().await;
            context.findings.index().ready().await;
        } => false,
    }
}

/// Ticks when findings or their progress changed, at most once in [`STATUS_DEBOUNCE`].
fn status_changes(context: Arc<Context>) -> impl Stream<Item = ()> + Send {
    futures::stream::unfold(context, |context| async move {
        tokio::select! {
            () = context.findings.index().changed() => {}
            () = context.progress.changed() => {}
        }
        tokio::time::sleep(STATUS_DEBOUNCE).await;
        context.findings.index().take_changed();
        Some(((), context))
    })
}

/// Follows a loop to its end and says what went wrong in it.
async fn report<K>(
    name: &'static str,
    context: &Context,
    results: impl Stream<Item = Result<(ObjectRef<K>, Action), LoopError<ControllerError, watcher::Error>>>,
) where
    K: Resource,
    ObjectRef<K>: std::fmt::Debug,
{
    let mut results = pin!(results);
    while let Some(result) = results.next().await {
        match result {
            // The error policy has told a failed reconcile already.
            Ok(_) | Err(LoopError::ReconcilerFailed(..)) => {}
            Err(LoopError::ObjectNotFound(object)) => tracing::debug!(name, ?object, "the object is gone"),
            Err(LoopError::QueueError(error)) => {
                context.metrics.error("Watch");
                tracing::warn!(name, %error, "a watch was interrupted");
            }
            Err(error) => {
                context.metrics.error("Loop");
                tracing::error!(name, %error, "a loop reported an error");
            }
        }
    }
}
