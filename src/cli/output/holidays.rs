//! Public holidays, and the countries that have them.

use chrono::{DateTime, NaiveDate, Utc};
use icalendar::{Calendar, Component as _, Event, EventLike as _, EventStatus};
use serde::Serialize;

use super::columns::{aligned, header};
use crate::calendar::HOLIDAY_DATA;
use crate::cli::CommandError;
use crate::cli::holidays::{Holiday, Place};

/// A row for each holiday.
pub fn table(holidays: &[Holiday]) -> String {
    let mut rows = vec![header(&["DATE", "DAY", "HOLIDAY", "CODE", "ESTIMATE"])];
    rows.extend(holidays.iter().map(|holiday| {
        let estimate = if holiday.estimate { "estimate" } else { "" };
        let (date, day) = (holiday.date.to_string(), holiday.date.format("%a").to_string());
        vec![date, day, holiday.name.clone(), holiday.codes.join(","), estimate.to_owned()]
    }));
    aligned(&rows)
}

/// A row for each country or part.
pub fn places(places: &[Place]) -> String {
    let has_parts = places.iter().any(|place| place.parts.is_some());
    let mut rows = vec![header(&["CODE", if has_parts { "PARTS" } else { "HOLIDAYS" }, "NAME"])];
    rows.extend(places.iter().map(|place| {
        let number = if has_parts { place.parts.filter(|parts| *parts > 0) } else { place.holidays };
        vec![place.code.clone(), number.map(|number| number.to_string()).unwrap_or_default(), place.names.join("; ")]
    }));
    aligned(&rows)
}

/// What the holidays come from, beside them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a, T> {
    data_set: &'a str,
    version: &'a str,
    #[serde(flatten)]
    content: T,
}

#[derive(Serialize)]
struct Holidays<'a> {
    holidays: &'a [Holiday],
}

#[derive(Serialize)]
struct Places<'a> {
    countries: &'a [Place],
}

/// One object.
pub fn json(holidays: &[Holiday]) -> Result<String, CommandError> {
    document(Holidays { holidays })
}

/// One object.
pub fn places_json(countries: &[Place]) -> Result<String, CommandError> {
    document(Places { countries })
}

fn document(content: impl Serialize) -> Result<String, CommandError> {
    let (data_set, version) = HOLIDAY_DATA;
    let text = serde_json::to_string_pretty(&Document { data_set, version, content }).map_err(CommandError::Json)?;
    Ok(text + "\n")
}

/// An all-day event for each holiday. The same holidays always give the same text.
pub fn ical(holidays: &[Holiday]) -> String {
    let mut calendar = Calendar::empty();
    let (data_set, version) = HOLIDAY_DATA;
    calendar.append_property(("VERSION", "2.0"));
    calendar.append_property(("PRODID", format!("-//offhours//{data_set} {version}//EN").as_str()));
    for (index, holiday) in holidays.iter().enumerate() {
        let of_date = holidays[..index].iter().rev().take_while(|before| before.date == holiday.date).count();
        let codes = holiday.codes.join(", ");
        let mut event =
            Event::with_uid(&format!("{}-{of_date}-{}@offhours.dev", holiday.date, holiday.codes.join("_")));
        event.timestamp(stamp()).starts(holiday.date).summary(&format!("{} ({codes})", holiday.name));
        if holiday.estimate {
            event.status(EventStatus::Tentative);
        }
        calendar.push(event.done());
    }
    calendar.to_string()
}

/// RFC 5545 wants to know when an event was written. That of the program would make each output another one.
fn stamp() -> DateTime<Utc> {
    NaiveDate::from_ymd_opt(2020, 1, 1)
        .map_or(DateTime::UNIX_EPOCH, |date| date.and_time(chrono::NaiveTime::MIN).and_utc())
}
