//! Planning the status of a policy. Pure.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use k8s_openapi::jiff::Timestamp;

use super::active_policy::Revision;
use super::allow_counts::AllowCount;
use super::assignment::AssignmentProblem;
use super::compiled_policies::CompiledPolicy;
use super::finding::FindingSummary;
use crate::api::{
    AllowRuleStatus, AppliedSource, CalendarData, CalendarStatus, ConditionStatus, EcrUploadPolicy,
    EcrUploadPolicyStatus, MAX_CALENDARS, condition, merge_conditions,
};
use crate::calendar::HOLIDAY_DATA;
use crate::detect::{AllowRule, Calendars, Feed, Policy, calendar_references};

/// What the cluster says about a policy.
#[derive(Debug, Default)]
pub struct Observed {
    pub sources: Vec<PolicySource>,
    pub problems: Vec<AssignmentProblem>,
    pub namespace_is_terminating: bool,
    pub write_problem: Option<String>,
    pub findings: FindingSummary,
    /// What each allow rule let through, by its name.
    pub allowed: BTreeMap<String, AllowCount>,
    pub feeds: Calendars,
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
    compiled: &CompiledPolicy,
    revision: &Revision,
    observed: &Observed,
    now: DateTime<Utc>,
    timestamp: Timestamp,
) -> EcrUploadPolicyStatus {
    let generation = policy.metadata.generation;
    let schedule = compiled.as_ref().ok();
    let conditions = vec![
        ready(policy, compiled, observed),
        sources_ready(observed, generation),
        findings_complete(policy, compiled, revision, observed),
    ];
    let existing = policy.status.as_ref().map(|status| status.conditions.as_slice()).unwrap_or_default();
    EcrUploadPolicyStatus {
        observed_generation: generation,
        off_hours_now: schedule.map(|policy| policy.is_off_hours(now)),
        next_transition: schedule.and_then(|policy| policy.hours().schedule().next_transition(now)),
        findings: Some(observed.findings.counts.clone()),
        last_finding_time: observed.findings.last_time,
        sources: observed.sources.iter().map(|source| source.applied.clone()).collect(),
        // While the policy is invalid, what its rules let through before is kept: a restart would forget it.
        allow_rules: match schedule {
            Some(policy) => allow_rules(policy, observed, now),
            None => policy.status.as_ref().map(|status| status.allow_rules.clone()).unwrap_or_default(),
        },
        calendar_data: Some(calendar_data(policy, observed)),
        conditions: merge_conditions(existing, conditions, timestamp),
    }
}

fn ready(policy: &EcrUploadPolicy, compiled: &CompiledPolicy, observed: &Observed) -> Condition {
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
    let problems = compiled.as_ref().map(|policy| policy.holiday_problems()).unwrap_or_default();
    if !problems.is_empty() {
        let messages: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let message = format!("judging without what cannot be used: {}", messages.join("; "));
        return not("InvalidHolidays", bounded(message));
    }
    let names: Vec<&str> = observed.sources.iter().map(|source| source.applied.name.as_str()).collect();
    let message = format!("judging what {} delivers", names.join(", "));
    condition("Ready", ConditionStatus::True, "Judging", message, generation)
}

/// A condition's message may have 32,768 characters; whoever reads it needs the first of many broken lines.
fn bounded(message: String) -> String {
    const LONGEST: usize = 2_000;
    match message.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message,
    }
}

fn allow_rules(policy: &Policy, observed: &Observed, now: DateTime<Utc>) -> Vec<AllowRuleStatus> {
    let status = |rule: &AllowRule| {
        let count = observed.allowed.get(rule.name()).copied().unwrap_or_default();
        AllowRuleStatus {
            name: rule.name().to_owned(),
            state: rule.state(now),
            allowed: count.allowed,
            last_used: count.last_used,
        }
    };
    policy.allow_rules().iter().map(status).collect()
}

fn calendar_data(policy: &EcrUploadPolicy, observed: &Observed) -> CalendarData {
    let spec = &policy.spec;
    let of_teams = spec.teams.iter().filter_map(|team| team.holidays.as_ref());
    let names_countries = spec.holidays.iter().chain(of_teams).any(|holidays| !holidays.countries.is_empty());
    let calendars = calendar_references(spec).into_iter().take(MAX_CALENDARS).map(|reference| {
        let entries = observed.feeds.get(&reference).map_or(0, Feed::entries);
        CalendarStatus {
            entries: i64::try_from(entries).unwrap_or(i64::MAX),
            config_map: reference.config_map,
            key: reference.key,
        }
    });
    CalendarData {
        time_zone_database: chrono_tz::IANA_TZDB_VERSION.to_owned(),
        holiday_data: names_countries.then(|| HOLIDAY_DATA.to_owned()),
        calendars: calendars.collect(),
    }
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

fn findings_complete(
    policy: &EcrUploadPolicy,
    compiled: &CompiledPolicy,
    revision: &Revision,
    observed: &Observed,
) -> Condition {
    let generation = policy.metadata.generation;
    let not = |reason: &str, message: String| {
        condition("FindingsComplete", ConditionStatus::False, reason, message, generation)
    };
    let Ok(compiled) = compiled else {
        return not("NotJudging", "nothing is judged until the policy is corrected: see Ready".to_owned());
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
        .filter(|source| {
            let applied = &source.applied;
            applied.applied_generation != generation || applied.applied_calendars != revision.calendars
        })
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
    let message = if compiled.looks_at_relations() {
        "every off-hours push that the sources delivered is in a finding; untagged ones are judged up to 10 minutes after the \
         push, when it is known whether an index lists them: an allow rule names kinds"
    } else {
        "every off-hours push that the sources delivered is in a finding"
    };
    condition("FindingsComplete", ConditionStatus::True, "Complete", message, generation)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::api::{AllowRuleState, EcrUploadPolicySpec};

    fn policy(spec: serde_json::Value) -> EcrUploadPolicy {
        let spec: EcrUploadPolicySpec = serde_json::from_value(spec).unwrap();
        let mut policy = EcrUploadPolicy::new("production", spec);
        policy.metadata.generation = Some(3);
        policy
    }

    fn source(name: &str, applied: Option<i64>, ready: Option<(ConditionStatus, &str)>) -> PolicySource {
        PolicySource {
            applied: AppliedSource { name: name.to_owned(), applied_generation: applied, applied_calendars: None },
            ready: ready.map(|(status, message)| condition("Ready", status, "Because", message, None)),
        }
    }

    fn plan(spec: serde_json::Value, observed: &Observed) -> EcrUploadPolicyStatus {
        let noon_on_a_monday = "2024-01-15T12:00:00Z".parse().unwrap();
        let policy = policy(spec);
        let compiled = Policy::compile("production", &policy.spec, &observed.feeds).map(Arc::new);
        let revision = Revision { generation: 3, calendars: None };
        plan_status(&policy, &compiled, &revision, observed, noon_on_a_monday, Timestamp::UNIX_EPOCH)
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
    fn a_policy_with_a_rule_by_kind_says_that_untagged_pushes_wait() {
        let message = |kinds: &[&str]| {
            let sources = vec![source("default", Some(3), Some((ConditionStatus::True, "")))];
            let rule = serde_json::json!({"name": "rule", "reason": "CHG-1", "kinds": kinds});
            let status = plan(serde_json::json!({"allow": [rule]}), &Observed { sources, ..Observed::default() });
            status.conditions[2].message.clone()
        };
        assert!(message(&["Image"]).contains("up to 10 minutes after the push"));
        assert!(!message(&["Signature", "HelmChart"]).contains("10 minutes"));
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
        assert_eq!(conditions(&status)[2], ("FindingsComplete", "False", "NotJudging"));
        assert_eq!((status.off_hours_now, status.next_transition), (None, None));
    }

    #[test]
    fn more_calendars_than_a_status_may_list_do_not_keep_it_from_being_written() {
        let team = |number: usize| {
            let calendars: Vec<_> = (0..16)
                .map(|key| serde_json::json!({"configMap": format!("{number}"), "key": format!("{key}")}))
                .collect();
            serde_json::json!({
                "name": format!("t{number}"), "match": {"repositories": ["x"]}, "holidays": {"calendars": calendars}
            })
        };
        let teams: Vec<_> = (0..64).map(team).collect();
        let status = plan(serde_json::json!({"teams": teams}), &Observed::default());
        assert_eq!(status.calendar_data.unwrap().calendars.len(), MAX_CALENDARS);
    }

    #[test]
    fn an_edit_that_is_not_valid_forgets_no_counts() {
        let mut policy = policy(serde_json::json!({"timeZone": "Europe/Atlantis"}));
        let rule =
            AllowRuleStatus { name: "nightly".to_owned(), state: AllowRuleState::Active, allowed: 7, last_used: None };
        policy.status = Some(EcrUploadPolicyStatus { allow_rules: vec![rule.clone()], ..Default::default() });
        let observed = Observed::default();
        let compiled = Policy::compile("production", &policy.spec, &observed.feeds).map(Arc::new);
        let revision = Revision { generation: 3, calendars: None };
        let status = plan_status(&policy, &compiled, &revision, &observed, Utc::now(), Timestamp::UNIX_EPOCH);
        assert_eq!(status.allow_rules, [rule]);
    }

    #[test]
    fn a_suspended_policy_is_not_ready() {
        let sources = vec![source("default", Some(3), Some((ConditionStatus::True, "")))];
        let status = plan(serde_json::json!({"suspend": true}), &Observed { sources, ..Observed::default() });
        assert_eq!(conditions(&status)[0], ("Ready", "False", "Suspended"));
    }
}
