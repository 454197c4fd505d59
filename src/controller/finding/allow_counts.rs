//! How many pushes each allow rule let through.
//!
//! The counts are for people who clean up rules, and live in the status of the policy. A push counts once for a rule, however
//! often it is read: in the overlap of two reads, by the lookback of an edited policy, after a restart. Where that is not
//! known for certain it does not count again, so a count may be too low, never too high:
//! - after a restart, pushes that are not later than the last one counted before it are taken as counted;
//! - of one rule, the latest [`REMEMBERED`] pushes are told apart; older ones are taken as counted.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use kube::ResourceExt as _;

use crate::api::EcrUploadPolicy;
use crate::upload::{RecordId, Upload};

/// The counts of all policies since this process started, on top of what their status had.
#[derive(Debug, Default)]
pub struct AllowCounts(Mutex<HashMap<String, RuleCounts>>);

/// What a rule let through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AllowCount {
    /// How many pushes.
    pub allowed: i64,
    /// The time of the latest.
    pub last_used: Option<DateTime<Utc>>,
}

/// Pushes of a rule that are remembered, 24 bytes each.
const REMEMBERED: usize = 10_000;

/// The counts of a policy, by the names of its rules.
#[derive(Debug, Default)]
struct RuleCounts {
    generation: Option<i64>,
    rules: BTreeMap<String, RuleCount>,
}

#[derive(Debug, Default)]
struct RuleCount {
    count: AllowCount,
    /// Pushes up to this time are taken as counted.
    counted_before: Option<DateTime<Utc>>,
    /// Later ones that were, each with a hash of its id.
    counted: BTreeSet<(DateTime<Utc>, u64)>,
}

impl AllowCounts {
    /// The counts of a policy, by the names of its rules.
    pub fn of_policy(&self, policy: &EcrUploadPolicy) -> BTreeMap<String, AllowCount> {
        let mut policies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = policies.entry(policy.uid().unwrap_or_default()).or_insert_with(|| RuleCounts::recorded(policy));
        counts.follow(policy);
        counts.rules.iter().map(|(name, rule)| (name.clone(), rule.count)).collect()
    }

    /// A rule of a policy let a push through. Returns whether that is news. The counts of the policy must be known: what its
    /// status has would be overwritten otherwise.
    pub fn add(&self, uid: &str, rule: &str, upload: &Upload) -> bool {
        let mut policies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = policies.get_mut(uid);
        counts.is_some_and(|counts| counts.rules.entry(rule.to_owned()).or_default().add(upload.time, &upload.id))
    }

    /// A policy is gone.
    pub fn forget(&self, uid: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(uid);
    }
}

impl RuleCounts {
    /// What an earlier process wrote into the status of a policy.
    fn recorded(policy: &EcrUploadPolicy) -> Self {
        let recorded = policy.status.iter().flat_map(|status| &status.allow_rules);
        let rules = recorded.map(|rule| {
            let count = AllowCount { allowed: rule.allowed, last_used: rule.last_used };
            (rule.name.clone(), RuleCount { count, counted_before: rule.last_used, counted: BTreeSet::new() })
        });
        Self { generation: None, rules: rules.collect() }
    }

    /// Forgets the rules that an edit removed: one that gets the same name later begins at zero.
    fn follow(&mut self, policy: &EcrUploadPolicy) {
        // One of the two watches of policies may be behind the other: an older generation knows nothing of newer rules.
        if policy.metadata.generation > self.generation {
            self.generation = policy.metadata.generation;
            self.rules.retain(|name, _| policy.spec.allow.iter().any(|rule| rule.name == *name));
        }
    }
}

impl RuleCount {
    fn add(&mut self, time: DateTime<Utc>, id: &RecordId) -> bool {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        let is_counted = self.counted_before.is_some_and(|before| time <= before);
        if is_counted || !self.counted.insert((time, hasher.finish())) {
            return false;
        }
        self.count.allowed = self.count.allowed.saturating_add(1);
        self.count.last_used = self.count.last_used.max(Some(time));
        if self.counted.len() > REMEMBERED {
            self.counted_before = self.counted.pop_first().map(|(time, _)| time).max(self.counted_before);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn policy(generation: i64, rules: &[&str], recorded: Value) -> EcrUploadPolicy {
        let rules: Vec<Value> =
            rules.iter().map(|name| json!({"name": name, "reason": "CHG-1", "tags": ["v1"]})).collect();
        serde_json::from_value(json!({
            "apiVersion": "offhours.dev/v1alpha1", "kind": "EcrUploadPolicy",
            "metadata": {"name": "production", "uid": "uid", "generation": generation},
            "spec": {"allow": rules}, "status": {"allowRules": recorded}
        }))
        .unwrap()
    }

    fn upload(id: &str, time: DateTime<Utc>) -> Upload {
        let record = json!({
            "eventSource": "ecr.amazonaws.com", "eventName": "PutImage", "eventID": id, "eventTime": time.to_rfc3339(),
            "awsRegion": "eu-central-1", "recipientAccountId": "111122223333",
            "userIdentity": {"arn": "arn:aws:iam::111122223333:user/ann"},
            "requestParameters": {"repositoryName": "prod/api"}
        });
        match crate::upload::decode_value(&record) {
            Ok(crate::upload::Decoded::Upload(upload)) => *upload,
            other => panic!("not an upload: {other:?}"),
        }
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_push_counts_once_however_often_it_is_read() {
        let counts = AllowCounts::default();
        let policy = policy(1, &["nightly"], json!([]));
        counts.of_policy(&policy);
        let pushes = [upload("a", at("2026-11-20T01:00:00Z")), upload("b", at("2026-11-20T01:00:00Z"))];
        for (push, is_news) in [(&pushes[0], true), (&pushes[1], true), (&pushes[0], false), (&pushes[1], false)] {
            assert_eq!(counts.add("uid", "nightly", push), is_news);
        }
        // A late one is older than what was counted.
        assert!(counts.add("uid", "nightly", &upload("c", at("2026-11-19T01:00:00Z"))));
        let count = counts.of_policy(&policy)["nightly"];
        assert_eq!((count.allowed, count.last_used), (3, Some(at("2026-11-20T01:00:00Z"))));
    }

    #[test]
    fn what_an_earlier_process_counted_is_not_counted_again() {
        let counts = AllowCounts::default();
        let recorded =
            json!([{"name": "nightly", "state": "Active", "allowed": 7, "lastUsed": "2026-11-20T01:00:00Z"}]);
        let policy = policy(1, &["nightly", "unused"], recorded);
        assert_eq!(counts.of_policy(&policy)["nightly"].allowed, 7);
        assert!(!counts.add("uid", "nightly", &upload("a", at("2026-11-20T01:00:00Z"))));
        assert!(counts.add("uid", "nightly", &upload("b", at("2026-11-20T02:00:00Z"))));
        assert!(counts.add("uid", "nightly", &upload("c", at("2026-11-20T01:30:00Z"))));
        assert!(counts.add("uid", "unused", &upload("d", at("2026-01-01T00:00:00Z"))), "it let nothing through before");
        let count = counts.of_policy(&policy)["nightly"];
        assert_eq!((count.allowed, count.last_used), (9, Some(at("2026-11-20T02:00:00Z"))));
    }

    #[test]
    fn more_pushes_than_are_remembered_are_still_counted_once() {
        let mut rule = RuleCount::default();
        let push = |number: usize| {
            let time = at("2026-11-20T01:00:00Z") + chrono::TimeDelta::seconds(number as i64);
            upload(&number.to_string(), time)
        };
        let pushes: Vec<Upload> = (0..REMEMBERED + 10).map(push).collect();
        for push in pushes.iter().chain(&pushes) {
            rule.add(push.time, &push.id);
        }
        assert_eq!((rule.count.allowed, rule.counted.len()), (REMEMBERED as i64 + 10, REMEMBERED));
    }

    #[test]
    fn a_rule_that_was_removed_begins_at_zero_when_it_comes_back() {
        let counts = AllowCounts::default();
        let (with, without) = (|generation| policy(generation, &["nightly"], json!([])), policy(2, &[], json!([])));
        counts.of_policy(&with(1));
        counts.add("uid", "nightly", &upload("a", at("2026-11-20T01:00:00Z")));
        assert_eq!(counts.of_policy(&with(1))["nightly"].allowed, 1);
        assert!(counts.of_policy(&without).is_empty());
        assert!(counts.of_policy(&with(3)).is_empty());
    }

    #[test]
    fn an_old_look_at_a_policy_takes_nothing_from_a_rule_that_is_new() {
        let counts = AllowCounts::default();
        counts.of_policy(&policy(2, &["nightly"], json!([])));
        counts.add("uid", "nightly", &upload("a", at("2026-11-20T01:00:00Z")));
        assert_eq!(counts.of_policy(&policy(1, &[], json!([])))["nightly"].allowed, 1);
    }

    #[test]
    fn a_policy_that_is_gone_leaves_nothing_behind() {
        let counts = AllowCounts::default();
        counts.of_policy(&policy(1, &["nightly"], json!([])));
        counts.forget("uid");
        assert!(!counts.add("uid", "nightly", &upload("a", at("2026-11-20T01:00:00Z"))));
    }
}
