//! A policy and what is known of it, for tests.

use std::collections::BTreeMap;

use super::observed::{Observed, PolicySource};
use crate::api::{EcrUploadPolicy, EcrUploadPolicySpec, SourceReadyReason, condition};
use crate::controller::finding::FindingSummary;
use crate::coverage::{Coverage, Incomplete, StreamKey};
use crate::detect::Calendars;

pub(super) fn policy(spec: serde_json::Value) -> EcrUploadPolicy {
    let spec: EcrUploadPolicySpec = serde_json::from_value(spec).unwrap();
    let mut policy = EcrUploadPolicy::new("production", spec);
    policy.metadata.generation = Some(3);
    policy.metadata.namespace = Some("security".to_owned());
    policy
}

/// A source of eu-central-1 and us-east-1.
pub(super) fn source(name: &str, ready: Option<(SourceReadyReason, &str)>) -> PolicySource {
    PolicySource {
        name: name.to_owned(),
        uid: name.to_owned(),
        ready: ready.map(|(reason, message)| condition(reason, message, None)),
        regions: ["eu-central-1", "us-east-1"].map(str::to_owned).to_vec(),
    }
}

pub(super) fn reading() -> Vec<PolicySource> {
    vec![source("default", Some((SourceReadyReason::Reading, "")))]
}

pub(super) fn observed(sources: Vec<PolicySource>, incomplete: Option<Incomplete>) -> Observed {
    Observed {
        source_names: sources.iter().map(|source| (source.uid.clone(), source.name.clone())).collect(),
        sources,
        assignment_errors: Vec::new(),
        namespace_is_terminating: false,
        coverage: Coverage { since: None, through: None, incomplete },
        checkpoint: None,
        refusal: None,
        findings: FindingSummary::default(),
        allowed: BTreeMap::new(),
        feeds: Calendars::default(),
    }
}

pub(super) fn stream() -> StreamKey {
    StreamKey { account: "111122223333".to_owned(), region: "eu-central-1".to_owned() }
}
