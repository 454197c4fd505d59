//! The policies that judge what a source delivers.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use k8s_openapi::api::core::v1::Namespace;
use kube::ResourceExt;
use kube::core::PartialObjectMeta;
use kube::runtime::reflector::ObjectRef;

use super::Context;
use super::assignment::{Assignment, assign};
use super::compiled_policies::CompiledPolicy;
use crate::api::{CloudTrailSource, EcrUploadPolicy, PolicyRevision};
use crate::detect::Policy;

/// An edit of a policy: its generation, and a hash of the iCalendar feeds that it names. An edit of a feed is one of the
/// policy too.
pub type Revision = PolicyRevision;

/// A policy, by its uid, at a revision.
pub type PolicyVersion = (String, Revision);

/// A policy that is valid, not suspended, and uses the source at hand.
#[derive(Debug, Clone)]
pub struct ActivePolicy {
    pub namespace: String,
    pub uid: String,
    pub revision: Revision,
    pub policy: Arc<Policy>,
    pub lookback: TimeDelta,
    /// The revision whose lookback was read from the source; None when none was.
    pub applied: Option<Revision>,
}

impl ActivePolicy {
    /// Which policy this is, and which edit of it.
    pub fn version(&self) -> PolicyVersion {
        (self.uid.clone(), self.revision.clone())
    }

    /// Whether its lookback is still to be read.
    pub fn is_pending(&self) -> bool {
        self.applied.as_ref() != Some(&self.revision)
    }

    /// The earliest event time that the policy is to be applied to when it is new or edited.
    pub fn lookback_start(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now - self.lookback
    }
}

impl Context {
    /// The policies that use a source.
    pub(super) fn active_policies(&self, source: &str) -> Vec<ActivePolicy> {
        let mut active = Vec::new();
        for object in self.caches.policies.store.state() {
            let Ok(policy) = &object.0 else { continue };
            if policy.spec.suspend || policy.metadata.deletion_timestamp.is_some() || self.is_terminating(policy) {
                continue;
            }
            if !self.assignment(policy).sources.iter().any(|name| name == source) {
                continue;
            }
            // A policy that does not compile has said so in its own status.
            let (Ok(compiled), revision) = self.compile(policy) else { continue };
            let uid = policy.uid().unwrap_or_default();
            // Read from the status before anything is counted on top.
            self.allow_counts.of_policy(policy);
            let applied = self.progress.applied(&uid, source).or_else(|| recorded_as_applied(policy, source));
            active.push(ActivePolicy {
                namespace: policy.namespace().unwrap_or_default(),
                revision,
                policy: compiled,
                lookback: lookback(policy),
                applied,
                uid,
            });
        }
        active
    }

    /// A policy, ready to judge, and which edit of it that is.
    pub(super) fn compile(&self, policy: &EcrUploadPolicy) -> (CompiledPolicy, Revision) {
        let namespace = policy.namespace().unwrap_or_default();
        let (calendars, hash) = self.feeds.of_policy(&self.caches.calendars.store, &namespace, &policy.spec);
        let revision = Revision { generation: policy.metadata.generation.unwrap_or_default(), calendars: hash };
        let version = (policy.uid().unwrap_or_default(), revision.clone());
        let compile = || Policy::compile(&policy.name_any(), &policy.spec, &calendars);
        (self.compiled.get_or_compile(version, compile), revision)
    }

    /// The sources of a policy.
    pub(super) fn assignment(&self, policy: &EcrUploadPolicy) -> Assignment {
        let namespace = policy.namespace().unwrap_or_default();
        let labels = self.namespace(policy).map(|namespace| namespace.labels().clone()).unwrap_or_default();
        let sources = self.caches.sources.store.state();
        let valid: BTreeMap<String, &CloudTrailSource> = sources
            .iter()
            .filter_map(|object| object.0.as_ref().ok())
            .map(|source| (source.name_any(), source))
            .collect();
        assign(&policy.spec, &namespace, &labels, &valid.into_values().collect::<Vec<_>>())
    }

    /// Whether the namespace of a policy is being deleted, so that nothing can be written there any more.
    pub(super) fn is_terminating(&self, policy: &EcrUploadPolicy) -> bool {
        self.namespace(policy).is_some_and(|namespace| namespace.metadata.deletion_timestamp.is_some())
    }

    fn namespace(&self, policy: &EcrUploadPolicy) -> Option<Arc<PartialObjectMeta<Namespace>>> {
        let name = policy.namespace().unwrap_or_default();
        self.caches.namespaces.store.get(&ObjectRef::new(&name))
    }
}

/// What an earlier run recorded in the status of the policy.
pub(super) fn recorded_as_applied(policy: &EcrUploadPolicy, source: &str) -> Option<Revision> {
    let status = policy.status.as_ref()?;
    let is_applied = status.sources.iter().any(|coverage| coverage.name == source && coverage.through.is_none());
    status.revision.clone().filter(|_| is_applied)
}

fn lookback(policy: &EcrUploadPolicy) -> TimeDelta {
    let lookback = std::time::Duration::from(policy.spec.lookback);
    TimeDelta::from_std(lookback).unwrap_or(TimeDelta::days(90))
}
