//! The loop of the policies: each gets a status that says whether it works, and what it found.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use k8s_openapi::jiff::Timestamp;
use kube::core::DeserializeGuard;
use kube::runtime::controller::Action;
use kube::{Resource, ResourceExt};

use super::active_policy::recorded_as_applied;
use super::policy_status::{Observed, PolicySource, plan_status};
use super::status_patch::{apply_status, merge_conditions};
use super::{Context, ControllerError};
use crate::api::{AppliedSource, EcrUploadPolicy, EcrUploadPolicyStatus};

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
    let status = plan_status(policy, &observed, now, Timestamp::now());
    let next_transition = status.next_transition;
    if policy.status.as_ref() != Some(&status) {
        write_status(&context, &namespace, &name, &status).await?;
        let before = policy.status.as_ref().map(|status| status.conditions.as_slice()).unwrap_or_default();
        announce(&context, &object, before, &status.conditions).await;
    }
    context.failures.clear(&uid);
    Ok(match next_transition {
        // A second later than the transition: a timer must not fire before it.
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
            PolicySource { applied: AppliedSource { name: name.clone(), applied_generation: applied }, ready }
        })
        .collect();
    Observed {
        sources,
        problems: assignment.problems,
        namespace_is_terminating: context.is_terminating(policy),
        write_problem: context.progress.write_problem(uid),
        findings: context.index.summary(namespace, &policy.name_any()),
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
