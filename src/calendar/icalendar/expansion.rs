//! From events to dates and spans of time.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, Utc};

use super::super::spans::Spans;
use super::Content;
use super::event::Event;
use super::extent::Extent;
use super::moment::{Moment, instant};
use super::problem::{CalendarProblem, Problems};
use super::recurrence::Rule;

/// Dates of rules of a feed that count: more than 3 rules that run daily over all years, or 1,200 that run yearly.
const MAX_PER_FEED: usize = 50_000;

/// Work that all rules of a feed may cost, in days, weeks, months or years that are walked through.
const MAX_WORK: usize = 500_000;

/// What a rule costs that never gives a date: the rrule crate gives it up after 100,000 steps.
const WORK_OF_EMPTY_RULE: usize = 100_000;

/// Named half-open stretches, in any order.
type Found<T> = Vec<(T, T, Arc<str>)>;

/// The dates and spans of the events so far.
pub(super) struct Expansion<'a> {
    /// By UID: the occurrences that an event of their own replaces.
    replaced: HashMap<&'a str, Vec<Moment>>,
    days: Found<NaiveDate>,
    floating_closures: Found<NaiveDateTime>,
    closures: Found<DateTime<Utc>>,
    entries: usize,
    /// Dates that rules may still give.
    dates_left: usize,
    /// Work that rules may still cost.
    work_left: usize,
}

impl<'a> Expansion<'a> {
    pub(super) fn new(events: &'a [Event]) -> Self {
        let mut replaced: HashMap<&str, Vec<Moment>> = HashMap::new();
        for event in events {
            if let (Some(uid), Some(moment)) = (&event.uid, event.replaces) {
                replaced.entry(uid).or_default().push(moment);
            }
        }
        Self {
            replaced,
            days: Vec::new(),
            floating_closures: Vec::new(),
            closures: Vec::new(),
            entries: 0,
            dates_left: MAX_PER_FEED,
            work_left: MAX_WORK,
        }
    }

    /// Adds all occurrences of an event.
    pub(super) fn add(&mut self, event: &Event, problems: &mut Problems) {
        if event.cancelled {
            return;
        }
        let mut starts: Vec<NaiveDateTime> =
            event.further.iter().map(|moment| moment.local_like(event.start)).collect();
        let rules = if event.replaces.is_none() { event.rules.as_slice() } else { &[] };
        let mut is_followed = false;
        for (line, rule) in rules {
            match self.follow(*line, rule, event.start, problems) {
                Ok(found) => {
                    is_followed = true;
                    starts.extend(found);
                }
                Err(message) => {
                    let message = format!("{message}; the rule is ignored");
                    problems.add(CalendarProblem::new(*line, message));
                }
            }
        }
        // A rule says itself whether the event's start is one of its dates.
        if !is_followed {
            starts.push(event.start.local());
        }
        starts.sort_unstable();
        starts.dedup();
        let excluded = self.excluded(event);
        let mut is_used = false;
        for start in starts.into_iter().filter(|&start| !excluded.contain(start)) {
            is_used |= self.add_occurrence(event, start).is_some();
        }
        self.entries += usize::from(is_used);
    }

    /// The dates of a rule, within what a feed may have.
    fn follow(
        &mut self,
        line: usize,
        rule: &str,
        start: Moment,
        problems: &mut Problems,
    ) -> Result<Vec<NaiveDateTime>, String> {
        let rule = Rule::read(rule, start)?;
        self.work_left = self
            .work_left
            .checked_sub(rule.work())
            .ok_or("the rules of this calendar repeat too often to follow them all: write UNTIL, or fewer rules")?;
        let found = rule.occurrences(self.dates_left);
        self.dates_left -= found.starts.len();
        if found.is_empty {
            self.work_left = self.work_left.saturating_sub(WORK_OF_EMPTY_RULE);
            return Err("the rule never gives a date".to_owned());
        }
        if found.is_cut {
            let message =
                format!("the rules of this calendar give more than {MAX_PER_FEED} dates: the later ones are left out");
            problems.add(CalendarProblem::new(line, message));
        }
        Ok(found.starts)
    }

    /// What EXDATE, and events that replace one occurrence, take out of an event.
    fn excluded(&self, event: &Event) -> Excluded {
        let mut excluded = Excluded::default();
        let replaced = event.uid.as_deref().filter(|_| event.replaces.is_none()).and_then(|uid| self.replaced.get(uid));
        for moment in event.excluded.iter().chain(replaced.into_iter().flatten()) {
            let local = moment.local_like(event.start);
            match (moment, event.start) {
                (Moment::Date(_), _) | (_, Moment::Date(_)) => excluded.dates.insert(local.date()),
                _ => excluded.times.insert(local),
            };
        }
        excluded
    }

    /// Adds the occurrence of an event that starts at this wall-clock time. `None` when it ends beyond chrono's range.
    fn add_occurrence(&mut self, event: &Event, start: NaiveDateTime) -> Option<()> {
        let name = Arc::clone(&event.name);
        match (event.start, event.extent) {
            (Moment::Date(_), Extent::Days(days)) => {
                let first = start.date();
                self.days.push((first, first.checked_add_days(Days::new(days))?, name));
            }
            (Moment::Floating(_), Extent::Exact(length)) => {
                self.floating_closures.push((start, start.checked_add_signed(length)?, name));
            }
            (Moment::Floating(_), Extent::Nominal(duration)) => {
                let (end, rest) = duration.end(start)?;
                self.floating_closures.push((start, end.checked_add_signed(rest)?, name));
            }
            (Moment::Zoned(_, zone), Extent::Exact(length)) => {
                let at = instant(start, zone);
                self.closures.push((at, at.checked_add_signed(length)?, name));
            }
            (Moment::Zoned(_, zone), Extent::Nominal(duration)) => {
                let (end, rest) = duration.end(start)?;
                self.closures.push((instant(start, zone), instant(end, zone).checked_add_signed(rest)?, name));
            }
            // An extent is made for its start: days for a date, time for a time.
            (Moment::Date(_), _) | (_, Extent::Days(_)) => return None,
        }
        Some(())
    }

    pub(super) fn finish(self) -> Content {
        Content {
            entries: self.entries,
            days: Spans::new(self.days),
            floating_closures: Spans::new(self.floating_closures),
            closures: Spans::new(self.closures),
        }
    }
}

#[derive(Default)]
struct Excluded {
    dates: HashSet<NaiveDate>,
    times: HashSet<NaiveDateTime>,
}

impl Excluded {
    fn contain(&self, start: NaiveDateTime) -> bool {
        self.times.contains(&start) || self.dates.contains(&start.date())
    }
}
