//! Starting and stopping the loops.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;

use super::cluster::{Caches, Connection, Events, InvalidObjects, Retries, Triggers, WrittenStatuses, await_crds};
use super::error::ControllerError;
use super::finding::{AllowCounts, Findings};
use super::judging::Judging;
use super::metrics::Metrics;
use super::policy::{CalendarFeeds, CompiledPolicies, Policies};
use super::reconciles::{reconcile_policies, reconcile_sources};
use super::routing::route;
use super::settings::Settings;
use super::source::{Sources, Tasks, create_default_source};
use crate::source::{RateLimits, Session};
use crate::telemetry::{Gate, Readiness};

/// How long findings in progress may take to complete when the program stops.
const STOP_LIMIT: Duration = Duration::from_secs(4);

/// Runs the controller until `shutdown` is cancelled or an error ends it.
///
/// # Errors
/// When the API server rejects the controller, or a loop ends by itself.
pub async fn run(
    connection: Connection,
    settings: Settings,
    metrics: Arc<Metrics>,
    readiness: Arc<Readiness>,
    shutdown: CancellationToken,
) -> Result<(), ControllerError> {
    tokio::select! {
        result = run_observed(&connection, &settings, &metrics, &readiness, &shutdown) => result,
        never = connection.reachability.probe(&connection.client) => match never {},
    }
}

/// Like [`run`], without the probes of the connection.
async fn run_observed(
    connection: &Connection,
    settings: &Settings,
    metrics: &Arc<Metrics>,
    readiness: &Readiness,
    shutdown: &CancellationToken,
) -> Result<(), ControllerError> {
    tokio::select! {
        () = shutdown.cancelled() => return Ok(()),
        result = await_crds(&connection.client, metrics, readiness) => result.map_err(ControllerError::Refused)?,
    }
    tracing::info!("the CustomResourceDefinitions are served");
    let (caches, changes, cache_task) = Caches::new(connection, metrics);
    let controller = Controller::new(connection, settings, metrics, caches, shutdown).await;
    if settings.default_source {
        create_default_source(&connection.client, &settings.default_source_regions).await?;
    }
    let Controller { sources, policies, findings } = &controller;
    let work = async {
        sources.caches.ready().await;
        readiness.open(Gate::Caches);
        findings.index().ready().await;
        // A source is read only once everything by which its records are judged is known: before that, a policy would look
        // deleted, and a reported push new.
        let (all_sources, all_policies) =
            (sources.caches.sources.store.state(), policies.caches.policies.store.state());
        tracing::info!(
            sources = all_sources.len(),
            policies = all_policies.len(),
            "listed the sources and policies, and indexed the findings"
        );
        all_sources.iter().for_each(|source| sources.register(source));
        all_policies.iter().for_each(|policy| policies.register(policy));
        tokio::join!(
            route(changes, sources, policies),
            reconcile_policies(policies, &connection.reachability, shutdown),
            reconcile_sources(sources, &connection.reachability, shutdown),
            findings.remove_unfinished(),
            findings.record_triage(),
        );
        ControllerError::LoopEnded("reconciles")
    };
    tokio::select! {
        kind = cache_task => Err(ControllerError::LoopEnded(kind)),
        () = findings.watch(readiness) => Err(ControllerError::LoopEnded("findings")),
        () = stopped(shutdown, findings) => Ok(()),
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
        connection: &Connection,
        settings: &Settings,
        metrics: &Arc<Metrics>,
        caches: Caches,
        shutdown: &CancellationToken,
    ) -> Self {
        let client = &connection.client;
        let caches = Arc::new(caches);
        let stale_after = TimeDelta::from_std(settings.stale_after).unwrap_or(TimeDelta::MAX);
        let judging = Arc::new(Judging::new(stale_after));
        let events = Events::new(connection.clone(), settings.instance.clone(), Arc::clone(metrics));
        let allow_counts = Arc::new(AllowCounts::default());
        let findings = Arc::new(Findings::new(
            connection.clone(),
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
            default_source_regions: match settings.default_source {
                true => settings.default_source_regions.clone(),
                false => Vec::new(),
            },
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

/// Waits for the signal to stop, then for the findings in progress, but no longer than [`STOP_LIMIT`].
async fn stopped(shutdown: &CancellationToken, findings: &Findings) {
    shutdown.cancelled().await;
    if tokio::time::timeout(STOP_LIMIT, findings.drained()).await.is_err() {
        tracing::warn!(
            "stopping before all findings in progress are written; their records are read again at the next start"
        );
    }
}
