//! The metric of what the cluster lacks.

use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// The CustomResourceDefinitions that the cluster lacks.
#[derive(Debug)]
pub struct ClusterMetrics {
    missing_crds: Gauge,
}

impl ClusterMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let missing_crds = Gauge::default();
        registry.register(
            "missing_crds",
            "CustomResourceDefinitions that the API server does not serve yet",
            missing_crds.clone(),
        );
        Self { missing_crds }
    }

    /// Sets the number of CustomResourceDefinitions that are missing.
    pub fn set_missing_crds(&self, count: usize) {
        self.missing_crds.set(i64::try_from(count).unwrap_or(i64::MAX));
    }
}
