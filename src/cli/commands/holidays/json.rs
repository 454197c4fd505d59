//! Holidays, and the countries that have them, in JSON.

use serde::Serialize;

use super::holiday::Holiday;
use super::place::Place;
use crate::calendar::HOLIDAY_DATA;
use crate::cli::output::{JsonError, pretty_json};

/// The content, with the data set that it comes from.
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

/// An object with the holidays.
pub fn holidays(holidays: &[Holiday]) -> Result<String, JsonError> {
    document(Holidays { holidays })
}

/// An object with the countries and parts.
pub fn places(countries: &[Place]) -> Result<String, JsonError> {
    document(Places { countries })
}

fn document(content: impl Serialize) -> Result<String, JsonError> {
    let (data_set, version) = HOLIDAY_DATA;
    pretty_json(&Document { data_set, version, content })
}
