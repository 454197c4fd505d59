//! The index of the records that every policy has reported.
//!
//! It is fed by a watch of the findings, and by what this process reads and writes. Because of it, a policy edit, an
//! overlap or a restart reports nothing twice. It holds only a few bytes for each upload. Measured with 50,000 findings:
//! about 430 bytes for a finding with a single upload, and 65 for each further upload.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use kube::ResourceExt as _;
use kube::core::DeserializeGuard;
use kube::runtime::watcher;
use tokio::sync::futures::Notified;
use tokio::sync::{Notify, watch};

use super::id_hash::IdHash;
use super::known_findings::{FindingName, KnownFindings, name_of};
use super::policy_findings::{FindingSummary, PolicyFindings, Reported};
use super::policy_key::PolicyKey;
use super::unfinished::Unfinished;
use crate::api::{MAX_UPLOADS, OffHoursUpload};
use crate::detect::FindingKey;

/// The findings of all policies.
#[derive(Debug, Default)]
pub struct FindingIndex {
    state: Mutex<KnownFindings>,
    released: Notify,
    triaged: Notify,
    listed: watch::Sender<bool>,
}

/// The part of a finding that the next upload goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tail {
    pub part: i32,
    /// Whether that part exists, as far as is known.
    pub exists: bool,
}

impl FindingIndex {
    /// Updates the index with an event of the watch.
    pub fn observe(&self, event: watcher::Event<DeserializeGuard<OffHoursUpload>>) {
        let mut state = self.lock();
        match event {
            watcher::Event::Init => state.listed = Some(HashSet::new()),
            watcher::Event::InitApply(object) => {
                let name = name_of(&object);
                if let Some(listed) = &mut state.listed {
                    listed.insert(name);
                }
                state.apply_guarded(&object);
            }
            watcher::Event::InitDone => {
                if let Some(listed) = state.listed.take() {
                    let gone: Vec<IdHash> =
                        state.findings.keys().filter(|name| !listed.contains(name)).copied().collect();
                    for name in gone {
                        state.remove(name);
                    }
                }
                self.listed.send_replace(true);
            }
            watcher::Event::Apply(object) => state.apply_guarded(&object),
            watcher::Event::Delete(object) => state.delete(&object),
        }
        self.wake_recorders(state);
    }

    /// Updates the index with a finding that this process read or wrote, before the watch delivers it.
    pub fn learn(&self, finding: &OffHoursUpload) {
        let mut state = self.lock();
        let name = IdHash::of_object(finding.metadata.namespace.as_deref().unwrap_or_default(), &finding.name_any());
        // A list that began before the finding was created does not contain it.
        if let Some(listed) = &mut state.listed {
            listed.insert(name);
        }
        state.apply(name, finding);
        self.wake_recorders(state);
    }

    fn wake_recorders(&self, state: MutexGuard<'_, KnownFindings>) {
        let has_news = !state.triaged.is_empty();
        drop(state);
        if has_news {
            self.triaged.notify_one();
        }
    }

    /// Waits until a finding may have been triaged since the last call.
    pub(super) async fn triaged(&self) {
        self.triaged.notified().await;
    }

    /// Takes the findings whose triage is to be recorded, by namespace.
    pub(super) fn take_triaged(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut namespaces: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for FindingName { namespace, name } in std::mem::take(&mut self.lock().triaged) {
            namespaces.entry(namespace).or_default().insert(name);
        }
        namespaces
    }

    /// Reserves a record for a policy, if it is neither reported nor reserved; returns which of the three it was.
    pub(super) fn reserve(&self, policy: &Arc<PolicyKey>, id: IdHash) -> Reported {
        self.lock().policies.entry(Arc::clone(policy)).or_default().reserve(id)
    }

    /// Ends the reservation of a record.
    pub(super) fn release(&self, policy: &Arc<PolicyKey>, id: IdHash) {
        let mut state = self.lock();
        if let Some(findings) = state.policies.get_mut(policy) {
            findings.release(id);
        }
        state.forget_if_empty(policy);
        drop(state);
        self.released.notify_waiters();
    }

    /// Completes when a reservation ends after this call.
    pub(super) fn released(&self) -> Notified<'_> {
        self.released.notified()
    }

    /// Marks an object as being written.
    pub(super) fn begin_writing(&self, object: IdHash) {
        *self.lock().writing.entry(object).or_default() += 1;
    }

    /// Marks an object as written by one of its writers.
    pub(super) fn end_writing(&self, object: IdHash) {
        let mut state = self.lock();
        if let Some(writers) = state.writing.get_mut(&object) {
            *writers -= 1;
            if *writers == 0 {
                state.writing.remove(&object);
            }
        }
    }

    /// The findings that have been without evidence for too long and that nobody is writing.
    pub(super) fn abandoned(&self, now: DateTime<Utc>) -> Vec<Unfinished> {
        let state = self.lock();
        let abandoned = state
            .unfinished
            .iter()
            .filter(|(object, unfinished)| !state.writing.contains_key(object) && unfinished.is_abandoned(now));
        abandoned.map(|(_, unfinished)| unfinished.clone()).collect()
    }

    /// The part that the next upload of a finding goes to. It is never a gap that a deletion left before the last part, so
    /// that two writers that know different gaps still meet at the end.
    pub(super) fn tail(&self, namespace: &str, key: &FindingKey) -> Tail {
        let group = IdHash::of_group(namespace, key);
        let state = self.lock();
        let Some((&(_, last), name)) = state.parts.range((group, i32::MIN)..=(group, i32::MAX)).next_back() else {
            return Tail { part: 1, exists: false };
        };
        match state.findings.get(name) {
            Some(finding) if finding.contribution.ids.len() >= MAX_UPLOADS => {
                Tail { part: last.saturating_add(1), exists: false }
            }
            _ => Tail { part: last, exists: true },
        }
    }

    /// Whether a part of a finding exists, as far as is known.
    pub(super) fn knows(&self, namespace: &str, key: &FindingKey, part: i32) -> bool {
        self.lock().parts.contains_key(&(IdHash::of_group(namespace, key), part))
    }

    /// Whether a part of a finding is the object of this name, as far as is known.
    pub(super) fn is_named(&self, namespace: &str, key: &FindingKey, part: i32, name: &str) -> bool {
        let object = IdHash::of_object(namespace, name);
        self.lock().parts.get(&(IdHash::of_group(namespace, key), part)) == Some(&object)
    }

    /// The number of uploads in the finding of this name, as far as is known.
    pub(super) fn uploads(&self, namespace: &str, name: &str) -> usize {
        let object = IdHash::of_object(namespace, name);
        self.lock().findings.get(&object).map_or(0, |finding| finding.contribution.ids.len())
    }

    /// The totals of the findings of a policy.
    pub fn summary(&self, namespace: &str, policy: &str) -> FindingSummary {
        let key = (namespace.to_owned(), policy.to_owned());
        self.lock().policies.get(&key).map(PolicyFindings::summary).unwrap_or_default()
    }

    /// Waits until all findings have been listed once.
    pub async fn ready(&self) {
        // The sender lives as long as the index.
        let _ = self.listed.subscribe().wait_for(|listed| *listed).await;
    }

    /// The policies whose summary may have changed since the last call.
    pub fn take_changed(&self) -> BTreeSet<PolicyKey> {
        std::mem::take(&mut self.lock().changed)
    }

    fn lock(&self) -> MutexGuard<'_, KnownFindings> {
        // No code panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
