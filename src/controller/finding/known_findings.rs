//! The contents of the index, and how findings change them. Nothing here waits or locks.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use kube::core::DeserializeGuard;
use kube::{Resource, ResourceExt};

use super::id_hash::IdHash;
use super::policy_findings::{Contribution, PolicyFindings};
use super::policy_key::PolicyKey;
use super::unfinished::Unfinished;
use crate::api::OffHoursUpload;
use crate::detect::{FindingKey, count_untriaged, plan_triage, reported_id};

/// The findings of all policies, by the hash of namespace and name.
#[derive(Debug, Default)]
pub(super) struct KnownFindings {
    pub findings: HashMap<IdHash, Finding>,
    pub policies: HashMap<Arc<PolicyKey>, PolicyFindings>,
    /// The existing parts of each group, each with its object.
    pub parts: BTreeMap<(IdHash, i32), IdHash>,
    /// Findings without evidence.
    pub unfinished: HashMap<IdHash, Unfinished>,
    /// Findings whose status does not record yet what their triage covers.
    pub triaged: BTreeSet<FindingName>,
    /// The objects that are being written, each with the number of its writers.
    pub writing: HashMap<IdHash, u32>,
    /// The findings that the current list has delivered so far. Those that are missing at its end were deleted.
    pub listed: Option<HashSet<IdHash>>,
    /// The policies whose summary may have changed since these were last taken.
    pub changed: BTreeSet<PolicyKey>,
}

/// The name of a finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FindingName {
    pub namespace: String,
    pub name: String,
}

impl FindingName {
    pub fn of(finding: &OffHoursUpload) -> Self {
        Self { namespace: finding.namespace().unwrap_or_default(), name: finding.name_any() }
    }
}

/// What the index keeps of a finding.
#[derive(Debug)]
pub(super) struct Finding {
    pub policy: Arc<PolicyKey>,
    pub resource_version: Option<u64>,
    /// The group and the part. None for an object whose name does not follow from its spec.
    pub part: Option<(IdHash, i32)>,
    pub contribution: Contribution,
}

impl KnownFindings {
    /// Applies a finding, decoded or not. One that cannot be decoded was written by another version, and what is known of
    /// it stays.
    pub fn apply_guarded(&mut self, object: &DeserializeGuard<OffHoursUpload>) {
        match &object.0 {
            Ok(finding) => self.apply(name_of(object), finding),
            Err(error) => {
                let (namespace, name) = (object.meta().namespace.as_deref(), object.meta().name.as_deref());
                tracing::warn!(namespace, name, %error, "a finding cannot be decoded; its records may be reported again");
            }
        }
    }

    /// Applies the state of a finding, unless a newer one is known.
    pub fn apply(&mut self, name: IdHash, finding: &OffHoursUpload) {
        let resource_version = version(finding.metadata.resource_version.as_deref());
        // The watch lags behind our own writes, and delivers each of them once more; resource versions are ordered
        // (Kubernetes API concepts, 1.35).
        let known = self.findings.get(&name).and_then(|known| known.resource_version);
        if known.zip(resource_version).is_some_and(|(known, new)| known >= new) {
            return;
        }
        self.remove(name);
        let key = (finding.namespace().unwrap_or_default(), finding.spec.policy.clone());
        let policy = match self.policies.get_key_value(&key) {
            Some((policy, _)) => Arc::clone(policy),
            None => Arc::new(key),
        };
        let uploads = finding.status.as_ref().map(|status| status.uploads.as_slice()).unwrap_or_default();
        if uploads.is_empty()
            && let Some(unfinished) = Unfinished::new(finding)
        {
            self.unfinished.insert(name, unfinished);
        }
        if plan_triage(finding).is_some() {
            self.triaged.insert(FindingName::of(finding));
        }
        let contribution = Contribution {
            is_open: count_untriaged(finding) > 0,
            last_time: finding.status.as_ref().map(|status| status.last_time),
            ids: uploads.iter().map(|upload| IdHash::of_record(reported_id(upload))).collect(),
        };
        let part = group(&policy.0, finding).map(|group| (group, finding.spec.part));
        self.parts.extend(part.map(|part| (part, name)));
        self.policies.entry(Arc::clone(&policy)).or_default().add(&contribution);
        self.changed.insert(PolicyKey::clone(&policy));
        self.findings.insert(name, Finding { policy, resource_version, part, contribution });
    }

    /// Applies the deletion of a finding. It has its own resource version, and may be older than a finding that this
    /// process created since under the same name.
    pub fn delete(&mut self, object: &DeserializeGuard<OffHoursUpload>) {
        let name = name_of(object);
        let deleted = version(object.meta().resource_version.as_deref());
        let known = self.findings.get(&name).and_then(|known| known.resource_version);
        if known.zip(deleted).is_none_or(|(known, deleted)| known <= deleted) {
            self.remove(name);
        }
    }

    /// Forgets a finding.
    pub fn remove(&mut self, name: IdHash) {
        self.unfinished.remove(&name);
        let Some(finding) = self.findings.remove(&name) else { return };
        if let Some(part) = finding.part.filter(|part| self.parts.get(part) == Some(&name)) {
            self.parts.remove(&part);
        }
        if let Some(findings) = self.policies.get_mut(&finding.policy) {
            findings.remove(&finding.contribution);
        }
        self.forget_if_empty(&finding.policy);
        self.changed.insert(PolicyKey::clone(&finding.policy));
    }

    /// Forgets a policy without findings and reservations.
    pub fn forget_if_empty(&mut self, policy: &Arc<PolicyKey>) {
        if self.policies.get(policy).is_some_and(PolicyFindings::is_empty) {
            self.policies.remove(policy);
        }
    }
}

/// The group of a part. None if its name does not follow from its spec, because somebody else created it or a value was
/// cut; the writer finds such a part when it tries to create it.
fn group(namespace: &str, finding: &OffHoursUpload) -> Option<IdHash> {
    let (key, part, name) = (FindingKey::of_spec(&finding.spec), finding.spec.part, finding.name_any());
    let is_ours = name == key.name(part) || name == key.second_name(part);
    is_ours.then(|| IdHash::of_group(namespace, &key))
}

fn version(resource_version: Option<&str>) -> Option<u64> {
    resource_version?.parse().ok()
}

/// The key of an object, decoded or not.
pub(super) fn name_of(object: &DeserializeGuard<OffHoursUpload>) -> IdHash {
    let meta = object.meta();
    IdHash::of_object(meta.namespace.as_deref().unwrap_or_default(), meta.name.as_deref().unwrap_or_default())
}
