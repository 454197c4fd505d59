//! Expanding events to dates and spans of time.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, Utc};

use super::super::spans::Spans;
use super::event::Event;
use super::extent::Extent;
use super::moment::{Basis, Moment, instant};
use super::recurrence::{RULE_YEARS, Rule};
use super::warning::{CalendarWarning, CalendarWarnings};

/// The most dates that the rules in a feed give: more than 3 rules that repeat daily over all years, or 1,200 that repeat
/// yearly.
const MAX_PER_FEED: usize = 50_000;

/// The most work that the rules in a feed cost, in days of a daily rule: a few seconds in an unoptimised build. The last
/// rule may exceed it; no rule alone costs more than 3 million.
const MAX_WORK: usize = 1_000_000;

/// Named half-open spans, in any order.
type Found<T> = Vec<(T, T, Arc<str>)>;

/// The dates and spans of the events so far.
pub(super) struct Expansion<'a> {
    /// The occurrences that are replaced by events of their own, by UID.
    replaced: HashMap<&'a str, Vec<Moment>>,
    /// The same for events on this basis. Kept, since many events may have the same UID as many others.
    replaced_like: HashMap<(&'a str, Basis), Rc<Excluded>>,
    days: Found<NaiveDate>,
    floating_closures: Found<NaiveDateTime>,
    closures: Found<DateTime<Utc>>,
    entries: usize,
    /// The number of dates that rules may still give.
    dates_left: usize,
    /// The work that rules may still cost.
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
            replaced_like: HashMap::new(),
            days: Vec::new(),
            floating_closures: Vec::new(),
            closures: Vec::new(),
            entries: 0,
            dates_left: MAX_PER_FEED,
            work_left: MAX_WORK,
        }
    }

    /// Adds all occurrences of an event.
    pub(super) fn add(&mut self, event: &'a Event, warnings: &mut CalendarWarnings) {
        if event.cancelled {
            return;
        }
        let mut starts: Vec<NaiveDateTime> =
            event.further.iter().map(|moment| moment.local_like(event.start.basis())).collect();
        let rules = if event.replaces.is_none() { event.rules.as_slice() } else { &[] };
        let mut is_followed = false;
        for (line, rule) in rules {
            match self.follow(*line, rule, event.start, warnings) {
                Ok(found) => {
                    is_followed = true;
                    starts.extend(found);
                }
                Err(message) => {
                    let message = format!("{message}; the rule is ignored");
                    warnings.add(CalendarWarning::new(*line, message));
                }
            }
        }
        // A rule decides itself whether the start of the event is one of its dates.
        if !is_followed {
            starts.push(event.start.local());
        }
        starts.sort_unstable();
        starts.dedup();
        let excluded = Excluded::new(&event.excluded, event.start.basis());
        let replaced = self.replaced(event);
        let mut is_used = false;
        for start in starts.into_iter().filter(|&start| !excluded.contain(start) && !replaced.contain(start)) {
            is_used |= self.add_occurrence(&event.name, event.start.with_local(start), event.extent).is_some();
        }
        for &(start, extent) in &event.periods {
            let local = start.local_like(event.start.basis());
            if !excluded.contain(local) && !replaced.contain(local) {
                is_used |= self.add_occurrence(&event.name, start, extent).is_some();
            }
        }
        self.entries += usize::from(is_used);
    }

    /// The dates of a rule, within the limits of a feed.
    fn follow(
        &mut self,
        line: usize,
        rule: &str,
        start: Moment,
        warnings: &mut CalendarWarnings,
    ) -> Result<Vec<NaiveDateTime>, String> {
        if self.work_left == 0 || self.dates_left == 0 {
            return Err("the rules of this calendar repeat too often to follow them all: write UNTIL, or fewer rules"
                .to_owned());
        }
        let found = Rule::read(rule, start)?.occurrences(self.dates_left);
        self.work_left = self.work_left.saturating_sub(found.work);
        self.dates_left -= found.starts.len();
        if found.is_empty {
            return Err(format!("the rule gives no date through {}", RULE_YEARS.end()));
        }
        if found.is_cut {
            let message =
                format!("the rules of this calendar give more than {MAX_PER_FEED} dates: the later ones are left out");
            warnings.add(CalendarWarning::new(line, message));
        }
        Ok(found.starts)
    }

    /// The occurrences of an event that other events replace.
    fn replaced(&mut self, event: &'a Event) -> Rc<Excluded> {
        let uid = event.uid.as_deref().filter(|_| event.replaces.is_none());
        let Some((uid, moments)) = uid.and_then(|uid| Some((uid, self.replaced.get(uid)?))) else {
            return Rc::default();
        };
        let basis = event.start.basis();
        let excluded = self.replaced_like.entry((uid, basis));
        Rc::clone(excluded.or_insert_with(|| Rc::new(Excluded::new(moments, basis))))
    }

    /// Adds an occurrence. Returns `None` if it takes no time, or ends beyond chrono's range.
    fn add_occurrence(&mut self, name: &Arc<str>, start: Moment, extent: Extent) -> Option<()> {
        let name = Arc::clone(name);
        match (start, extent) {
            (Moment::Date(first), Extent::Days(days)) => {
                self.days.push((first, first.checked_add_days(Days::new(days))?, name));
            }
            (Moment::Floating(start), Extent::Exact(length)) => {
                self.floating_closures.push((start, start.checked_add_signed(length)?, name));
            }
            (Moment::Floating(start), Extent::Nominal(duration)) => {
                let (end, rest) = duration.end(start)?;
                self.floating_closures.push((start, end.checked_add_signed(rest)?, name));
            }
            (Moment::Zoned(start, zone), Extent::Exact(length)) => {
                let at = instant(start, zone);
                self.closures.push((at, at.checked_add_signed(length)?, name));
            }
            (Moment::Zoned(start, zone), Extent::Nominal(duration)) => {
                let (end, rest) = duration.end(start)?;
                self.closures.push((instant(start, zone), instant(end, zone).checked_add_signed(rest)?, name));
            }
            // An extent is made for its start: days for a date, a length of time for a time.
            (_, Extent::Nothing) | (Moment::Date(_), _) | (_, Extent::Days(_)) => return None,
        }
        Some(())
    }

    pub(super) fn finish(self) -> Expanded {
        Expanded {
            entries: self.entries,
            days: Spans::new(self.days),
            floating_closures: Spans::new(self.floating_closures),
            closures: Spans::new(self.closures),
        }
    }
}

/// The dates and spans of time of all events in a feed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Expanded {
    /// The number of events that gave at least one of them.
    pub(super) entries: usize,
    /// All-day events.
    pub(super) days: Spans<NaiveDate>,
    /// Timed events without a zone.
    pub(super) floating_closures: Spans<NaiveDateTime>,
    /// Timed events in a zone or in UTC.
    pub(super) closures: Spans<DateTime<Utc>>,
}

/// Occurrences that do not count, because of an EXDATE or because an event of their own replaces them.
#[derive(Default)]
struct Excluded {
    dates: HashSet<NaiveDate>,
    times: HashSet<NaiveDateTime>,
}

impl Excluded {
    /// These moments, excluded from an event on this basis.
    fn new(moments: &[Moment], basis: Basis) -> Self {
        let mut excluded = Self::default();
        for moment in moments {
            let local = moment.local_like(basis);
            match (moment, basis) {
                (Moment::Date(_), _) | (_, Basis::Date) => excluded.dates.insert(local.date()),
                _ => excluded.times.insert(local),
            };
        }
        excluded
    }

    fn contain(&self, start: NaiveDateTime) -> bool {
        self.times.contains(&start) || self.dates.contains(&start.date())
    }
}
