//! Whether the API server answers. A dozen watches and writes find out at the same time when it does not, and each of them
//! retries for as long as that lasts. Here this becomes one log line when an outage begins, and one when it ends.

use std::convert::Infallible;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kube::Client;
use kube::runtime::watcher;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::api_error::{is_connection_error, is_expired, kube_error, watch_error};
use super::request::RequestError;

/// What the requests to the API server reveal about it.
#[derive(Debug)]
pub struct Reachability {
    url: String,
    state: Mutex<State>,
    doubted: Notify,
}

#[derive(Debug)]
struct State {
    last_answer: Option<Instant>,
    outage: Option<Outage>,
}

#[derive(Debug, Clone, Copy)]
struct Outage {
    began: Instant,
    last_failure: Instant,
    /// The first answer since the last failure.
    answered: Option<Instant>,
}

/// How long no request must have failed before an outage is over. One of several API servers behind an address may be
/// broken, and an API server that starts refuses connections between its first answers.
const SETTLED: Duration = Duration::from_secs(2);
/// The interval between probes while the API server does not answer.
const PROBE_INTERVAL: Duration = Duration::from_secs(2);
/// How long the API server may take to answer a probe, which costs it nothing.
const PROBE_LIMIT: Duration = Duration::from_secs(5);
/// A request that has waited for less than this, or that its caller gave up earlier, says nothing about the API server.
/// Together with the limit of a probe this is less than the time limit of a request, so an outage is known before the
/// requests that meet it fail.
pub(super) const PROMPT: Duration = Duration::from_secs(2);

impl Reachability {
    /// The reachability of the API server at this address, which has not been asked yet.
    pub fn new(url: String) -> Self {
        let state = State { last_answer: None, outage: None };
        Self { url, state: Mutex::new(state), doubted: Notify::new() }
    }

    /// Whether an outage has been reported, so that failures because of it need not be.
    pub fn is_down(&self) -> bool {
        self.lock().outage.is_some()
    }

    /// Whether an outage is the reason why a request waits in vain. Known once a probe had time to find out.
    pub async fn is_down_after_a_probe(&self) -> bool {
        tokio::time::sleep(PROBE_LIMIT).await;
        self.is_down()
    }

    /// Whether an error is part of an outage that is reported here. A watch whose connection is cut while it waits for
    /// changes does not fail because of an outage, and is no news either.
    pub fn covers(&self, error: &kube::Error) -> bool {
        is_connection_error(error) || self.is_down()
    }

    /// Whether an outage that is reported here is the reason why a request failed.
    pub fn explains(&self, error: &RequestError) -> bool {
        match error {
            RequestError::Failed(error) => self.covers(error),
            RequestError::TimedOut => self.is_down(),
        }
    }

    /// Logs that a watch was interrupted. It restarts by itself, so that is worth a warning only if it is neither part of
    /// an outage nor expected.
    pub fn watch_interrupted(&self, kind: &str, error: &watcher::Error) {
        let is_outage = kube_error(error).is_some_and(|error| self.covers(error));
        let is_expected = is_outage || is_expired(error);
        let error = watch_error(error);
        match is_expected {
            true => tracing::debug!(kind, error, "a watch was interrupted"),
            false => tracing::warn!(kind, error, "a watch was interrupted; it is started again"),
        }
    }

    /// Reports that a request got no answer. Its caller logs what follows from that, see [`Self::covers`].
    pub(super) fn failed(&self, error: &str) {
        // Bound to a name first, or the lock would be held while the line is written.
        let begins = self.lock().fail(Instant::now());
        if begins {
            let api_server = &self.url;
            tracing::warn!(
                api_server,
                error,
                "the API server is unreachable; watches and writes resume when it answers"
            );
            self.doubted.notify_one();
        }
    }

    /// Reports that a request was answered.
    pub(super) fn answered(&self) {
        let ended = self.lock().answer(Instant::now());
        if let Some(duration) = ended {
            let lasted = in_seconds(duration);
            tracing::info!(api_server = self.url, lasted, "the API server answers again");
        }
    }

    /// Reports that a request is still waiting for its answer.
    pub(super) fn kept_waiting(&self, asked: Instant) {
        let is_late = asked.elapsed() >= PROMPT;
        // An admission webhook may delay this write while other requests are answered.
        if is_late && self.lock().last_answer.is_none_or(|answer| answer < asked) {
            self.doubted.notify_one();
        }
    }

    /// Asks the API server for its version whenever it is in doubt whether it answers, until it does. The client must be
    /// one that reports here.
    pub async fn probe(&self, client: &Client) -> Infallible {
        loop {
            match self.is_down() {
                true => tokio::time::sleep(PROBE_INTERVAL).await,
                false => self.doubted.notified().await,
            }
            // Any answer is good enough, and the client has reported it.
            if tokio::time::timeout(PROBE_LIMIT, client.apiserver_version()).await.is_err() {
                self.failed(&format!("no answer within {} s", PROBE_LIMIT.as_secs()));
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Returns whether an outage begins.
    fn fail(&mut self, now: Instant) -> bool {
        match &mut self.outage {
            Some(outage) => {
                (outage.last_failure, outage.answered) = (now, None);
                false
            }
            None => {
                self.outage = Some(Outage { began: now, last_failure: now, answered: None });
                true
            }
        }
    }

    /// Returns the length of the outage that ends with this answer, if one does.
    fn answer(&mut self, now: Instant) -> Option<Duration> {
        self.last_answer = Some(now);
        let outage = self.outage.as_mut()?;
        let answered = *outage.answered.get_or_insert(now);
        let is_over = now.duration_since(outage.last_failure) >= SETTLED;
        is_over.then(|| answered.duration_since(outage.began)).inspect(|_| self.outage = None)
    }
}

/// The duration in whole seconds, or in milliseconds if it is shorter than one.
fn in_seconds(duration: Duration) -> String {
    match duration.as_secs() {
        0 => format!("{} ms", duration.as_millis()),
        seconds => format!("{seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> (State, impl Fn(u64) -> Instant) {
        let start = Instant::now();
        (State { last_answer: None, outage: None }, move |seconds| start + Duration::from_secs(seconds))
    }

    #[test]
    fn an_outage_begins_once_and_lasts_until_the_first_answer() {
        let (mut state, at) = state();
        assert!(state.fail(at(0)));
        assert!(!state.fail(at(1)));
        assert!(!state.fail(at(60)));
        assert_eq!(state.answer(at(63)), Some(Duration::from_secs(63)));
        assert_eq!(state.answer(at(64)), None);
        assert!(state.fail(at(65)), "another one");
    }

    #[test]
    fn an_outage_with_answers_between_failures_is_one() {
        let (mut state, at) = state();
        assert!(state.fail(at(0)));
        for seconds in 1..30 {
            assert_eq!(state.answer(at(seconds)), None, "{seconds}");
            assert!(!state.fail(at(seconds)), "{seconds}");
        }
        assert_eq!(state.answer(at(30)), None, "a second after the last failure");
        assert_eq!(state.answer(at(31)), Some(Duration::from_secs(30)), "until the first answer after it");
    }

    #[test]
    fn what_is_kept_waiting_is_doubted_only_if_nothing_was_answered_meanwhile() {
        let reachability = Reachability::new("https://example".to_owned());
        let is_doubted = |asked| {
            reachability.kept_waiting(asked);
            let doubted = reachability.doubted.notified();
            futures::FutureExt::now_or_never(doubted).is_some()
        };
        let long_ago = Instant::now().checked_sub(Duration::from_secs(10)).unwrap();
        assert!(is_doubted(long_ago));
        assert!(!is_doubted(Instant::now()), "too early to know");
        reachability.answered();
        assert!(!is_doubted(long_ago));
    }
}
