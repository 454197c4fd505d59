//! The occurrences of a recurrence rule.

use std::ops::RangeInclusive;

use ::icalendar::Property;
use chrono::{Datelike, NaiveDateTime, NaiveTime, TimeDelta};
use rrule::{RRule, RRuleSet, Tz, Unvalidated};

use super::moment::Moment;
use super::problem::{quoted, reported};

/// The years over which rules are expanded. Fixed, so that a verdict never depends on when it is computed: CloudTrail is younger,
/// and a rule that still counts in 2050 can be written anew by then.
pub(super) const RULE_YEARS: RangeInclusive<i32> = 2010..=2050;

/// Dates of one rule that count: a daily one over all years has 14,975.
const MAX_PER_RULE: usize = 16_000;

/// A rule that begins earlier is refused, for it would be walked through day by day. RFC 5545's own example begins in 1997.
const FIRST_YEAR: i32 = 1900;

/// The rrule crate gives a rule up in this year that has no more dates.
const LAST_YEAR: i32 = 10_000;

/// A rule that can be followed.
pub(super) struct Rule {
    set: RRuleSet,
    /// The last wall-clock time at which an occurrence may start.
    until: NaiveDateTime,
    /// How often it gives a date at most.
    count: Option<usize>,
    /// What a year costs to walk through.
    work_per_year: usize,
    first_year: i32,
}

/// The occurrences of a rule within [`RULE_YEARS`].
#[derive(Debug, Default)]
pub(super) struct Occurrences {
    /// The wall-clock times at which they start, ascending.
    pub(super) starts: Vec<NaiveDateTime>,
    /// Whether there are none at all, in those years or before.
    pub(super) is_empty: bool,
    /// Whether there are more than are listed.
    pub(super) is_cut: bool,
    /// What it cost to find them, in days of a daily rule.
    pub(super) work: usize,
}

impl Rule {
    /// Reads the value of an RRULE of an event that starts at `start`. The error says what is wrong.
    ///
    /// The rrule crate walks through a calendar without zones: the wall-clock time of the event, as if it were UTC. What is no
    /// day of it, and UNTIL, which may be in UTC while the event is not, is dealt with here.
    pub(super) fn read(value: &str, start: Moment) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut until = None;
        let mut count = None;
        let mut work_per_year = 366;
        for part in value.split(';').filter(|part| !part.trim().is_empty()) {
            let (key, part_value) = part.split_once('=').ok_or_else(|| format!("{} is not KEY=VALUE", quoted(part)))?;
            let (key, part_value) = (key.trim().to_ascii_uppercase(), part_value.trim().to_ascii_uppercase());
            match key.as_str() {
                "UNTIL" => until = Some(Moment::read(&Property::new("UNTIL", part_value))?),
                "FREQ" if matches!(part_value.as_str(), "SECONDLY" | "MINUTELY" | "HOURLY") => {
                    return Err(format!("FREQ={part_value} is not supported: a holiday repeats DAILY at most"));
                }
                "FREQ" => {
                    // As measured. All days of a year, month or week are looked at, in one go.
                    work_per_year = match part_value.as_str() {
                        "YEARLY" => 15,
                        "MONTHLY" => 24,
                        "WEEKLY" => 106,
                        _ => 366,
                    };
                    parts.push(format!("{key}={part_value}"));
                }
                "BYHOUR" | "BYMINUTE" | "BYSECOND" => {
                    return Err(format!("{key} is not supported: write an event for each time of day"));
                }
                "COUNT" | "INTERVAL" if part_value.bytes().all(|digit| digit == b'0') => {
                    return Err(format!("{key} has to be 1 or more"));
                }
                _ => {
                    if key == "COUNT" {
                        count = part_value.parse().ok();
                    }
                    parts.push(format!("{key}={part_value}"));
                }
            }
        }
        let local = start.local();
        if local.year() < FIRST_YEAR {
            return Err(format!("a rule can't begin in {}, before {FIRST_YEAR}", local.year()));
        }
        let from = local.and_utc().with_timezone(&Tz::UTC);
        let unreadable = |error: rrule::RRuleError| format!("{}: {}", quoted(value), reported(&error));
        let rule: RRule<Unvalidated> = parts.join(";").parse().map_err(unreadable)?;
        let rule = rule.validate(from).map_err(unreadable)?;
        let set = RRuleSet::new(from).rrule(rule).limit();
        let until = until.map_or(NaiveDateTime::MAX, |until| last_start(until, start));
        Ok(Self { set, until, count, work_per_year, first_year: local.year() })
    }

    /// The occurrences, at most `limit` of them.
    pub(super) fn occurrences(&self, limit: usize) -> Occurrences {
        let limit = limit.min(MAX_PER_RULE);
        let mut occurrences = Occurrences { is_empty: true, ..Occurrences::default() };
        let (mut given, mut last_year) = (0, self.first_year);
        let mut dates = self.set.into_iter();
        loop {
            let Some(at) = dates.next() else {
                if self.count != Some(given) {
                    last_year = LAST_YEAR;
                }
                break;
            };
            let start = at.naive_utc();
            (given, last_year) = (given + 1, start.year());
            occurrences.is_empty = false;
            if start > self.until || start.year() > *RULE_YEARS.end() {
                break;
            }
            if start.year() < *RULE_YEARS.start() {
                continue;
            }
            if occurrences.starts.len() == limit {
                occurrences.is_cut = true;
                break;
            }
            occurrences.starts.push(start);
        }
        let years = usize::try_from(last_year - self.first_year + 1).unwrap_or(1);
        occurrences.work = given + years * self.work_per_year;
        occurrences
    }
}

/// The last wall-clock time at which an event that starts at `start` may occur, by its UNTIL. A date, and whatever is given for an
/// all-day event, stands for the whole of that day.
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
