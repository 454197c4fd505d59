//! The public holidays of several countries, or parts of countries.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use chrono::{Datelike as _, NaiveDate};
use serde::Serialize;

use crate::calendar::{CountryHolidays, PublicHoliday};

/// A holiday, and the codes of the countries and parts that have it.
#[derive(Debug, Serialize)]
pub struct Holiday {
    pub date: NaiveDate,
    pub name: String,
    pub codes: Vec<String>,
    pub estimate: bool,
}

/// The holidays of several countries, ordered by date and name.
pub fn holidays_in(countries: &[CountryHolidays], years: &RangeInclusive<i32>) -> Vec<Holiday> {
    let mut found: BTreeMap<(NaiveDate, Arc<str>), Holiday> = BTreeMap::new();
    for country in countries {
        for PublicHoliday { date, name, is_estimate } in in_years(country, years) {
            let holiday = found.entry((*date, Arc::clone(name))).or_insert_with(|| Holiday {
                date: *date,
                name: name.to_string(),
                codes: Vec::new(),
                estimate: true,
            });
            holiday.estimate &= is_estimate;
            if !holiday.codes.iter().any(|code| code == country.code()) {
                holiday.codes.push(country.code().to_owned());
            }
        }
    }
    found.into_values().collect()
}

/// The holidays of a country in these years.
pub fn in_years<'a>(
    country: &'a CountryHolidays,
    years: &'a RangeInclusive<i32>,
) -> impl Iterator<Item = &'a PublicHoliday> {
    country.days().iter().filter(|day| years.contains(&day.date.year()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::calendar::country_holidays;

    #[test]
    fn a_holiday_that_several_countries_have_is_one_holiday() {
        let countries = ["DE-BY", "DE-SN"].map(|code| country_holidays(code).unwrap());
        let found = holidays_in(&countries, &(2026..=2026));
        let row = |date: &str| {
            let rows = found.iter().filter(|holiday| holiday.date.to_string() == date);
            rows.map(|holiday| (&*holiday.name, holiday.codes.join(" "))).collect::<Vec<_>>()
        };
        assert_eq!(row("2026-10-03"), [("German Unity Day", "DE-BY DE-SN".to_owned())]);
        assert_eq!(row("2026-06-04"), [("Corpus Christi", "DE-BY".to_owned())]);
        assert_eq!(row("2026-11-18"), [("Repentance and Prayer Day", "DE-SN".to_owned())]);
    }
}
