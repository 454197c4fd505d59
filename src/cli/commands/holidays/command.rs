//! Runs `offhours holidays`.

use std::ops::RangeInclusive;

use chrono::{Datelike as _, Utc};

use super::arguments::{HolidaysArguments, HolidaysOutput};
use super::error::HolidaysError;
use super::holiday::{Holiday, holidays_in, in_years};
use super::place::{Place, places};
use super::{ical, json, table};
use crate::calendar::{Country, CountryHolidays, HOLIDAY_DATA, HOLIDAY_YEARS, Part, countries, country_holidays};
use crate::cli::exit_status::Outcome;
use crate::cli::output::{Printed, counted, note, print, say};

/// Prints public holidays, or the countries that have them.
///
/// # Errors
/// When a code is not known, or the output cannot be written.
pub fn holidays(arguments: &HolidaysArguments) -> Result<Outcome, HolidaysError> {
    let this_year = Utc::now().year();
    let years = |last: i32| {
        let from_now = this_year.clamp(*HOLIDAY_YEARS.start(), *HOLIDAY_YEARS.end());
        let until = (this_year + last).clamp(*HOLIDAY_YEARS.start(), *HOLIDAY_YEARS.end());
        arguments.year.clone().map_or(from_now..=until, |years| years.0)
    };
    let named = arguments.codes.iter().map(|code| country_holidays(code)).collect::<Result<Vec<_>, _>>()?;
    if arguments.parts || named.is_empty() {
        return list_places(arguments, &named, &years(0));
    }
    let years = years(1);
    let found = holidays_in(&named, &years);
    let text = match arguments.output {
        HolidaysOutput::Table => table::holidays(&found),
        HolidaysOutput::Ical => ical::feed(&found),
        HolidaysOutput::Json => json::holidays(&found)?,
    };
    if print(&text, arguments.color)? == Printed::Whole {
        say(&summary(&found, &years));
        for country in named.iter().filter(|country| !country.code().contains('-')) {
            note_parts(country, &years);
        }
    }
    Ok(Outcome::Clear)
}

fn summary(found: &[Holiday], years: &RangeInclusive<i32>) -> String {
    let (data_set, version) = HOLIDAY_DATA;
    let estimates = found.iter().filter(|holiday| holiday.estimate).count();
    let years = if years.start() == years.end() {
        years.start().to_string()
    } else {
        format!("{} to {}", years.start(), years.end())
    };
    let estimated = if estimates == 1 { "1 is an estimate".to_owned() } else { format!("{estimates} are estimates") };
    format!("{} in {years}, {estimated} (data set {data_set} {version})", counted(found.len(), "holiday"))
}

/// Notes that a country has parts with holidays that the whole country does not have.
fn note_parts(country: &CountryHolidays, years: &RangeInclusive<i32>) {
    let code = country.code();
    let Some(Country { name, parts, .. }) = countries().find(|country| country.code == code) else { return };
    let dates = |holidays: &CountryHolidays| in_years(holidays, years).map(|day| day.date).collect::<Vec<_>>();
    let whole = dates(country);
    let has_more = |part: &&Part| {
        let part = country_holidays(&format!("{code}-{}", part.code));
        part.is_ok_and(|part| dates(&part).iter().any(|date| !whole.contains(date)))
    };
    let with_more = parts.iter().filter(has_more).count();
    if with_more > 0 {
        note(&format!(
            "{with_more} of {} of {name} have holidays that {code} does not include; to list the parts, run: offhours holidays \
             --parts {code}",
            counted(parts.len(), "part"),
        ));
    }
}

/// Prints all countries or the named ones, with their parts if these are wanted.
fn list_places(
    arguments: &HolidaysArguments,
    named: &[CountryHolidays],
    years: &RangeInclusive<i32>,
) -> Result<Outcome, HolidaysError> {
    let is_wanted = |country: &Country| {
        let is_in_country = |code: &str| code.split('-').next() == Some(country.code);
        named.is_empty() || named.iter().any(|holidays| is_in_country(holidays.code()))
    };
    let places: Vec<Place> =
        countries().filter(is_wanted).flat_map(|country| places(&country, arguments.parts, years)).collect();
    let text = match arguments.output {
        HolidaysOutput::Table => table::places(&places),
        HolidaysOutput::Json => json::places(&places)?,
        HolidaysOutput::Ical => return Err(HolidaysError::NoCodes),
    };
    print(&text, arguments.color)?;
    Ok(Outcome::Clear)
}
