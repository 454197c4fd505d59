//! Starting and stopping the loops.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::{Stream, StreamExt as _, TryStreamExt as _};
use k8s_openapi::api::core::v1::Namespace;
use kube::api::Api;
use kube::core::{DeserializeGuard, PartialObjectMeta};
use kube::runtime::controller::{Action, Config, Error as LoopError};
use kube::runtime::reflector::{self, ObjectRef, Store};
use kube::runtime::{Controller, WatchStreamExt as _, watcher};
use kube::{Client, ResourceExt as _};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::context::{Failures, Progress};
use super::default_source::create_default_source;
use super::events::Events;
use super::finding_index::FindingIndex;
use super::required_crds::await_crds;
use super::{Context, Settings, policies, sources};
use crate::api::{CloudTrailSource, EcrUploadPolicy, OffHoursUpload};
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
    #[error("{0} ended")]
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

    let policy_loop =
        Controller::new(Api::<DeserializeGuard<EcrUploadPolicy>>::all(client.clone()), watcher::Config::default());
    let source_loop =
        Controller::new(Api::<DeserializeGuard<CloudTrailSource>>::all(client.clone()), watcher::Config::default());
    let (namespaces, namespace_watch) = watch_namespaces(&client);
    let index = Arc::new(FindingIndex::default());
    let context = Arc::new(Context {
        events: Events::new(client.clone(), settings.instance.clone(), Arc::clone(&metrics)),
        index: Arc::clone(&index),
        policies: policy_loop.store(),
        sources: source_loop.store(),
        namespaces,
        aws: Session::base_config().await,
        rates: RateLimits::new(settings.lookup_rate),
        writes: Semaphore::new(settings.write_concurrency),
        shutdown: shutdown.clone(),
        progress: Progress::default(),
        source_states: Mutex::new(HashMap::new()),
        failures: Failures::default(),
        client,
        settings,
        metrics: Arc::clone(&metrics),
    });
    if context.settings.default_source {
        create_default_source(&context, &context.settings.default_source_regions).await?;
    }

    let loops = run_loops(Arc::clone(&context), policy_loop, source_loop, Arc::clone(&readiness));
    tokio::select! {
        ended = watch_findings(&context, &readiness) => ended,
        ended = namespace_watch => ended,
        ended = loops => ended,
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

async fn run_loops(
    context: Arc<Context>,
    policy_loop: Controller<DeserializeGuard<EcrUploadPolicy>>,
    source_loop: Controller<DeserializeGuard<CloudTrailSource>>,
    readiness: Arc<Readiness>,
) -> Result<(), ControllerError> {
    let shutdown = context.shutdown.clone();
    let policy_store = policy_loop.store();
    let source_store = source_loop.store();
    let policies = policy_loop
        .with_config(Config::default().concurrency(POLICY_CONCURRENCY))
        .watches(
            Api::<DeserializeGuard<CloudTrailSource>>::all(context.client.clone()),
            watcher::Config::default(),
            move |_| all_of(&policy_store),
        )
        .watches(Api::<PartialObjectMeta<Namespace>>::all(context.client.clone()), watcher::Config::default(), {
            let context = Arc::clone(&context);
            move |namespace| policies_in(&context.policies, &namespace.name_any())
        })
        .reconcile_all_on(status_changes(Arc::clone(&context)))
        .graceful_shutdown_on(shutdown.clone().cancelled_owned())
        .run(policies::reconcile, policies::error_policy, Arc::clone(&context));
    let sources = source_loop
        .with_config(Config::default().concurrency(SOURCE_CONCURRENCY))
        .watches(
            Api::<DeserializeGuard<EcrUploadPolicy>>::all(context.client.clone()),
            watcher::Config::default(),
            move |_| all_of(&source_store),
        )
        .graceful_shutdown_on(shutdown.clone().cancelled_owned())
        .run(gated_sources, sources::error_policy, Arc::clone(&context));

    let ready = async {
        caches_are_filled(&context).await;
        readiness.open(Gate::Caches);
        std::future::pending::<()>().await;
    };
    let loops = futures::future::join(report("policies", &context, policies), report("sources", &context, sources));
    tokio::select! {
        _ = loops => {}
        () = ready => {}
    }
    if shutdown.is_cancelled() { Ok(()) } else { Err(ControllerError::LoopEnded("a reconcile loop")) }
}

/// A source is read only once everything is known that its records are judged by: before that, a policy would look deleted
/// and a reported push new.
async fn gated_sources(
    source: Arc<DeserializeGuard<CloudTrailSource>>,
    context: Arc<Context>,
) -> Result<Action, ControllerError> {
    tokio::select! {
        () = context.shutdown.cancelled() => return Ok(Action::await_change()),
        () = async {
            caches_are_filled(&context).await;
            context.index.ready().await;
        } => {}
    }
    sources::reconcile(source, context).await
}

async fn caches_are_filled(context: &Context) {
    // Each store is filled by a loop that ends the program when it ends.
    let _ = context.policies.wait_until_ready().await;
    let _ = context.sources.wait_until_ready().await;
    let _ = context.namespaces.wait_until_ready().await;
}

fn all_of<K>(store: &Store<DeserializeGuard<K>>) -> Vec<ObjectRef<DeserializeGuard<K>>>
where
    K: kube::Resource<DynamicType = ()> + Clone + 'static,
{
    store.state().iter().map(|object| ObjectRef::from_obj(object.as_ref())).collect()
}

fn policies_in(
    store: &Store<DeserializeGuard<EcrUploadPolicy>>,
    namespace: &str,
) -> Vec<ObjectRef<DeserializeGuard<EcrUploadPolicy>>> {
    all_of(store).into_iter().filter(|policy| policy.namespace.as_deref() == Some(namespace)).collect()
}

/// Ticks when findings or their progress changed, at most once in [`STATUS_DEBOUNCE`].
fn status_changes(context: Arc<Context>) -> impl Stream<Item = ()> + Send {
    futures::stream::unfold(context, |context| async move {
        tokio::select! {
            () = context.index.changed() => {}
            () = context.progress.changed() => {}
        }
        tokio::time::sleep(STATUS_DEBOUNCE).await;
        Some(((), context))
    })
}

/// Follows a loop to its end and says what went wrong in it.
async fn report<K>(
    name: &'static str,
    context: &Context,
    results: impl Stream<Item = Result<(ObjectRef<K>, Action), LoopError<ControllerError, watcher::Error>>>,
) where
    K: kube::Resource,
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

/// Keeps the index of findings up to date. Managed fields are dropped before an object is looked at: they are the larger part.
async fn watch_findings(context: &Context, readiness: &Readiness) -> Result<(), ControllerError> {
    let api: Api<DeserializeGuard<OffHoursUpload>> = Api::all(context.client.clone());
    let mut events = pin!(watcher(api, watcher::Config::default()).default_backoff());
    loop {
        match events.try_next().await {
            Ok(Some(event)) => {
                let is_whole = matches!(event, watcher::Event::InitDone);
                context.index.observe(event);
                if is_whole {
                    readiness.open(Gate::Findings);
                }
            }
            Ok(None) => return Err(ControllerError::LoopEnded("the watch of findings")),
            Err(error) => {
                context.metrics.error("Watch");
                tracing::warn!(%error, "the watch of findings was interrupted");
            }
        }
    }
}

type NamespaceStore = Store<PartialObjectMeta<Namespace>>;

/// The labels of all namespaces, and the task that keeps them up to date.
fn watch_namespaces(client: &Client) -> (NamespaceStore, impl Future<Output = Result<(), ControllerError>> + use<>) {
    let (store, writer) = reflector::store();
    let api: Api<PartialObjectMeta<Namespace>> = Api::all(client.clone());
    let events = watcher(api, watcher::Config::default()).default_backoff().reflect(writer);
    let task = async move {
        let mut events = pin!(events);
        while let Some(event) = events.next().await {
            if let Err(error) = event {
                tracing::warn!(%error, "the watch of namespaces was interrupted");
            }
        }
        Err(ControllerError::LoopEnded("the watch of namespaces"))
    };
    (store, task)
}
