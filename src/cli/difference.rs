//! Which findings a change of policy adds and removes. Pure.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use serde::Serialize;

use crate::api::{OffHoursReason, Principal, Registry};
use crate::detect::{FindingKey, Judgement, Policy, Verdict};
use crate::upload::Upload;

/// What is found by one policy and not by the other. The names are a contract: other tools read them.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// The policies that were compared.
    pub policies: Vec<Pair>,
    /// How many findings there are of each sort.
    pub findings: Counts,
    /// How many pushes there are of each sort.
    pub pushes: Counts,
    /// The findings that are not the same on both sides, by date, repository, principal and name.
    pub differences: Vec<FindingDifference>,
}

/// A policy, and the one that it replaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pair {
    /// The name of the old policy; null when the other one is new.
    pub before: Option<String>,
    /// The name of the new policy.
    pub after: String,
}

/// How many are of each sort.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Only found by the other policy.
    pub added: u64,
    /// No longer found by it.
    pub removed: u64,
    /// Findings: on both sides, with other pushes. Pushes: found on both sides, in another finding.
    pub changed: u64,
    /// Found on both sides alike.
    pub same: u64,
}

/// What becomes of a finding or a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Change {
    /// It is there with the other policy only. Of a push: in this finding.
    Added,
    /// It is there without the other policy only. Of a push: in this finding.
    Removed,
    /// The finding is there on both sides, and its pushes are not the same.
    Changed,
}

/// A finding that is not the same on both sides.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FindingDifference {
    /// What becomes of it.
    pub change: Change,
    /// The name of its object; of the first, where more than 100 uploads make it several.
    pub name: String,
    /// The name of its policy.
    pub policy: String,
    /// The team whose hours count.
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
    /// Where it was pushed to.
    pub repository: String,
    /// Who pushed.
    pub principal: Principal,
    /// The pushes that come or go, in the order of time.
    pub pushes: Vec<PushDifference>,
    /// How many pushes stay.
    pub pushes_that_stay: u64,
}

/// A push that comes or goes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PushDifference {
    /// Whether the finding gains or loses it.
    pub change: Change,
    /// The record.
    #[serde(rename = "eventID")]
    pub event_id: String,
    /// When it was pushed.
    pub time: DateTime<Utc>,
    /// The tag, if it has one.
    pub tag: Option<String>,
    /// The digest, if it is known.
    pub digest: Option<String>,
    /// What the old policy says of it; null when there is none.
    pub before: Option<Side>,
    /// What the new policy says of it.
    pub after: Side,
}

/// What a policy says of a push.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Side {
    /// `OffHours`, `BusinessHours`, `Allowed` or `OutOfScope`.
    pub verdict: &'static str,
    /// Why it is off hours.
    pub reason: Option<OffHoursReason>,
    /// The rule that allows it.
    pub allow_rule: Option<String>,
    /// By the clock on the wall of the team.
    pub local_time: DateTime<FixedOffset>,
    /// The finding that it is in.
    pub finding: Option<String>,
    /// Why, in words.
    pub message: String,
}

/// The pushes of a finding on both sides.
#[derive(Default)]
struct Pushes<'u> {
    key: Option<FindingKey>,
    before: u64,
    after: u64,
    same: u64,
    differences: Vec<(&'u Upload, PushDifference)>,
}

/// Compares what each new policy says of some pushes, in any order, with what the policy says that it replaces. Findings are the
/// same when they differ in nothing but the policy's name, so that a copy of a policy under a new name can be tried.
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
        // By the name under the first policy, which stands for the identity: zone and team are no part of it.
        let mut findings: BTreeMap<String, Pushes<'_>> = BTreeMap::new();
        let name = before.unwrap_or(after).name();
        let pushes = &mut self.pushes;
        for upload in uploads {
            let old = before.map(|before| (before, before.judge(upload)));
            let new = after.judge(upload);
            let old_key = old.as_ref().and_then(|(before, old)| key(before, upload, old));
            let new_key = key(after, upload, &new);
            let identity = |key: &Option<FindingKey>| key.clone().map(|key| key.under(name).name(1));
            let (old_identity, new_identity) = (identity(&old_key), identity(&new_key));
            let push = |change| PushDifference {
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
                    finding.differences.push((upload, push(Change::Removed)));
                }
            }
            if let Some(identity) = new_identity {
                let finding = findings.entry(identity).or_default();
                finding.after += 1;
                finding.key.clone_from(&new_key);
                if !is_same {
                    finding.differences.push((upload, push(Change::Added)));
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

fn finding_difference(change: Change, key: &FindingKey, mut pushes: Pushes<'_>) -> FindingDifference {
    let spec = key.spec(1);
    pushes.differences.sort_by(|(a, _), (b, _)| (a.time, &a.id).cmp(&(b.time, &b.id)));
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
        pushes: pushes.differences.into_iter().map(|(_, push)| push).collect(),
        pushes_that_stay: pushes.same,
    }
}

fn order(finding: &FindingDifference) -> (NaiveDate, &str, &Principal, &str) {
    (finding.date, &finding.repository, &finding.principal, &finding.name)
}

#[cfg(test)]
#[path = "difference_tests.rs"]
mod tests;
