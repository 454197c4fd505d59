//! The findings of all policies.

use std::sync::Arc;

use kube::Client;
use tokio_util::sync::CancellationToken;

use super::allow_counts::AllowCounts;
use super::index::FindingIndex;
use super::write_permits::WritePermits;
use crate::controller::cluster::{Connection, Events, Reachability};
use crate::controller::metrics::Metrics;

/// The findings of all policies, and everything that is needed to write them.
pub struct Findings {
    pub(super) client: Client,
    pub(super) reachability: Arc<Reachability>,
    pub(super) events: Events,
    pub(super) metrics: Arc<Metrics>,
    pub(super) index: Arc<FindingIndex>,
    pub(super) allow_counts: Arc<AllowCounts>,
    pub(super) permits: WritePermits,
    pub(super) stopping: CancellationToken,
}

impl Findings {
    /// `write_concurrency` is the number of findings written at the same time. Once `stopping` is cancelled, no further write
    /// begins.
    pub fn new(
        connection: Connection,
        events: Events,
        metrics: Arc<Metrics>,
        allow_counts: Arc<AllowCounts>,
        write_concurrency: usize,
        stopping: CancellationToken,
    ) -> Self {
        let Connection { client, reachability } = connection;
        Self {
            client,
            reachability,
            events,
            metrics,
            index: Arc::default(),
            allow_counts,
            permits: WritePermits::new(write_concurrency),
            stopping,
        }
    }

    /// Waits until no finding is being written. Once the controller is stopping, no further write begins.
    pub async fn drained(&self) {
        self.permits.drained().await;
    }

    /// The records that every policy has reported.
    pub fn index(&self) -> &FindingIndex {
        &self.index
    }
}
