//! The sweeps of a stream: when each last ran, and which one is running.

use chrono::{DateTime, TimeDelta, Utc};

use super::time_range::TimeRange;

/// The settings of a sweep, which reads the latest part of a stream again at regular intervals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sweep {
    /// The time between the starts of two runs.
    pub every: TimeDelta,
    /// How far a run goes back.
    pub back: TimeDelta,
}

/// When each sweep of a stream last ran, and the one that is running.
#[derive(Debug, Default)]
pub(super) struct SweepRuns {
    /// When the last finished run of each sweep had begun, in the order of the settings.
    pub last: Vec<Option<DateTime<Utc>>>,
    pub running: Option<Running>,
}

/// A run of a sweep.
#[derive(Debug)]
pub(super) struct Running {
    /// The index of the sweep in the settings.
    pub sweep: usize,
    pub began: DateTime<Utc>,
    /// The start of the time range to read.
    pub start: DateTime<Utc>,
    /// The time up to which that range was read.
    pub next: DateTime<Utc>,
    /// The end of the time range to read: the head when the run began.
    pub end: DateTime<Utc>,
}

impl SweepRuns {
    /// When the last finished run of the sweep that goes back furthest had begun.
    pub fn swept_through(&self, sweeps: &[Sweep]) -> Option<DateTime<Utc>> {
        self.last.get(deepest(sweeps)?).copied().flatten()
    }

    /// Begins anew, for other settings or after a start: only the sweep that goes back furthest is known to have run.
    pub fn restart(&mut self, sweeps: &[Sweep], swept_through: Option<DateTime<Utc>>) {
        self.last = vec![None; sweeps.len()];
        self.running = None;
        if let Some(last) = deepest(sweeps).and_then(|deepest| self.last.get_mut(deepest)) {
            *last = swept_through;
        }
    }

    /// Dates runs that began after `read_at` back to it: the head moves by a poll that was read then, and a sweep that began
    /// afterwards ended at the old head, so it did not see what was delivered late in between. The next sweep has to. This
    /// happens if the process was frozen in the middle of a poll.
    pub fn leave_to_the_next(&mut self, read_at: DateTime<Utc>) {
        for last in self.last.iter_mut().flatten() {
            *last = read_at.min(*last);
        }
        if let Some(running) = &mut self.running {
            running.began = read_at.min(running.began);
        }
    }

    /// Begins the sweep that is due; if several are, the one that goes back furthest.
    pub fn begin(&mut self, sweeps: &[Sweep], head: DateTime<Utc>, now: DateTime<Utc>) {
        let is_due = |sweep: &usize| match (self.last.get(*sweep).copied().flatten(), sweeps.get(*sweep)) {
            (Some(last), Some(settings)) => last + settings.every <= now || last > now,
            (None, Some(_)) => true,
            (_, None) => false,
        };
        let due = (0..sweeps.len()).filter(is_due).max_by_key(|sweep| sweeps.get(*sweep).map(|settings| settings.back));
        let Some((sweep, settings)) = due.and_then(|due| Some((due, sweeps.get(due)?))) else { return };
        // After a pause, the run goes back as far from the last run as that did: a record of that age may have been
        // delivered during the pause.
        let last = self.last.get(sweep).copied().flatten().unwrap_or(now).min(now);
        let start = TimeRange::new(last - settings.back, now).start;
        self.running = Some(Running { sweep, began: now, start, next: start, end: head });
    }
}

/// The index of the sweep that goes back furthest.
fn deepest(sweeps: &[Sweep]) -> Option<usize> {
    (0..sweeps.len()).max_by_key(|sweep| sweeps.get(*sweep).map(|settings| settings.back))
}
