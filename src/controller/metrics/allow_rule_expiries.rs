//! The metric of the expiry of each allow rule.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

use crate::detect::AllowRule;

/// The labels of an allow rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
struct RuleLabels {
    namespace: String,
    policy: String,
    rule: String,
}

/// The time at which each allow rule expires, so that an alert can come before it.
#[derive(Debug, Clone, Default)]
pub(super) struct AllowRuleExpiries(Arc<Mutex<BTreeMap<RuleLabels, DateTime<Utc>>>>);

impl AllowRuleExpiries {
    /// Sets the rules of a policy. Those that never expire are left out.
    pub fn set(&self, namespace: &str, policy: &str, rules: &[AllowRule]) {
        let mut expiries = self.lock();
        expiries.retain(|labels, _| labels.namespace != namespace || labels.policy != policy);
        expiries.extend(rules.iter().filter_map(|rule| {
            let labels =
                RuleLabels { namespace: namespace.to_owned(), policy: policy.to_owned(), rule: rule.name().to_owned() };
            Some((labels, rule.expires()?))
        }));
    }

    /// Removes the rules of the policies, by namespace and name, that are not to be kept.
    pub fn retain(&self, keep: impl Fn(&str, &str) -> bool) {
        self.lock().retain(|labels, _| keep(&labels.namespace, &labels.policy));
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<RuleLabels, DateTime<Utc>>> {
        // No code panics while it holds the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Collector for AllowRuleExpiries {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let expiries = self.lock().clone();
        let mut timestamp = encoder.encode_descriptor(
            "allow_rule_expiry_timestamp",
            "When an allow rule expires, in seconds since 1970",
            Some(&Unit::Seconds),
            MetricType::Gauge,
        )?;
        for (rule, expires) in expiries {
            ConstGauge::new(expires.timestamp()).encode(timestamp.encode_family(&rule)?)?;
        }
        Ok(())
    }
}
