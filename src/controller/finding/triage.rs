//! Records what a triage covers.
//!
//! The watch shows when somebody sets `spec.triage`, and what somebody set while the controller was not running. The
//! uploads that the triage covers are recorded in the status at once, so that a later one is seen to be later. An append
//! that comes first records them too: see [`plan_append`](crate::detect::plan_append).

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use kube::api::Api;
use tokio::sync::Semaphore;
use tokio::time::sleep;

use super::conflict::{MAX_ATTEMPTS, is_overtaken};
use super::findings::Findings;
use crate::api::{ErrorKind, OffHoursUpload};
use crate::controller::cluster::{RequestError, answer, post_params, warn_unless_outage};
use crate::controller::metrics::WriteOperation;
use crate::detect::plan_triage;

/// The number of triages recorded at the same time. In each namespace it is one, because a webhook that hangs mostly hangs
/// for a namespace.
const CONCURRENCY: usize = 4;

/// The number of failures in a row after which the rest of a namespace would most likely fail too.
const MAX_FAILURES: usize = 3;

/// The delay of a namespace after a failure. It doubles with each failure, up to the longest.
const FIRST_DELAY: Duration = Duration::from_secs(1);
const LONGEST_DELAY: Duration = Duration::from_secs(60);

/// What a triage covers could not be recorded.
#[derive(Debug, thiserror::Error)]
pub(super) enum TriageError {
    /// A request failed.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// Others changed the finding each time before this write succeeded.
    #[error("it changed {MAX_ATTEMPTS} times meanwhile; check what else writes to it")]
    Contended,
}

/// Findings of one namespace whose triage is to be recorded.
struct Round {
    namespace: String,
    names: BTreeSet<String>,
    /// The delay if that fails.
    delay: Duration,
}

impl Findings {
    /// Records what each new triage covers. Runs until the controller stops.
    pub async fn record_triage(&self) {
        let permits = Semaphore::new(CONCURRENCY);
        let mut waiting: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut busy: HashSet<String> = HashSet::new();
        let mut rounds = FuturesUnordered::new();
        loop {
            for (namespace, names) in self.index.take_triaged() {
                match busy.contains(&namespace) {
                    true => waiting.entry(namespace).or_default().extend(names),
                    false => {
                        busy.insert(namespace.clone());
                        rounds.push(self.record_all(Round { namespace, names, delay: FIRST_DELAY }, &permits));
                    }
                }
            }
            tokio::select! {
                () = self.stopping.cancelled() => return,
                () = self.index.triaged() => {}
                Some(mut round) = rounds.next() => {
                    round.names.extend(waiting.remove(&round.namespace).unwrap_or_default());
                    if round.names.is_empty() {
                        busy.remove(&round.namespace);
                    } else {
                        rounds.push(self.record_all(round, &permits));
                    }
                }
            }
        }
    }

    /// Records the triages of one namespace, one after the other. Returns those that it could not record, after a delay.
    async fn record_all(&self, mut round: Round, permits: &Semaphore) -> Round {
        let mut failures = 0;
        let mut failure = None;
        for name in round.names.clone() {
            // Nobody closes the semaphore.
            let _permit = permits.acquire().await;
            match self.record(&round.namespace, &name).await {
                Ok(()) => {
                    round.names.remove(&name);
                    failures = 0;
                }
                Err(error) => {
                    self.metrics.errors.count(ErrorKind::TriageNotRecorded);
                    failures += 1;
                    failure = Some((name, error));
                    if failures == MAX_FAILURES {
                        break;
                    }
                }
            }
        }
        let Some((name, error)) = failure else { return Round { delay: FIRST_DELAY, ..round } };
        let (namespace, findings, delay) = (&round.namespace, round.names.len(), round.delay);
        let (is_outage, error) = (self.reachability.is_down(), error.to_string());
        warn_unless_outage!(
            is_outage, namespace, name, findings, error, retry_in = ?delay, "cannot record what a triage covers"
        );
        sleep(delay).await;
        Round { delay: LONGEST_DELAY.min(delay * 2), ..round }
    }

    /// Records what the triage of a finding covers, if that is not recorded yet.
    pub(super) async fn record(&self, namespace: &str, name: &str) -> Result<(), TriageError> {
        let api: Api<OffHoursUpload> = Api::namespaced(self.client.clone(), namespace);
        for _ in 0..MAX_ATTEMPTS {
            let Some(mut finding) = answer(api.get_opt(name)).await? else { return Ok(()) };
            let Some(status) = plan_triage(&finding) else { return Ok(()) };
            finding.status = Some(status);
            finding.metadata.managed_fields = None;
            // Sent with the resourceVersion that was read: an upload that was added meanwhile makes this a conflict.
            match answer(api.replace_status(name, &post_params(), &finding)).await {
                Ok(written) => {
                    self.index.learn(&written);
                    self.metrics.finding.written(WriteOperation::Triage);
                    tracing::debug!(namespace, name, triage = ?written.spec.triage.state, "recorded what a triage covers");
                    return Ok(());
                }
                Err(RequestError::Failed(kube::Error::Api(status))) if is_overtaken(&status) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(TriageError::Contended)
    }
}
