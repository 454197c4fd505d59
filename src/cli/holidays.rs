//! `offhours holidays`.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::sync::Arc;

use chrono::{Datelike as _, NaiveDate, Utc};
use clap::{Args, ColorChoice, ValueEnum};
use serde::Serialize;

use super::output::{Printed, counted, holidays as printed, note, print, say};
use super::{CommandError, Outcome};
use crate::calendar::{
    Country, CountryHolidays, HOLIDAY_DATA, HOLIDAY_YEARS, Part, PublicHoliday, countries, country_holidays,
};

/// Flags of `holidays`.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct HolidaysArguments {
    /// Countries or parts of countries, as in holidays.countries of a policy; without any, all countries are listed
    #[arg(value_name = "CODE")]
    pub codes: Vec<String>,

    /// Years to print, such as 2026 or 2026-2028; this year and the next by default
    #[arg(long, value_name = "YEARS")]
    pub year: Option<Years>,

    /// List the parts of the countries, with the number of their holidays, instead of the holidays
    #[arg(long)]
    pub parts: bool,

    /// Output format
    #[arg(short, long, value_enum, default_value_t = HolidaysOutput::Table, value_name = "FORMAT")]
    pub output: HolidaysOutput,

    /// When to color the output
    #[arg(long, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    pub color: ColorChoice,
}

/// What `holidays` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum HolidaysOutput {
    /// One row per holiday, or per country
    Table,
    /// An iCalendar feed for holidays.calendars of a policy; estimates have the status TENTATIVE
    Ical,
    /// A JSON object
    Json,
}

const EXAMPLES: &str = "\
Examples:
  offhours holidays
  offhours holidays --parts DE
  offhours holidays DE-BY IN-KA --year 2027
  offhours holidays DE-BY --year 2026-2035 -o ical > bavaria.ics";

/// Years of the data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Years(RangeInclusive<i32>);

impl FromStr for Years {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (first, last) = (HOLIDAY_YEARS.start(), HOLIDAY_YEARS.end());
        let refuse =
            || format!("must be a year or a range of years from {first} to {last}, such as {last} or {first}-{last}");
        let year = |text: &str| HOLIDAY_YEARS.into_iter().find(|year| year.to_string() == text).ok_or_else(refuse);
        let (from, to) = text.split_once('-').unwrap_or((text, text));
        let (from, to) = (year(from)?, year(to)?);
        if from > to { Err(refuse()) } else { Ok(Self(from..=to)) }
    }
}

/// A holiday, and the codes that have it.
#[derive(Debug, Serialize)]
pub struct Holiday {
    pub date: NaiveDate,
    pub name: String,
    pub codes: Vec<String>,
    pub estimate: bool,
}

/// A country, or a part of one.
#[derive(Debug, Serialize)]
pub struct Place {
    pub code: String,
    pub names: Vec<&'static str>,
    /// How many dates of the years are holidays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holidays: Option<usize>,
    /// How many parts it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<usize>,
}

/// Prints the public holidays that the program knows, or the countries.
///
/// # Errors
/// When a code is not known, or the output can't be written.
pub fn holidays(arguments: &HolidaysArguments) -> Result<Outcome, CommandError> {
    let this_year = Utc::now().year();
    let years = |last: i32| {
        let from_now = this_year.clamp(*HOLIDAY_YEARS.start(), *HOLIDAY_YEARS.end());
        let until = (this_year + last).clamp(*HOLIDAY_YEARS.start(), *HOLIDAY_YEARS.end());
        arguments.year.clone().map_or(from_now..=until, |years| years.0)
    };
    let of_codes = arguments.codes.iter().map(|code| country_holidays(code)).collect::<Result<Vec<_>, _>>()?;
    if arguments.parts || of_codes.is_empty() {
        return list_places(arguments, &of_codes, &years(0));
    }
    let years = years(1);
    let found = holidays_in(&of_codes, &years);
    let text = match arguments.output {
        HolidaysOutput::Table => printed::table(&found),
        HolidaysOutput::Ical => printed::ical(&found),
        HolidaysOutput::Json => printed::json(&found)?,
    };
    if print(&text, arguments.color)? == Printed::Whole {
        say(&summary(&found, &years));
        for country in of_codes.iter().filter(|country| !country.code().contains('-')) {
            note_parts(country, &years);
        }
    }
    Ok(Outcome::Clear)
}

/// The holidays of several codes, in the order of their dates and names.
fn holidays_in(of_codes: &[CountryHolidays], years: &RangeInclusive<i32>) -> Vec<Holiday> {
    let mut found: BTreeMap<(NaiveDate, Arc<str>), Holiday> = BTreeMap::new();
    for country in of_codes {
        for PublicHoliday { date, name, is_estimate } in in_years(country, years) {
            let of_name = found.entry((*date, Arc::clone(name))).or_insert_with(|| Holiday {
                date: *date,
                name: name.to_string(),
                codes: Vec::new(),
                estimate: true,
            });
            of_name.estimate &= is_estimate;
            if !of_name.codes.iter().any(|code| code == country.code()) {
                of_name.codes.push(country.code().to_owned());
            }
        }
    }
    found.into_values().collect()
}

fn in_years<'a>(
    country: &'a CountryHolidays,
    years: &'a RangeInclusive<i32>,
) -> impl Iterator<Item = &'a PublicHoliday> {
    country.days().iter().filter(|day| years.contains(&day.date.year()))
}

fn summary(found: &[Holiday], years: &RangeInclusive<i32>) -> String {
    let (data_set, version) = HOLIDAY_DATA;
    let estimates = found.iter().filter(|holiday| holiday.estimate).count();
    let years = if years.start() == years.end() {
        years.start().to_string()
    } else {
        format!("{} to {}", years.start(), years.end())
    };
    let of_them = if estimates == 1 { "1 is an estimate".to_owned() } else { format!("{estimates} are estimates") };
    format!("{} in {years}, {of_them} (data set {data_set} {version})", counted(found.len(), "holiday"))
}

/// That a country has parts with holidays which the whole country has not.
fn note_parts(country: &CountryHolidays, years: &RangeInclusive<i32>) {
    let code = country.code();
    let Some(of_code) = countries().find(|of_code| of_code.code == code) else { return };
    let dates = |holidays: &CountryHolidays| in_years(holidays, years).map(|day| day.date).collect::<Vec<_>>();
    let whole = dates(country);
    let has_more = |part: &&Part| {
        let of_part = country_holidays(&format!("{code}-{}", part.code));
        of_part.is_ok_and(|of_part| dates(&of_part).iter().any(|date| !whole.contains(date)))
    };
    let with_more = of_code.parts.iter().filter(has_more).count();
    if with_more > 0 {
        note(&format!(
            "{with_more} of {} of {} have holidays that {code} does not include; to list the parts, run: offhours holidays \
             --parts {code}",
            counted(of_code.parts.len(), "part"),
            of_code.name
        ));
    }
}

/// Prints the countries, or those of the codes with their parts.
fn list_places(
    arguments: &HolidaysArguments,
    of_codes: &[CountryHolidays],
    years: &RangeInclusive<i32>,
) -> Result<Outcome, CommandError> {
    let is_asked = |country: &Country| {
        let is_of = |code: &str| code.split('-').next() == Some(country.code);
        of_codes.is_empty() || of_codes.iter().any(|asked| is_of(asked.code()))
    };
    let places: Vec<Place> =
        countries().filter(is_asked).flat_map(|country| places(&country, arguments.parts, years)).collect();
    let text = match arguments.output {
        HolidaysOutput::Table => printed::places(&places),
        HolidaysOutput::Json => printed::places_json(&places)?,
        HolidaysOutput::Ical => return Err(CommandError::NoCodes),
    };
    print(&text, arguments.color)?;
    Ok(Outcome::Clear)
}

fn places(country: &Country, with_parts: bool, years: &RangeInclusive<i32>) -> Vec<Place> {
    let number = |code: &str| {
        let holidays = country_holidays(code).ok()?;
        let mut dates: Vec<NaiveDate> = in_years(&holidays, years).map(|day| day.date).collect();
        dates.dedup();
        Some(dates.len())
    };
    let whole = Place {
        code: country.code.to_owned(),
        names: vec![country.name],
        holidays: with_parts.then(|| number(country.code)).flatten(),
        parts: (!with_parts).then_some(country.parts.len()),
    };
    let parts = country.parts.iter().filter(|_| with_parts).map(|part| {
        let code = format!("{}-{}", country.code, part.code);
        let names = if part.names.is_empty() { vec![part.code] } else { part.names.clone() };
        Place { holidays: number(&code), names, code, parts: None }
    });
    std::iter::once(whole).chain(parts).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::calendar::{Holidays, ICalendar, PublicHolidays};

    fn found(codes: &[&str], years: RangeInclusive<i32>) -> Vec<Holiday> {
        let of_codes: Vec<_> = codes.iter().map(|code| country_holidays(code).unwrap()).collect();
        holidays_in(&of_codes, &years)
    }

    #[test]
    fn a_holiday_of_several_codes_is_one_row() {
        let found = found(&["DE-BY", "DE-SN"], 2026..=2026);
        let row = |date: &str| {
            let rows = found.iter().filter(|holiday| holiday.date.to_string() == date);
            rows.map(|holiday| (&*holiday.name, holiday.codes.join(" "))).collect::<Vec<_>>()
        };
        assert_eq!(row("2026-10-03"), [("German Unity Day", "DE-BY DE-SN".to_owned())]);
        assert_eq!(row("2026-06-04"), [("Corpus Christi", "DE-BY".to_owned())]);
        assert_eq!(row("2026-11-18"), [("Repentance and Prayer Day", "DE-SN".to_owned())]);
    }

    #[test]
    fn what_is_printed_as_icalendar_is_read_back_as_the_same_days() {
        for code in countries().map(|country| country.code).chain(["DE-BY", "IN-KA", "US-PR", "BR-Sao-Paulo-Capital"]) {
            let years = *HOLIDAY_YEARS.start()..=*HOLIDAY_YEARS.end();
            let feed = printed::ical(&found(&[code], years));
            assert!(feed.lines().all(|line| line.len() <= 75), "{code}");
            let (calendar, problems) = ICalendar::parse(&feed);
            assert_eq!(problems, [], "{code}");
            let mut read = Holidays::default();
            read.add_calendar(&calendar);
            let known = PublicHolidays::of(&country_holidays(code).unwrap());
            let mut date: NaiveDate = "2019-12-01".parse().unwrap();
            while date.year() < 2037 {
                assert_eq!(read.name_on(date).is_some(), known.name_on(date).is_some(), "{code} {date}");
                date = date.succ_opt().unwrap();
            }
        }
    }

    #[test]
    fn years_are_one_or_a_range_within_the_data() {
        let years = |text: &str| text.parse::<Years>().map(|years| years.0);
        assert_eq!(years("2026"), Ok(2026..=2026));
        assert_eq!(years("2026-2028"), Ok(2026..=2028));
        for text in ["", "2019", "2036", "2028-2026", "2026-", "26", "next", "2026-2027-2028", "+2026"] {
            let message = "must be a year or a range of years from 2020 to 2035, such as 2035 or 2020-2035";
            assert_eq!(years(text), Err(message.to_owned()), "{text}");
        }
    }
}
