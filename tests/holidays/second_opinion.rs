//! The public holidays compared with another data set, the crate `opening-hours` (made from Nager.Date). Every difference is in
//! `differences.txt`, with its judgement from `reviewed.txt`.
//!
//! The test fails when a new version of either data set changes the list. Then look at the changes, add to `reviewed.txt` which
//! data set is right and why, and write the list again with `OFFHOURS_UPDATE_HOLIDAYS=1 cargo test --test holidays`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};
use offhours::calendar::{HOLIDAY_YEARS, country_holidays};
use opening_hours::localization::Country;

/// Days without a name that have the same date, or the same distance from Easter, are named after that if there are at least this
/// many.
const OFTEN: usize = 3;

/// Days with the same name in a country that only one of the data sets has.
struct Difference {
    country: &'static str,
    /// `ours` or `theirs`.
    only_in: &'static str,
    /// The name of the holiday. The other data set has no names: there it is a rule such as `Easter+60`.
    name: String,
    dates: Vec<NaiveDate>,
}

fn file(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/holidays", name].iter().collect()
}

fn read(name: &str) -> String {
    std::fs::read_to_string(file(name)).unwrap_or_default()
}

#[test]
fn every_difference_from_the_other_data_set_is_reviewed() {
    let rules = Rules::parse(&read("reviewed.txt"));
    let mut list = String::new();
    let mut country = "";
    let mut used = BTreeSet::new();
    for difference in differences() {
        if difference.country != country {
            country = difference.country;
            let _ = write!(list, "\n{country}\n");
        }
        let Difference { only_in, name, dates, .. } = &difference;
        let (line, judgement) = rules
            .judge(&difference)
            .unwrap_or_else(|| panic!("reviewed.txt has no line for {country} {only_in} {name:?}: {}", shown(dates)));
        used.insert(line);
        let _ = writeln!(list, "  {name}, only in {only_in}: {}\n    {judgement}", shown(dates));
    }
    let list = list.trim_start().to_owned();
    if std::env::var_os("OFFHOURS_UPDATE_HOLIDAYS").is_some() {
        std::fs::write(file("differences.txt"), &list).unwrap();
    }
    let reviewed = read("differences.txt");
    let changed: Vec<&str> = list.lines().filter(|line| !reviewed.lines().any(|known| known == *line)).collect();
    assert!(
        list == reviewed,
        "differences.txt has other differences; see the head of this test. New:\n{}",
        changed.join("\n")
    );
    let unused: Vec<&usize> = rules.lines().filter(|line| !used.contains(line)).collect();
    assert!(unused.is_empty(), "lines {unused:?} of reviewed.txt judge no difference");
}

/// The differences in all countries and years that both data sets have.
fn differences() -> Vec<Difference> {
    let mut found = Vec::new();
    for country in Country::ALL {
        let code = country.iso_code();
        let ours = country_holidays(code).unwrap_or_else(|error| panic!("{error}"));
        let mut names: BTreeMap<NaiveDate, &str> = BTreeMap::new();
        for day in ours.days() {
            names.entry(day.date).or_insert(&day.name);
        }
        let days = country.holidays();
        let theirs: BTreeSet<NaiveDate> =
            days.get_public().iter().filter(|day| HOLIDAY_YEARS.contains(&day.year())).collect();
        let mut only_ours: BTreeMap<String, Vec<NaiveDate>> = BTreeMap::new();
        for (date, name) in names.iter().filter(|(date, _)| !theirs.contains(date)) {
            only_ours.entry(kind_of(name, *date)).or_default().push(*date);
        }
        let only_theirs = theirs.into_iter().filter(|date| !names.contains_key(date)).collect();
        let difference = |only_in| move |(name, dates)| Difference { country: code, only_in, name, dates };
        found.extend(only_ours.into_iter().map(difference("ours")));
        found.extend(by_rule(only_theirs).into_iter().map(difference("theirs")));
    }
    found.sort_by(|a, b| (a.country, a.only_in, &a.name).cmp(&(b.country, b.only_in, &b.name)));
    found
}

/// The name of a holiday that the other data set lacks. Holidays at weekends have a name of their own, because the other data set
/// often has the substitute only.
fn kind_of(name: &str, date: NaiveDate) -> String {
    match (name.starts_with("Day off (substituted"), date.weekday()) {
        (true, _) => "Day off (substituted)".to_owned(),
        (false, Weekday::Sat | Weekday::Sun) => format!("{name} (at a weekend)"),
        (false, _) => name.to_owned(),
    }
}

/// The dates by rule: first the rule that most dates follow, then that of most others, and so on.
fn by_rule(mut dates: BTreeSet<NaiveDate>) -> BTreeMap<String, Vec<NaiveDate>> {
    let mut found = BTreeMap::new();
    loop {
        let mut by_rule: BTreeMap<String, Vec<NaiveDate>> = BTreeMap::new();
        for date in &dates {
            for rule in rules_of(*date) {
                by_rule.entry(rule).or_default().push(*date);
            }
        }
        // Of two rules with equally many dates, the first one: fixed dates are before those of Easter.
        let most = by_rule.into_iter().rev().max_by_key(|(_, dates)| dates.len());
        match most.filter(|(_, dates)| dates.len() >= OFTEN) {
            Some((rule, of_rule)) => {
                dates.retain(|date| !of_rule.contains(date));
                found.insert(rule, of_rule);
            }
            None => {
                if !dates.is_empty() {
                    found.insert("other days".to_owned(), dates.into_iter().collect());
                }
                return found;
            }
        }
    }
}

fn rules_of(date: NaiveDate) -> Vec<String> {
    let from = |easter: NaiveDate, name: &str| {
        let days = (date - easter).num_days();
        (-50..=60).contains(&days).then(|| format!("{name}{days:+}"))
    };
    let fixed = Some(date.format("%m-%d").to_string());
    [fixed, from(easter(date.year()), "Easter"), from(orthodox_easter(date.year()), "Orthodox Easter")]
        .into_iter()
        .flatten()
        .collect()
}

/// The anonymous Gregorian algorithm (Nature, 20 April 1876).
fn easter(year: i32) -> NaiveDate {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    march_or_april(year, h + l - 7 * m + 114)
}

/// Meeus' Julian algorithm, 13 days later in the Gregorian calendar of 1900 to 2099.
fn orthodox_easter(year: i32) -> NaiveDate {
    let d = (19 * (year % 19) + 15) % 30;
    let e = (2 * (year % 4) + 4 * (year % 7) - d + 34) % 7;
    march_or_april(year, d + e + 114) + TimeDelta::days(13)
}

fn march_or_april(year: i32, sum: i32) -> NaiveDate {
    let (month, day) = (u32::try_from(sum / 31).unwrap(), u32::try_from(sum % 31 + 1).unwrap());
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

/// `01-06 2020-2035` for at least three consecutive years, otherwise each date.
fn shown(dates: &[NaiveDate]) -> String {
    let mut by_day: BTreeMap<(u32, u32), Vec<i32>> = BTreeMap::new();
    dates.iter().for_each(|date| by_day.entry((date.month(), date.day())).or_default().push(date.year()));
    let (mut runs, mut single) = (Vec::new(), Vec::new());
    for ((month, day), years) in by_day {
        for run in years.chunk_by(|a, b| a + 1 == *b) {
            if run.len() >= OFTEN {
                runs.push(format!("{month:02}-{day:02} {}-{}", run[0], run[run.len() - 1]));
            } else {
                single.extend(run.iter().map(|year| format!("{year}-{month:02}-{day:02}")));
            }
        }
    }
    single.sort();
    runs.into_iter().chain(single).collect::<Vec<_>>().join(", ")
}

/// The lines of `reviewed.txt`: countries, `ours` or `theirs`, and the name, each of which may be a pattern; then the judgement.
struct Rules(Vec<Rule>);

struct Rule {
    line: usize,
    countries: Vec<String>,
    only_in: String,
    name: wildmatch::WildMatch,
    judgement: String,
}

impl Rules {
    fn parse(text: &str) -> Self {
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
        let rule = |(index, line): (usize, &str)| {
            let fields: Vec<&str> = line.split('|').map(str::trim).collect();
            let [countries, only_in, name, judgement] = fields[..] else { panic!("line {}: {line}", index + 1) };
            assert!(["ours", "theirs"].contains(&only_in), "line {}: {line}", index + 1);
            let verdict = judgement.split(':').next().unwrap();
            assert!(["ours", "theirs", "both", "not verified"].contains(&verdict), "line {}: {line}", index + 1);
            Rule {
                line: index + 1,
                countries: countries.split_whitespace().map(str::to_owned).collect(),
                only_in: only_in.to_owned(),
                name: wildmatch::WildMatch::new(name),
                judgement: judgement.to_owned(),
            }
        };
        Self(lines.map(rule).collect())
    }

    /// The first line that matches a difference, and its judgement.
    fn judge(&self, difference: &Difference) -> Option<(usize, &str)> {
        let is_meant = |rule: &&Rule| {
            let countries = &rule.countries;
            (countries == &["*"] || countries.iter().any(|code| code == difference.country))
                && rule.only_in == difference.only_in
                && rule.name.matches(&difference.name)
        };
        self.0.iter().find(is_meant).map(|rule| (rule.line, rule.judgement.as_str()))
    }

    fn lines(&self) -> impl Iterator<Item = &usize> {
        self.0.iter().map(|rule| &rule.line)
    }
}
