//! What must hold.

use std::mem::discriminant;

use chrono::TimeDelta;

use super::process::{PATIENT_POLICY, Process, STALE_AFTER};
use super::step::{POLICIES, SOURCES};
use super::world::{World, key};
use crate::coverage::{Ledger, Uid};

impl World {
    /// At any moment: what is claimed to be covered is in findings, if CloudTrail showed it at once.
    pub fn check(&mut self) -> Result<(), String> {
        if let Some(problem) = &self.problem {
            return Err(problem.clone());
        }
        self.check_what_is_said()?;
        // While its clock is wrong a process claims what it can't know; what came of it is looked at in the end.
        let Some(process) = self.process.as_ref().filter(|_| !self.clock_was_wrong) else { return Ok(()) };
        for (number, view) in process.views.iter().enumerate() {
            let Some((uid, off)) = view else { continue };
            let coverage = process.ledger.coverage(uid, self.clock());
            let (Some(since), Some(through)) = (coverage.since, coverage.through) else { continue };
            if coverage.incomplete.is_none() {
                self.check_fresh(process, number)?;
            }
            for record in &self.records {
                let time = record.upload.time;
                // What a policy waits for is only looked at in the end.
                let waits = number == PATIENT_POLICY && record.upload.tag.is_none();
                let is_due = since <= time && time < through && record.shown_at == time && !record.is_shared && !waits;
                if is_due && off & (1 << record.class) != 0 && process.ledger.reads(uid, &record.stream) {
                    self.is_found(number, record.upload.id.as_str()).map_err(|problem| {
                        format!(
                            "covered from {since} through {through} (incomplete: {:?}), but {problem} of {time}",
                            coverage.incomplete
                        )
                    })?;
                }
            }
        }
        Ok(())
    }

    /// Who is not told that a coverage changed need not look.
    fn check_what_is_said(&mut self) -> Result<(), String> {
        let now = self.clock();
        let Some(process) = &mut self.process else { return Ok(()) };
        process.ledger.check_freshness(now);
        let kind = |ledger: &Ledger, uid: &Uid| ledger.coverage(uid, now).incomplete.as_ref().map(discriminant);
        for uid in process.ledger.take_changed_policies() {
            let kind = kind(&process.ledger, &uid);
            process.said.insert(uid, kind);
        }
        for (uid, _) in process.views.iter().flatten() {
            let (said, holds) = (process.said.get(uid), kind(&process.ledger, uid));
            if said.is_some_and(|said| *said != holds) {
                return Err(format!("of {uid} something else is said than {:?}", process.ledger.coverage(uid, now)));
            }
        }
        Ok(())
    }

    /// A complete coverage rests on streams that were read lately.
    fn check_fresh(&self, process: &Process, number: usize) -> Result<(), String> {
        let oldest = self.clock() - STALE_AFTER;
        let stale = process.read_through.iter().find(|((source, key), read_through)| {
            process.used[number].contains(source) && process.ledger.names(source, key) && **read_through < oldest
        });
        stale.map_or(Ok(()), |stale| Err(format!("policy {number} is complete, but {stale:?} is stale")))
    }

    fn is_found(&self, policy: usize, id: &str) -> Result<(), String> {
        match self.findings[policy].get(id) {
            Some(1) => Ok(()),
            None if self.deleted[policy].contains(id) => Ok(()),
            found => Err(format!("policy {policy} has {} findings of {id}", found.copied().unwrap_or(0))),
        }
    }

    /// All trouble ends, and time passes.
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
        for _ in 0..8 * 24 / 3 {
            (0..POLICIES).for_each(|policy| self.observe_policy(policy));
            self.now += TimeDelta::hours(3);
            self.work_all();
            (0..POLICIES).for_each(|policy| self.record_policy(policy));
            (0..SOURCES).for_each(|source| self.record_source(source));
            self.check()?;
        }
        self.work_all();
        Ok(())
    }

    /// At the end: everything is covered that can be, and found, however late it was shown.
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
                let may_be_elsewhere = record.is_shared && self.sources_were_edited;
                if is_due && !may_be_elsewhere && object.off() & (1 << record.class) != 0 {
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

    /// What was off hours in all revisions of a policy is found, however short the lookback of the last was, and whatever else
    /// happened when it was pushed.
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

    /// The latest time at which the policy can have met a stream: its own edits, and those of the sources.
    fn latest_meeting(&self, number: usize) -> chrono::DateTime<chrono::Utc> {
        let own = self.policies[number].edited_at();
        let sources = self.sources.iter().map(|source| source.changed_at).max();
        own.max(sources.unwrap_or(own))
    }
}
