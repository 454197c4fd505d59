//! The room of the findings: what is off hours gets here and ends in an OffHoursUpload, once.
//!
//! - [`deliver`](Findings::deliver) judges uploads by policies and writes what is off hours;
//! - [`FindingIndex`] knows which records every policy has reported, and which are being written right now;
//! - [`watch`](Findings::watch) keeps the index up to date;
//! - [`record_triage`](Findings::record_triage) records what a triage covers;
//! - [`remove_unfinished`](Findings::remove_unfinished) deletes findings that were left without evidence.

mod allow_counts;
mod deliver;
#[cfg(test)]
mod fake_api;
mod id_hash;
mod index;
#[cfg(test)]
mod index_tests;
mod known_findings;
#[cfg(test)]
mod name_tests;
mod policy_findings;
mod reservation;
#[cfg(test)]
mod tests;
mod triage;
#[cfg(test)]
mod triage_tests;
mod unfinished;
mod watch;
mod write;
mod write_error;
mod write_permits;

use std::sync::Arc;

use kube::Client;
use tokio_util::sync::CancellationToken;

pub use self::allow_counts::{AllowCount, AllowCounts};
pub use self::deliver::Judge;
pub use self::index::FindingIndex;
pub use self::policy_findings::FindingSummary;
pub use self::write_error::WriteError;
use self::write_permits::WritePermits;
use super::cluster::{Connection, Events, Reachability};
use super::metrics::Metrics;

/// Names a policy: its namespace and its name.
pub type PolicyKey = (String, String);

/// The findings of all policies, and everything that is needed to write them.
pub struct Findings {
    client: Client,
    reachability: Arc<Reachability>,
    events: Events,
    metrics: Arc<Metrics>,
    index: Arc<FindingIndex>,
    allow_counts: Arc<AllowCounts>,
    permits: WritePermits,
    stopping: CancellationToken,
}

impl Findings {
    /// `write_concurrency` is how many findings are written at the same time. Once `stopping` is cancelled, no further write
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

    /// Waits until no finding is being written any more. Once the controller is stopping, no further write begins.
    pub async fn drained(&self) {
        self.permits.drained().await;
    }

    /// What every policy has reported.
    pub fn index(&self) -> &FindingIndex {
        &self.index
    }
}
