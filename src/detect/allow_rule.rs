//! Allow rules: reviewed exceptions.

use core::net::IpAddr;
use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use ipnet::IpNet;

use super::hours;
use super::kind::{may_be_index_child, upload_kind};
use super::pattern::Patterns;
use super::policy_error::{PolicyError, PolicyErrorKind, at};
use crate::api::{self, AllowRuleState, UploadKind};
use crate::calendar::{Schedule, Window};
use crate::upload::{Relation, Upload};

/// How long before its end a rule is `Expiring`: enough time to review it again.
const NOTICE: TimeDelta = TimeDelta::days(7);

/// A rule of `allow`, compiled.
#[derive(Debug, Clone)]
pub struct AllowRule {
    name: String,
    reason: String,
    principals: Patterns,
    sessions: Patterns,
    repositories: Patterns,
    tags: Patterns,
    accounts: BTreeSet<String>,
    regions: Patterns,
    source_ips: Vec<IpNet>,
    user_agents: Patterns,
    kinds: Vec<UploadKind>,
    during: Vec<Window>,
    not_before: Option<DateTime<Utc>>,
    expires: Option<DateTime<Utc>>,
}

impl AllowRule {
    /// Compiles the rule at this index of the list.
    pub(super) fn compile(index: usize, rule: &api::AllowRule) -> Result<Self, PolicyError> {
        let path = format!("spec.allow[{index}]");
        let error = |field: &str, kind: PolicyErrorKind| PolicyError { field: format!("{path}{field}"), kind };
        if allows_everything(rule) {
            return Err(error("", PolicyErrorKind::AllowsEverything));
        }
        if !rule.sessions.is_empty() && !narrows(&rule.principals) {
            return Err(error(".sessions", PolicyErrorKind::SessionsWithoutPrincipals));
        }
        if rule.reason.trim().is_empty() {
            return Err(error(".reason", PolicyErrorKind::NoReason));
        }
        if let (Some(not_before), Some(expires)) = (rule.not_before, rule.expires)
            && not_before >= expires
        {
            return Err(error(".notBefore", PolicyErrorKind::NeverApplies { not_before, expires }));
        }
        let source_ips = rule
            .source_ips
            .iter()
            .enumerate()
            .map(|(index, text)| {
                let kind = || PolicyErrorKind::NotANetwork { text: text.clone() };
                network(text).ok_or_else(|| error(&format!(".sourceIPs[{index}]"), kind()))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            name: rule.name.clone(),
            reason: rule.reason.clone(),
            principals: Patterns::new(&rule.principals),
            sessions: Patterns::new(&rule.sessions),
            repositories: Patterns::new(&rule.repositories),
            tags: Patterns::new(&rule.tags),
            accounts: rule.accounts.iter().cloned().collect(),
            regions: Patterns::new(&rule.regions),
            source_ips,
            user_agents: Patterns::new(&rule.user_agents),
            kinds: rule.kinds.clone(),
            during: hours::windows(&rule.during).map_err(at(&format!("{path}.during")))?,
            not_before: rule.not_before,
            expires: rule.expires,
        })
    }

    /// The name of the rule.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Why the pushes are allowed, and who approved it.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The time at which the rule ends, exclusive; None if never.
    pub fn expires(&self) -> Option<DateTime<Utc>> {
        self.expires
    }

    /// The state of the rule at `now`.
    pub fn state(&self, now: DateTime<Utc>) -> AllowRuleState {
        if self.expires.is_some_and(|expires| now >= expires) {
            AllowRuleState::Expired
        } else if self.not_before.is_some_and(|not_before| now < not_before) {
            AllowRuleState::Pending
        } else if self.expires.is_some_and(|expires| now >= expires - NOTICE) {
            AllowRuleState::Expiring
        } else {
            AllowRuleState::Active
        }
    }

    /// The first instant after `now` at which the state changes; None if it stays.
    pub fn next_change(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let notice = self.expires.map(|expires| expires - NOTICE);
        [self.not_before, notice, self.expires].into_iter().flatten().filter(|at| *at > now).min()
    }

    /// Whether the rule allows an upload that was judged by hours in this zone.
    pub(super) fn covers(&self, upload: &Upload, zone: Tz) -> bool {
        self.not_before.is_none_or(|not_before| upload.time >= not_before)
            && self.expires.is_none_or(|expires| upload.time < expires)
            && self.principals.match_or_empty(&upload.principal.arn)
            && self.sessions.match_present(upload.principal.session.as_deref())
            && self.repositories.match_or_empty(&upload.repository)
            && self.tags.match_present(upload.tag.as_deref())
            && (self.accounts.is_empty() || self.accounts.contains(&upload.account))
            && self.regions.match_or_empty(&upload.region)
            && self.covers_address(upload.source_ip.as_deref())
            && self.user_agents.match_present(upload.user_agent.as_deref())
            && self.covers_kind(upload)
            && self.covers_time(upload.time, zone)
    }

    /// Whether the rule distinguishes a manifest that an index lists from one that stands alone: it names the kind
    /// `IndexChild`, or one that such a manifest has until its index is known.
    pub(super) fn looks_at_relations(&self) -> bool {
        self.kinds.iter().any(|kind| *kind == UploadKind::IndexChild || may_be_index_child(*kind))
    }

    fn covers_address(&self, address: Option<&str>) -> bool {
        let address = || address.and_then(|address| address.parse::<IpAddr>().ok());
        self.source_ips.is_empty()
            || address().is_some_and(|address| self.source_ips.iter().any(|network| network.contains(&address)))
    }

    /// An attestation that an index lists has both kinds.
    fn covers_kind(&self, upload: &Upload) -> bool {
        self.kinds.is_empty()
            || self.kinds.contains(&upload_kind(upload))
            || (upload.relation == Relation::IndexChild && self.kinds.contains(&UploadKind::IndexChild))
    }

    fn covers_time(&self, at: DateTime<Utc>, zone: Tz) -> bool {
        self.during.is_empty() || Schedule::new(zone, self.during.clone()).hours(at).is_business()
    }
}

fn allows_everything(rule: &api::AllowRule) -> bool {
    let patterns = [&rule.principals, &rule.repositories, &rule.tags, &rule.regions, &rule.user_agents];
    !patterns.iter().any(|patterns| narrows(patterns))
        && rule.accounts.is_empty()
        && rule.source_ips.is_empty()
        && rule.kinds.is_empty()
        && rule.during.is_empty()
}

/// Whether a list of patterns excludes anything.
fn narrows(patterns: &[String]) -> bool {
    !patterns.is_empty() && !patterns.iter().any(|pattern| pattern.bytes().all(|byte| byte == b'*'))
}

/// A CIDR block; an address is a block of one.
fn network(text: &str) -> Option<IpNet> {
    text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}
