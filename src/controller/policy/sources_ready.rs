//! `SourcesReady` of a policy. Pure.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

use super::observed::Observed;
use crate::api::{SourcesReadyReason, condition};

/// Whether every source of the policy can be read.
pub(super) fn sources_ready(observed: &Observed, generation: Option<i64>) -> Condition {
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
