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
        let message = format!("the last {lookback} are being read from {}", pending.join(", "));
        return not("ApplyingLookback", message);
    }
    let message = "every off-hours push that the sources delivered is in a finding";
    condition("FindingsComplete", ConditionStatus::True, "Complete", message, generation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::EcrUploadPolicySpec;

    fn policy(spec: serde_json::Value) -> EcrUploadPolicy {
        let spec: EcrUploadPolicySpec = serde_json::from_value(spec).unwrap();
        let mut policy = EcrUploadPolicy::new("production", spec);
        policy.metadata.generation = Some(3);
        policy
    }

    fn source(name: &str, applied: Option<i64>, ready: Option<(ConditionStatus, &str)>) -> PolicySource {
        PolicySource {
            applied: AppliedSource { name: name.to_owned(), applied_generation: applied },
            ready: ready.map(|(status, message)| condition("Ready", status, "Because", message, None)),
        }
    }

    fn plan(spec: serde_json::Value, observed: &Observed) -> EcrUploadPolicyStatus {
        let noon_on_a_monday = "2024-01-15T12:00:00Z".parse().unwrap();
        plan_status(&policy(spec), observed, noon_on_a_monday, Timestamp::UNIX_EPOCH)
    }

    fn conditions(status: &EcrUploadPolicyStatus) -> Vec<(&str, &str, &str)> {
        status.conditions.iter().map(|c| (c.type_.as_str(), c.status.as_str(), c.reason.as_str())).collect()
    }

    #[test]
    fn a_policy_that_is_applied_to_a_ready_source_is_complete() {
        let sources = vec![source("default", Some(3), Some((ConditionStatus::True, "")))];
        let status = plan(serde_json::json!({}), &Observed { sources, ..Observed::default() });
        let expected = [
            ("Ready", "True", "Judging"),
            ("SourcesReady", "True", "AllReady"),
            ("FindingsComplete", "True", "Complete"),
        ];
        assert_eq!(conditions(&status), expected);
        assert_eq!(status.off_hours_now, Some(false));
        assert_eq!(status.next_transition.unwrap().to_rfc3339(), "2024-01-15T20:00:00+00:00");
        assert!(status.conditions.iter().all(|condition| condition.observed_generation == Some(3)));
    }

    #[test]
    fn an_edited_policy_is_incomplete_until_its_lookback_was_read() {
        let sources = vec![source("default", Some(2), Some((ConditionStatus::True, "")))];
        let status = plan(serde_json::json!({}), &Observed { sources, ..Observed::default() });
        assert_eq!(conditions(&status)[2], ("FindingsComplete", "False", "ApplyingLookback"));
        assert_eq!(status.conditions[2].message, "the last 24h are being read from default");
    }

    #[test]
    fn a_source_that_cannot_be_read_is_named_with_its_message() {
        let sources = vec![
            source("default", Some(3), Some((ConditionStatus::True, ""))),
            source("member", Some(3), Some((ConditionStatus::False, "no AWS credentials"))),
        ];
        let status = plan(serde_json::json!({}), &Observed { sources, ..Observed::default() });
        assert_eq!(conditions(&status)[1], ("SourcesReady", "False", "SourceNotReady"));
        assert_eq!(status.conditions[1].message, "member: no AWS credentials");
    }

    #[test]
    fn a_finding_that_was_not_written_makes_the_findings_incomplete() {
        let sources = vec![source("default", Some(3), Some((ConditionStatus::True, "")))];
        let write_problem = Some("quota exceeded".to_owned());
        let status = plan(serde_json::json!({}), &Observed { sources, write_problem, ..Observed::default() });
        assert_eq!(conditions(&status)[2], ("FindingsComplete", "False", "FindingsNotWritten"));
    }

    #[test]
    fn an_unknown_zone_comes_before_everything_else() {
        let status = plan(serde_json::json!({"timeZone": "Europe/Atlantis", "suspend": true}), &Observed::default());
        assert_eq!(conditions(&status)[0], ("Ready", "False", "InvalidTimeZone"));
        assert_eq!((status.off_hours_now, status.next_transition), (None, None));
    }

    #[test]
    fn a_suspended_policy_is_not_ready() {
        let sources = vec![source("default", Some(3), Some((ConditionStatus::True, "")))];
        let status = plan(serde_json::json!({"suspend": true}), &Observed { sources, ..Observed::default() });
        assert_eq!(conditions(&status)[0], ("Ready", "False", "Suspended"));
    }
}
