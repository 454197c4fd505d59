//! The loop of the sources. A reconcile is one turn of every stream of a source.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use futures::future::join_all;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::jiff::Timestamp;
use kube::core::DeserializeGuard;
use kube::runtime::controller::Action;
use kube::runtime::reflector::ObjectRef;
use kube::{Resource, ResourceExt};
use tokio::time::Instant;

use super::active_policy::{ActivePolicy, PolicyVersion};
use super::source_status::{Observed, StreamObserved, plan_status};
use super::status_patch::{apply_status, merge_conditions};
use super::stream::{Stream, Turn, TurnError};
use super::{Context, ControllerError};
use crate::api::{CloudTrailSource, CloudTrailSourceStatus, ErrorKind, Occurrence, SourceReadyReason};
use crate::source::{Session, SourceError};
use crate::telemetry::StreamLabels;

/// What is remembered of a source between two reads.
#[derive(Debug, Default)]
pub struct SourceState {
    generation: Option<i64>,
    session: Option<Session>,
    streams: Vec<Stream>,
    next_turn: Option<Instant>,
    failures: u32,
    /// The policies, at their generations, that the last turn knew.
    known_policies: BTreeSet<PolicyVersion>,
    /// What was last told in an Event.
    announced: Option<(String, String)>,
}

/// Progress is recorded at least this often while much is to be read.
const TURN_LIMIT: Duration = Duration::from_secs(30);
/// The first retry after a failure; it doubles up to the poll interval, or to [`MAX_BACKOFF_FLOOR`] where that is shorter.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const MAX_BACKOFF_FLOOR: Duration = Duration::from_secs(10);

/// One source: when it is due, read every stream, write the findings, then the checkpoints.
pub(super) async fn reconcile(
    object: Arc<DeserializeGuard<CloudTrailSource>>,
    context: Arc<Context>,
) -> Result<Action, ControllerError> {
    let meta = object.meta();
    let (uid, name) = (meta.uid.clone().unwrap_or_default(), meta.name.clone().unwrap_or_default());
    let source = match &object.0 {
        Ok(source) => source,
        Err(error) => {
            report_invalid(&context, meta, &error.error, &name).await?;
            return Ok(Action::await_change());
        }
    };
    context.invalid_objects.forget(meta);
    let state = context.source_state(&uid);
    let mut state = state.lock().await;
    if state.generation != meta.generation {
        // Another role or other Regions: begin again from the checkpoints.
        *state =
            SourceState { generation: meta.generation, announced: state.announced.take(), ..SourceState::default() };
    }
    let policies = context.active_policies(&name);
    let known: BTreeSet<PolicyVersion> = policies.iter().map(ActivePolicy::version).collect();
    let has_news = policies.iter().any(|policy| policy.is_pending()) && known != state.known_policies;
    if let Some(next) = state.next_turn.filter(|next| *next > Instant::now())
        && !has_news
    {
        return Ok(Action::requeue(next - Instant::now()));
    }
    state.known_policies = known;

    let started = Instant::now();
    let observed = turn(&context, source, &mut state, &policies).await;
    // What was read but not written is read again at the next start.
    if observed.was_interrupted() {
        return Ok(Action::await_change());
    }
    state.next_turn = Some(next_turn(&mut state.failures, source, started, &observed));
    let status = plan_status(source, &observed, context.settings.stale_after, Utc::now(), Timestamp::now());
    record_metrics(&context, source, &status);
    // Before the status, which may not come through: what is announced of a gap is not found out again.
    announce(&context, source, &mut state, &status, &observed).await;
    write_status(&context, &name, &status).await?;
    for (uid, revision) in &observed.applied {
        context.progress.set_applied(uid, &name, revision.clone());
    }
    context.failures.clear(&uid);
    Ok(Action::requeue(state.next_turn.map_or(Duration::ZERO, |next| next - Instant::now())))
}

/// Reads every stream.
async fn turn(
    context: &Context,
    source: &CloudTrailSource,
    state: &mut SourceState,
    policies: &[ActivePolicy],
) -> Observed {
    if let Err(error) = open(context, source, state).await {
        context.metrics.poll(Err(error.kind()));
        context.metrics.error(error.kind());
        return Observed { session_error: Some(error), ..Observed::default() };
    }
    let now = Utc::now();
    let turn = Turn {
        policies,
        overlap: TimeDelta::from_std(source.spec.lookup_events.overlap.into()).unwrap_or(TimeDelta::minutes(30)),
        now,
        deadline: Instant::now() + TURN_LIMIT,
    };
    let turns = state.streams.iter_mut().map(|stream| async {
        let outcome = stream.turn(context, &turn).await;
        // A finding that was not written is counted where it is delivered.
        if let Some(TurnError::Source(error)) = &outcome.error {
            context.metrics.error(error.kind());
        }
        (stream, outcome)
    });
    let outcomes = join_all(turns).await;
    let applied = applied_everywhere(outcomes.iter().map(|(stream, _)| &**stream));
    let streams: Vec<StreamObserved> = outcomes
        .into_iter()
        .map(|(stream, outcome)| StreamObserved {
            account: stream.reader.account().to_owned(),
            region: stream.reader.region().to_owned(),
            complete_through: stream.complete_through,
            error: outcome.error,
            has_more: outcome.has_more,
            gap: outcome.gap,
        })
        .collect();
    if streams.iter().any(StreamObserved::ends_session) {
        state.session = None;
    }
    Observed { streams, applied, session_error: None }
}

/// Opens a session, unless there is one, and the streams with the checkpoints that the source's status has.
async fn open(context: &Context, source: &CloudTrailSource, state: &mut SourceState) -> Result<(), SourceError> {
    if state.session.is_some() {
        return Ok(());
    }
    let session = Session::open(&context.aws, &source.spec).await?;
    let mut before = std::mem::take(&mut state.streams);
    state.streams = session
        .streams(&context.rates)
        .into_iter()
        .map(|reader| {
            let same = before.iter().position(|stream| {
                (stream.reader.account(), stream.reader.region()) == (reader.account(), reader.region())
            });
            match same {
                // Other credentials for the same history: what is known of it stays.
                Some(index) => {
                    let mut stream = before.swap_remove(index);
                    stream.reader = reader;
                    stream
                }
                None => {
                    let complete_through = checkpoint(source, reader.account(), reader.region());
                    Stream::new(reader, complete_through)
                }
            }
        })
        .collect();
    state.session = Some(session);
    Ok(())
}

fn checkpoint(source: &CloudTrailSource, account: &str, region: &str) -> Option<chrono::DateTime<Utc>> {
    let streams = &source.status.as_ref()?.streams;
    streams.iter().find(|stream| stream.account == account && stream.region == region)?.complete_through
}

/// A policy is applied once every stream of the source has read its lookback.
fn applied_everywhere<'a>(mut streams: impl Iterator<Item = &'a Stream>) -> Vec<PolicyVersion> {
    let mut applied = streams.next().map(|first| first.applied.clone()).unwrap_or_default();
    for stream in streams {
        applied.retain(|version| stream.applied.contains(version));
    }
    applied.into_iter().collect()
}

fn next_turn(failures: &mut u32, source: &CloudTrailSource, started: Instant, observed: &Observed) -> Instant {
    let interval = Duration::from(source.spec.lookup_events.poll_interval);
    if observed.has_failed() {
        let delay = FIRST_RETRY * 2u32.pow((*failures).min(12));
        *failures += 1;
        return Instant::now() + delay.min(interval.max(MAX_BACKOFF_FLOOR));
    }
    *failures = 0;
    if observed.streams.iter().any(|stream| stream.has_more) {
        return Instant::now();
    }
    started + interval
}

fn record_metrics(context: &Context, source: &CloudTrailSource, status: &CloudTrailSourceStatus) {
    let name = &source.name_any();
    // A source may be deleted while it is read; its lag must not come back then.
    if context.caches.sources.store.get(&ObjectRef::new(name)).is_none() {
        return;
    }
    let mut streams = Vec::new();
    for stream in &status.streams {
        let labels =
            StreamLabels { source: name.clone(), account: stream.account.clone(), region: stream.region.clone() };
        if let Some(time) = stream.complete_through {
            context.metrics.complete_through(labels.clone(), time);
        }
        streams.push(labels);
    }
    context.metrics.retain_streams(name, &streams);
}

async fn report_invalid(context: &Context, meta: &ObjectMeta, error: &str, name: &str) -> Result<(), ControllerError> {
    let Some(conditions) = context.invalid_objects.news(meta, error, SourceReadyReason::InvalidObject) else {
        return Ok(());
    };
    merge_conditions::<CloudTrailSource>(&context.client, None, name, meta.generation, &conditions).await.map_err(
        |source| {
            context.invalid_objects.forget(meta);
            ControllerError::SourceStatus { name: name.to_owned(), source }
        },
    )
}

async fn write_status(context: &Context, name: &str, status: &CloudTrailSourceStatus) -> Result<(), ControllerError> {
    apply_status::<CloudTrailSource>(&context.client, None, name, status)
        .await
        .map_err(|source| ControllerError::SourceStatus { name: name.to_owned(), source })
}

/// One Event when a source stops being readable, or is again, or has lost records; not one for each failed read.
async fn announce(
    context: &Context,
    source: &CloudTrailSource,
    state: &mut SourceState,
    status: &CloudTrailSourceStatus,
    observed: &Observed,
) {
    let regarding = source.object_ref(&());
    for stream in &observed.streams {
        if let Some((from, to)) = stream.gap {
            context.metrics.error(ErrorKind::Gap);
            let note = format!(
                "records of {} in {} from {from} to {to} are gone: CloudTrail keeps 90 days, and this source was not read for longer",
                stream.account, stream.region
            );
            tracing::error!(source = source.name_any(), note);
            context.events.warn(&regarding, Occurrence::Gap, "Read", &note).await;
        }
    }
    let Some(ready) = status.conditions.iter().find(|condition| condition.type_ == "Ready") else { return };
    let before = state.announced.take().or_else(|| {
        let conditions = &source.status.as_ref()?.conditions;
        conditions.iter().find(|was| was.type_ == "Ready").map(|was| (was.status.clone(), was.reason.clone()))
    });
    let now = (ready.status.clone(), ready.reason.clone());
    if before.as_ref() != Some(&now)
        && let Some(reason) = SourceReadyReason::parse(&ready.reason)
    {
        if ready.status == "False" {
            tracing::warn!(
                source = source.name_any(),
                reason = ready.reason,
                message = ready.message,
                "a source is not ready"
            );
            context.events.warn(&regarding, reason, "Read", &ready.message).await;
        } else if before.is_some() {
            tracing::info!(source = source.name_any(), "a source is ready again");
            context.events.inform(&regarding, reason, "Read", &ready.message).await;
        }
    }
    state.announced = Some(now);
}

impl Context {
    fn source_state(&self, uid: &str) -> Arc<tokio::sync::Mutex<SourceState>> {
        let mut states = self.source_states.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(states.entry(uid.to_owned()).or_default())
    }

    /// Forgets sources that were deleted; a lag that nobody works on must not grow in the metrics.
    pub(super) fn forget_deleted_sources(&self) {
        let sources = self.caches.sources.store.state();
        let is_there = |what: &dyn Fn(&ObjectMeta) -> bool| sources.iter().any(|source| what(source.meta()));
        self.metrics.retain_sources(|name| is_there(&|meta| meta.name.as_deref() == Some(name)));
        let mut states = self.source_states.lock().unwrap_or_else(PoisonError::into_inner);
        states.retain(|uid, _| is_there(&|meta| meta.uid.as_ref() == Some(uid)));
    }
}
