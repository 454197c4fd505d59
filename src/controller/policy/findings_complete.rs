//! `FindingsComplete` of a policy. Pure.

use chrono::{DateTime, Utc};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

use super::compiled_policies::CompiledPolicy;
use super::observed::{Observed, place, time};
use super::public_holidays::ended;
use crate::api::{EcrUploadPolicy, FindingsCompleteReason, PublicHolidayData, condition};
use crate::coverage::Incomplete;

/// Whether every off-hours push that the sources of the policy show is in a finding, and since when.
pub(super) fn findings_complete(
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
        None if !compiled.holiday_errors().is_empty() || ended(compiled, holidays).is_some() => {
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

fn time_or_now(at: Option<DateTime<Utc>>) -> String {
    at.map_or_else(|| "now".to_owned(), time)
}
