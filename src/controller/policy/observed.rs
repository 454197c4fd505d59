//! What is known of a policy when its status is planned.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

use super::assignment::AssignmentError;
use crate::controller::finding::{AllowCount, FindingSummary};
use crate::coverage::{Coverage, PolicyCheckpoint, StreamKey, Uid};
use crate::detect::Calendars;

/// What is known of a policy apart from its spec.
#[derive(Debug)]
pub(super) struct Observed {
    pub sources: Vec<PolicySource>,
    /// The name of each source, by its uid.
    pub source_names: BTreeMap<String, String>,
    pub assignment_errors: Vec<AssignmentError>,
    pub namespace_is_terminating: bool,
    pub coverage: Coverage,
    /// The checkpoint of the ledger, which the status must keep for the next start; None if the policy has never judged.
    pub checkpoint: Option<PolicyCheckpoint>,
    /// Why a finding was not written, the last time that happened.
    pub refusal: Option<String>,
    pub findings: FindingSummary,
    /// The uploads that each allow rule let through, by the name of the rule.
    pub allowed: BTreeMap<String, AllowCount>,
    pub feeds: Calendars,
}

/// A source that the policy uses.
#[derive(Debug)]
pub(super) struct PolicySource {
    pub name: String,
    pub uid: String,
    /// Its `Ready` condition, if it already has one.
    pub ready: Option<Condition>,
    /// The Regions that it reads; empty while they are not known.
    pub regions: Vec<String>,
}

impl Observed {
    /// The message when findings are not written.
    pub fn refusal(&self) -> String {
        self.refusal.clone().unwrap_or_else(|| {
            "the API server rejects the findings of the policy; see the log of the controller".to_owned()
        })
    }

    /// The message when a Region was never read to the end.
    pub fn waits_for(&self, source: &Uid, region: &str) -> String {
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

    /// The message when a stream is further behind than it may be.
    pub fn is_behind(&self, stream: &StreamKey, head: DateTime<Utc>) -> String {
        let readers = self.sources.iter().filter(|source| source.regions.contains(&stream.region));
        let readers: Vec<&str> = readers.map(|source| source.name.as_str()).collect();
        format!(
            "{} is only read through {}; see Ready and UpToDate of the CloudTrailSource {}",
            place(stream),
            time(head),
            readers.join(" or ")
        )
    }

    /// The Regions that the sources of the policy read; None while those of a source are not known.
    pub fn regions(&self) -> Option<BTreeSet<String>> {
        let is_known = !self.sources.is_empty() && self.sources.iter().all(|source| !source.regions.is_empty());
        is_known.then(|| self.sources.iter().flat_map(|source| source.regions.iter().cloned()).collect())
    }
}

pub(super) fn place(stream: &StreamKey) -> String {
    format!("{}/{}", stream.account, stream.region)
}

pub(super) fn time(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}
