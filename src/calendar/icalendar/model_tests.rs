//! Rules compared with a model that follows the table in RFC 5545, section 3.3.10, and shares no code or arithmetic with
//! the expansion: it lists the days of each period and removes those that a part of the rule excludes. Days are numbered
//! by counting them.

#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::sync::LazyLock;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use proptest::prelude::*;

use super::ICalendar;

const WEEKDAYS: [(Weekday, &str); 7] = [
    (Weekday::Mon, "MO"),
    (Weekday::Tue, "TU"),
    (Weekday::Wed, "WE"),
    (Weekday::Thu, "TH"),
    (Weekday::Fri, "FR"),
    (Weekday::Sat, "SA"),
    (Weekday::Sun, "SU"),
];

type Week = [NaiveDate; 7];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Freq {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

#[derive(Clone, Debug)]
struct Rule {
    start: NaiveDate,
    freq: Freq,
    interval: u32,
    by_month: Vec<u32>,
    by_week_no: Vec<i32>,
    by_year_day: Vec<i32>,
    by_month_day: Vec<i32>,
    /// The number is 0 where there is none.
    by_day: Vec<(i32, Weekday)>,
    by_set_pos: Vec<i32>,
    week_start: Option<Weekday>,
    count: Option<usize>,
    until: Option<NaiveDate>,
}

/// The position of an item that is in the list, from the front (1, 2, …) and from the back (-1, -2, …).
fn positions<T: PartialEq>(list: &[T], item: &T) -> Option<[i32; 2]> {
    let index = list.iter().position(|other| other == item)?;
    Some([index as i32 + 1, index as i32 - list.len() as i32])
}

/// The days of the years that a rule may cover, and the weeks by the day on which they begin; listed once, for speed.
static YEARS: LazyLock<HashMap<i32, Vec<NaiveDate>>> = LazyLock::new(|| {
    let days = |year: i32| NaiveDate::from_ymd_opt(year, 1, 1).unwrap().iter_days();
    (2005..=2060).map(|year| (year, days(year).take_while(|day| day.year() == year).collect())).collect()
});
static WEEKS: LazyLock<HashMap<(i32, Weekday), Vec<Week>>> = LazyLock::new(|| {
    let years = (2006..=2059).flat_map(|year| WEEKDAYS.map(|(begins, _)| (year, begins)));
    years.map(|(year, begins)| ((year, begins), weeks_of_year(year, begins))).collect()
});

fn days_of_year(year: i32) -> &'static [NaiveDate] {
    &YEARS[&year]
}

fn days_of_month(day: NaiveDate) -> &'static [NaiveDate] {
    days_of_year(day.year()).chunk_by(|a, b| a.month() == b.month()).nth(day.month0() as usize).unwrap()
}

/// The seven days of the week that a day is in.
fn week_of(day: NaiveDate, begins: Weekday) -> Week {
    let mut first = day;
    while first.weekday() != begins {
        first = first.pred_opt().unwrap();
    }
    std::array::from_fn(|ahead| first + Days::new(ahead as u64))
}

/// "Week number one of the calendar year is the first week that contains at least four days in that calendar year."
fn weeks_of_year(year: i32, begins: Weekday) -> Vec<Week> {
    let mut week = week_of(days_of_year(year)[0], begins);
    let mut weeks = Vec::new();
    while week[0].year() <= year {
        if week.iter().filter(|day| day.year() == year).count() >= 4 {
            weeks.push(week);
        }
        week = week_of(week[6].succ_opt().unwrap(), begins);
    }
    weeks
}

fn name(weekday: Weekday) -> &'static str {
    WEEKDAYS.iter().find(|(known, _)| *known == weekday).unwrap().1
}

fn list<T: ToString>(key: &str, values: &[T]) -> String {
    let values: Vec<String> = values.iter().map(ToString::to_string).collect();
    if values.is_empty() { String::new() } else { format!(";{key}={}", values.join(",")) }
}

impl Rule {
    fn text(&self) -> String {
        let freq = match self.freq {
            Freq::Daily => "DAILY",
            Freq::Weekly => "WEEKLY",
            Freq::Monthly => "MONTHLY",
            Freq::Yearly => "YEARLY",
        };
        let number = |number: i32| if number == 0 { String::new() } else { number.to_string() };
        let by_day = self.by_day.iter().map(|&(n, weekday)| number(n) + name(weekday));
        [
            format!("FREQ={freq};INTERVAL={}", self.interval),
            list("BYMONTH", &self.by_month),
            list("BYWEEKNO", &self.by_week_no),
            list("BYYEARDAY", &self.by_year_day),
            list("BYMONTHDAY", &self.by_month_day),
            list("BYDAY", &by_day.collect::<Vec<_>>()),
            list("BYSETPOS", &self.by_set_pos),
            list("WKST", &self.week_start.map(name).into_iter().collect::<Vec<_>>()),
            list("COUNT", &self.count.into_iter().collect::<Vec<_>>()),
            list("UNTIL", &self.until.map(|until| until.format("%Y%m%d")).into_iter().collect::<Vec<_>>()),
        ]
        .concat()
    }

    fn week_of(&self, day: NaiveDate) -> Week {
        week_of(day, self.begin_of_week())
    }

    fn begin_of_week(&self) -> Weekday {
        self.week_start.unwrap_or(Weekday::Mon)
    }

    /// The days of the period that is `number` intervals after that of the start.
    fn period(&self, number: u32) -> Vec<NaiveDate> {
        let ahead = number * self.interval;
        match self.freq {
            Freq::Daily => vec![self.start + Days::new(ahead.into())],
            Freq::Weekly => self.week_of(self.start + Days::new(u64::from(ahead) * 7)).to_vec(),
            Freq::Monthly => days_of_month(
                NaiveDate::from_ymd_opt(self.start.year(), self.start.month(), 1).unwrap() + chrono::Months::new(ahead),
            )
            .to_vec(),
            Freq::Yearly => days_of_year(self.start.year() + ahead as i32).to_vec(),
        }
    }

    /// Whether BYWEEKNO lists the week of a day.
    fn is_in_week(&self, day: NaiveDate) -> bool {
        let week = self.week_of(day);
        (day.year() - 1..=day.year() + 1)
            .find_map(|year| positions(&WEEKS[&(year, self.begin_of_week())], &week))
            .unwrap()
            .iter()
            .any(|number| self.by_week_no.contains(number))
    }

    /// Whether BYDAY lists a day: by its weekday, or as one of those in its month or year.
    fn is_weekday(&self, day: NaiveDate) -> bool {
        let is_by_month = self.freq == Freq::Monthly || !self.by_month.is_empty();
        let within = if is_by_month { days_of_month(day) } else { days_of_year(day.year()) };
        let alike: Vec<NaiveDate> = within.iter().copied().filter(|other| other.weekday() == day.weekday()).collect();
        let [from_front, from_back] = positions(&alike, &day).unwrap();
        [0, from_front, from_back].iter().any(|&number| self.by_day.contains(&(number, day.weekday())))
    }

    /// The days of a period that remain, after each part in the order of the RFC.
    fn set(&self, mut days: Vec<NaiveDate>) -> Vec<NaiveDate> {
        let lists =
            |list: &[i32], numbers: Option<[i32; 2]>| numbers.unwrap().iter().any(|number| list.contains(number));
        if !self.by_month.is_empty() {
            days.retain(|day| self.by_month.contains(&day.month()));
        }
        if !self.by_week_no.is_empty() {
            days.retain(|day| self.is_in_week(*day));
        }
        if !self.by_year_day.is_empty() {
            days.retain(|day| lists(&self.by_year_day, positions(days_of_year(day.year()), day)));
        }
        if !self.by_month_day.is_empty() {
            days.retain(|day| lists(&self.by_month_day, positions(days_of_month(*day), day)));
        }
        if !self.by_day.is_empty() {
            days.retain(|day| self.is_weekday(*day));
        }
        if self.by_year_day.is_empty() && self.by_month_day.is_empty() && self.by_day.is_empty() {
            // "Information, not contained in the rule, … are derived from DTSTART."
            match self.freq {
                Freq::Daily => {}
                Freq::Weekly => days.retain(|day| day.weekday() == self.start.weekday()),
                Freq::Yearly if !self.by_week_no.is_empty() => days.retain(|day| day.weekday() == self.start.weekday()),
                Freq::Yearly if self.by_month.is_empty() => {
                    days.retain(|day| (day.month(), day.day()) == (self.start.month(), self.start.day()));
                }
                Freq::Monthly | Freq::Yearly => days.retain(|day| day.day() == self.start.day()),
            }
        }
        if !self.by_set_pos.is_empty() {
            let whole = days.clone();
            days.retain(|day| lists(&self.by_set_pos, positions(&whole, day)));
        }
        days
    }

    fn dates(&self) -> Vec<NaiveDate> {
        let last = self.until.unwrap_or(NaiveDate::MAX).min(NaiveDate::from_ymd_opt(2050, 12, 31).unwrap());
        let mut dates = Vec::new();
        for number in 0.. {
            let period = self.period(number);
            if period[0] > last {
                break;
            }
            dates.extend(self.set(period).into_iter().filter(|day| (self.start..=last).contains(day)));
            if self.count.is_some_and(|count| dates.len() >= count) {
                break;
            }
        }
        dates.truncate(self.count.unwrap_or(usize::MAX));
        dates
    }
}

/// Numbers from both ends, those at the ends as often as all others together.
fn any_numbers(max: i32) -> impl Strategy<Value = Vec<i32>> {
    let ends = vec![1, 2, max - 1, max, -1, -2, 1 - max, -max];
    prop::collection::vec(
        prop_oneof![1..=max, -max..=-1, prop::sample::select(ends.clone()), prop::sample::select(ends)],
        1..4,
    )
}

/// A list that a third of the rules have.
fn sometimes<T: std::fmt::Debug + Clone>(some: impl Strategy<Value = Vec<T>>) -> impl Strategy<Value = Vec<T>> {
    prop_oneof![2 => Just(Vec::new()), 1 => some]
}

fn any_weekday() -> impl Strategy<Value = Weekday> {
    prop::sample::select(WEEKDAYS.map(|(weekday, _)| weekday).to_vec())
}

fn any_rule() -> impl Strategy<Value = Rule> {
    let start = (2010..2045i32, 1..=366u32)
        .prop_filter_map("a day of the year", |(year, day)| NaiveDate::from_yo_opt(year, day));
    let freq = prop::sample::select(vec![Freq::Daily, Freq::Weekly, Freq::Monthly, Freq::Yearly, Freq::Yearly]);
    (start, freq).prop_flat_map(|(start, freq)| {
        let is_yearly = freq == Freq::Yearly;
        let max_position = match freq {
            Freq::Daily => 1,
            Freq::Weekly => 7,
            Freq::Monthly => 31,
            Freq::Yearly => 366,
        };
        let weekday =
            (if is_yearly { any_numbers(53).boxed() } else { any_numbers(5).boxed() }, any::<bool>(), any_weekday());
        let weekday =
            weekday.prop_map(|(numbers, is_numbered, weekday)| (if is_numbered { numbers[0] } else { 0 }, weekday));
        (
            1..4u32,
            sometimes(prop::collection::vec(1..=12u32, 1..4)),
            (sometimes(any_numbers(53)), sometimes(any_numbers(366)), sometimes(any_numbers(31))),
            sometimes(prop::collection::vec(weekday, 1..4)),
            sometimes(prop_oneof![any_numbers(3), any_numbers(max_position)]),
            prop::option::of(any_weekday()),
            (prop::option::of(1..20usize), 0..3_000u64),
        )
            .prop_map(
                move |(
                    interval,
                    by_month,
                    (by_week_no, by_year_day, by_month_day),
                    by_day,
                    by_set_pos,
                    week_start,
                    end,
                )| {
                    let mut rule = Rule {
                        start,
                        freq,
                        interval,
                        by_month,
                        // What the RFC allows with other frequencies.
                        by_week_no: if is_yearly { by_week_no } else { Vec::new() },
                        by_year_day: if is_yearly { by_year_day } else { Vec::new() },
                        by_month_day: if freq == Freq::Weekly { Vec::new() } else { by_month_day },
                        by_day,
                        by_set_pos: if max_position == 1 { Vec::new() } else { by_set_pos },
                        week_start,
                        count: end.0,
                        // One of both ends every rule, for speed.
                        until: end.0.is_none().then_some(start + Days::new(end.1)),
                    };
                    if matches!(freq, Freq::Daily | Freq::Weekly) || !rule.by_week_no.is_empty() {
                        rule.by_day.iter_mut().for_each(|(number, _)| *number = 0);
                    }
                    rule
                },
            )
    })
}

/// Enough for each pair of parts to be together in hundreds of rules.
const RULES: u32 = 2_000;

proptest! {
    #![proptest_config(ProptestConfig { cases: RULES, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rules_give_the_days_of_the_model(rule in any_rule()) {
        let text = format!(
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:{}\nRRULE:{}\nEND:VEVENT\nEND:VCALENDAR\n",
            rule.start.format("%Y%m%d"), rule.text(),
        );
        let (calendar, warnings) = ICalendar::parse(&text);
        let found: Vec<NaiveDate> = calendar.days().iter().map(|(date, ..)| date).collect();
        let expected = rule.dates();
        if expected.is_empty() && !warnings.is_empty() {
            prop_assert!(warnings[0].message.starts_with("the rule gives no date"), "{}: {:?}", text, warnings);
            prop_assert_eq!(found, [rule.start], "the event itself counts: {}", text);
        } else {
            prop_assert_eq!(warnings, [], "{}", text);
            prop_assert_eq!(found, expected, "{}", text);
        }
    }
}
