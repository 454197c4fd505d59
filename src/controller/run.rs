//! Starting and stopping the loops.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use futures::{Stream, StreamExt as _, TryStreamExt as _};
use kube::core::DeserializeGuard;
use kube::runtime::controller::{Action, Config, Error as LoopError, applier};
use kube::{Client, Resource};
use tokio_util::sync::CancellationToken;

use super::cluster::{Caches, Events, InvalidObjects, Retries, Triggers, WrittenStatuses, await_crds};
use super::finding::{AllowCounts, Findings};
use super::judging::Judging;
use super::policy::{CalendarFeeds, CompiledPolicies, Policies};
use super::routing::route;
use super::source::{Sources, Tasks, create_default_source};
use crate::api::{CloudTrailSource, EcrUploadPolicy, ErrorKind};
use crate::source::{RateLimits, Session};
use crate::telemetry::{Gate, Metrics, Readiness};

/// How the controller behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether the source named `default` is created at the start when there is none.
    pub default_source: bool,
    /// The Regions of that source; the Region of the AWS configuration when empty.
    pub default_source_regions: Vec<String>,
    /// LookupEvents requests a second for each account and Region, over all sources.
    pub lookup_rate: f64,
    /// How many findings are written at the same time.
    pub write_concurrency: usize,
    /// How far a stream may be behind before its source is not `UpToDate`, and its policies are not complete.
    pub stale_after: Duration,
    /// How often a status is written when nothing in it changed but times.
    pub checkpoint_interval: Duration,
    /// Tells replicas apart in Events: the name of the Pod.
    pub instance: Option<String>,
}

/// The controller, or one of its loops, failed.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // The fields are the parts of the message.
pub enum ControllerError {
    #[error("the API server refuses the controller: {0}; check the kubeconfig, or the ServiceAccount and its roles")]
    Refused(String),
    #[error("cannot create the CloudTrailSource default: {0}; create it yourself, or set --default-source=false")]
    DefaultSource(#[source] kube::Error),
    #[error("cannot write the status of the EcrUploadPolicy {namespace}/{name}: {source}")]
    PolicyStatus { namespace: String, name: String, source: Box<kube::Error> },
    #[error("cannot write the status of the CloudTrailSource {name}: {source}")]
    SourceStatus { name: String, source: Box<kube::Error> },
    #[error("the watch or loop of {0} ended")]
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
}

/// No reconcile waits for AWS.
const CONCURRENCY: u16 = 8;
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
    let (caches, changes, cache_task) = Caches::new(&client, &metrics);
    let controller = Controller::new(&client, &settings, &metrics, caches, &shutdown).await;
    if settings.default_source {
        create_default_source(&client, &settings.default_source_regions).await?;
    }
    let Controller { sources, policies, findings } = &controller;
    let work = async {
        sources.caches.ready().await;
        readiness.open(Gate::Caches);
        findings.index().ready().await;
        // A source is read only once everything is known that its records are judged by: before that, a policy would look
        // deleted and a reported push new.
        sources.caches.sources.store.state().iter().for_each(|source| sources.register(source));
        policies.caches.policies.store.state().iter().for_each(|policy| policies.register(policy));
        tokio::join!(
            route(changes, sources, policies),
            reconcile_policies(policies, &shutdown),
            reconcile_sources(sources, &shutdown),
            findings.remove_unfinished(),
            findings.record_triage(),
        );
        ControllerError::LoopEnded("reconciles")
    };
    tokio::select! {
        ended = cache_task => Err(ended),
        () = findings.watch(&readiness) => Err(ControllerError::LoopEnded("findings")),
        () = stopped(&shutdown, findings) => Ok(()),
        ended = work => Err(ended),
    }
}

struct Controller {
    sources: Arc<Sources>,
    policies: Arc<Policies>,
    findings: Arc<Findings>,
}

impl Controller {
    async fn new(
        client: &Client,
        settings: &Settings,
        metrics: &Arc<Metrics>,
        caches: Caches,
        shutdown: &CancellationToken,
    ) -> Self {
        let caches = Arc::new(caches);
        let stale_after = TimeDelta::from_std(settings.stale_after).unwrap_or(TimeDelta::MAX);
        let judging = Arc::new(Judging::new(stale_after));
        let events = Events::new(client.clone(), settings.instance.clone(), Arc::clone(metrics));
        let allow_counts = Arc::new(AllowCounts::default());
        let findings = Arc::new(Findings::new(
            client.clone(),
            events.clone(),
            Arc::clone(metrics),
            Arc::clone(&allow_counts),
            settings.write_concurrency,
            shutdown.clone(),
        ));
        let policies = Arc::new(Policies {
            client: client.clone(),
            metrics: Arc::clone(metrics),
            events: events.clone(),
            caches: Arc::clone(&caches),
            judging: Arc::clone(&judging),
            findings: Arc::clone(&findings),
            allow_counts,
            triggers: Arc::new(Triggers::default()),
            checkpoint_interval: settings.checkpoint_interval,
            feeds: CalendarFeeds::default(),
            compiled: CompiledPolicies::default(),
            written: WrittenStatuses::default(),
            invalid_objects: InvalidObjects::default(),
            retries: Retries::default(),
        });
        let sources = Arc::new(Sources {
            client: client.clone(),
            metrics: Arc::clone(metrics),
            events,
            caches,
            judging,
            findings: Arc::clone(&findings),
            triggers: Arc::new(Triggers::default()),
            aws: Session::base_config().await,
            rates: RateLimits::new(settings.lookup_rate),
            stale_after: settings.stale_after,
            checkpoint_interval: settings.checkpoint_interval,
            tasks: Tasks::default(),
            written: WrittenStatuses::default(),
            invalid_objects: InvalidObjects::default(),
            retries: Retries::default(),
        });
        Self { sources, policies, findings }
    }
}

/// Waits until the program was told to stop, and then until what is being written is, but not for longer than it may take.
async fn stopped(shutdown: &CancellationToken, findings: &Findings) {
    shutdown.cancelled().await;
    if tokio::time::timeout(STOP_LIMIT, findings.drained()).await.is_err() {
        tracing::warn!("stopping before all work in hand has ended; it is done again at the next start");
    }
}

/// The reconciles of the policies. What waits when the program is to stop is left.
async fn reconcile_policies(policies: &Arc<Policies>, shutdown: &CancellationToken) {
    let metrics = &policies.metrics;
    let retry = |object: Arc<DeserializeGuard<EcrUploadPolicy>>, error: &ControllerError, policies: Arc<Policies>| {
        retry_later(object.meta().uid.as_deref(), error, &policies.metrics, &policies.retries)
    };
    let queue = policies.triggers.queue().take_until(shutdown.clone().cancelled_owned());
    let store = policies.caches.policies.store.clone();
    let reconcile = |object, policies: Arc<Policies>| Box::pin(policies.reconcile(object));
    let results = applier(reconcile, retry, Arc::clone(policies), store, Box::pin(queue), config());
    report("policies", metrics, results).await;
}

/// The reconciles of the sources.
async fn reconcile_sources(sources: &Arc<Sources>, shutdown: &CancellationToken) {
    let metrics = &sources.metrics;
    let retry = |object: Arc<DeserializeGuard<CloudTrailSource>>, error: &ControllerError, sources: Arc<Sources>| {
        retry_later(object.meta().uid.as_deref(), error, &sources.metrics, &sources.retries)
    };
    let queue = sources.triggers.queue().take_until(shutdown.clone().cancelled_owned());
    let store = sources.caches.sources.store.clone();
    let reconcile = |object, sources: Arc<Sources>| Box::pin(sources.reconcile(object));
    let results = applier(reconcile, retry, Arc::clone(sources), store, Box::pin(queue), config());
    report("sources", metrics, results).await;
}

fn config() -> Config {
    Config::default().concurrency(CONCURRENCY)
}

/// After a failed reconcile: once more, later each time.
fn retry_later(uid: Option<&str>, error: &ControllerError, metrics: &Metrics, retries: &Retries) -> Action {
    metrics.error(error.kind());
    let delay = retries.next_delay(uid.unwrap_or_default());
    tracing::warn!(%error, retry_in = ?delay, "reconcile failed");
    Action::requeue(delay)
}

/// Reports what reconciles come to, as far as nobody else does.
async fn report<T, E: std::error::Error + 'static>(
    name: &'static str,
    metrics: &Metrics,
    results: impl Stream<Item = Result<T, LoopError<E, Infallible>>>,
) {
    let mut results = std::pin::pin!(results);
    loop {
        match results.try_next().await {
            Ok(Some(_)) => {}
            Ok(None) => return,
            // A failed reconcile was reported by the error policy, and an object that is gone needs none.
            Err(LoopError::ReconcilerFailed(..) | LoopError::ObjectNotFound(_)) => {}
            Err(error) => {
                metrics.error(ErrorKind::Loop);
                tracing::error!(name, %error, "a loop reported an error");
            }
        }
    }
}
