//! The properties that must hold.

use std::mem::discriminant;

use chrono::{DateTime, TimeDelta, Utc};

use super::process::{PATIENT_POLICY, Process, STALE_AFTER};
use super::step::{ACCOUNTS, POLICIES, REGIONS, SOURCES};
use super::world::{World, key};
use crate::coverage::{Coverage, StreamKey, Uid};

/// A policy as a process knows it, and what is claimed about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    uid: Uid,
    off: u8,
    since: DateTime<Utc>,
    through: DateTime<Utc>,
    streams: Vec<StreamKey>,
}

impl World {
    /// At any moment: what is claimed to be covered is in findings, if CloudTrail delivered it at once.
    pub fn check(&mut self) -> Result<(), String> {
        if let Some(violation) = &self.violation {
            return Err(violation.clone());
        }
        let now = self.clock();
        let Some(process) = &mut self.process else { return Ok(()) };
        process.ledger.check_freshness(now);
        let changed = process.ledger.take_changed_policies();
        for number in 0..POLICIES {
            let Some(process) = &mut self.process else { break };
            let Some((uid, off)) = process.views[number].clone() else { continue };
            let coverage = process.ledger.coverage(&uid, now);
            process.check_what_is_said(&uid, &coverage, changed.contains(&uid))?;
            // While its clock is wrong, a process claims what it can't know. The outcome is checked at the end.
            let (Some(since), Some(through), false) = (coverage.since, coverage.through, self.clock_was_wrong) else {
                continue;
            };
            if coverage.incomplete.is_none() {
                process.check_fresh(number, now)?;
            }
            let streams = (0..ACCOUNTS * REGIONS).map(|place| key(place / REGIONS, place % REGIONS));
            let streams = streams.filter(|key| process.ledger.reads(&uid, key)).collect();
            let claim = Some(Claim { uid, off, since, through, streams });
            // Findings are not taken back, so the same claim still holds.
            if process.claims[number] != claim {
                process.claims[number].clone_from(&claim);
                claim.map_or(Ok(()), |claim| self.check_claim(number, &claim)).map_err(|violation| {
                    let incomplete = &coverage.incomplete;
                    format!("covered from {since} through {through} (incomplete: {incomplete:?}), but {violation}")
                })?;
            }
        }
        Ok(())
    }

    fn check_claim(&self, policy: usize, claim: &Claim) -> Result<(), String> {
        for record in &self.records {
            let time = record.upload.time;
            // An upload for which a policy waits is only checked at the end.
            let waits = policy == PATIENT_POLICY && record.upload.tag.is_none();
            let is_plain = record.shown_at == time && !record.is_shared && !waits;
            let is_due = claim.since <= time && time < claim.through && claim.off & (1 << record.class) != 0;
            if is_plain && is_due && claim.streams.contains(&record.stream) {
                self.is_found(policy, record.upload.id.as_str())
                    .map_err(|violation| format!("{violation} of {time}"))?;
            }
        }
        Ok(())
    }

    fn is_found(&self, policy: usize, id: &str) -> Result<(), String> {
        match self.findings[policy].get(id) {
            Some(1) => Ok(()),
            None if self.deleted[policy].contains(id) => Ok(()),
            found => Err(format!("policy {policy} has {} findings of {id}", found.copied().unwrap_or(0))),
        }
    }

    /// Resolves all failures, and lets time pass.
    pub fn heal(&mut self) -> Result<(), String> {
        self.skew = TimeDelta::zero();
        self.denied = Default::default();
        self.role_denied = Default::default();
        self.refused = Default::default();
        self.status_refused = false;
        self.answers_lost = false;
        self.fuse = None;
        self.start();
        (0..SOURCES).for_each(|source| self.observe_source(source));
        for _ in 0..8 * 24 / 6 {
            (0..POLICIES).for_each(|policy| self.observe_policy(policy));
            self.now += TimeDelta::hours(6);
            self.work_all();
            (0..POLICIES).for_each(|policy| self.record_policy(policy));
            (0..SOURCES).for_each(|source| self.record_source(source));
            self.check()?;
        }
        self.work_all();
        Ok(())
    }

    /// At the end: everything that can be covered is covered, and found, however late it was delivered.
    pub fn check_at_the_end(&self) -> Result<(), String> {
        let process = self.process.as_ref().ok_or("the process is not there")?;
        for (number, object) in self.policies.iter().enumerate() {
            let input = object.input(&self.sources);
            if !input.judges || input.sources.is_empty() {
                continue;
            }
            let coverage = process.ledger.coverage(&object.uid, self.clock());
            if let Some(incomplete) = coverage.incomplete {
                return Err(format!("policy {number} is not complete: {incomplete:?}"));
            }
            let Some(since) = coverage.since else { return Err(format!("policy {number} has no coverage")) };
            let readable_since = self.now - TimeDelta::hours(90 * 24 - 1);
            let latest = (self.latest_meeting(number) - input.lookback).max(readable_since);
            if since > latest && !self.clock_was_wrong {
                return Err(format!("policy {number} is covered since {since}, and should be since {latest}"));
            }
            for record in &self.records {
                let is_due = record.upload.time >= since && process.ledger.reads(&object.uid, &record.stream);
                if is_due && object.off() & (1 << record.class) != 0 {
                    self.is_found(number, record.upload.id.as_str())?;
                }
            }
            self.check_through_edits(number)?;
            if let Some((id, count)) = self.findings[number].iter().find(|(_, count)| **count != 1) {
                return Err(format!("policy {number} has {count} findings of {id}"));
            }
        }
        Ok(())
    }

    /// An upload that was off hours in all revisions of a policy is found, however short the lookback of the last
    /// revision was, and whatever else happened at its time.
    fn check_through_edits(&self, number: usize) -> Result<(), String> {
        let object = &self.policies[number];
        if self.sources_were_edited || self.clock_was_wrong || self.now - self.began > TimeDelta::days(80) {
            return Ok(());
        }
        for record in &self.records {
            let is_of_a_used_source =
                (0..SOURCES).any(|source| object.always_used & (1 << source) != 0 && record.stream == key(source, 0));
            let waits = number == PATIENT_POLICY && record.upload.tag.is_none();
            let is_plain = !record.is_shared && !waits && record.shown_at == record.upload.time;
            let is_off = object.always_off & (1 << record.class) != 0;
            if is_of_a_used_source && is_plain && is_off && record.upload.time >= object.made_at {
                self.is_found(number, record.upload.id.as_str())?;
            }
        }
        Ok(())
    }

    /// The latest time from which the policy may use a stream: the time of its own last edit, or that of the sources.
    fn latest_meeting(&self, number: usize) -> DateTime<Utc> {
        let own = self.policies[number].edited_at();
        let sources = self.sources.iter().map(|source| source.changed_at).max();
        own.max(sources.unwrap_or(own))
    }
}

impl Process {
    /// Checks that a policy whose coverage changed was reported as changed.
    fn check_what_is_said(&mut self, policy: &Uid, coverage: &Coverage, is_told: bool) -> Result<(), String> {
        let holds = coverage.incomplete.as_ref().map(discriminant);
        if is_told {
            self.said.insert(policy.clone(), holds);
        }
        match self.said.get(policy) {
            Some(said) if *said != holds => Err(format!("of {policy} something else is said than {coverage:?}")),
            _ => Ok(()),
        }
    }

    /// Checks that a coverage is complete only if its streams were read lately.
    fn check_fresh(&self, policy: usize, now: DateTime<Utc>) -> Result<(), String> {
        // The second that is not over yet is left for the next poll.
        let oldest = now - STALE_AFTER - TimeDelta::seconds(1);
        let stale = self.read_through.iter().find(|((source, key), read_through)| {
            self.used[policy].contains(source) && self.ledger.names(source, key) && **read_through < oldest
        });
        stale.map_or(Ok(()), |stale| Err(format!("policy {policy} is complete, but {stale:?} is stale")))
    }
}
