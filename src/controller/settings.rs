//! The settings of the controller.

use std::time::Duration;

/// The settings of the controller.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether to create the source named `default` at the start when there is none.
    pub default_source: bool,
    /// The Regions of that source; the Region of the AWS configuration when empty.
    pub default_source_regions: Vec<String>,
    /// LookupEvents requests per second to each account and Region, over all sources.
    pub lookup_rate: f64,
    /// The number of findings written at the same time.
    pub write_concurrency: usize,
    /// The longest delay of a stream. A source with a stream further behind is not `UpToDate`.
    pub stale_after: Duration,
    /// The interval between two writes of a status in which only times change.
    pub checkpoint_interval: Duration,
    /// The name of the Pod, which distinguishes replicas in Events.
    pub instance: Option<String>,
}
