//! The task of a stream: the event history of one account and Region, read in two lanes at a time.
//!
//! One lane polls at the head. The other reads what lies behind it, as the ledger plans: it closes holes and runs sweeps, with
//! the requests that polls leave. Neither lane waits for the other or for another stream.

use std::collections::HashMap;
use std::convert::Infallible;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::time::Instant;

use super::Sources;
use super::health::{Lane, SourceHealth};
use crate::coverage::{Read, StreamKey, Uid};
use crate::source::{LookupEventsClient, SharedSession, SourceError, Urgency};

/// The task that reads a stream.
pub(super) struct StreamTask {
    pub sources: Arc<Sources>,
    /// The uid of the source.
    pub source: Uid,
    /// Its name.
    pub name: String,
    pub region: String,
    pub poll_interval: Duration,
    pub session: Arc<SharedSession>,
    pub health: Arc<SourceHealth>,
}

/// An open stream.
pub(super) struct OpenStream<'t> {
    pub task: &'t StreamTask,
    pub key: StreamKey,
    pub history: LookupEventsClient,
    /// Whether the last poll succeeded. While polls fail, nothing else is read.
    pub polls_succeed: watch::Sender<bool>,
    /// Broken records that were logged, with the time when each was last read.
    pub broken: Mutex<HashMap<String, Instant>>,
}

/// The first retry after a failure; it doubles up to the poll interval, or to [`MAX_BACKOFF_FLOOR`] where that is shorter.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const MAX_BACKOFF_FLOOR: Duration = Duration::from_secs(10);
/// The lane behind the head plans again after this time at the latest.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

impl StreamTask {
    /// Opens the stream and reads it; opens it again whenever the session ends.
    pub async fn run(self: Arc<Self>) -> Infallible {
        let mut failures = 0;
        loop {
            let session = match self.session.get().await {
                Ok(session) => session,
                Err(error) => {
                    self.failed(Lane::Session, &error);
                    if !error.is_retryable() {
                        // Only an edit of the source helps, which replaces this task.
                        return std::future::pending().await;
                    }
                    tokio::time::sleep(self.backoff(&mut failures)).await;
                    continue;
                }
            };
            self.succeeded(Lane::Session);
            let account = session.account();
            self.open(account, session.identity()).await;
            let stream = OpenStream {
                task: &self,
                key: StreamKey { account: account.to_owned(), region: self.region.clone() },
                history: session.history(&self.region, &self.sources.rates),
                polls_succeed: watch::Sender::new(true),
                broken: Mutex::default(),
            };
            tokio::select! {
                () = stream.poll(&mut failures) => {}
                () = stream.read_behind() => {}
            }
            self.session.renew(&session).await;
            // A new session may not help: an account can be suspended, and a Region disabled.
            tokio::time::sleep(self.backoff(&mut failures)).await;
        }
    }

    /// Reports the account of the stream to the ledger.
    async fn open(&self, account: &str, identity: &str) {
        let now = Utc::now();
        let before = self.sources.judging.ledger(|ledger| ledger.open(&self.source, &self.region, account, now));
        if self.health.opened(&self.region, account) {
            tracing::info!(source = self.name, account, region = self.region, identity, "the stream is open");
            self.trigger();
            self.announce_opened(account, before.as_deref()).await;
        }
    }

    /// Triggers a reconcile of the source.
    pub fn trigger(&self) {
        self.sources.triggers.trigger(kube::runtime::reflector::ObjectRef::new(&self.name));
    }

    pub fn failed(&self, lane: Lane, error: &SourceError) {
        self.sources.metrics.source.polled(Err(error.kind()));
        self.sources.metrics.errors.count(error.kind());
        if self.health.failed(&self.region, lane, error) {
            self.trigger();
        }
    }

    pub fn succeeded(&self, lane: Lane) {
        if self.health.succeeded(&self.region, lane) {
            self.trigger();
        }
    }

    /// How long to wait after one more failure in a row.
    pub fn backoff(&self, failures: &mut u32) -> Duration {
        let delay = FIRST_RETRY * 2u32.pow((*failures).min(12));
        *failures += 1;
        delay.min(self.poll_interval.max(MAX_BACKOFF_FLOOR))
    }

    /// The poll interval less up to a tenth, so that streams do not all poll at the same time.
    fn jittered_interval(&self) -> Duration {
        let random = RandomState::new().hash_one(&self.region) % 100;
        self.poll_interval.mul_f64(1.0 - random as f64 / 1_000.0)
    }
}

impl OpenStream<'_> {
    /// Polls at the head until the session ends.
    async fn poll(&self, sessions: &mut u32) {
        let mut failures = 0;
        loop {
            let started = Instant::now();
            let now = Utc::now();
            let judging = &self.task.sources.judging;
            let planned = judging.ledger(|ledger| ledger.plan_poll(&self.task.source, &self.key, now));
            let Some(poll) = planned else {
                // The spec no longer names the Region; the task is about to be stopped.
                tokio::time::sleep(self.task.poll_interval).await;
                continue;
            };
            self.task.announce_poll(&poll).await;
            match self.read(Read::Poll(&poll), poll.range, Urgency::Poll, Lane::Head).await {
                Ok(pages) => {
                    (failures, *sessions) = (0, 0);
                    self.polls_succeed.send_replace(true);
                    judging.polled(&self.task.source, &self.key, &poll, pages);
                    self.task.sources.metrics.source.polled(Ok(()));
                    self.task.record_lag(&self.key);
                    if self.task.health.read(&self.task.region) {
                        self.task.trigger();
                    }
                    if !poll.has_more {
                        tokio::time::sleep_until(started + self.task.jittered_interval()).await;
                    }
                }
                Err(error) if error.ends_session() => return,
                Err(_) => {
                    self.polls_succeed.send_replace(false);
                    tokio::time::sleep(self.task.backoff(&mut failures)).await;
                }
            }
        }
    }

    /// Waits until polls succeed: what rejects them rejects other reads too, and would get twice the requests.
    pub async fn while_polls_succeed(&self) {
        // The sender lives as long as the stream.
        let _ = self.polls_succeed.subscribe().wait_for(|succeed| *succeed).await;
    }

    /// Reads what lies behind the head, until the session ends.
    async fn read_behind(&self) {
        let judging = &self.task.sources.judging;
        let source = &self.task.source;
        let wake = judging.wake(source);
        let mut failures = 0;
        loop {
            self.while_polls_succeed().await;
            let mut woken = std::pin::pin!(wake.notified());
            woken.as_mut().enable();
            let now = Utc::now();
            let (past, lost) = judging.ledger(|ledger| ledger.plan_past(source, &self.key, now));
            self.task.announce_lost(&self.key, &lost).await;
            let result = if let Some(past) = past {
                let result = self.read(Read::Past(&past), past.range, Urgency::CatchUp, Lane::Past).await;
                let ended = |pages| {
                    judging.ledger(|ledger| ledger.read_past(source, &self.key, &past, pages, Utc::now()));
                };
                result.map(ended)
            } else if let Some(sweep) = judging.ledger(|ledger| ledger.plan_sweep(source, &self.key, now)) {
                let result = self.read(Read::Sweep(&sweep), sweep.range, Urgency::Sweep, Lane::Past).await;
                result.map(|pages| judging.ledger(|ledger| ledger.swept(source, &self.key, &sweep, pages)))
            } else {
                self.task.succeeded(Lane::Past);
                let due = judging.ledger(|ledger| {
                    ledger.next_retry(source, &self.key).into_iter().chain(ledger.next_sweep(source, &self.key)).min()
                });
                let wait = due.map_or(LONGEST_WAIT, |due| wait_until(due, now));
                tokio::select! {
                    () = woken => {}
                    () = tokio::time::sleep(wait) => {}
                }
                continue;
            };
            match result {
                Ok(()) => failures = 0,
                Err(error) if error.ends_session() => return,
                Err(_) => tokio::time::sleep(self.task.backoff(&mut failures)).await,
            }
        }
    }
}

/// The time until then: at most a minute, since clocks are adjusted; at least a moment, since timers are not exact.
fn wait_until(due: DateTime<Utc>, now: DateTime<Utc>) -> Duration {
    let wait = (due - now).to_std().unwrap_or_default();
    wait.clamp(Duration::from_millis(200), LONGEST_WAIT)
}
