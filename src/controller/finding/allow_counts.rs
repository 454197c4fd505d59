//! The number of uploads that each allow rule let through.
//!
//! The counts are for people who clean up rules, and are in the status of the policy. An upload counts once for a rule,
//! however often it is read: in the overlap of two reads, within the lookback of an edited policy, after a restart. Where
//! it is not certain whether it was counted, it is not counted again, so a count may be too low, but never too high:
//! - after a restart, uploads that are not later than the last one counted before it are taken as counted;
//! - the ids of the latest [`REMEMBERED`] uploads of a rule are remembered; older uploads are taken as counted.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use kube::ResourceExt as _;

use crate::api::EcrUploadPolicy;
use crate::upload::{RecordId, Upload};

/// The counts of all policies: those in their statuses when this process started, and what it counted since.
#[derive(Debug, Default)]
pub struct AllowCounts(Mutex<HashMap<String, RuleCounts>>);

/// The uploads that a rule let through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AllowCount {
    /// The number of uploads.
    pub allowed: i64,
    /// The time of the latest one.
    pub last_used: Option<DateTime<Utc>>,
}

/// The number of uploads of a rule that are remembered, 24 bytes each.
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
    /// Uploads up to this time are taken as counted.
    counted_before: Option<DateTime<Utc>>,
    /// Later uploads that were counted, each with a hash of its id.
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

    /// Counts an upload that a rule of a policy let through. Returns whether it was not counted before. The counts of the
    /// policy must be known, or those in its status would be overwritten.
    pub fn add(&self, uid: &str, rule: &str, upload: &Upload) -> bool {
        let mut policies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = policies.get_mut(uid);
        counts.is_some_and(|counts| counts.rules.entry(rule.to_owned()).or_default().add(upload.time, &upload.id))
    }

    /// Forgets a policy that was deleted.
    pub fn forget(&self, uid: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(uid);
    }
}

impl RuleCounts {
    /// The counts that an earlier process wrote into the status of a policy.
    fn recorded(policy: &EcrUploadPolicy) -> Self {
        let recorded = policy.status.iter().flat_map(|status| &status.allow_rules);
        let rules = recorded.map(|rule| {
            let count = AllowCount { allowed: rule.allowed, last_used: rule.last_used };
            (rule.name.clone(), RuleCount { count, counted_before: rule.last_used, counted: BTreeSet::new() })
        });
        Self { generation: None, rules: rules.collect() }
    }

    /// Forgets the rules that an edit removed: a later rule of the same name begins at zero.
    fn follow(&mut self, policy: &EcrUploadPolicy) {
        // This may be called with an older state of the policy than before, whose generation does not know newer rules.
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
    fn an_upload_counts_once_however_often_it_is_read() {
        let counts = AllowCounts::default();
        let policy = policy(1, &["nightly"], json!([]));
        counts.of_policy(&policy);
        let uploads = [upload("a", at("2026-11-20T01:00:00Z")), upload("b", at("2026-11-20T01:00:00Z"))];
        for (upload, is_news) in [(&uploads[0], true), (&uploads[1], true), (&uploads[0], false), (&uploads[1], false)]
        {
            assert_eq!(counts.add("uid", "nightly", upload), is_news);
        }
        // A late record is older than those that were counted.
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
    fn more_uploads_than_are_remembered_are_still_counted_once() {
        let mut rule = RuleCount::default();
        let numbered = |number: usize| {
            let time = at("2026-11-20T01:00:00Z") + chrono::TimeDelta::seconds(number as i64);
            upload(&number.to_string(), time)
        };
        let uploads: Vec<Upload> = (0..REMEMBERED + 10).map(numbered).collect();
        for upload in uploads.iter().chain(&uploads) {
            rule.add(upload.time, &upload.id);
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
