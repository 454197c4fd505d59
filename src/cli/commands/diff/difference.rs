//! Which findings a change of policies adds, removes and changes.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use serde::Serialize;

use crate::api::{OffHoursReason, Principal, Registry};
use crate::detect::{FindingKey, Judgement, Policy, Verdict};
use crate::upload::Upload;

/// The findings that differ between two sets of policies: the current ones, called before, and the changed ones, called after.
///
/// The names are a contract, because other tools read them. In it, uploads are called pushes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// The policies that were compared.
    pub policies: Vec<Pair>,
    /// The numbers of findings.
    pub findings: Counts,
    /// The numbers of uploads.
    pub pushes: Counts,
    /// The findings that differ, ordered by date, repository, principal and name.
    pub differences: Vec<FindingDifference>,
}

/// A policy before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pair {
    /// The name of the current policy; null if the changed one is new.
    pub before: Option<String>,
    /// The name of the changed policy.
    pub after: String,
}

/// Numbers of findings, or of uploads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Found only after.
    pub added: u64,
    /// Found only before.
    pub removed: u64,
    /// A finding with other uploads before than after; an upload that moves to another finding.
    pub changed: u64,
    /// The same before and after.
    pub same: u64,
}

/// How a finding changes, or an upload in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Change {
    /// The finding is new, or gains the upload.
    Added,
    /// The finding is gone, or loses the upload.
    Removed,
    /// The finding has other uploads.
    Changed,
}

/// A finding that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FindingDifference {
    /// How it changes.
    pub change: Change,
    /// The name of its object, or of the first one if it has more than 100 uploads.
    pub name: String,
    /// The name of its policy.
    pub policy: String,
    /// The team whose hours apply.
    pub team: Option<String>,
    /// The date of the incident.
    pub date: NaiveDate,
    /// The zone of the date.
    pub time_zone: String,
    /// The account of the registry.
    pub account: String,
    /// Its Region.
    pub region: String,
    /// Its kind.
    pub registry: Registry,
    /// The repository of the uploads.
    pub repository: String,
    /// The principal of the uploads.
    pub principal: Principal,
    /// The uploads that it gains or loses, ordered by time.
    pub pushes: Vec<UploadDifference>,
    /// The number of its other uploads.
    pub pushes_that_stay: u64,
}

/// An upload that a finding gains or loses.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UploadDifference {
    /// `Added` or `Removed`.
    pub change: Change,
    /// The ID of its record.
    #[serde(rename = "eventID")]
    pub event_id: String,
    /// The time of its record.
    pub time: DateTime<Utc>,
    /// The tag, if it has one.
    pub tag: Option<String>,
    /// The digest, if it is known.
    pub digest: Option<String>,
    /// The verdict of the current policy; null if there is none.
    pub before: Option<Side>,
    /// The verdict of the changed policy.
    pub after: Side,
}

/// The verdict of a policy on an upload.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Side {
    /// `OffHours`, `BusinessHours`, `Allowed` or `OutOfScope`.
    pub verdict: &'static str,
    /// Why the upload is off hours.
    pub reason: Option<OffHoursReason>,
    /// The rule that allows it.
    pub allow_rule: Option<String>,
    /// The time of the upload in the zone of its team.
    pub local_time: DateTime<FixedOffset>,
    /// The name of the finding that the upload is in.
    pub finding: Option<String>,
    /// The reason for the verdict, in words.
    pub message: String,
}

/// A finding while its uploads are compared.
#[derive(Default)]
struct Compared<'u> {
    key: Option<FindingKey>,
    before: u64,
    after: u64,
    same: u64,
    differences: Vec<(&'u Upload, UploadDifference)>,
}

/// Compares the verdicts of each changed policy with those of the policy that it replaces. The uploads may be in any order.
/// Findings that only differ in the name of their policy are the same, so that a copy of a policy can be tried under a new name.
pub fn difference(pairs: &[(Option<&Policy>, &Policy)], uploads: &[Upload]) -> Difference {
    let mut all = Difference {
        policies: Vec::new(),
        findings: Counts::default(),
        pushes: Counts::default(),
        differences: Vec::new(),
    };
    for (before, after) in pairs {
        let before_name = before.map(|before| before.name().to_owned());
        all.policies.push(Pair { before: before_name, after: after.name().to_owned() });
        all.add(*before, after, uploads);
    }
    all.differences.sort_by(|a, b| order(a).cmp(&order(b)));
    all
}

impl Difference {
    fn add(&mut self, before: Option<&Policy>, after: &Policy, uploads: &[Upload]) {
        // The key is the name that the finding has under the policy before. It stands for the identity, which zone and team are
        // not part of.
        let mut findings: BTreeMap<String, Compared<'_>> = BTreeMap::new();
        let name = before.unwrap_or(after).name();
        let pushes = &mut self.pushes;
        for upload in uploads {
            let old = before.map(|before| (before, before.judge(upload)));
            let new = after.judge(upload);
            let old_key = old.as_ref().and_then(|(before, old)| key(before, upload, old));
            let new_key = key(after, upload, &new);
            let identity = |key: &Option<FindingKey>| key.clone().map(|key| key.under(name).name(1));
            let (old_identity, new_identity) = (identity(&old_key), identity(&new_key));
            let changed_upload = |change| UploadDifference {
                change,
                event_id: upload.event_id.clone(),
                time: upload.time,
                tag: upload.tag.clone(),
                digest: upload.digest.as_ref().map(|digest| digest.as_str().to_owned()),
                before: old.as_ref().map(|(_, old)| side(upload, old, old_key.as_ref())),
                after: side(upload, &new, new_key.as_ref()),
            };
            let is_same = old_identity == new_identity;
            match (&old_identity, &new_identity) {
                (None, None) => {}
                (None, Some(_)) => pushes.added += 1,
                (Some(_), None) => pushes.removed += 1,
                (Some(_), Some(_)) if is_same => pushes.same += 1,
                (Some(_), Some(_)) => pushes.changed += 1,
            }
            if let Some(identity) = old_identity {
                let finding = findings.entry(identity).or_default();
                finding.before += 1;
                if finding.after == 0 {
                    finding.key.clone_from(&old_key);
                }
                if is_same {
                    finding.same += 1;
                } else {
                    finding.differences.push((upload, changed_upload(Change::Removed)));
                }
            }
            if let Some(identity) = new_identity {
                let finding = findings.entry(identity).or_default();
                finding.after += 1;
                finding.key.clone_from(&new_key);
                if !is_same {
                    finding.differences.push((upload, changed_upload(Change::Added)));
                }
            }
        }
        for finding in findings.into_values() {
            let change = match (finding.before, finding.after, finding.differences.is_empty()) {
                (0, ..) => Change::Added,
                (_, 0, _) => Change::Removed,
                (.., true) => {
                    self.findings.same += 1;
                    continue;
                }
                (.., false) => Change::Changed,
            };
            match change {
                Change::Added => self.findings.added += 1,
                Change::Removed => self.findings.removed += 1,
                Change::Changed => self.findings.changed += 1,
            }
            self.differences.extend(finding.key.clone().map(|key| finding_difference(change, &key, finding)));
        }
    }
}

fn key(policy: &Policy, upload: &Upload, judgement: &Judgement<'_>) -> Option<FindingKey> {
    matches!(judgement.verdict, Verdict::OffHours(_)).then(|| FindingKey::new(policy, upload, judgement))
}

fn side(upload: &Upload, judgement: &Judgement<'_>, key: Option<&FindingKey>) -> Side {
    Side {
        verdict: judgement.verdict.as_str(),
        reason: match judgement.verdict {
            Verdict::OffHours(reason) => Some(reason),
            _ => None,
        },
        allow_rule: match judgement.verdict {
            Verdict::Allowed(rule) => Some(rule.name().to_owned()),
            _ => None,
        },
        local_time: judgement.local_time,
        finding: key.map(|key| key.name(1)),
        message: judgement.why(upload),
    }
}

fn finding_difference(change: Change, key: &FindingKey, mut compared: Compared<'_>) -> FindingDifference {
    let spec = key.spec(1);
    compared.differences.sort_by(|(a, _), (b, _)| (a.time, &a.id).cmp(&(b.time, &b.id)));
    FindingDifference {
        change,
        name: key.name(1),
        policy: spec.policy,
        team: spec.team,
        date: spec.date,
        time_zone: spec.time_zone,
        account: spec.account,
        region: spec.region,
        registry: spec.registry,
        repository: spec.repository,
        principal: spec.principal,
        pushes: compared.differences.into_iter().map(|(_, upload)| upload).collect(),
        pushes_that_stay: compared.same,
    }
}

fn order(finding: &FindingDifference) -> (NaiveDate, &str, &Principal, &str) {
    (finding.date, &finding.repository, &finding.principal, &finding.name)
}

#[cfg(test)]
#[path = "difference_tests.rs"]
mod tests;
