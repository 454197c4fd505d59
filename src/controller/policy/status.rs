//! Plans the status of a policy. Pure.

use chrono::{DateTime, Utc};

use super::compiled_policies::CompiledPolicy;
use super::findings_complete::findings_complete;
use super::observed::Observed;
use super::positions::positions;
use super::public_holidays::public_holiday_data;
use super::ready::ready;
use super::sources_ready::sources_ready;
use crate::api::{
    AllowRuleStatus, CalendarData, CalendarStatus, EcrUploadPolicy, EcrUploadPolicyStatus, FindingsCompleteReason,
    MAX_CALENDARS, PolicyRevision, PublicHolidayData, merge_conditions,
};
use crate::coverage::whole_second;
use crate::detect::{AllowRule, Feed, Policy, calendar_references};

/// The status that a policy must have at `now`.
pub(super) fn plan_status(
    policy: &EcrUploadPolicy,
    before: &EcrUploadPolicyStatus,
    compiled: &CompiledPolicy,
    observed: &Observed,
    now: DateTime<Utc>,
) -> EcrUploadPolicyStatus {
    let generation = policy.metadata.generation;
    let schedule = compiled.as_ref().ok();
    let holidays = schedule.and_then(|policy| public_holiday_data(policy, now));
    let conditions = vec![
        ready(policy, compiled, holidays.as_ref(), observed),
        sources_ready(observed, generation),
        findings_complete(policy, compiled, holidays.as_ref(), observed),
    ];
    let checkpoint = observed.checkpoint.as_ref();
    EcrUploadPolicyStatus {
        observed_generation: generation,
        off_hours_now: schedule.map(|policy| policy.is_off_hours(now)),
        next_transition: schedule.and_then(|policy| policy.hours().schedule().next_transition(now)),
        findings: Some(observed.findings.counts.clone()),
        last_finding_time: observed.findings.last_time,
        covered_since: observed.coverage.since.map(whole_second),
        covered_through: observed.coverage.through.map(whole_second),
        revision: checkpoint.map(|checkpoint| PolicyRevision {
            generation: checkpoint.revision.generation,
            calendars: checkpoint.revision.calendars.clone(),
        }),
        sources: positions(checkpoint, &observed.source_names),
        // While the policy is invalid, the counts of its rules are kept, or a restart would forget them.
        allow_rules: match schedule {
            Some(policy) => allow_rules(policy, observed, now),
            None => before.allow_rules.clone(),
        },
        calendar_data: Some(calendar_data(policy, holidays, observed)),
        conditions: merge_conditions(&before.conditions, conditions, now),
    }
}

/// Whether a status has something that a reader would act on and that the one before it does not have. A policy that only
/// moved on with its sources has no news. One that fell back has, because the next start must know it.
pub(super) fn is_news(before: &EcrUploadPolicyStatus, after: &EcrUploadPolicyStatus) -> bool {
    let essence = |status: &EcrUploadPolicyStatus| {
        let mut status = status.clone();
        (status.covered_since, status.covered_through) = (None, None);
        for source in &mut status.sources {
            source.through = source.through.map(|_| DateTime::UNIX_EPOCH);
        }
        let moves = [FindingsCompleteReason::ReadingPast, FindingsCompleteReason::SourceBehind];
        for condition in &mut status.conditions {
            if moves.iter().any(|reason| reason.as_str() == condition.reason) {
                condition.message.clear();
            }
        }
        status
    };
    let fell_back = after.sources.iter().any(|source| {
        let was = before.sources.iter().find(|was| was.uid == source.uid).and_then(|was| was.through);
        source.through.zip(was).is_some_and(|(through, was)| through < was)
    });
    fell_back || essence(before) != essence(after)
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

fn calendar_data(
    policy: &EcrUploadPolicy,
    public_holidays: Option<PublicHolidayData>,
    observed: &Observed,
) -> CalendarData {
    let calendars = calendar_references(&policy.spec).into_iter().take(MAX_CALENDARS).map(|reference| {
        let entries = observed.feeds.get(&reference).map_or(0, Feed::entries);
        CalendarStatus {
            entries: i64::try_from(entries).unwrap_or(i64::MAX),
            config_map: reference.config_map,
            key: reference.key,
        }
    });
    CalendarData {
        time_zone_database: chrono_tz::IANA_TZDB_VERSION.to_owned(),
        public_holidays,
        calendars: calendars.collect(),
    }
}

#[cfg(test)]
#[path = "status_tests.rs"]
mod tests;
