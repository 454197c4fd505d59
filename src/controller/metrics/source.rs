//! Metrics of sources and their streams.

use chrono::{DateTime, TimeDelta, Utc};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::condition_counts::ConditionCounts;
use super::stream_lags::{StreamLabels, StreamLags};
use crate::api::{ErrorKind, RecordKind};

/// The reads of streams, the records in them, and the lag of each stream.
#[derive(Debug)]
pub struct SourceMetrics {
    polls: Family<ResultLabel, Counter>,
    records: Family<KindLabel, Counter>,
    record_delay: Family<SourceLabel, Histogram>,
    lags: StreamLags,
    /// The conditions of the sources.
    pub conditions: ConditionCounts,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResultLabel {
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabel {
    kind: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SourceLabel {
    source: String,
}

/// The buckets of the delay, in seconds. CloudTrail shows most records within minutes, and few after days.
const DELAYS: [f64; 11] =
    [60.0, 180.0, 300.0, 600.0, 1_800.0, 3_600.0, 7_200.0, 21_600.0, 86_400.0, 259_200.0, 604_800.0];

const SUCCESS: ResultLabel = ResultLabel { result: "Success" };

impl SourceMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let polls = Family::default();
        registry.register("polls", "Reads of a stream, by result: Success, or the kind of the error", polls.clone());
        let records = Family::default();
        registry.register("records", "CloudTrail records read for the first time, by kind", records.clone());
        let record_delay: Family<SourceLabel, Histogram> = Family::new_with_constructor(|| Histogram::new(DELAYS));
        registry.register_with_unit(
            "record_delay",
            "How long after its time a record was shown, by source; only records that were surely not shown before",
            Unit::Seconds,
            record_delay.clone(),
        );
        let (lags, conditions) = (StreamLags::default(), ConditionCounts::of_sources());
        registry.register_collector(Box::new(lags.clone()));
        registry.register_collector(Box::new(conditions.clone()));
        let metrics = Self { polls, records, record_delay, lags, conditions };
        // A counter that appears with its first count has no increase that an alert could see.
        metrics.polls.get_or_create(&SUCCESS).inc_by(0);
        RecordKind::ALL.iter().for_each(|kind| metrics.records(*kind, 0));
        metrics
    }

    /// Counts a read of a stream.
    pub fn polled(&self, result: Result<(), ErrorKind>) {
        let label = result.map_or_else(|kind| ResultLabel { result: kind.as_str() }, |()| SUCCESS);
        self.polls.get_or_create(&label).inc();
    }

    /// Counts records of a kind that were read for the first time.
    pub fn records(&self, kind: RecordKind, count: usize) {
        self.records.get_or_create(&KindLabel { kind: kind.as_str() }).inc_by(count as u64);
    }

    /// Counts a record that was shown for the first time, this long after its time.
    pub fn record_delay(&self, source: &str, delay: TimeDelta) {
        let seconds = delay.as_seconds_f64();
        self.record_delay.get_or_create(&SourceLabel { source: source.to_owned() }).observe(seconds);
    }

    /// Sets the time up to which a stream was read.
    pub fn complete_through(&self, stream: StreamLabels, time: DateTime<Utc>) {
        self.lags.set(stream, time);
    }

    /// Removes the streams of a source that are not among these.
    pub fn retain_streams(&self, source: &str, streams: &[StreamLabels]) {
        self.lags.retain(|stream| stream.source != source || streams.contains(stream));
    }

    /// Removes a source that was deleted, with its streams.
    pub fn remove(&self, source: &str) {
        self.lags.retain(|stream| stream.source != source);
        self.record_delay.remove(&SourceLabel { source: source.to_owned() });
    }
}
