//! The loop of the policies: each gets a status that says whether it works, and what it found.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use k8s_openapi::jiff::Timestamp;
use kube::core::DeserializeGuard;
use kube::runtime::controller::Action;
use kube::runtime::reflector::ObjectRef;
use kube::{Resource, ResourceExt};

use super::active_policy::recorded_as_applied;
use super::policy_status::{Observed, PolicySource, plan_status};
use super::status_patch::{apply_status, merge_conditions};
use super::{Context, ControllerError};
use crate::api::{AllowRuleState, AppliedSource, EcrUploadPolicy, EcrUploadPolicyStatus};
use crate::detect::AllowRule;

/// One policy: observe, plan its status, write it when it changed.
pub(super) async fn reconcile(
    object: Arc<DeserializeGuard<EcrUploadPolicy>>,
    context: Arc<Context>,
) -> Result<Action, ControllerError> {
    let meta = object.meta();
    let (namespace, name) = (meta.namespace.clone().unwrap_or_default(), meta.name.clone().unwrap_or_default());
    let uid = meta.uid.clone().unwrap_or_default();
    let now = Utc::now();

    let policy = match &object.0 {
        Ok(policy) => policy,
        Err(error) => {
            report_invalid(&context, &object, &error.error, &namespace, &name).await?;
            return Ok(Action::await_change());
        }
    };
    context.invalid_objects.forget(meta);
    let observed = observe(&context, policy, &namespace, &uid);
    let (compiled, revision) = context.compile(policy);
    let status = plan_status(policy, &compiled, &revision, &observed, now, Timestamp::now());
    let rules = compiled.as_ref().map(|policy| policy.allow_rules()).unwrap_or_default();
    if let Ok(compiled) = &compiled
        && context.caches.policies.store.get(&ObjectRef::from_obj(&*object)).is_some()
    {
        // A policy may be deleted meanwhile; its metrics must not come back then.
        context.metrics.policy_at_work(&namespace, compiled);
    }
    let next_change = rules.iter().filter_map(|rule| rule.next_change(now)).chain(status.next_transition).min();
    if policy.status.as_ref() != Some(&status) {
        // Before the status, which says what was told already: better twice, and counted in one Event, than never.
        announce_rules(&context, policy, &status, rules).await;
        write_status(&context, &namespace, &name, &status).await?;
        let before = policy.status.as_ref().map(|status| status.conditions.as_slice()).unwrap_or_default();
        announce(&context, &object, before, &status.conditions).await;
    }
    context.failures.clear(&uid);
    Ok(match next_change {
        // A second later than the change: a timer must not fire before it.
        Some(at) => Action::requeue((at - now).to_std().unwrap_or_default() + Duration::from_secs(1)),
        None => Action::await_change(),
    })
}

async fn report_invalid(
    context: &Context,
    object: &DeserializeGuard<EcrUploadPolicy>,
    error: &str,
    namespace: &str,
    name: &str,
) -> Result<(), ControllerError> {
    let meta = object.meta();
    let Some(conditions) = context.invalid_objects.news(meta, error) else { return Ok(()) };
    merge_conditions::<EcrUploadPolicy>(&context.client, Some(namespace), name, meta.generation, &conditions)
        .await
        .map_err(|source| {
            context.invalid_objects.forget(meta);
            ControllerError::PolicyStatus { namespace: namespace.to_owned(), name: name.to_owned(), source }
        })?;
    announce(context, object, &[], &conditions).await;
    Ok(())
}

async fn write_status(
    context: &Context,
    namespace: &str,
    name: &str,
    status: &EcrUploadPolicyStatus,
) -> Result<(), ControllerError> {
    apply_status::<EcrUploadPolicy>(&context.client, Some(namespace), name, status).await.map_err(|source| {
        ControllerError::PolicyStatus { namespace: namespace.to_owned(), name: name.to_owned(), source }
    })
}

fn observe(context: &Context, policy: &EcrUploadPolicy, namespace: &str, uid: &str) -> Observed {
    let assignment = context.assignment(policy);
    context.progress.retain(uid, &assignment.sources);
    let all = context.caches.sources.store.state();
    let sources = assignment
        .sources
        .iter()
        .map(|name| {
            let source =
                all.iter().filter_map(|object| object.0.as_ref().ok()).find(|source| source.name_any() == *name);
            let ready = source
                .and_then(|source| source.status.as_ref())
                .and_then(|status| status.conditions.iter().find(|condition| condition.type_ == "Ready").cloned());
            let applied = context.progress.applied(uid, name).or_else(|| recorded_as_applied(policy, name));
            PolicySource {
                applied: AppliedSource {
                    name: name.clone(),
                    applied_generation: applied.as_ref().map(|revision| revision.generation),
                    applied_calendars: applied.and_then(|revision| revision.calendars),
                },
                ready,
            }
        })
        .collect();
    Observed {
        sources,
        problems: assignment.problems,
        namespace_is_terminating: context.is_terminating(policy),
        write_problem: context.progress.write_problem(uid),
        findings: context.findings.index().summary(namespace, &policy.name_any()),
        allowed: context.allow_counts.of_policy(policy),
        feeds: context.feeds.of_policy(&context.caches.calendars.store, namespace, &policy.spec).0,
    }
}

/// One Event when a policy stops being ready; the condition says the rest.
async fn announce(
    context: &Context,
    object: &DeserializeGuard<EcrUploadPolicy>,
    before: &[Condition],
    after: &[Condition],
) {
    let ready = |conditions: &[Condition]| conditions.iter().find(|condition| condition.type_ == "Ready").cloned();
    let Some(now) = ready(after) else { return };
    let changed = ready(before).is_none_or(|was| (was.status, was.reason) != (now.status.clone(), now.reason.clone()));
    if changed && now.status == "False" && now.reason != "Suspended" {
        context.events.warn(&object.object_ref(&()), &now.reason, "Validate", &now.message).await;
    }
}

/// An Event when an allow rule is about to expire, and when it has: pushes are findings from then on.
async fn announce_rules(
    context: &Context,
    policy: &EcrUploadPolicy,
    status: &EcrUploadPolicyStatus,
    rules: &[AllowRule],
) {
    let before = policy.status.as_ref().map(|status| status.allow_rules.as_slice()).unwrap_or_default();
    for (rule, now) in rules.iter().zip(&status.allow_rules) {
        let Some(expires) = rule.expires() else { continue };
        if before.iter().any(|before| before.name == now.name && before.state == now.state) {
            continue;
        }
        let (name, used) = (rule.name(), used(now.allowed));
        let (reason, note) = match now.state {
            AllowRuleState::Expiring => (
                "AllowRuleExpiring",
                format!(
                    "the allow rule {name} expires at {expires}; {used}: set a later expires to renew it, or remove it"
                ),
            ),
            AllowRuleState::Expired => (
                "AllowRuleExpired",
                format!(
                    "the allow rule {name} expired at {expires}, and its pushes are findings since then; {used}: set a later \
                     expires to renew it, or remove it"
                ),
            ),
            AllowRuleState::Pending | AllowRuleState::Active => continue,
        };
        // As the kubelet names a container of a Pod. Without it, all Events of this reason on a policy were one, with the note
        // of the first.
        let regarding = ObjectReference { field_path: Some(format!("spec.allow{{{name}}}")), ..policy.object_ref(&()) };
        context.events.warn(&regarding, reason, "Validate", &note).await;
    }
}

fn used(pushes: i64) -> String {
    match pushes {
        0 => "it let nothing through so far".to_owned(),
        1 => "it let 1 push through".to_owned(),
        pushes => format!("it let {pushes} pushes through"),
    }
}

impl Context {
    /// Forgets the policies that were deleted, so that neither counts nor metrics of them stay.
    pub(super) fn forget_deleted_policies(&self) {
        let policies = self.caches.policies.store.state();
        let metas: Vec<_> = policies.iter().map(|policy| policy.meta()).collect();
        let has_uid = |uid: &str| metas.iter().any(|meta| meta.uid.as_deref() == Some(uid));
        self.allow_counts.retain(has_uid);
        self.compiled.retain(has_uid);
        self.metrics.retain_policies(|namespace, name| {
            metas.iter().any(|meta| meta.namespace.as_deref() == Some(namespace) && meta.name.as_deref() == Some(name))
        });
    }
}
