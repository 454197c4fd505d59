//! Tables of holidays, and of the countries that have them.

use super::holiday::Holiday;
use super::place::Place;
use crate::cli::output::{aligned, header};

/// A row for each holiday.
pub fn holidays(holidays: &[Holiday]) -> String {
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
