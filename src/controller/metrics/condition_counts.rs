//! The number of policies and sources in each state, so that an alert can fire for one that is not ready.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;

use crate::api::{
    FindingsCompleteReason, PolicyReadyReason, Reason, SourceReadyReason, SourcesReadyReason, UpToDateReason,
};

/// The conditions of each object of a kind, by its uid.
#[derive(Debug, Clone)]
pub struct ConditionCounts(Arc<Counts>);

#[derive(Debug)]
struct Counts {
    /// The name of the metric, without the prefix.
    name: &'static str,
    help: &'static str,
    /// Every possible combination. One that no object is in is 0, so that an alert sees it rise and fall.
    rows: Vec<Row>,
    /// The rows that each object is in.
    objects: Mutex<HashMap<String, Vec<usize>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Row {
    condition: &'static str,
    status: &'static str,
    reason: &'static str,
}

impl ConditionCounts {
    /// The conditions of the policies.
    pub fn of_policies() -> Self {
        let rows = [rows::<PolicyReadyReason>(), rows::<SourcesReadyReason>(), rows::<FindingsCompleteReason>()];
        Self::new("policies", "EcrUploadPolicies, by the status and reason of each of their conditions", rows.concat())
    }

    /// The conditions of the sources.
    pub fn of_sources() -> Self {
        let rows = [rows::<SourceReadyReason>(), rows::<UpToDateReason>()];
        Self::new("sources", "CloudTrailSources, by the status and reason of each of their conditions", rows.concat())
    }

    fn new(name: &'static str, help: &'static str, rows: Vec<Row>) -> Self {
        Self(Arc::new(Counts { name, help, rows, objects: Mutex::default() }))
    }

    /// Sets the conditions of an object.
    pub fn set(&self, uid: &str, conditions: &[Condition]) {
        let row = |condition: &Condition| {
            self.0.rows.iter().position(|row| row.condition == condition.type_ && row.reason == condition.reason)
        };
        self.objects().insert(uid.to_owned(), conditions.iter().filter_map(row).collect());
    }

    /// Removes an object that was deleted.
    pub fn remove(&self, uid: &str) {
        self.objects().remove(uid);
    }

    fn objects(&self) -> std::sync::MutexGuard<'_, HashMap<String, Vec<usize>>> {
        // No code panics while it holds the lock.
        self.0.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn rows<R: Reason>() -> Vec<Row> {
    let row = |reason: &R| Row {
        condition: R::CONDITION.as_str(),
        status: reason.status().as_str(),
        reason: reason.as_str(),
    };
    R::REASONS.iter().map(row).collect()
}

impl Collector for ConditionCounts {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let mut counts = vec![0i64; self.0.rows.len()];
        self.objects().values().flatten().for_each(|row| counts[*row] += 1);
        let mut gauge = encoder.encode_descriptor(self.0.name, self.0.help, None, MetricType::Gauge)?;
        for (row, count) in self.0.rows.iter().zip(counts) {
            ConstGauge::new(count).encode(gauge.encode_family(row)?)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::condition;
    use crate::telemetry::{encode, new_registry};

    fn registered(counts: &ConditionCounts) -> impl Fn(&str) -> Option<i64> {
        let mut registry = new_registry();
        registry.register_collector(Box::new(counts.clone()));
        move |labels| {
            let text = encode(&registry).unwrap();
            text.lines().find_map(|line| line.strip_prefix(&format!("offhours_{labels} "))?.parse().ok())
        }
    }

    #[test]
    fn objects_are_counted_in_the_state_that_they_are_in_now() {
        let policies = ConditionCounts::of_policies();
        let value = registered(&policies);
        let judging = r#"policies{condition="Ready",status="True",reason="Judging"}"#;
        let waiting = r#"policies{condition="Ready",status="Unknown",reason="NotReadYet"}"#;
        let suspended = r#"policies{condition="FindingsComplete",status="False",reason="Suspended"}"#;
        let read = |labels: [&str; 3]| labels.map(&value);
        assert_eq!(read([judging, waiting, suspended]), [Some(0); 3], "an alert sees the first");
        let ready = |reason| condition(reason, "", None);
        policies.set("a", &[ready(PolicyReadyReason::NotReadYet)]);
        policies.set("b", &[ready(PolicyReadyReason::Judging)]);
        assert_eq!(read([judging, waiting, suspended]), [Some(1), Some(1), Some(0)]);
        let complete = condition(FindingsCompleteReason::Suspended, "", None);
        policies.set("a", &[ready(PolicyReadyReason::Judging), complete]);
        assert_eq!(read([judging, waiting, suspended]), [Some(2), Some(0), Some(1)]);
        policies.remove("a");
        assert_eq!(read([judging, waiting, suspended]), [Some(1), Some(0), Some(0)]);
    }

    #[test]
    fn no_condition_is_left_out() {
        let sources = ConditionCounts::of_sources();
        let value = registered(&sources);
        let conditions =
            [condition(SourceReadyReason::Throttled, "", None), condition(UpToDateReason::NotReadYet, "", None)];
        sources.set("a", &conditions);
        assert_eq!(value(r#"sources{condition="Ready",status="False",reason="Throttled"}"#), Some(1));
        assert_eq!(value(r#"sources{condition="UpToDate",status="False",reason="NotReadYet"}"#), Some(1));
    }
}
