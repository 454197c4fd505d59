//! The days of a period that BYDAY, BYWEEKNO and BYSETPOS select.
//!
//! The rrule crate (0.14) deviates from RFC 5545, section 3.3.10: it rejects BYDAY=-5MO of a month and -53MO of a year,
//! selects for BYDAY=MO,-1FR the days that are both and not those that are either, ignores a number that it cannot read,
//! numbers the last week of a year by the length of the wrong year, and begins the first week of BYSETPOS at DTSTART
//! although "a set of recurrence instances starts at the beginning of the interval defined by the FREQ rule part".

use std::collections::{BTreeSet, HashSet};

use chrono::{Datelike, NaiveDate, Weekday};
use rrule::Frequency;

use super::excerpt::quoted;

/// The numbers of a day or week in a period: from the front (1, 2, …) and from the back (-1, -2, …).
type Numbers = [i32; 2];

/// The weekdays of a BYDAY.
#[derive(Debug, Default)]
pub(super) struct ByDay {
    /// The weekdays with their numbers; the number is None for every such weekday.
    weekdays: HashSet<(Option<i32>, Weekday)>,
}

impl ByDay {
    /// Reads `MO,-1FR`.
    pub(super) fn read(value: &str) -> Result<Self, String> {
        let weekday = |item: &str| {
            let item = item.trim();
            let (number, name) = item.split_at_checked(item.len().saturating_sub(2))?;
            let weekday = match name {
                "MO" => Weekday::Mon,
                "TU" => Weekday::Tue,
                "WE" => Weekday::Wed,
                "TH" => Weekday::Thu,
                "FR" => Weekday::Fri,
                "SA" => Weekday::Sat,
                "SU" => Weekday::Sun,
                _ => return None,
            };
            if number.is_empty() {
                return Some((None, weekday));
            }
            let number: i32 = number.parse().ok()?;
            (1..=53).contains(&number.abs()).then_some((Some(number), weekday))
        };
        let weekdays = value.split(',').map(|item| {
            weekday(item).ok_or_else(|| format!("BYDAY {} is not a weekday such as MO, 2MO or -1MO", quoted(item)))
        });
        Ok(Self { weekdays: weekdays.collect::<Result<_, _>>()? })
    }

    pub(super) fn is_numbered(&self) -> bool {
        self.weekdays.iter().any(|(number, _)| number.is_some())
    }

    /// The weekdays without their numbers, as a BYDAY.
    pub(super) fn without_numbers(&self) -> String {
        let names: BTreeSet<_> = self.weekdays.iter().map(|(_, weekday)| by_day_name(*weekday)).collect();
        names.into_iter().collect::<Vec<_>>().join(",")
    }

    /// Whether a day is selected, by its weekday and its numbers among the days of the same weekday.
    fn holds(&self, weekday: Weekday, numbers: Numbers) -> bool {
        self.weekdays.contains(&(None, weekday))
            || numbers.iter().any(|&number| self.weekdays.contains(&(Some(number), weekday)))
    }
}

/// The name of a weekday in a rule.
pub(super) const fn by_day_name(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Mon => "MO",
        Weekday::Tue => "TU",
        Weekday::Wed => "WE",
        Weekday::Thu => "TH",
        Weekday::Fri => "FR",
        Weekday::Sat => "SA",
        Weekday::Sun => "SU",
    }
}

/// Selects days from those that the crate finds.
#[derive(Debug)]
pub(super) struct RuleDays {
    pub(super) freq: Frequency,
    pub(super) week_start: Weekday,
    /// Empty if there are no numbers: the crate handles plain weekdays.
    pub(super) by_day: ByDay,
    /// Whether the numbers in BYDAY count within a month; otherwise they count within a year.
    pub(super) are_weekdays_of_a_month: bool,
    pub(super) by_week_no: Vec<i8>,
    pub(super) by_set_pos: Vec<i32>,
}

impl RuleDays {
    /// Whether BYDAY and BYWEEKNO select a day that meets all other parts.
    pub(super) fn hold(&self, day: NaiveDate) -> bool {
        let is_weekday = || self.by_day.holds(day.weekday(), weekday_numbers(day, self.are_weekdays_of_a_month));
        let is_in_week = || {
            week_numbers(day, self.week_start)
                .iter()
                .any(|number| self.by_week_no.iter().any(|&n| i32::from(n) == *number))
        };
        (self.by_day.weekdays.is_empty() || is_weekday()) && (self.by_week_no.is_empty() || is_in_week())
    }

    /// The first day of the period that a day is in; `None` before chrono's range.
    pub(super) fn period(&self, day: NaiveDate) -> Option<NaiveDate> {
        match self.freq {
            Frequency::Yearly => day.with_ordinal(1),
            Frequency::Monthly => day.with_day(1),
            Frequency::Weekly => day.week(self.week_start).checked_first_day(),
            _ => Some(day),
        }
    }

    /// The days that BYSETPOS selects from all days of a period.
    pub(super) fn selected<T: Copy>(&self, days: &[T]) -> Vec<T> {
        let length = i32::try_from(days.len()).unwrap_or(i32::MAX);
        let index = |&position: &i32| usize::try_from(if position > 0 { position - 1 } else { length + position }).ok();
        let indexes: BTreeSet<usize> = self.by_set_pos.iter().filter_map(index).collect();
        indexes.into_iter().filter_map(|index| days.get(index).copied()).collect()
    }
}

fn weekday_numbers(day: NaiveDate, within_month: bool) -> Numbers {
    if within_month {
        numbers(day.day0(), u32::from(day.num_days_in_month()))
    } else {
        numbers(day.ordinal0(), days_in_year(day))
    }
}

/// The numbers of the week that a day is in. The week belongs to the year that has at least four of its days, which is
/// the year of its fourth day, and has the number that its fourth day has among the days of that weekday.
fn week_numbers(day: NaiveDate, week_start: Weekday) -> Numbers {
    let fourth = day + chrono::TimeDelta::days(3 - i64::from(day.weekday().days_since(week_start)));
    numbers(fourth.ordinal0(), days_in_year(fourth))
}

/// The numbers of a day among those of the same weekday, in a period of `length` days of which `before` are before it.
fn numbers(before: u32, length: u32) -> Numbers {
    let weeks = |days: u32| i32::try_from(days / 7).unwrap_or(i32::MAX - 1);
    [weeks(before) + 1, -1 - weeks(length - 1 - before)]
}

fn days_in_year(day: NaiveDate) -> u32 {
    if day.leap_year() { 366 } else { 365 }
}
