//! Recurrence rules and their occurrences.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use ::icalendar::Property;
use chrono::{Datelike, NaiveDateTime, NaiveTime, TimeDelta};
use rrule::{Frequency, RRule, RRuleSet, RRuleSetIter, Tz, Unvalidated};

use super::excerpt::{quoted, reported};
use super::moment::Moment;
use super::rule_days::{ByDay, RuleDays, by_day_name};

/// The years over which rules are expanded. They are fixed, so that a verdict never depends on when it is computed.
/// CloudTrail is younger than the first, and a rule that is still needed in 2050 can be rewritten by then.
pub(super) const RULE_YEARS: RangeInclusive<i32> = 2010..=2050;

/// The most dates that one rule gives: a daily rule over all years has 14,975.
const MAX_PER_RULE: usize = 16_000;

/// A rule that begins earlier is rejected, because it would be followed day by day. The examples in RFC 5545 begin in 1997.
const FIRST_YEAR: i32 = 1900;

/// The year in which the rrule crate ceases to look for dates.
const LAST_YEAR: i32 = 10_000;

/// A rule that can be followed.
pub(super) struct Rule {
    /// Finds the days that meet FREQ, INTERVAL, BYMONTH, BYMONTHDAY, BYYEARDAY and the weekdays of BYDAY, from the first
    /// day of the period in which the event starts.
    set: RRuleSet,
    /// The rest of the rule.
    days: RuleDays,
    /// The wall-clock time at which the event starts. Earlier occurrences do not count.
    start: NaiveDateTime,
    /// The last wall-clock time at which an occurrence may start.
    until: NaiveDateTime,
    /// COUNT: the most occurrences.
    count: Option<usize>,
    /// The work of one year, in days of a daily rule.
    work_per_year: usize,
}

/// The occurrences of a rule within [`RULE_YEARS`].
#[derive(Debug, Default)]
pub(super) struct Occurrences {
    /// The wall-clock times at which they start, ascending.
    pub(super) starts: Vec<NaiveDateTime>,
    /// Whether there are none, not even before those years.
    pub(super) is_empty: bool,
    /// Whether there are more than are listed.
    pub(super) is_cut: bool,
    /// The work of finding them, in days of a daily rule.
    pub(super) work: usize,
}

impl Rule {
    /// Reads the value of the RRULE of an event that starts at `start`. The error says what is wrong.
    ///
    /// The rrule crate follows a calendar without zones: the wall-clock times of the event, as if they were in UTC.
    /// UNTIL, which may be in UTC while the event is not, is handled here, and so is what the crate does wrong
    /// ([`super::rule_days`]).
    pub(super) fn read(value: &str, start: Moment) -> Result<Self, String> {
        let local = start.local();
        if local.year() < FIRST_YEAR {
            return Err(format!("a rule can't begin in {}, before {FIRST_YEAR}", local.year()));
        }
        let mut parts = Parts::read(value, start)?;
        let until = parts.take("UNTIL").map(|until| Moment::read(&Property::new("UNTIL", until))).transpose()?;
        let count = parts.take("COUNT").map(|count| {
            count.parse::<u32>().map_err(|_| format!("COUNT {} is not a number from 1 to 4294967295", quoted(&count)))
        });
        let count = count.transpose()?.and_then(|count| usize::try_from(count).ok());
        let by_day = parts.take("BYDAY").map(|by_day| ByDay::read(&by_day)).transpose()?;
        if let Some(by_day) = &by_day {
            if by_day.is_numbered() {
                parts.check_that_weekdays_may_have_numbers()?;
            }
            parts.insert("BYDAY", by_day.without_numbers());
        }
        parts.complete(local);

        let unreadable = |error: rrule::RRuleError| format!("{}: {}", quoted(value), reported(&error));
        let rule: RRule<Unvalidated> = parts.text().parse().map_err(unreadable)?;
        let days = RuleDays {
            freq: rule.get_freq(),
            week_start: rule.get_week_start(),
            are_weekdays_of_a_month: rule.get_freq() == Frequency::Monthly || !rule.get_by_month().is_empty(),
            by_day: by_day.filter(ByDay::is_numbered).unwrap_or_default(),
            by_week_no: rule.get_by_week_no().to_vec(),
            by_set_pos: rule.get_by_set_pos().to_vec(),
        };
        let work_per_year = match days.freq {
            // Measured. The crate goes through all days of a year, a month or a week at once.
            Frequency::Yearly => 15,
            Frequency::Monthly => 24,
            Frequency::Weekly => 106,
            _ => 366,
        };
        let first = days.period(local.date()).unwrap_or(local.date());
        let from = first.and_time(local.time()).and_utc().with_timezone(&Tz::UTC);
        // Validates the whole rule first, so that errors in the parts that are then removed are reported.
        rule.clone().validate(from).map_err(unreadable)?;
        let rule = rule.by_week_no(Vec::new()).by_set_pos(Vec::new()).validate(from).map_err(unreadable)?;
        let set = RRuleSet::new(from).rrule(rule).limit();
        let until = until.map_or(NaiveDateTime::MAX, |until| last_start(until, start));
        Ok(Self { set, days, start: local, until, count, work_per_year })
    }

    /// The occurrences, at most `limit` of them.
    pub(super) fn occurrences(&self, limit: usize) -> Occurrences {
        let limit = limit.min(MAX_PER_RULE);
        let mut occurrences = Occurrences { is_empty: true, ..Occurrences::default() };
        let mut walk = Walk::along(self);
        let mut given = 0;
        'periods: while let Some(period) = walk.next_period() {
            for start in period.into_iter().filter(|&start| start >= self.start) {
                occurrences.is_empty = false;
                if start > self.until {
                    break 'periods;
                }
                if start.year() >= *RULE_YEARS.start() {
                    if occurrences.starts.len() == limit {
                        occurrences.is_cut = true;
                        break 'periods;
                    }
                    occurrences.starts.push(start);
                }
                given += 1;
                if self.count == Some(given) {
                    break 'periods;
                }
            }
        }
        occurrences.work = walk.work();
        occurrences
    }
}

/// The parts of a rule, by their names.
struct Parts(BTreeMap<String, String>);

impl Parts {
    fn read(value: &str, start: Moment) -> Result<Self, String> {
        let mut parts = BTreeMap::new();
        for part in value.split(';').filter(|part| !part.trim().is_empty()) {
            let (key, part_value) = part.split_once('=').ok_or_else(|| format!("{} is not KEY=VALUE", quoted(part)))?;
            let (key, part_value) = (key.trim().to_ascii_uppercase(), part_value.trim().to_ascii_uppercase());
            match key.as_str() {
                "FREQ" if matches!(part_value.as_str(), "SECONDLY" | "MINUTELY" | "HOURLY") => {
                    return Err(format!("FREQ={part_value} is not supported: a holiday repeats DAILY at most"));
                }
                // RFC 5545, section 3.3.10: "These rule parts MUST be ignored" when DTSTART is a date.
                "BYHOUR" | "BYMINUTE" | "BYSECOND" if matches!(start, Moment::Date(_)) => continue,
                "BYHOUR" | "BYMINUTE" | "BYSECOND" => {
                    return Err(format!("{key} is not supported: write an event for each time of day"));
                }
                "COUNT" | "INTERVAL" if part_value.bytes().all(|digit| digit == b'0') => {
                    return Err(format!("{key} has to be 1 or more"));
                }
                _ if part_value.is_empty() => return Err(format!("{} has no value", quoted(&key))),
                _ => {}
            }
            if parts.contains_key(&key) {
                return Err(format!("{} is there twice", quoted(&key)));
            }
            parts.insert(key, part_value);
        }
        Ok(Self(parts))
    }

    fn take(&mut self, key: &str) -> Option<String> {
        self.0.remove(key)
    }

    fn insert(&mut self, key: &str, value: impl ToString) {
        self.0.insert(key.to_owned(), value.to_string());
    }

    fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    fn freq(&self) -> &str {
        self.0.get("FREQ").map_or("", String::as_str)
    }

    /// Rejects numbers in BYDAY where RFC 5545, section 3.3.10, does not allow them. The crate ignores them.
    fn check_that_weekdays_may_have_numbers(&self) -> Result<(), String> {
        if self.has("BYWEEKNO") {
            return Err("BYDAY with a number can't be combined with BYWEEKNO: write MO in place of 1MO".to_owned());
        }
        match self.freq() {
            freq @ ("DAILY" | "WEEKLY") => {
                Err(format!("BYDAY with a number needs FREQ=MONTHLY or YEARLY, not {freq}: write MO in place of 1MO"))
            }
            _ => Ok(()),
        }
    }

    /// Adds the days from the start of the event to a rule that names none itself (RFC 5545, section 3.3.10). The crate
    /// would take them from the day at which it begins, and none at all with BYWEEKNO.
    fn complete(&mut self, start: NaiveDateTime) {
        if ["BYDAY", "BYMONTHDAY", "BYYEARDAY"].iter().any(|key| self.has(key)) {
            return;
        }
        match self.freq() {
            "WEEKLY" => self.insert("BYDAY", by_day_name(start.weekday())),
            "YEARLY" if self.has("BYWEEKNO") => self.insert("BYDAY", by_day_name(start.weekday())),
            "YEARLY" if !self.has("BYMONTH") => {
                self.insert("BYMONTH", start.month());
                self.insert("BYMONTHDAY", start.day());
            }
            "YEARLY" | "MONTHLY" => self.insert("BYMONTHDAY", start.day()),
            _ => {}
        }
    }

    fn text(&self) -> String {
        let parts: Vec<String> = self.0.iter().map(|(key, value)| format!("{key}={value}")).collect();
        parts.join(";")
    }
}

/// Follows the days that the crate finds, period by period, to the last of [`RULE_YEARS`].
struct Walk<'a> {
    rule: &'a Rule,
    found: RRuleSetIter,
    /// A day that was found already, in the next period.
    ahead: Option<NaiveDateTime>,
    is_over: bool,
    steps: usize,
    year: i32,
}

impl<'a> Walk<'a> {
    fn along(rule: &'a Rule) -> Self {
        let year = rule.start.year();
        Self { rule, found: rule.set.into_iter(), ahead: None, is_over: false, steps: 0, year }
    }

    /// The occurrences in the next period in which the crate finds a day; without BYSETPOS, which needs the whole period,
    /// those on the next day. `None` at the end.
    fn next_period(&mut self) -> Option<Vec<NaiveDateTime>> {
        let days = &self.rule.days;
        let first = self.ahead.take().or_else(|| self.step())?;
        let mut starts = Vec::new();
        if days.by_set_pos.is_empty() {
            starts.extend(days.hold(first.date()).then_some(first));
            return Some(starts);
        }
        let period = days.period(first.date());
        let mut next = Some(first);
        while let Some(start) = next {
            if days.period(start.date()) != period {
                self.ahead = Some(start);
                break;
            }
            starts.extend(days.hold(start.date()).then_some(start));
            next = self.step();
        }
        Some(days.selected(&starts))
    }

    fn step(&mut self) -> Option<NaiveDateTime> {
        if self.is_over {
            return None;
        }
        let Some(at) = self.found.next() else {
            (self.is_over, self.year) = (true, LAST_YEAR);
            return None;
        };
        let start = at.naive_utc();
        (self.steps, self.year) = (self.steps + 1, start.year());
        self.is_over = start.year() > *RULE_YEARS.end();
        (!self.is_over).then_some(start)
    }

    /// The work so far, in days of a daily rule.
    fn work(&self) -> usize {
        let years = usize::try_from(self.year - self.rule.start.year() + 1).unwrap_or(1);
        self.steps + years * self.rule.work_per_year
    }
}

/// The last wall-clock time at which an event that starts at `start` may occur, by its UNTIL. A date stands for the whole
/// day, and so does anything for an all-day event.
fn last_start(until: Moment, start: Moment) -> NaiveDateTime {
    let local = until.local_like(start.basis());
    match (until, start) {
        (Moment::Date(_), _) | (_, Moment::Date(_)) => end_of_day(local),
        _ => local,
    }
}

fn end_of_day(local: NaiveDateTime) -> NaiveDateTime {
    let midnight = local.date().and_time(NaiveTime::MIN);
    midnight.checked_add_signed(TimeDelta::seconds(86_399)).unwrap_or(local)
}
