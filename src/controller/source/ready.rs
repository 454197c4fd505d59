//! The condition `Ready` of a source.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

use super::health::RegionHealth;
use super::observed::Observed;
use crate::api::{ConditionType, SourceReadyReason, condition};
use crate::source::SourceError;

/// True while every Region of the source is read.
pub(super) fn ready(observed: &Observed<'_>, generation: Option<i64>) -> Condition {
    let not = |reason, message: String| condition(reason, message, generation);
    let regions = observed.regions;
    if regions.is_empty() {
        return not(SourceReadyReason::NoRegion, SourceError::NoRegion.to_string());
    }
    let known: Vec<(&String, &RegionHealth)> =
        regions.iter().filter_map(|region| Some((region, observed.health.get(region)?))).collect();
    let failed: Vec<(&String, &RegionHealth, &SourceError)> =
        known.iter().filter_map(|(region, health)| Some((*region, *health, health.error()?))).collect();
    if let Some((_, health, first)) = failed.first() {
        // The account is not known, and the error is the same for all Regions.
        let is_one = health.account.is_none() && failed.iter().all(|(_, _, error)| error == first);
        if is_one || regions.len() == 1 {
            return not(first.reason(), first.to_string());
        }
        let account = |health: &RegionHealth| health.account.clone().unwrap_or_default();
        let messages: Vec<String> =
            failed.iter().map(|(region, health, error)| format!("{}/{region}: {error}", account(health))).collect();
        let of = format!("{} of {} streams cannot be read: ", failed.len(), regions.len());
        return not(first.reason(), of + &messages.join("; "));
    }
    let is_read = |region: &&String| observed.health.get(*region).is_some_and(|health| health.was_read);
    let waiting: Vec<&str> = regions.iter().filter(|region| !is_read(region)).map(String::as_str).collect();
    if !waiting.is_empty() {
        // After a start, the condition that the last process wrote stays until something else is known, unless the spec was
        // edited.
        let before = observed.existing.conditions.iter().find(|before| before.type_ == ConditionType::Ready.as_str());
        if let Some(before) = before.filter(|before| before.observed_generation == generation) {
            return before.clone();
        }
        let message = format!("waiting for the first read of {}", waiting.join(", "));
        return condition(SourceReadyReason::NotReadYet, message, generation);
    }
    let account = known.iter().find_map(|(_, health)| health.account.as_deref());
    let message = match account {
        Some(account) => format!("reading account {account} in {}", regions.join(", ")),
        None => format!("reading {}", regions.join(", ")),
    };
    condition(SourceReadyReason::Reading, message, generation)
}
