//! The room of the sources: a reconcile keeps a task for each stream, and each task reads.
//!
//! - [`reconcile`](Sources::reconcile) starts, changes and stops the tasks, and writes the status. It never waits for a read.
//! - a [`stream`](stream) task reads in two lanes: polls at the head, and behind it what the ledger asks for.
//! - what is read is delivered a [chunk](in_hand) at a time, before more is read.

mod announce;
mod default_source;
mod health;
mod in_hand;
mod read;
mod reconcile;
mod status;
mod stream;
mod tasks;
mod warnings;

use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use kube::Client;
use kube::core::DeserializeGuard;

pub use default_source::create_default_source;
pub use tasks::Tasks;
pub use warnings::without_warnings;

use super::cluster::{Caches, Events, InvalidObjects, Retries, Triggers, WrittenStatuses};
use super::finding::Findings;
use super::judging::Judging;
use super::metrics::Metrics;
use crate::api::{CloudTrailSource, CloudTrailSourceStatus};
use crate::source::RateLimits;

/// Everything that the sources need.
pub struct Sources {
    pub client: Client,
    pub metrics: Arc<Metrics>,
    pub events: Events,
    pub caches: Arc<Caches>,
    pub judging: Arc<Judging>,
    pub findings: Arc<Findings>,
    pub triggers: Arc<Triggers<DeserializeGuard<CloudTrailSource>>>,
    pub aws: SdkConfig,
    pub rates: RateLimits,
    /// The Regions of a source `default` that the controller would create; empty when it would not, or in its own Region.
    pub default_source_regions: Vec<String>,
    /// How far a stream may be behind.
    pub stale_after: Duration,
    /// How often a status is written when nothing in it changed but times.
    pub checkpoint_interval: Duration,
    pub tasks: Tasks,
    pub written: WrittenStatuses<CloudTrailSourceStatus>,
    pub invalid_objects: InvalidObjects,
    pub retries: Retries,
}
