//! Metrics of policies.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use super::allow_rule_expiries::AllowRuleExpiries;
use super::condition_counts::ConditionCounts;
use crate::detect::{Policy, TeamHours};

/// The uploads that each policy reported, the expiry of its allow rules, and its conditions.
#[derive(Debug)]
pub struct PolicyMetrics {
    uploads_reported: Family<UploadLabels, Counter>,
    /// The labels of `uploads_reported`, which a family does not list.
    reporters: Mutex<BTreeSet<UploadLabels>>,
    expiries: AllowRuleExpiries,
    /// The conditions of the policies.
    pub conditions: ConditionCounts,
}

/// The labels of reported uploads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
pub struct UploadLabels {
    /// The namespace of the policy.
    pub namespace: String,
    /// The name of the policy.
    pub policy: String,
    /// The team whose hours were used; empty for the policy's own hours.
    pub team: String,
}

impl PolicyMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let uploads_reported = Family::default();
        registry.register(
            "uploads_reported",
            "Uploads written into a finding, by policy and by the team whose hours were used",
            uploads_reported.clone(),
        );
        let (expiries, conditions) = (AllowRuleExpiries::default(), ConditionCounts::of_policies());
        registry.register_collector(Box::new(expiries.clone()));
        registry.register_collector(Box::new(conditions.clone()));
        Self { uploads_reported, reporters: Mutex::default(), expiries, conditions }
    }

    /// Counts uploads that were written into a finding.
    pub fn uploads_reported(&self, labels: UploadLabels, uploads: usize) {
        self.uploads_reported.get_or_create(&labels).inc_by(uploads as u64);
        self.reporters().insert(labels);
    }

    /// Adds a policy that judges: the uploads reported by it and by its teams start at zero.
    pub fn at_work(&self, namespace: &str, policy: &Policy) {
        let teams = policy.teams().filter_map(TeamHours::team).chain([""]);
        for team in teams {
            let (namespace, policy) = (namespace.to_owned(), policy.name().to_owned());
            self.uploads_reported(UploadLabels { namespace, policy, team: team.to_owned() }, 0);
        }
        self.expiries.set(namespace, policy.name(), policy.allow_rules());
    }

    /// Removes the policies, by namespace and name, that do not exist.
    pub fn retain(&self, exists: impl Fn(&str, &str) -> bool) {
        self.expiries.retain(&exists);
        self.reporters().retain(|labels| {
            let is_kept = exists(&labels.namespace, &labels.policy);
            if !is_kept {
                self.uploads_reported.remove(labels);
            }
            is_kept
        });
    }

    fn reporters(&self) -> MutexGuard<'_, BTreeSet<UploadLabels>> {
        // No code panics while it holds the lock.
        self.reporters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
