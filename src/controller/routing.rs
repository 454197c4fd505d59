//! Routing of changes. An object is reconciled when something that it depends on changes, and for no other reason: a write
//! of a status causes no reconcile.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use futures::StreamExt as _;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Resource as _;
use kube::core::DeserializeGuard;
use kube::runtime::reflector::ObjectRef;

use super::change_log::ChangeLog;
use super::cluster::{Change, Changes};
use super::policy::Policies;
use super::source::Sources;
use crate::api::EcrUploadPolicy;
use crate::coverage::Uid;

type PolicyObject = DeserializeGuard<EcrUploadPolicy>;

/// The longest delay before the status of a policy follows its findings and coverage, however often these change.
const STATUS_DEBOUNCE: Duration = Duration::from_secs(1);

/// Triggers the reconciles that each change calls for. Ends when a watch ends.
pub(super) async fn route(mut changes: Changes, sources: &Arc<Sources>, policies: &Arc<Policies>) {
    let mut source_log = ChangeLog::new("source", &sources.caches.sources.store);
    let mut policy_log = ChangeLog::new("policy", &policies.caches.policies.store);
    let mut tick = tokio::time::interval(STATUS_DEBOUNCE);
    loop {
        tokio::select! {
            change = changes.sources.next() => match change {
                Some(Change::Edited(source)) => {
                    source_log.edited(&source, &sources.caches.sources.store);
                    trigger_users(policies, &source.name);
                    sources.triggers.trigger(source);
                }
                Some(Change::Gone(source, uid)) => {
                    source_log.gone(&source, &uid);
                    sources.forget(&source.name, &uid);
                    trigger_users(policies, &source.name);
                }
                None => return,
            },
            change = changes.policies.next() => match change {
                Some(Change::Edited(policy)) => {
                    policy_log.edited(&policy, &policies.caches.policies.store);
                    policies.triggers.trigger(policy);
                }
                Some(Change::Gone(policy, uid)) => {
                    policy_log.gone(&policy, &uid);
                    policies.forget(&policy, &uid);
                }
                None => return,
            },
            change = changes.namespaces.next() => match change {
                Some(Change::Edited(namespace) | Change::Gone(namespace, _)) => {
                    trigger_policies(policies, |policy| policy.namespace.as_deref() == Some(&*namespace.name));
                }
                None => return,
            },
            change = changes.calendars.next() => match change {
                Some(Change::Edited(calendar)) => trigger_namespace_of(policies, &calendar),
                Some(Change::Gone(calendar, _)) => {
                    policies.forget_calendar(&calendar);
                    trigger_namespace_of(policies, &calendar);
                }
                None => return,
            },
            _ = tick.tick() => route_progress(policies),
        }
    }
}

/// Triggers the policies that may use a source of this name: those that name it, and those that use every source that
/// admits them.
fn trigger_users(policies: &Policies, source: &str) {
    for policy in policies.caches.policies.store.state() {
        let names = policy.0.as_ref().ok().and_then(|policy| policy.spec.sources.as_ref());
        if names.is_none_or(|names| names.iter().any(|name| name == source)) {
            policies.triggers.trigger(ObjectRef::from_obj(&*policy));
        }
    }
}

fn trigger_namespace_of(policies: &Policies, calendar: &ObjectRef<ConfigMap>) {
    trigger_policies(policies, |policy| policy.namespace == calendar.namespace);
}

fn trigger_policies(policies: &Policies, concerns: impl Fn(&ObjectRef<PolicyObject>) -> bool) {
    let all = policies.caches.policies.store.state();
    let concerned = all.iter().map(|policy| ObjectRef::from_obj(&**policy)).filter(concerns);
    concerned.for_each(|policy| policies.triggers.trigger(policy));
}

/// Triggers the policies whose coverage or findings have changed.
fn route_progress(policies: &Policies) {
    let covered: BTreeSet<Uid> = policies.judging.ledger(|ledger| {
        ledger.check_freshness(Utc::now());
        ledger.take_changed_policies()
    });
    let found = policies.findings.index().take_changed();
    if covered.is_empty() && found.is_empty() {
        return;
    }
    for policy in policies.caches.policies.store.state() {
        let meta = policy.meta();
        let uid = meta.uid.as_deref().unwrap_or_default();
        let key = (meta.namespace.clone().unwrap_or_default(), meta.name.clone().unwrap_or_default());
        if covered.contains(uid) || found.contains(&key) {
            policies.triggers.trigger(ObjectRef::from_obj(&*policy));
        }
    }
}
