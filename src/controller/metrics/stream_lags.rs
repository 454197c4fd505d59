//! The metric of the lag of each stream.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

/// The labels of a stream.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
pub struct StreamLabels {
    /// The name of the CloudTrailSource.
    pub source: String,
    /// The AWS account.
    pub account: String,
    /// The AWS Region.
    pub region: String,
}

/// The time up to which each stream was read. The lag is computed when the metrics are requested, so that it grows while
/// nothing is read.
#[derive(Debug, Clone, Default)]
pub(super) struct StreamLags(Arc<Mutex<BTreeMap<StreamLabels, DateTime<Utc>>>>);

impl StreamLags {
    pub fn set(&self, stream: StreamLabels, complete_through: DateTime<Utc>) {
        self.lock().insert(stream, complete_through);
    }

    /// Removes the streams that are not to be kept.
    pub fn retain(&self, keep: impl Fn(&StreamLabels) -> bool) {
        self.lock().retain(|stream, _| keep(stream));
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<StreamLabels, DateTime<Utc>>> {
        // No code panics while it holds the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Collector for StreamLags {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let streams = self.lock().clone();
        let mut lag = encoder.encode_descriptor(
            "stream_lag",
            "Time since every record of the stream was read and every finding in it written",
            Some(&Unit::Seconds),
            MetricType::Gauge,
        )?;
        for (stream, complete_through) in streams {
            let seconds = (Utc::now() - complete_through).num_seconds().max(0);
            ConstGauge::new(seconds).encode(lag.encode_family(&stream)?)?;
        }
        Ok(())
    }
}
