//! What must hold.

use chrono::TimeDelta;

use super::step::{POLICIES, SOURCES};
use super::world::World;
use crate::coverage::Uid;

impl World {
    /// At any moment: what is claimed to be covered is in findings, if CloudTrail showed it at once.
    pub fn check(&self) -> Result<(), String> {
        if let Some(problem) = &self.problem {
            return Err(problem.clone());
        }
        // While its clock is wrong a process claims what it can't know; what came of it is looked at in the end.
        let Some(process) = self.process.as_ref().filter(|_| !self.clock_was_wrong) else { return Ok(()) };
        for (number, view) in process.views.iter().enumerate() {
            let Some((uid, off)) = view else { continue };
            let coverage = process.ledger.coverage(uid, self.clock());
            let (Some(since), Some(through)) = (coverage.since, coverage.through) else { continue };
            for record in &self.records {
                let time = record.upload.time;
                let is_due = since <= time && time < through && record.shown_at == time && !record.is_shared;
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
            let latest = self.latest_meeting(&object.uid, number) - input.lookback;
            if since > latest {
                return Err(format!("policy {number} is covered since {since}, and should be since {latest}"));
            }
            for record in &self.records {
                let is_due = record.upload.time >= since && process.ledger.reads(&object.uid, &record.stream);
                let may_be_elsewhere = record.is_shared && self.sources_were_edited;
                if is_due && !may_be_elsewhere && object.off() & (1 << record.class) != 0 {
                    self.is_found(number, record.upload.id.as_str())?;
                }
            }
            if let Some((id, count)) = self.findings[number].iter().find(|(_, count)| **count != 1) {
                return Err(format!("policy {number} has {count} findings of {id}"));
            }
        }
        Ok(())
    }

    /// The latest time at which the policy can have met a stream: its own edits, and those of the sources.
    fn latest_meeting(&self, _: &Uid, number: usize) -> chrono::DateTime<chrono::Utc> {
        let own = self.policies[number].input(&self.sources).revised_at;
        let oldest = self.now - TimeDelta::days(90);
        if self.sources_were_edited { self.now } else { own.max(self.started_at()).max(oldest) }
    }
}
