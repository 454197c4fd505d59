//! The countries that have holidays, and their parts.

use std::ops::RangeInclusive;

use chrono::NaiveDate;
use serde::Serialize;

use super::holiday::in_years;
use crate::calendar::{Country, country_holidays};

/// A country, or a part of one.
#[derive(Debug, Serialize)]
pub struct Place {
    pub code: String,
    pub names: Vec<&'static str>,
    /// The number of dates in the years that are holidays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holidays: Option<usize>,
    /// The number of its parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<usize>,
}

/// A country, and its parts if they are wanted.
pub fn places(country: &Country, with_parts: bool, years: &RangeInclusive<i32>) -> Vec<Place> {
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
