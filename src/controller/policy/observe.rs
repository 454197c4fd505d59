//! Observes a policy, and reports it to the ledger.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::core::PartialObjectMeta;
use kube::runtime::reflector::ObjectRef;
use kube::{Resource as _, ResourceExt as _};

use super::assignment::{Assignment, assign};
use super::compiled_policies::CompiledPolicy;
use super::observed::{Observed, PolicySource};
use super::policies::Policies;
use super::positions::checkpoint_in;
use crate::api::{CloudTrailSource, ConditionType, EcrUploadPolicy};
use crate::controller::cluster::edited_at;
use crate::controller::finding::Judge;
use crate::controller::source::without_warnings;
use crate::coverage::{PolicyInput, Revision, Uid};
use crate::detect::{Policy, calendar_references};

impl Policies {
    /// Collects a policy and everything that it depends on, and reports to the ledger what it is to judge.
    pub(super) fn observe(&self, policy: &EcrUploadPolicy, now: DateTime<Utc>) -> (CompiledPolicy, Observed) {
        let (namespace, name) = (policy.namespace().unwrap_or_default(), policy.name_any());
        let uid = Uid::from(policy.metadata.uid.as_deref().unwrap_or_default());
        let (feeds, calendars) = self.feeds.of_policy(&self.caches.calendars.store, &namespace, &policy.spec);
        let revision = Revision { generation: policy.metadata.generation.unwrap_or_default(), calendars };
        let compiled = self.compiled.get_or_compile(&uid, &revision, || Policy::compile(&name, &policy.spec, &feeds));
        let namespace_is_terminating =
            self.namespace(&namespace).is_some_and(|namespace| namespace.metadata.deletion_timestamp.is_some());
        let Assignment { sources, errors } = self.assignment(policy, &namespace);
        let sources = self.sources(&sources);

        let judges = !policy.spec.suspend && policy.metadata.deletion_timestamp.is_none() && !namespace_is_terminating;
        let judge = compiled
            .as_ref()
            .ok()
            .filter(|_| judges)
            .map(|compiled| Arc::new(Judge::new(namespace.clone(), uid.to_string(), Arc::clone(compiled))));
        // Read from the status before anything is added to it.
        let allowed = self.allow_counts.of_policy(policy);
        let lookback = std::time::Duration::from(policy.spec.lookback);
        let input = PolicyInput {
            revised_at: self.revised_at(policy, &namespace, now),
            revision,
            lookback: TimeDelta::from_std(lookback).unwrap_or(TimeDelta::days(90)),
            judges: judge.is_some(),
            sources: sources.iter().map(|source| Uid::from(source.uid.as_str())).collect::<BTreeSet<_>>(),
            checkpoint: policy.status.as_ref().and_then(checkpoint_in),
        };
        self.judging.set_policy(&uid, input, judge, now);
        let (coverage, checkpoint) =
            self.judging.ledger(|ledger| (ledger.coverage(&uid, now), ledger.policy_checkpoint(&uid)));
        let observed = Observed {
            sources,
            source_names: self.source_names(),
            assignment_errors: errors,
            namespace_is_terminating,
            coverage,
            checkpoint,
            refusal: self.judging.refusal(&uid),
            findings: self.findings.index().summary(&namespace, &name),
            allowed,
            feeds,
        };
        (compiled, observed)
    }

    /// The last edit of the policy or of one of its calendars. Nothing shows when a missing calendar was deleted.
    fn revised_at(&self, policy: &EcrUploadPolicy, namespace: &str, now: DateTime<Utc>) -> DateTime<Utc> {
        let own = edited_at(&policy.metadata).unwrap_or(now);
        let calendars = calendar_references(&policy.spec).into_iter().map(|reference| {
            let object = ObjectRef::new(&reference.config_map).within(namespace);
            let config_map = self.caches.calendars.store.get(&object);
            config_map.and_then(|config_map| edited_at(&config_map.metadata)).unwrap_or(now)
        });
        calendars.chain([own]).max().unwrap_or(now)
    }

    fn assignment(&self, policy: &EcrUploadPolicy, namespace: &str) -> Assignment {
        let labels = self.namespace(namespace).map(|namespace| namespace.labels().clone()).unwrap_or_default();
        let mut sources = self.caches.sources.store.state();
        sources.sort_by(|a, b| a.meta().name.cmp(&b.meta().name));
        let valid: Vec<&CloudTrailSource> = sources.iter().filter_map(|object| object.0.as_ref().ok()).collect();
        let invalid = sources.iter().filter(|object| object.0.is_err());
        let invalid: Vec<String> = invalid.filter_map(|object| object.meta().name.clone()).collect();
        assign(&policy.spec, namespace, &labels, &valid, &invalid)
    }

    fn namespace(&self, name: &str) -> Option<Arc<PartialObjectMeta<Namespace>>> {
        self.caches.namespaces.store.get(&ObjectRef::new(name))
    }

    fn sources(&self, names: &[String]) -> Vec<PolicySource> {
        let source = |name: &String| {
            let object = self.caches.sources.store.get(&ObjectRef::new(name))?;
            let uid = object.meta().uid.clone().unwrap_or_default();
            let recorded = || {
                let status = object.0.as_ref().ok()?.status.as_ref()?;
                status.conditions.iter().find(|condition| condition.type_ == ConditionType::Ready.as_str()).cloned()
            };
            let key = Uid::from(uid.as_str());
            let ready = self
                .judging
                .source_ready(&key)
                .or_else(recorded)
                .map(|ready| Condition { message: without_warnings(&ready.message).to_owned(), ..ready });
            let regions = self.judging.ledger(|ledger| ledger.regions(&key));
            Some(PolicySource { name: name.clone(), uid, ready, regions })
        };
        names.iter().filter_map(source).collect()
    }

    pub(super) fn source_names(&self) -> BTreeMap<String, String> {
        let sources = self.caches.sources.store.state();
        let name = |meta: &kube::api::ObjectMeta| Some((meta.uid.clone()?, meta.name.clone()?));
        sources.iter().filter_map(|source| name(source.meta())).collect()
    }
}
