//! Sweeps: reading again what lies behind the head, for records that CloudTrail shows late.

use chrono::{DateTime, TimeDelta, Utc};

use super::ledger::{Ledger, Uid};
use super::stream::StreamKey;
use super::time_range::TimeRange;
use crate::upload::RELATION_WINDOW;

/// A sweep: every so often, so far back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sweep {
    /// The time between the starts of two runs.
    pub every: TimeDelta,
    /// How far a run goes back.
    pub back: TimeDelta,
}

/// A slice of a sweep to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SweepRead {
    /// What to read: the slice, and what was pushed shortly before and after it.
    pub range: TimeRange,
    /// The end of the slice.
    pub(super) end: DateTime<Utc>,
}

/// When each sweep of a stream last began, and the one that runs.
#[derive(Debug, Default)]
pub(super) struct Sweeps {
    /// By the place in the settings.
    pub last: Vec<Option<DateTime<Utc>>>,
    pub running: Option<Running>,
}

#[derive(Debug)]
pub(super) struct Running {
    sweep: usize,
    began: DateTime<Utc>,
    start: DateTime<Utc>,
    next: DateTime<Utc>,
    end: DateTime<Utc>,
}

impl Sweeps {
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
    fn begin(&mut self, sweeps: &[Sweep], head: DateTime<Utc>, now: DateTime<Utc>) {
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

impl Ledger {
    /// The next slice of a sweep, when one is due.
    pub fn plan_sweep(&mut self, source: &Uid, key: &StreamKey, now: DateTime<Utc>) -> Option<SweepRead> {
        let source = self.sources.get_mut(source)?;
        let stream = source.streams.get_mut(key).filter(|stream| stream.removed_at.is_none())?;
        if !stream.was_read {
            return None;
        }
        if stream.sweeps.running.is_none() {
            stream.sweeps.begin(&source.sweeps, stream.head, now);
        }
        let running = stream.sweeps.running.as_ref()?;
        // The history may end behind what was planned.
        let start = TimeRange::new(running.next, now).start;
        let end = running.end.min(start + stream.slice).max(start);
        // What lies beyond the head is for polls.
        let range = TimeRange::new(start - RELATION_WINDOW, stream.head.min(end + RELATION_WINDOW).max(end));
        Some(SweepRead { range, end })
    }

    /// When the next sweep is due; None when there are none.
    pub fn next_sweep(&self, source: &Uid, key: &StreamKey) -> Option<DateTime<Utc>> {
        let source = self.sources.get(source)?;
        let sweeps = &source.streams.get(key)?.sweeps;
        let due = source.sweeps.iter().zip(&sweeps.last);
        due.map(|(sweep, last)| last.map_or(DateTime::UNIX_EPOCH, |last| last + sweep.every)).min()
    }

    /// A slice was read to its end and delivered, in this many pages.
    pub fn swept(&mut self, source: &Uid, key: &StreamKey, read: &SweepRead, pages: usize) {
        let Some(stream) = self.stream_mut(source, key) else { return };
        stream.adapt_slice(pages);
        let Some(running) = &mut stream.sweeps.running else { return };
        running.next = running.next.max(read.end);
        if running.next >= running.end {
            stream.seen.read(running.start, running.end);
            if let Some(last) = stream.sweeps.last.get_mut(running.sweep) {
                *last = Some(running.began);
            }
            stream.sweeps.running = None;
        }
    }
}
