//! The task of a stream: what it reads, and how it reports success and failure.

use std::sync::Arc;
use std::time::Duration;

use kube::runtime::reflector::ObjectRef;

use super::health::{Lane, SourceHealth};
use super::sources::Sources;
use crate::coverage::Uid;
use crate::source::{SharedSession, SourceError};

/// The task that reads a stream.
pub(super) struct StreamTask {
    pub sources: Arc<Sources>,
    /// The uid of the source.
    pub source: Uid,
    /// The name of the source.
    pub name: String,
    pub region: String,
    pub poll_interval: Duration,
    pub session: Arc<SharedSession>,
    pub health: Arc<SourceHealth>,
}

/// The delay before the first retry after a failure. It doubles up to the poll interval, or to [`MAX_BACKOFF_FLOOR`] where
/// the poll interval is shorter.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const MAX_BACKOFF_FLOOR: Duration = Duration::from_secs(10);

impl StreamTask {
    /// Triggers a reconcile of the source.
    pub fn trigger(&self) {
        self.sources.triggers.trigger(ObjectRef::new(&self.name));
    }

    /// Reports that a request failed.
    pub fn failed(&self, lane: Lane, error: &SourceError) {
        self.sources.metrics.source.polled(Err(error.kind()));
        self.sources.metrics.errors.count(error.kind());
        if self.health.failed(&self.region, lane, error) {
            self.trigger();
        }
    }

    /// Reports that a request succeeded.
    pub fn succeeded(&self, lane: Lane) {
        if self.health.succeeded(&self.region, lane) {
            self.trigger();
        }
    }

    /// The delay after one more failure in a row.
    pub fn backoff(&self, failures: &mut u32) -> Duration {
        let delay = FIRST_RETRY * 2u32.pow((*failures).min(12));
        *failures += 1;
        delay.min(self.poll_interval.max(MAX_BACKOFF_FLOOR))
    }
}
