//! How many pushes each allow rule let through.
//!
//! The counts are for people who clean up rules. They live in the status of the policy: what was counted before a restart is
//! not counted again when the overlap is read once more. A late record that is older than the last one counted before a
//! restart is not counted, and an edit counts the past only for rules that let nothing through before.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};

use crate::api::EcrUploadPolicy;

/// The counts of all policies since this process started, on top of what their status had.
#[derive(Debug, Default)]
pub struct AllowCounts(Mutex<HashMap<String, BTreeMap<String, AllowCount>>>);

/// What a rule let through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AllowCount {
    /// How many pushes.
    pub allowed: i64,
    /// The time of the latest.
    pub last_used: Option<DateTime<Utc>>,
    /// Pushes up to this time were counted by an earlier process.
    counted_before: Option<DateTime<Utc>>,
}

impl AllowCounts {
    /// The counts of a policy by the names of its rules.
    pub(super) fn of_policy(&self, policy: &EcrUploadPolicy, uid: &str) -> BTreeMap<String, AllowCount> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.entry(uid.to_owned()).or_insert_with(|| recorded(policy)).clone()
    }

    /// A rule let a push through.
    pub(super) fn add(&self, uid: &str, rule: &str, time: DateTime<Utc>) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(uid.to_owned()).or_default().entry(rule.to_owned()).or_default();
        if count.counted_before.is_none_or(|before| time > before) {
            count.allowed = count.allowed.saturating_add(1);
            count.last_used = count.last_used.max(Some(time));
        }
    }

    /// Forgets the policies that are gone.
    pub(super) fn retain(&self, exists: impl Fn(&str) -> bool) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|uid, _| exists(uid));
    }
}

/// What an earlier process wrote into the status of a policy.
fn recorded(policy: &EcrUploadPolicy) -> BTreeMap<String, AllowCount> {
    let rules = policy.status.iter().flat_map(|status| &status.allow_rules);
    let count = |allowed, last_used| AllowCount { allowed, last_used, counted_before: last_used };
    rules.map(|rule| (rule.name.clone(), count(rule.allowed, rule.last_used))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn policy(allow_rules: serde_json::Value) -> EcrUploadPolicy {
        serde_json::from_value(json!({
            "apiVersion": "offhours.dev/v1alpha1", "kind": "EcrUploadPolicy", "metadata": {"name": "production"},
            "spec": {}, "status": {"allowRules": allow_rules}
        }))
        .unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn what_an_earlier_process_counted_is_not_counted_again() {
        let counts = AllowCounts::default();
        let rule = json!([{"name": "nightly", "state": "Active", "allowed": 7, "lastUsed": "2026-11-20T01:00:00Z"}]);
        assert_eq!(counts.of_policy(&policy(rule), "uid")["nightly"].allowed, 7);
        counts.add("uid", "nightly", at("2026-11-20T01:00:00Z"));
        counts.add("uid", "nightly", at("2026-11-20T02:00:00Z"));
        counts.add("uid", "nightly", at("2026-11-20T01:30:00Z"));
        let count = counts.of_policy(&policy(json!([])), "uid")["nightly"];
        assert_eq!((count.allowed, count.last_used), (9, Some(at("2026-11-20T02:00:00Z"))));
    }

    #[test]
    fn a_new_rule_counts_from_zero() {
        let counts = AllowCounts::default();
        counts.add("uid", "new", at("2026-11-20T01:00:00Z"));
        counts.retain(|uid| uid == "uid");
        assert_eq!(counts.of_policy(&policy(json!([])), "uid")["new"].allowed, 1);
        counts.retain(|_| false);
        assert!(counts.of_policy(&policy(json!([])), "uid").is_empty());
    }
}
