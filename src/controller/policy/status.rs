//! Planning the status of a policy. Pure.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use k8s_openapi::jiff::Timestamp;

use super::assignment::AssignmentError;
use super::compiled_policies::CompiledPolicy;
use super::public_holidays::{ended, public_holiday_data};
use super::ready::ready;
use crate::api::{
    AllowRuleStatus, CalendarData, CalendarStatus, EcrUploadPolicy, EcrUploadPolicyStatus, FindingsCompleteReason,
    MAX_CALENDARS, PolicyRevision, PublicHolidayData, SourceCoverage, SourcesReadyReason, condition, merge_conditions,
};
use crate::controller::finding::{AllowCount, FindingSummary};
use crate::coverage::{Coverage, Incomplete, PolicyRecord, Revision, SourcePosition, StreamKey, Uid, whole_second};
use crate::detect::{AllowRule, Calendars, Feed, Policy, calendar_references};

/// What is known of a policy beside its spec.
#[derive(Debug)]
pub struct Observed {
    pub sources: Vec<PolicySource>,
    /// The name of each source, by its uid.
    pub source_names: BTreeMap<String, String>,
    pub assignment_errors: Vec<AssignmentError>,
    pub namespace_is_terminating: bool,
    pub coverage: Coverage,
    /// What the status must keep for the next start.
    pub record: Option<PolicyRecord>,
    /// Why a finding was not written, the last time that one was not.
    pub refusal: Option<String>,
    pub findings: FindingSummary,
    /// What each allow rule let through, by its name.
    pub allowed: BTreeMap<String, AllowCount>,
    pub feeds: Calendars,
}

/// A source that the policy uses.
#[derive(Debug)]
pub struct PolicySource {
    pub name: String,
    pub uid: String,
    /// Its `Ready` condition, if it has one yet.
    pub ready: Option<Condition>,
    /// The Regions that it reads; empty when that is not known yet.
    pub regions: Vec<String>,
}

/// The status that a policy must have at `now`.
pub fn plan_status(
    policy: &EcrUploadPolicy,
    before: &EcrUploadPolicyStatus,
    compiled: &CompiledPolicy,
    observed: &Observed,
    now: DateTime<Utc>,
    timestamp: Timestamp,
) -> EcrUploadPolicyStatus {
    let generation = policy.metadata.generation;
    let schedule = compiled.as_ref().ok();
    let holidays = schedule.and_then(|policy| public_holiday_data(policy, now));
    let conditions = vec![
        ready(policy, compiled, holidays.as_ref(), observed),
        sources_ready(observed, generation),
        findings_complete(policy, compiled, holidays.as_ref(), observed),
    ];
    let record = observed.record.as_ref();
    EcrUploadPolicyStatus {
        observed_generation: generation,
        off_hours_now: schedule.map(|policy| policy.is_off_hours(now)),
        next_transition: schedule.and_then(|policy| policy.hours().schedule().next_transition(now)),
        findings: Some(observed.findings.counts.clone()),
        last_finding_time: observed.findings.last_time,
        covered_since: observed.coverage.since.map(whole_second),
        covered_through: observed.coverage.through.map(whole_second),
        revision: record.map(|record| PolicyRevision {
            generation: record.revision.generation,
            calendars: record.revision.calendars.clone(),
        }),
        sources: positions(record, &observed.source_names),
        // While the policy is invalid, what its rules let through before is kept: a restart would forget it.
        allow_rules: match schedule {
            Some(policy) => allow_rules(policy, observed, now),
            None => before.allow_rules.clone(),
        },
        calendar_data: Some(calendar_data(policy, holidays, observed)),
        conditions: merge_conditions(&before.conditions, conditions, timestamp),
    }
}

/// Whether a status says something that a reader would act on and the one before it does not. A policy that only moved on with
/// its sources has no news; one that fell back has, since the next start would not know.
pub fn is_news(before: &EcrUploadPolicyStatus, after: &EcrUploadPolicyStatus) -> bool {
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

/// What the status of a policy says to the ledger; None when the policy was never at work.
pub fn recorded(status: &EcrUploadPolicyStatus) -> Option<PolicyRecord> {
    let revision = status.revision.as_ref()?;
    let sources = status.sources.iter().map(|source| SourcePosition {
        source: Uid::from(source.uid.as_str()),
        since: source.since,
        through: source.through,
        removed_at: source.removed_at,
    });
    Some(PolicyRecord {
        revision: Revision { generation: revision.generation, calendars: revision.calendars.clone() },
        sources: sources.collect(),
    })
}

/// The positions of a policy, by the names of the sources.
pub(super) fn positions(record: Option<&PolicyRecord>, names: &BTreeMap<String, String>) -> Vec<SourceCoverage> {
    let positions = record.into_iter().flat_map(|record| &record.sources);
    let coverage = |position: &SourcePosition| {
        Some(SourceCoverage {
            name: names.get(&*position.source)?.clone(),
            uid: position.source.to_string(),
            since: whole_second(position.since),
            through: position.through.map(whole_second),
            removed_at: position.removed_at.map(whole_second),
        })
    };
    let mut positions: Vec<SourceCoverage> = positions.filter_map(coverage).collect();
    positions.sort_by(|a, b| a.name.cmp(&b.name));
    positions
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

fn sources_ready(observed: &Observed, generation: Option<i64>) -> Condition {
    if observed.sources.is_empty() {
        return condition(SourcesReadyReason::NoSource, "the policy uses no source: see Ready", generation);
    }
    let mut reason = SourcesReadyReason::AllReady;
    let mut messages = Vec::new();
    for source in &observed.sources {
        let name = &source.name;
        match &source.ready {
            Some(ready) if ready.status == "True" => continue,
            Some(ready) if ready.status == "False" => {
                reason = SourcesReadyReason::SourceNotReady;
                messages.push(format!("{name}: {}", ready.message));
                continue;
            }
            Some(ready) => messages.push(format!("{name}: {}", ready.message)),
            None => messages.push(format!("{name}: waiting for its first read")),
        }
        if reason == SourcesReadyReason::AllReady {
            reason = SourcesReadyReason::NotReadYet;
        }
    }
    if messages.is_empty() {
        messages.push("every source of the policy can be read".to_owned());
    }
    condition(reason, messages.join("; "), generation)
}

fn findings_complete(
    policy: &EcrUploadPolicy,
    compiled: &CompiledPolicy,
    holidays: Option<&PublicHolidayData>,
    observed: &Observed,
) -> Condition {
    let generation = policy.metadata.generation;
    let because = |reason, message: String| condition(reason, message, generation);
    let Ok(compiled) = compiled else {
        let message = "no push is judged until the policy is corrected: see Ready";
        return because(FindingsCompleteReason::NotJudging, message.to_owned());
    };
    if policy.spec.suspend {
        let message = "no push is judged while spec.suspend is true; set it to false to resume, and the pushes made meanwhile are judged then";
        return because(FindingsCompleteReason::Suspended, message.to_owned());
    }
    if !observed.assignment_errors.is_empty() {
        let message = "the policy cannot use all of the sources that it names, or has none: see Ready";
        return because(FindingsCompleteReason::NoSource, message.to_owned());
    }
    let (since, through) = (time_or_now(observed.coverage.since), time_or_now(observed.coverage.through));
    match &observed.coverage.incomplete {
        None if !compiled.holiday_problems().is_empty() || ended(compiled, holidays).is_some() => {
            let message = "pushes on the holidays that cannot be used may be missing from the findings: see Ready";
            because(FindingsCompleteReason::InvalidHolidays, message.to_owned())
        }
        None => {
            let mut message =
                format!("every off-hours push since {since} in the records of the policy's sources is in a finding");
            if compiled.looks_at_relations() {
                message.push_str(
                    "; an untagged push is judged up to 10 minutes later, once it is known whether an index lists it, because an \
                     allow rule names kinds",
                );
            }
            because(FindingsCompleteReason::Complete, message)
        }
        Some(Incomplete::NotJudging) => {
            because(FindingsCompleteReason::NotJudging, "no push is judged: see Ready".to_owned())
        }
        Some(Incomplete::NoSource) => {
            because(FindingsCompleteReason::NoSource, "the policy uses no source: see Ready".to_owned())
        }
        Some(Incomplete::Refused { .. }) => because(FindingsCompleteReason::FindingsNotWritten, observed.refusal()),
        Some(Incomplete::NeverRead { source, region }) => {
            because(FindingsCompleteReason::SourceBehind, observed.waits_for(source, region))
        }
        Some(Incomplete::Stale { stream, head }) => {
            let message = format!(
                "{}; the off-hours pushes from {since} to {through} are in findings",
                observed.is_behind(stream, *head)
            );
            because(FindingsCompleteReason::SourceBehind, message)
        }
        Some(Incomplete::Hole { stream, .. }) => {
            let message = format!(
                "the history of {} is being read: the last {} before the policy was created or edited, and the times \
                 when it did not judge; done from {since} to {through}; new pushes are judged at the same time",
                place(stream),
                policy.spec.lookback
            );
            because(FindingsCompleteReason::ReadingPast, message)
        }
    }
}

impl Observed {
    /// Why findings are not written.
    pub(super) fn refusal(&self) -> String {
        self.refusal.clone().unwrap_or_else(|| {
            "the API server rejects the findings of the policy; see the log of the controller".to_owned()
        })
    }

    /// A Region was never read to the end.
    pub(super) fn waits_for(&self, source: &Uid, region: &str) -> String {
        let name = self.source_names.get(&**source).map_or(&**source, String::as_str);
        match region {
            "" => format!(
                "waiting for the first read of the CloudTrailSource {name}; if it lasts, see Ready of the source"
            ),
            region => format!(
                "waiting for the first read of {region} by the CloudTrailSource {name}; if it lasts, see Ready of the source"
            ),
        }
    }

    /// A stream is further behind than it may be.
    pub(super) fn is_behind(&self, stream: &StreamKey, head: DateTime<Utc>) -> String {
        let readers = self.sources.iter().filter(|source| source.regions.contains(&stream.region));
        let readers: Vec<&str> = readers.map(|source| source.name.as_str()).collect();
        format!(
            "{} is only read through {}; see Ready and UpToDate of the CloudTrailSource {}",
            place(stream),
            time(head),
            readers.join(" or ")
        )
    }
}

fn place(stream: &StreamKey) -> String {
    format!("{}/{}", stream.account, stream.region)
}

fn time(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn time_or_now(at: Option<DateTime<Utc>>) -> String {
    at.map_or_else(|| "now".to_owned(), time)
}

#[cfg(test)]
#[path = "status_tests.rs"]
pub(super) mod tests;
