//! One stream: the event history of one account and Region, read without a gap.
//!
//! `complete_through` moves only after every finding of what was read is written, and each read goes back by an overlap, so
//! that neither a crash nor a late record loses anything. New and edited policies are applied over their lookback in a pass
//! of its own behind that, which moves no checkpoint.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

use super::Context;
use super::active_policy::{ActivePolicy, PolicyVersion};
use super::finding::{Delivery, Judge, WriteError};
use crate::coverage::TimeRange;
use crate::source::{Batch, LookupEvents, Read, SourceError};
use crate::upload::{RELATION_WINDOW, RecordId, Upload};

/// The state of a stream. `complete_through` is the only part that must outlive the process.
#[derive(Debug)]
pub(super) struct Stream {
    pub reader: LookupEvents,
    pub complete_through: Option<DateTime<Utc>>,
    /// Uploads of the overlap that were delivered; saves work, and counts each of them once.
    delivered: HashMap<RecordId, Delivered>,
    /// Broken records that were told, and when they were last met.
    broken: HashMap<String, Instant>,
    lookback: Option<LookbackPass>,
    /// Policies whose lookback was read here to its end, while other streams of the source may still be at it.
    pub applied: BTreeSet<PolicyVersion>,
}

/// An upload that was delivered.
#[derive(Debug)]
struct Delivered {
    time: DateTime<Utc>,
    /// Whether those policies have it too that wait until it is known what else was pushed with it.
    was_settled: bool,
}

/// A broken record that no read met for this long will not be met again: twice the longest poll interval.
const BROKEN_IS_PAST: Duration = Duration::from_secs(2 * 60 * 60);

/// The pass in which pending policies are applied to the past.
#[derive(Debug)]
struct LookbackPass {
    policies: BTreeSet<PolicyVersion>,
    /// Everything older was read.
    next: DateTime<Utc>,
}

/// What one turn of a stream needs to know.
pub(super) struct Turn<'a> {
    pub policies: &'a [ActivePolicy],
    pub overlap: TimeDelta,
    pub now: DateTime<Utc>,
    /// After this, what is left waits for the next turn, so that progress is recorded meanwhile.
    pub deadline: Instant,
}

/// How a turn ended.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Why it ended early, if it did.
    pub error: Option<TurnError>,
    /// Whether there is more to read at once.
    pub has_more: bool,
    /// Records from then till then are out of CloudTrail's reach for ever.
    pub gap: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

/// Why a turn ended early.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum TurnError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error("{0}; the checkpoint waits for it")]
    Write(#[from] WriteError),
}

impl TurnError {
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Source(error) => error.reason(),
            Self::Write(_) => "FindingsNotWritten",
        }
    }
}

impl Stream {
    pub fn new(reader: LookupEvents, complete_through: Option<DateTime<Utc>>) -> Self {
        Self {
            reader,
            complete_through,
            delivered: HashMap::new(),
            broken: HashMap::new(),
            lookback: None,
            applied: BTreeSet::new(),
        }
    }

    /// Reads everything new and writes its findings, then goes on with the lookback of pending policies.
    pub async fn turn(&mut self, context: &Context, turn: &Turn<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        self.applied.retain(|applied| turn.policies.iter().any(|policy| policy.version() == *applied));
        let result = match self.read_new(context, turn, &mut outcome).await {
            Ok(()) if !outcome.has_more => self.read_lookback(context, turn, &mut outcome).await,
            result => result,
        };
        outcome.error = result.err();
        let reason = outcome.error.as_ref().map_or("Success", TurnError::reason);
        if !matches!(outcome.error, Some(TurnError::Write(WriteError::Stopping))) {
            context.metrics.poll(reason);
        }
        outcome
    }

    async fn read_new(&mut self, context: &Context, turn: &Turn<'_>, outcome: &mut Outcome) -> Result<(), TurnError> {
        let first = self.complete_through.is_none();
        let start = match self.complete_through {
            // Before that, a push may still wait for what else is pushed with it.
            Some(complete_through) => complete_through - turn.overlap - RELATION_WINDOW,
            None => turn
                .policies
                .iter()
                .map(|policy| policy.lookback_start(turn.now))
                .min()
                .unwrap_or(turn.now)
                .min(turn.now - turn.overlap),
        };
        let window = TimeRange::new(start, turn.now);
        let gap =
            self.complete_through.filter(|through| *through < window.start).map(|through| (through, window.start));
        // On the first read of a stream, and the first of a policy, its lookback and no more. A policy that was edited gets all
        // that came since the checkpoint, however short its lookback.
        let recipients: Vec<Recipient> = turn
            .policies
            .iter()
            .map(|policy| (policy, (first || policy.applied.is_none()).then(|| policy.lookback_start(turn.now))))
            .collect();
        self.delivered.retain(|_, delivered| delivered.time >= window.start);
        let mut unwritten = None;
        for slice in window.slices() {
            if Instant::now() >= turn.deadline && slice.start > window.start {
                outcome.has_more = true;
                break;
            }
            for (slice, batch) in self.read_whole(context, slice, turn.now).await? {
                self.tell_broken(context, &batch);
                match self.deliver_new(context, &recipients, &batch, turn.now).await {
                    // Later slices are delivered all the same, but the checkpoint stays before what was not written.
                    Err(error) => drop(unwritten.get_or_insert(error)),
                    Ok(()) if unwritten.is_none() => {
                        self.complete_through = self.complete_through.max(Some(slice.end));
                    }
                    Ok(()) => {}
                }
            }
        }
        self.broken.retain(|_, met| met.elapsed() < BROKEN_IS_PAST);
        // Told once, when reading goes on behind it.
        outcome.gap = gap.filter(|(from, _)| self.complete_through > Some(*from));
        if first && unwritten.is_none() && !outcome.has_more {
            // The first read of a stream went back by every lookback.
            self.applied.extend(turn.policies.iter().map(ActivePolicy::version));
        }
        unwritten.map_or(Ok(()), |error| Err(error.into()))
    }

    async fn deliver_new(
        &mut self,
        context: &Context,
        recipients: &[Recipient<'_>],
        batch: &Batch,
        now: DateTime<Utc>,
    ) -> Result<(), WriteError> {
        let delivered = |upload: &Upload| self.delivered.get(&upload.id);
        let new: Vec<&Upload> = batch.uploads.iter().filter(|upload| delivered(upload).is_none()).collect();
        let settled = batch.uploads.iter().filter(|upload| upload.is_settled(now));
        let settled: Vec<&Upload> =
            settled.filter(|upload| delivered(upload).is_none_or(|delivered| !delivered.was_settled)).collect();
        deliver_by_patience(context, recipients, &new, &settled).await?;
        context.metrics.records("Upload", new.len());
        context.metrics.records("NotAnUpload", batch.not_uploads);
        for upload in new.into_iter().chain(settled) {
            let delivered = Delivered { time: upload.time, was_settled: upload.is_settled(now) };
            self.delivered.insert(upload.id.clone(), delivered);
        }
        Ok(())
    }

    /// Applies pending policies to the past. A turn that ends early goes on where it was; a restart begins again, which
    /// repeats nothing.
    async fn read_lookback(
        &mut self,
        context: &Context,
        turn: &Turn<'_>,
        outcome: &mut Outcome,
    ) -> Result<(), TurnError> {
        let pending: Vec<&ActivePolicy> = turn
            .policies
            .iter()
            .filter(|policy| policy.is_pending() && !self.applied.contains(&policy.version()))
            .collect();
        let Some(start) = pending.iter().map(|policy| policy.lookback_start(turn.now)).min() else {
            self.lookback = None;
            return Ok(());
        };
        let versions: BTreeSet<PolicyVersion> = pending.iter().map(|policy| policy.version()).collect();
        let next = match &self.lookback {
            Some(pass) if pass.policies == versions => pass.next,
            _ => start,
        };
        let recipients: Vec<Recipient> =
            pending.iter().map(|policy| (*policy, Some(policy.lookback_start(turn.now)))).collect();
        self.lookback = Some(LookbackPass { policies: versions.clone(), next });
        for slice in TimeRange::new(next, turn.now).slices() {
            if Instant::now() >= turn.deadline && slice.start > next {
                outcome.has_more = true;
                return Ok(());
            }
            for (slice, batch) in self.read_whole(context, slice, turn.now).await? {
                let uploads: Vec<&Upload> = batch.uploads.iter().collect();
                // What is not settled yet comes once more as new.
                let settled: Vec<&Upload> =
                    uploads.iter().copied().filter(|upload| upload.is_settled(turn.now)).collect();
                deliver_by_patience(context, &recipients, &uploads, &settled).await?;
                self.lookback = Some(LookbackPass { policies: versions.clone(), next: slice.end });
            }
        }
        self.lookback = None;
        self.applied.extend(versions);
        Ok(())
    }

    /// Reads a window to its last page, in smaller ones where it holds too much at once; the oldest first. What was pushed
    /// shortly before and after is read too, since it can tell what an upload is.
    async fn read_whole(
        &self,
        context: &Context,
        window: TimeRange,
        now: DateTime<Utc>,
    ) -> Result<Vec<(TimeRange, Batch)>, TurnError> {
        let mut read = Vec::new();
        let mut todo = vec![window];
        while let Some(window) = todo.pop() {
            let halves = window.halves();
            let around = if halves.is_some() { RELATION_WINDOW } else { TimeDelta::zero() };
            let answer = tokio::select! {
                () = context.shutdown.cancelled() => return Err(WriteError::Stopping.into()),
                answer = self.reader.read(window.widened(around, now)) => answer,
            };
            match answer? {
                Read::Whole(mut batch) => {
                    batch.relate_within(window);
                    read.push((window, batch));
                }
                Read::TooMany => {
                    if let Some((older, newer)) = halves {
                        todo.extend([newer, older]);
                    }
                }
            }
        }
        Ok(read)
    }

    /// A record that can't be decoded may be a push: it is told once, and counted.
    fn tell_broken(&mut self, context: &Context, batch: &Batch) {
        for (event_id, error) in &batch.broken {
            if self.broken.insert(event_id.clone(), Instant::now()).is_none() {
                context.metrics.records("Broken", 1);
                context.metrics.error("BrokenRecord");
                let (account, region) = (self.reader.account(), self.reader.region());
                tracing::warn!(event_id, account, region, %error, "a CloudTrail record cannot be judged");
            }
        }
    }
}

/// A policy, and the earliest event time that it judges in this read; None for all of them.
type Recipient<'a> = (&'a ActivePolicy, Option<DateTime<Utc>>);

/// Delivers uploads, and keeps what the status of each policy says about it.
///
/// # Errors
/// The first policy whose findings were not all written. A namespace that is gone holds nothing up.
async fn deliver(context: &Context, recipients: &[Recipient<'_>], uploads: &[&Upload]) -> Result<(), WriteError> {
    let judges: Vec<Arc<Judge>> = recipients
        .iter()
        .map(|(policy, _)| {
            let (namespace, uid) = (policy.namespace.clone(), policy.uid.clone());
            Arc::new(Judge { namespace, uid, policy: Arc::clone(&policy.policy) })
        })
        .collect();
    let admits = |index: usize, upload: &Upload| {
        recipients.get(index).is_some_and(|(_, since)| since.is_none_or(|since| upload.time >= since))
    };
    let deliveries: Vec<Delivery> = context.findings.deliver(&judges, uploads, admits).await;
    if deliveries.iter().any(|delivery| delivery.allowed_news) {
        context.progress.touch();
    }
    let mut written = Ok(());
    for (judge, delivery) in judges.iter().zip(deliveries) {
        match delivery.result {
            Err(WriteError::Stopping) => return Err(WriteError::Stopping),
            Ok(()) | Err(WriteError::NamespaceGone { .. }) => context.progress.set_write_problem(&judge.uid, None),
            Err(error) => {
                context.progress.set_write_problem(&judge.uid, Some(error.to_string()));
                written = written.and(Err(error));
            }
        }
    }
    written
}

/// Delivers `all` to the policies that judge a push by itself, and what is `settled` to those whose verdict may depend on what
/// is pushed next: a push by digest may be the first of an index. Nobody waits for the patience of others.
async fn deliver_by_patience(
    context: &Context,
    recipients: &[Recipient<'_>],
    all: &[&Upload],
    settled: &[&Upload],
) -> Result<(), WriteError> {
    let (patient, prompt): (Vec<Recipient>, Vec<Recipient>) =
        recipients.iter().copied().partition(|(recipient, _)| recipient.policy.looks_at_relations());
    let written = deliver(context, &prompt, all).await;
    deliver(context, &patient, settled).await.and(written)
}
