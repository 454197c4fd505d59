//! Judging: whether an upload is off hours according to a policy, and why.

use chrono::{DateTime, Utc};

use super::hours;
use super::policy::Policy;
use super::team::Team;
use super::verdict::{Judgement, Verdict};
use crate::calendar::Hours;
use crate::upload::Upload;

impl Policy {
    /// Judges an upload: by the scope, then by the hours of the first team that matches, else the policy's own, then by
    /// the allow rules.
    pub fn judge<'p>(&'p self, upload: &Upload) -> Judgement<'p> {
        let hours = self.teams.iter().find(|team| team.matches(upload)).map_or(&self.hours, Team::hours);
        let schedule = hours.schedule();
        let verdict = match self.scope.leaves_out(upload) {
            Some(part) => Verdict::OutOfScope(part),
            None => match schedule.hours(upload.time) {
                Hours::Business => Verdict::BusinessHours,
                Hours::Off(reason) => match self.allow.iter().find(|rule| rule.covers(upload, schedule.zone())) {
                    Some(rule) => Verdict::Allowed(rule),
                    None => Verdict::OffHours(hours::reason(reason)),
                },
            },
        };
        Judgement {
            verdict,
            hours,
            local_time: schedule.local_time(upload.time).fixed_offset(),
            date: schedule.incident_date(upload.time),
        }
    }

    /// Whether a push at this instant would be off hours by the policy's own hours.
    pub fn is_off_hours(&self, at: DateTime<Utc>) -> bool {
        self.hours.schedule().hours(at) != Hours::Business
    }
}
