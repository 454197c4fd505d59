//! Planning the status of a policy. Pure.

use chrono::{DateTime, Utc};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use k8s_openapi::jiff::Timestamp;
use kube::ResourceExt;

use super::assignment::AssignmentProblem;
use super::finding_index::FindingSummary;
use crate::api::{AppliedSource, ConditionStatus, EcrUploadPolicy, EcrUploadPolicyStatus, condition, merge_conditions};
use crate::detect::Policy;

/// What the cluster says about a policy.
#[derive(Debug, Default)]
pub struct Observed {
    pub sources: Vec<PolicySource>,
    pub problems: Vec<AssignmentProblem>,
    pub namespace_is_terminating: bool,
    pub write_problem: Option<String>,
    pub findings: FindingSummary,
}

/// A source that the policy uses.
#[derive(Debug)]
pub struct PolicySource {
    pub applied: AppliedSource,
    /// Its `Ready` condition, if it has one yet.
    pub ready: Option<Condition>,
}

/// The status that a policy must have at `now`.
pub fn plan_status(
    policy: &EcrUploadPolicy,
    observed: &Observed,
    now: DateTime<Utc>,
    timestamp: Timestamp,
) -> EcrUploadPolicyStatus {
    let generation = policy.metadata.generation;
    let compiled = Policy::compile(&policy.name_any(), &policy.spec);
    let schedule = compiled.as_ref().ok();
    let conditions = vec![
        ready(policy, &compiled, observed),
        sources_ready(observed, generation),
        findings_complete(policy, observed),
    ];
    let existing = policy.status.as_ref().map(|status| status.conditions.as_slice()).unwrap_or_default();
    EcrUploadPolicyStatus {
        observed_generation: generation,
        off_hours_now: schedule.map(|policy| policy.is_off_hours(now)),
        next_transition: schedule.and_then(|policy| policy.schedule().next_transition(now)),
        findings: Some(observed.findings.counts.clone()),
        last_finding_time: observed.findings.last_time,
        sources: observed.sources.iter().map(|source| source.applied.clone()).collect(),
        conditions: merge_conditions(existing, conditions, timestamp),
    }
}

/// The status of an object that can't be decoded: it was written by another version of the CRD.
pub fn invalid_object(generation: Option<i64>, error: &str, timestamp: Timestamp) -> EcrUploadPolicyStatus {
    let message =
        format!("the object cannot be decoded: {error}; correct the field, or install the CRDs of this version");
    let ready = condition("Ready", ConditionStatus::False, "InvalidObject", message, generation);
    EcrUploadPolicyStatus {
        observed_generation: generation,
        conditions: merge_conditions(&[], vec![ready], timestamp),
        ..EcrUploadPolicyStatus::default()
    }
}

fn ready(
    policy: &EcrUploadPolicy,
    compiled: &Result<Policy, crate::detect::PolicyError>,
    observed: &Observed,
) -> Condition {
    let generation = policy.metadata.generation;
    let not = |reason: &str, message: String| condition("Ready", ConditionStatus::False, reason, message, generation);
    if let Err(error) = compiled {
        return not(error.reason(), error.to_string());
    }
    if observed.namespace_is_terminating {
        return not("NamespaceTerminating", "the namespace is being deleted: nothing is judged any more".to_owned());
    }
    if let Some(problem) = observed.problems.first() {
        let messages: Vec<String> = observed.problems.iter().map(ToString::to_string).collect();
        return not(problem.reason(), messages.join("; "));
    }
    if policy.spec.suspend {
        return not("Suspended", "spec.suspend is true: nothing is judged".to_owned());
    }
    let names: Vec<&str> = observed.sources.iter().map(|source| source.applied.name.as_str()).collect();
    let message = format!("judging what {} delivers", names.join(", "));
    condition("Ready", ConditionStatus::True, "Judging", message, generation)
}

fn sources_ready(observed: &Observed, generation: Option<i64>) -> Condition {
    let mut waiting = Vec::new();
    for source in &observed.sources {
        let name = &source.applied.name;
        match &source.ready {
            Some(ready) if ready.status == "True" => {}
            Some(ready) => waiting.push((ready.status == "False", format!("{name}: {}", ready.message))),
            None => waiting.push((false, format!("{name}: not read yet"))),
        }
    }
    if observed.sources.is_empty() {
        let message = "the policy uses no source: see Ready";
        return condition("SourcesReady", ConditionStatus::False, "NoSource", message, generation);
    }
    let messages: Vec<&str> = waiting.iter().map(|(_, message)| message.as_str()).collect();
    let message = messages.join("; ");
    if waiting.is_empty() {
        condition("SourcesReady", ConditionStatus::True, "AllReady", "all sources can be read", generation)
    } else if waiting.iter().any(|(failed, _)| *failed) {
        condition("SourcesReady", ConditionStatus::False, "SourceNotReady", message, generation)
    } else {
        condition("SourcesReady", ConditionStatus::Unknown, "NotReadYet", message, generation)
    }
}

fn findings_complete(policy: &EcrUploadPolicy, observed: &Observed) -> Condition {
    let generation = policy.metadata.generation;
    let not = |reason: &str, message: String| {
        condition("FindingsComplete", ConditionStatus::False, reason, message, generation)
    };
    if let Some(problem) = &observed.write_problem {
        return not("FindingsNotWritten", problem.clone());
    }
    if policy.spec.suspend {
        return not("Suspended", "pushes are not judged while spec.suspend is true".to_owned());
    }
    let pending: Vec<&str> = observed
        .sources
        .iter()
        .filter(|source| source.applied.applied_generation != generation)
        .map(|source| source.applied.name.as_str())
        .collect();
    if observed.sources.is_empty() {
        return not("NoSource", "the policy uses no source: see Ready".to_owned());
    }
    if !pending.is_empty() {
        let lookback = policy.spec.lookback;
        let message = format!("the last {lookback:?} are being read from {}", pending.join(", "));
        return not("ApplyingLookback", message);
    }
    let message = "every off-hours push that the sources delivered is in a finding";
    condition("FindingsComplete", ConditionStatus::True, "Complete", message, generation)
}
