//! When each sweep of a stream ran, and which one runs.

use chrono::{DateTime, TimeDelta, Utc};

use super::time_range::TimeRange;

/// A sweep: every so often, so far back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sweep {
    /// The time between the starts of two runs.
    pub every: TimeDelta,
    /// How far a run goes back.
    pub back: TimeDelta,
}

/// When each sweep of a stream last began, and the one that runs.
#[derive(Debug, Default)]
pub(super) struct SweepRuns {
    /// By the place in the settings.
    pub last: Vec<Option<DateTime<Utc>>>,
    pub running: Option<Running>,
}

#[derive(Debug)]
pub(super) struct Running {
    pub sweep: usize,
    pub began: DateTime<Utc>,
    pub start: DateTime<Utc>,
    pub next: DateTime<Utc>,
    pub end: DateTime<Utc>,
}

impl SweepRuns {
    /// When the sweep that goes back furthest last began, of those that have ended.
    pub fn swept_through(&self, sweeps: &[Sweep]) -> Option<DateTime<Utc>> {
        self.last.get(deepest(sweeps)?).copied().flatten()
    }

    /// For other settings, or after a start: only the sweep that goes back furthest is known to have run.
    pub fn restart(&mut self, sweeps: &[Sweep], swept_through: Option<DateTime<Utc>>) {
        self.last = vec![None; sweeps.len()];
        self.running = None;
        if let Some(last) = deepest(sweeps).and_then(|deepest| self.last.get_mut(deepest)) {
            *last = swept_through;
        }
    }

    /// The head moves over what was read at this time or later. A sweep that began in between ended behind that: what was shown
    /// since this time is for the next one. That matters when a process was frozen in the middle of a poll.
    pub fn leave_to_the_next(&mut self, read_at: DateTime<Utc>) {
        for last in self.last.iter_mut().flatten() {
            *last = read_at.min(*last);
        }
        if let Some(running) = &mut self.running {
            running.began = read_at.min(running.began);
        }
    }

    /// Begins the run that is due for longest, the one that goes back furthest first.
    pub fn begin(&mut self, sweeps: &[Sweep], head: DateTime<Utc>, now: DateTime<Utc>) {
        let is_due = |sweep: &usize| match (self.last.get(*sweep).copied().flatten(), sweeps.get(*sweep)) {
            (Some(last), Some(settings)) => last + settings.every <= now || last > now,
            (None, Some(_)) => true,
            (_, None) => false,
        };
        let due = (0..sweeps.len()).filter(is_due).max_by_key(|sweep| sweeps.get(*sweep).map(|settings| settings.back));
        let Some((sweep, settings)) = due.and_then(|due| Some((due, sweeps.get(due)?))) else { return };
        // After a pause, from where the last run would have gone on: a record as old as that could be shown meanwhile.
        let last = self.last.get(sweep).copied().flatten().unwrap_or(now).min(now);
        let start = TimeRange::new(last - settings.back, now).start;
        self.running = Some(Running { sweep, began: now, start, next: start, end: head });
    }
}

fn deepest(sweeps: &[Sweep]) -> Option<usize> {
    (0..sweeps.len()).max_by_key(|sweep| sweeps.get(*sweep).map(|settings| settings.back))
}
