//! What the loops share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::SdkConfig;
use kube::Client;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::active_policy::Revision;
use super::allow_counts::AllowCounts;
use super::caches::Caches;
use super::calendar_feeds::CalendarFeeds;
use super::compiled_policies::CompiledPolicies;
use super::events::Events;
use super::finding::Findings;
use super::invalid_object::InvalidObjects;
use super::sources::SourceState;
use crate::source::RateLimits;
use crate::telemetry::Metrics;

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
    /// How far a stream may be behind before its source is not `UpToDate`.
    pub stale_after: Duration,
    /// Tells replicas apart in Events: the name of the Pod.
    pub instance: Option<String>,
}

/// What the loops share.
pub struct Context {
    pub(super) client: Client,
    pub(super) settings: Settings,
    pub(super) metrics: Arc<Metrics>,
    pub(super) events: Events,
    pub(super) findings: Arc<Findings>,
    pub(super) caches: Caches,
    pub(super) feeds: CalendarFeeds,
    pub(super) allow_counts: Arc<AllowCounts>,
    pub(super) compiled: CompiledPolicies,
    pub(super) aws: SdkConfig,
    pub(super) rates: RateLimits,
    pub(super) shutdown: CancellationToken,
    pub(super) progress: Progress,
    pub(super) source_states: Mutex<HashMap<String, Arc<tokio::sync::Mutex<SourceState>>>>,
    pub(super) failures: Failures,
    pub(super) invalid_objects: InvalidObjects,
}

/// How far policies were applied to sources, and what keeps their findings from being written. The sources' loop writes it;
/// the policies' loop puts it into the status of the policy, which is where it is read after a restart.
#[derive(Debug, Default)]
pub struct Progress {
    applied: Mutex<HashMap<(String, String), Revision>>,
    write_problems: Mutex<HashMap<String, String>>,
    changed: Notify,
}

impl Progress {
    /// The lookback of this revision of a policy was read from a source to its end.
    pub(super) fn set_applied(&self, policy_uid: &str, source: &str, revision: Revision) {
        let mut applied = self.applied.lock().unwrap_or_else(PoisonError::into_inner);
        applied.insert((policy_uid.to_owned(), source.to_owned()), revision);
        drop(applied);
        self.changed.notify_one();
    }

    /// The revision of a policy that was applied to a source since this process started.
    pub(super) fn applied(&self, policy_uid: &str, source: &str) -> Option<Revision> {
        let applied = self.applied.lock().unwrap_or_else(PoisonError::into_inner);
        applied.get(&(policy_uid.to_owned(), source.to_owned())).cloned()
    }

    /// Forgets the sources that a policy does not use any more, so that they are applied again when it does.
    pub(super) fn retain(&self, policy_uid: &str, sources: &[String]) {
        let mut applied = self.applied.lock().unwrap_or_else(PoisonError::into_inner);
        applied.retain(|(uid, source), _| uid != policy_uid || sources.contains(source));
    }

    /// A finding of a policy could not be written, or all of them could.
    pub(super) fn set_write_problem(&self, policy_uid: &str, problem: Option<String>) {
        let mut problems = self.write_problems.lock().unwrap_or_else(PoisonError::into_inner);
        let before = match problem.clone() {
            Some(problem) => problems.insert(policy_uid.to_owned(), problem),
            None => problems.remove(policy_uid),
        };
        drop(problems);
        if before != problem {
            self.changed.notify_one();
        }
    }

    /// What keeps the findings of a policy from being written.
    pub(super) fn write_problem(&self, policy_uid: &str) -> Option<String> {
        self.write_problems.lock().unwrap_or_else(PoisonError::into_inner).get(policy_uid).cloned()
    }

    /// Something else changed that a status shows.
    pub(super) fn touch(&self) {
        self.changed.notify_one();
    }

    /// Waits until something changed since the last call returned.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }
}

/// How often in a row the reconcile of an object failed: kube's error policy is not told.
#[derive(Debug, Default)]
pub struct Failures(Mutex<HashMap<String, u32>>);

impl Failures {
    /// Another failure of this object; how long to wait until the next try: 1 s, doubling to a minute.
    pub(super) fn next_delay(&self, uid: &str) -> Duration {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = failures.entry(uid.to_owned()).or_default();
        *count += 1;
        Duration::from_secs(60.min(1 << (*count - 1).min(6)))
    }

    /// It worked.
    pub(super) fn clear(&self, uid: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(uid);
    }
}
