//! `Ready` of a policy, which sums up whether a user may rely on it. Pure.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

use super::compiled_policies::CompiledPolicy;
use super::observed::Observed;
use super::public_holidays::{ended, ending};
use crate::api::{EcrUploadPolicy, PolicyReadyReason, PublicHolidayData, condition};
use crate::coverage::Incomplete;
use crate::detect::{Policy, named_in_vain, nothing_in_scope};

/// Whether a policy judges every push that it should, up to now, and its findings are written. While only its past is still
/// being read, it is ready: `FindingsComplete` shows that.
///
/// Errors of the policy itself come before those of its surroundings, and those that keep it from judging before those that
/// only delay it.
pub(super) fn ready(
    policy: &EcrUploadPolicy,
    compiled: &CompiledPolicy,
    holidays: Option<&PublicHolidayData>,
    observed: &Observed,
) -> Condition {
    let compiled = match compiled {
        Ok(compiled) => compiled,
        Err(error) => {
            let message = format!("{error}; no push is judged until it is corrected");
            return condition(error.reason(), message, policy.metadata.generation);
        }
    };
    let (reason, message) = match impediment(policy, compiled, holidays, observed) {
        Some(impediment) => impediment,
        None => (PolicyReadyReason::Judging, judging(policy, ending(compiled, holidays), observed)),
    };
    condition(reason, message, policy.metadata.generation)
}

/// The first reason why the policy is not ready.
fn impediment(
    policy: &EcrUploadPolicy,
    compiled: &Policy,
    holidays: Option<&PublicHolidayData>,
    observed: &Observed,
) -> Option<(PolicyReadyReason, String)> {
    if policy.metadata.deletion_timestamp.is_some() {
        let message = "the policy is being deleted, so no push is judged";
        return Some((PolicyReadyReason::Deleting, message.to_owned()));
    }
    if observed.namespace_is_terminating {
        let namespace = policy.metadata.namespace.as_deref().unwrap_or_default();
        let message = format!(
            "the namespace {namespace} is being deleted, so no push is judged; to keep the policy, create it in another namespace"
        );
        return Some((PolicyReadyReason::NamespaceTerminating, message));
    }
    if let Some(first) = observed.assignment_errors.first() {
        return Some((first.reason(), joined(&observed.assignment_errors)));
    }
    if policy.spec.suspend {
        let message = "spec.suspend is true, so no push is judged; set it to false to resume, and the pushes made meanwhile \
                       are judged then";
        return Some((PolicyReadyReason::Suspended, message.to_owned()));
    }
    if !compiled.holiday_errors().is_empty() {
        let errors = joined(compiled.holiday_errors());
        let message = format!("pushes are judged without these holidays, so some may be missed: {errors}");
        return Some((PolicyReadyReason::InvalidHolidays, message));
    }
    if let Some(message) = ended(compiled, holidays) {
        return Some((PolicyReadyReason::HolidayDataEnded, message));
    }
    if let Some(regions) = observed.regions()
        && let Some(message) = nothing_in_scope(&policy.spec, &regions)
    {
        return Some((PolicyReadyReason::NothingInScope, message));
    }
    source_impediment(observed)
}

/// The first reason that concerns what the policy reads or writes.
fn source_impediment(observed: &Observed) -> Option<(PolicyReadyReason, String)> {
    let with_status = |status: &'static str| {
        let sources = observed.sources.iter().filter_map(|source| Some((&source.name, source.ready.as_ref()?)));
        sources.filter(move |(_, ready)| ready.status == status)
    };
    let failed: Vec<String> = with_status("False")
        .map(|(name, ready)| format!("the CloudTrailSource {name} is not ready ({}): {}", ready.reason, ready.message))
        .collect();
    if !failed.is_empty() {
        return Some((PolicyReadyReason::SourceNotReady, failed.join("; ")));
    }
    let incomplete = observed.coverage.incomplete.as_ref();
    if let Some(Incomplete::Refused { .. }) = incomplete {
        return Some((PolicyReadyReason::FindingsNotWritten, observed.refusal()));
    }
    let unread = observed.sources.iter().filter(|source| source.ready.is_none());
    let unread = unread.map(|source| format!("waiting for the first read of the CloudTrailSource {}", source.name));
    let waiting =
        with_status("Unknown").map(|(name, ready)| format!("the CloudTrailSource {name} is {}", ready.message));
    let waiting: Vec<String> = unread.chain(waiting).collect();
    if !waiting.is_empty() {
        let message = format!("{}; pushes are judged as soon as they are read", waiting.join("; "));
        return Some((PolicyReadyReason::NotReadYet, message));
    }
    match incomplete? {
        Incomplete::NeverRead { source, region } => {
            Some((PolicyReadyReason::NotReadYet, observed.waits_for(source, region)))
        }
        Incomplete::Stale { stream, head } => {
            Some((PolicyReadyReason::SourceBehind, observed.is_behind(stream, *head)))
        }
        // The reasons why it does not judge were checked before.
        Incomplete::NotJudging | Incomplete::NoSource | Incomplete::Refused { .. } | Incomplete::Hole { .. } => None,
    }
}

/// The message of a policy that judges, with warnings of what may be a mistake.
fn judging(policy: &EcrUploadPolicy, warning: Option<String>, observed: &Observed) -> String {
    let names: Vec<&str> = observed.sources.iter().map(|source| source.name.as_str()).collect();
    let read = if names.len() == 1 { "reads" } else { "read" };
    let mut message = format!("judging the pushes that {} {read}", names.join(" and "));
    let mut warnings = observed.regions().map(|regions| named_in_vain(&policy.spec, &regions)).unwrap_or_default();
    warnings.extend(warning);
    if !warnings.is_empty() {
        message.push_str("; warning: ");
        message.push_str(&warnings.join("; "));
    }
    message
}

fn joined(errors: &[impl ToString]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
#[path = "ready_tests.rs"]
mod tests;
