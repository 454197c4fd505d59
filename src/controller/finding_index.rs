//! Which records every policy has reported already.
//!
//! Kept from a watch of the findings, and from what this process writes. It holds no evidence, only a few bytes for each
//! upload, and is what makes a policy edit, an overlap or a restart repeat nothing.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use kube::core::DeserializeGuard;
use kube::runtime::watcher;
use kube::{Resource, ResourceExt};
use sha2::{Digest, Sha256};
use tokio::sync::{Notify, watch};

use crate::api::{FindingCounts, OffHoursUpload, TriageState};
use crate::detect::reported_id;

/// The findings of a namespace and policy name.
type PolicyKey = (String, String);

/// A record's id by its hash, of which 128 bits are plenty.
type IdHash = [u8; 16];

/// The findings of all policies.
#[derive(Debug, Default)]
pub struct FindingIndex {
    state: Mutex<State>,
    changed: Notify,
    listed: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct State {
    policies: HashMap<PolicyKey, PolicyFindings>,
    /// What a running list has brought so far; what it lacks at its end is gone.
    listed: Option<BTreeSet<(String, String)>>,
    /// The policy of each finding, by namespace and name.
    owners: HashMap<(String, String), String>,
}

#[derive(Debug, Default)]
struct PolicyFindings {
    findings: HashMap<String, Finding>,
    reported: HashMap<IdHash, u32>,
}

#[derive(Debug)]
struct Finding {
    resource_version: u64,
    open: bool,
    last_time: Option<DateTime<Utc>>,
    ids: Vec<IdHash>,
}

/// What the findings of a policy add up to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FindingSummary {
    /// How many there are.
    pub counts: FindingCounts,
    /// The time of the latest upload in any of them.
    pub last_time: Option<DateTime<Utc>>,
}

impl FindingIndex {
    /// Takes in an event of the watch.
    pub fn observe(&self, event: watcher::Event<DeserializeGuard<OffHoursUpload>>) {
        let mut state = self.lock();
        match event {
            watcher::Event::Init => state.listed = Some(BTreeSet::new()),
            watcher::Event::InitApply(object) => {
                let name = name_of(&object);
                if let Some(listed) = &mut state.listed {
                    listed.insert(name);
                }
                state.apply_guarded(&object);
            }
            watcher::Event::InitDone => {
                if let Some(listed) = state.listed.take() {
                    let gone: Vec<_> = state.owners.keys().filter(|name| !listed.contains(*name)).cloned().collect();
                    for (namespace, name) in gone {
                        state.remove(&namespace, &name);
                    }
                }
                self.listed.send_replace(true);
            }
            watcher::Event::Apply(object) => state.apply_guarded(&object),
            watcher::Event::Delete(object) => {
                let (namespace, name) = name_of(&object);
                state.remove(&namespace, &name);
            }
        }
        drop(state);
        self.changed.notify_one();
    }

    /// Takes in a finding that this process wrote, before the watch brings it.
    pub fn written(&self, finding: &OffHoursUpload) {
        self.lock().apply(finding);
        self.changed.notify_one();
    }

    /// Whether this policy has reported the record with this id.
    pub fn is_reported(&self, namespace: &str, policy: &str, id: &str) -> bool {
        let state = self.lock();
        let findings = state.policies.get(&(namespace.to_owned(), policy.to_owned()));
        findings.is_some_and(|findings| findings.reported.contains_key(&hash(id)))
    }

    /// Whether a finding of this name exists, as far as is known.
    pub fn knows(&self, namespace: &str, name: &str) -> bool {
        self.lock().owners.contains_key(&(namespace.to_owned(), name.to_owned()))
    }

    /// What the findings of a policy add up to.
    pub fn summary(&self, namespace: &str, policy: &str) -> FindingSummary {
        let state = self.lock();
        let Some(findings) = state.policies.get(&(namespace.to_owned(), policy.to_owned())) else {
            return FindingSummary::default();
        };
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        FindingSummary {
            counts: FindingCounts {
                open: count(findings.findings.values().filter(|finding| finding.open).count()),
                total: count(findings.findings.len()),
            },
            last_time: findings.findings.values().filter_map(|finding| finding.last_time).max(),
        }
    }

    /// Waits until all findings were listed once.
    pub async fn ready(&self) {
        // The sender lives as long as the index.
        let _ = self.listed.subscribe().wait_for(|listed| *listed).await;
    }

    /// Waits until something changed since the last call returned.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // No code panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// A finding that can't be decoded was written by another version: it keeps its name, and what is known of it.
    fn apply_guarded(&mut self, object: &DeserializeGuard<OffHoursUpload>) {
        match &object.0 {
            Ok(finding) => self.apply(finding),
            Err(error) => {
                let (namespace, name) = name_of(object);
                tracing::warn!(namespace, name, %error, "a finding cannot be decoded; its records may be reported again");
            }
        }
    }

    fn apply(&mut self, finding: &OffHoursUpload) {
        let (namespace, name) = (finding.namespace().unwrap_or_default(), finding.name_any());
        let resource_version = finding.resource_version().and_then(|version| version.parse().ok()).unwrap_or(0);
        let key = (namespace.clone(), finding.spec.policy.clone());
        let known = self.policies.get(&key).and_then(|findings| findings.findings.get(&name));
        // The watch lags behind our own writes; resource versions are ordered (Kubernetes API concepts, 1.35).
        if known.is_some_and(|known| known.resource_version > resource_version) {
            return;
        }
        self.remove(&namespace, &name);
        let uploads = finding.status.as_ref().map(|status| status.uploads.as_slice()).unwrap_or_default();
        let ids: Vec<IdHash> = uploads.iter().map(|upload| hash(reported_id(upload))).collect();
        let findings = self.policies.entry(key).or_default();
        for id in &ids {
            *findings.reported.entry(*id).or_default() += 1;
        }
        let entry = Finding {
            resource_version,
            open: finding.spec.triage.state == TriageState::New,
            last_time: finding.status.as_ref().map(|status| status.last_time),
            ids,
        };
        findings.findings.insert(name.clone(), entry);
        self.owners.insert((namespace, name), finding.spec.policy.clone());
    }

    fn remove(&mut self, namespace: &str, name: &str) {
        let Some(policy) = self.owners.remove(&(namespace.to_owned(), name.to_owned())) else { return };
        let key = (namespace.to_owned(), policy);
        let Some(findings) = self.policies.get_mut(&key) else { return };
        if let Some(finding) = findings.findings.remove(name) {
            for id in finding.ids {
                if let Some(count) = findings.reported.get_mut(&id) {
                    *count -= 1;
                    if *count == 0 {
                        findings.reported.remove(&id);
                    }
                }
            }
        }
        if findings.findings.is_empty() {
            self.policies.remove(&key);
        }
    }
}

fn name_of(object: &DeserializeGuard<OffHoursUpload>) -> (String, String) {
    (object.meta().namespace.clone().unwrap_or_default(), object.meta().name.clone().unwrap_or_default())
}

fn hash(id: &str) -> IdHash {
    let mut hash = IdHash::default();
    hash.copy_from_slice(&Sha256::digest(id.as_bytes())[..16]);
    hash
}

#[cfg(test)]
mod tests {
    use kube::runtime::watcher::Event;
    use serde_json::json;

    use super::*;

    fn finding(name: &str, version: &str, ids: &[&str], state: &str) -> DeserializeGuard<OffHoursUpload> {
        let uploads: Vec<_> = ids
            .iter()
            .map(|id| {
                json!({"eventID": id, "time": "2026-11-18T23:17:30Z", "localTime": "2026-11-18T23:17:30Z",
                       "reason": "Freeze", "kind": "Image"})
            })
            .collect();
        let object = json!({
            "apiVersion": "offhours.dev/v1alpha1", "kind": "OffHoursUpload",
            "metadata": {"name": name, "namespace": "security", "resourceVersion": version},
            "spec": {
                "policy": "production", "date": "2026-11-18", "timeZone": "UTC", "account": "111122223333",
                "region": "eu-central-1", "registry": "Private", "repository": "prod/api", "part": 1,
                "principal": {"type": "Root", "arn": "arn:aws:iam::111122223333:root"}, "triage": {"state": state}
            },
            "status": {
                "severity": "Medium", "signature": "PutImage", "count": 1, "pushes": 1, "failed": 0, "message": "",
                "firstTime": "2026-11-18T23:17:30Z", "lastTime": "2026-11-18T23:17:30Z", "reason": "Freeze",
                "uploads": uploads
            }
        });
        serde_json::from_value(object).unwrap()
    }

    fn is_reported(index: &FindingIndex, id: &str) -> bool {
        index.is_reported("security", "production", id)
    }

    #[test]
    fn what_a_finding_holds_is_reported_until_it_is_deleted() {
        let index = FindingIndex::default();
        index.observe(Event::Apply(finding("a", "1", &["x"], "New")));
        assert!(is_reported(&index, "x"));
        assert!(!index.is_reported("other", "production", "x"), "another namespace has its own policies");
        index.observe(Event::Delete(finding("a", "1", &["x"], "New")));
        assert!(!is_reported(&index, "x"));
    }

    #[test]
    fn an_older_state_from_the_watch_does_not_undo_what_was_written() {
        let index = FindingIndex::default();
        index.written(&finding("a", "7", &["x", "y"], "New").0.unwrap());
        index.observe(Event::Apply(finding("a", "6", &[], "New")));
        assert!(is_reported(&index, "y"));
    }

    #[test]
    fn a_new_list_removes_what_is_gone() {
        let index = FindingIndex::default();
        index.observe(Event::Apply(finding("a", "1", &["x"], "New")));
        index.observe(Event::Apply(finding("b", "2", &["y"], "New")));
        index.observe(Event::Init);
        index.observe(Event::InitApply(finding("b", "2", &["y"], "New")));
        assert!(is_reported(&index, "x"), "until the list is whole, everything stays");
        index.observe(Event::InitDone);
        assert!(!is_reported(&index, "x") && is_reported(&index, "y"));
    }

    #[test]
    fn open_findings_are_those_that_nobody_triaged() {
        let index = FindingIndex::default();
        index.observe(Event::Apply(finding("a", "1", &["x"], "New")));
        index.observe(Event::Apply(finding("b", "2", &["y"], "Expected")));
        let summary = index.summary("security", "production");
        assert_eq!((summary.counts.open, summary.counts.total), (1, 2));
        assert!(summary.last_time.is_some());
    }
}
