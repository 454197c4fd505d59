//! Metrics of failures, in all parts of the controller.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use crate::api::ErrorKind;

/// The number of failures of each kind.
#[derive(Debug)]
pub struct ErrorMetrics {
    errors: Family<KindLabel, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabel {
    kind: &'static str,
}

impl ErrorMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let errors = Family::default();
        registry.register("errors", "Failures, by kind", errors.clone());
        let metrics = Self { errors };
        // A counter that appears with its first count has no increase that an alert could see.
        ErrorKind::ALL.iter().for_each(|kind| metrics.add(*kind, 0));
        metrics
    }

    /// Counts a failure.
    pub fn count(&self, kind: ErrorKind) {
        self.add(kind, 1);
    }

    fn add(&self, kind: ErrorKind, count: u64) {
        self.errors.get_or_create(&KindLabel { kind: kind.as_str() }).inc_by(count);
    }
}
