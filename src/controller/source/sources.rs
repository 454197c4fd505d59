//! The sources, with everything that is needed to read them.

use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use kube::Client;
use kube::core::DeserializeGuard;

use super::tasks::Tasks;
use crate::api::{CloudTrailSource, CloudTrailSourceStatus};
use crate::controller::cluster::{Caches, Events, InvalidObjects, Retries, Triggers, WrittenStatuses};
use crate::controller::finding::Findings;
use crate::controller::judging::Judging;
use crate::controller::metrics::Metrics;
use crate::source::RateLimits;

/// The sources, and everything that is needed to read them.
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
    /// The Regions of the source `default` that the controller would create; empty when it would create none, or one that
    /// reads the Region of the controller.
    pub default_source_regions: Vec<String>,
    /// The longest delay of a stream. A source with a stream further behind is not `UpToDate`.
    pub stale_after: Duration,
    /// The interval between two writes of a status in which only times change.
    pub checkpoint_interval: Duration,
    pub tasks: Tasks,
    pub written: WrittenStatuses<CloudTrailSourceStatus>,
    pub invalid_objects: InvalidObjects,
    pub retries: Retries,
}
