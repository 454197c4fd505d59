//! The two lanes in which a stream is read at the same time.
//!
//! One polls at the head. The other reads what lies behind it, as the ledger plans: it closes holes and runs sweeps, with the
//! requests that the polls leave. Neither waits for the other, or for another stream.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::health::Lane;
use super::open_stream::OpenStream;
use crate::coverage::Read;
use crate::source::Urgency;

/// The longest pause before the lane behind the head plans again.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

impl OpenStream<'_> {
    /// Polls at the head until the session ends.
    pub async fn poll(&self, sessions: &mut u32) {
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
                    self.task.update_lag(&self.key);
                    if self.task.health.read(&self.task.region) {
                        self.task.trigger();
                    }
                    if !poll.has_more {
                        tokio::time::sleep_until(started + jittered(self.task.poll_interval)).await;
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

    /// Reads what lies behind the head, until the session ends.
    pub async fn read_behind(&self) {
        let judging = &self.task.sources.judging;
        let source = &self.task.source;
        let wake = judging.wake(source);
        let mut failures = 0;
        loop {
            self.until_polls_succeed().await;
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

/// The time until `due`: at most a minute, because clocks are adjusted; at least a moment, because timers are not exact.
fn wait_until(due: DateTime<Utc>, now: DateTime<Utc>) -> Duration {
    let wait = (due - now).to_std().unwrap_or_default();
    wait.clamp(Duration::from_millis(200), LONGEST_WAIT)
}

/// An interval less up to a tenth, so that streams do not all poll at the same time.
fn jittered(interval: Duration) -> Duration {
    let random = RandomState::new().hash_one(interval) % 100;
    interval.mul_f64(1.0 - random as f64 / 1_000.0)
}
