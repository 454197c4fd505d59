//! The public holidays of countries and their parts.

use std::ops::RangeInclusive;
use std::sync::Arc;

use chrono::NaiveDate;

use super::country_code::{CountryError, unknown};
use super::country_file::{country, holidays};
use super::country_files::{DATA_SET, YEARS};

/// The name and the version of the data set of public holidays that is compiled in.
pub const HOLIDAY_DATA: (&str, &str) = DATA_SET;

/// The years that the data set covers. A date in another year is no public holiday of any country.
pub const HOLIDAY_YEARS: RangeInclusive<i32> = YEARS;

/// A public holiday of a country, or of a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicHoliday {
    /// The local date.
    pub date: NaiveDate,
    /// The name, in English if there is one. A day that replaces a holiday at a weekend is named `… (observed)`.
    pub name: Arc<str>,
    /// Whether the date is not certain yet, because a lunar calendar or a government decides it later.
    pub is_estimate: bool,
}

/// The public holidays of a country, or of a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountryHolidays {
    code: String,
    name: String,
    days: Vec<PublicHoliday>,
}

impl CountryHolidays {
    /// The code, such as `DE` or `DE-BY`.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The name of the country, after that of the part: `Germany`, `Bavaria, Germany`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The holidays, in the order of their dates. A date may have several.
    #[must_use]
    pub fn days(&self) -> &[PublicHoliday] {
        &self.days
    }

    #[cfg(test)]
    pub(super) fn of_test(code: &str, dates: &[(NaiveDate, bool)]) -> Self {
        let day = |&(date, is_estimate): &_| PublicHoliday { date, name: Arc::from("day"), is_estimate };
        Self { code: code.to_owned(), name: code.to_owned(), days: dates.iter().map(day).collect() }
    }
}

/// The public holidays of the country with this ISO 3166-1 code, or of the part of a country with this ISO 3166-2 code. The
/// list of a part is complete: it includes the holidays of the whole country that are holidays there too.
///
/// # Errors
/// [`CountryError`] for a code that is not in the data set, with the codes that may be meant.
pub fn country_holidays(code: &str) -> Result<CountryHolidays, CountryError> {
    let (of_country, of_part) = code.split_once('-').map_or((code, None), |(country, part)| (country, Some(part)));
    let Some((country, file)) = country(of_country) else { return Err(unknown(code)) };
    let part = of_part.map(|of_part| country.parts.iter().find(|part| part.code == of_part).ok_or(of_part));
    let (whose, name) = match part {
        None => (country.code, country.name.to_owned()),
        Some(Ok(part)) => match part.names.first() {
            Some(name) => (part.code, format!("{name}, {}", country.name)),
            None => (part.code, format!("{}, {}", part.code, country.name)),
        },
        Some(Err(_)) => return Err(unknown(code)),
    };
    let mut days = Vec::new();
    for holiday in holidays(file).into_iter().filter(|holiday| holiday.is_of(whose)) {
        let name: Arc<str> = Arc::from(holiday.name);
        let day = |(date, is_estimate)| PublicHoliday { date, name: Arc::clone(&name), is_estimate };
        days.extend(holiday.dates.into_iter().map(day));
    }
    days.sort_by_key(|day| day.date);
    Ok(CountryHolidays { code: code.to_owned(), name, days })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use chrono::Datelike;

    use super::super::countries;
    use super::*;

    fn dates(code: &str, year: i32) -> Vec<String> {
        let holidays = country_holidays(code).unwrap();
        let mut dates: Vec<NaiveDate> = holidays.days().iter().map(|day| day.date).collect();
        dates.dedup();
        dates.into_iter().filter(|date| date.year() == year).map(|date| date.format("%m-%d").to_string()).collect()
    }

    #[test]
    fn the_public_holidays_of_germany_in_2026_are_those_of_the_whole_country() {
        let days = ["01-01", "04-03", "04-06", "05-01", "05-14", "05-25", "10-03", "12-25", "12-26"];
        assert_eq!(dates("DE", 2026), days);
    }

    #[test]
    fn a_part_has_the_holidays_of_the_country_and_its_own() {
        let days = [
            "01-01", "01-06", "04-03", "04-06", "05-01", "05-14", "05-25", "06-04", "10-03", "11-01", "12-25", "12-26",
        ];
        assert_eq!(dates("DE-BY", 2026), days);
    }

    /// Days that people who live there know, several of which were wrong in an earlier data set.
    #[test]
    fn well_known_public_holidays_are_in_the_data_and_working_days_are_not() {
        for (code, year, holidays_of, worked) in [
            ("TR", 2026, vec!["03-20", "03-21", "03-22", "05-27", "05-28", "05-29", "05-30"], vec!["03-19"]),
            ("CN", 2025, vec!["01-28", "01-29", "01-30", "01-31", "04-04", "10-06", "10-07", "10-08"], vec!["10-09"]),
            ("SG", 2025, vec!["03-31", "05-12", "06-07", "10-20"], vec!["10-21"]),
            ("GB", 2026, vec!["01-01", "04-03", "05-04", "05-25", "12-25", "12-28"], vec!["07-04"]),
            ("US", 2026, vec!["07-03", "07-04", "10-12", "11-26"], vec!["11-27"]),
            ("JP", 2024, vec!["09-22", "09-23"], vec!["12-25"]),
            ("JP", 2026, vec!["01-12", "05-04", "05-05", "05-06", "09-22"], vec!["12-25"]),
            ("KR", 2025, vec!["05-05", "05-06"], vec!["05-07"]),
            ("CA", 2027, vec!["07-01", "12-25"], vec!["11-26"]),
            ("UA", 2026, vec![], vec!["01-01", "03-09", "08-24"]),
            ("IL", 2026, vec!["04-02", "09-21"], vec!["12-25"]),
            ("SA", 2026, vec!["09-23"], vec!["12-25"]),
            ("IN-KA", 2026, vec!["01-26", "08-15", "10-02", "11-01"], vec!["12-24"]),
            ("US-CA", 2026, vec!["03-31", "11-27"], vec!["10-12"]),
            ("AU-VIC", 2026, vec!["03-09", "11-03"], vec!["08-03"]),
            ("CH-ZH", 2026, vec!["08-01", "05-01"], vec!["06-04"]),
            ("FR", 2026, vec!["04-06", "05-08", "07-14", "08-15", "11-01", "11-11"], vec!["07-15"]),
            ("IT", 2025, vec!["04-25", "05-01", "06-02", "08-15", "12-08", "12-26"], vec!["12-24"]),
            ("PL", 2024, vec!["01-06", "05-01", "05-03", "11-01", "11-11"], vec!["05-02"]),
            ("PL", 2025, vec!["12-24"], vec!["12-31"]),
            ("BR", 2026, vec!["01-01", "04-21", "05-01", "09-07", "11-15", "11-20"], vec!["07-04"]),
        ] {
            let found = dates(code, year);
            for day in holidays_of {
                assert!(found.contains(&day.to_owned()), "{code} {year}-{day}: {found:?}");
            }
            for day in worked {
                assert!(!found.contains(&day.to_owned()), "{code} {year}-{day}: {found:?}");
            }
        }
    }

    #[test]
    fn a_holiday_at_a_weekend_stays_one_beside_the_day_that_stands_for_it() {
        // 4 July 2026 is a Saturday, 26 December 2026 too.
        let named = |code: &str, date: &str| {
            let holidays = country_holidays(code).unwrap();
            let date: NaiveDate = date.parse().unwrap();
            let names = holidays.days().iter().filter(|day| day.date == date).map(|day| day.name.to_string());
            names.collect::<Vec<_>>().join("; ")
        };
        assert_eq!(named("US", "2026-07-03"), "Independence Day (observed)");
        assert_eq!(named("US", "2026-07-04"), "Independence Day");
        assert_eq!(named("GB", "2026-12-26"), "Boxing Day");
        assert_eq!(named("GB", "2026-12-28"), "Boxing Day (observed)");
    }

    #[test]
    fn every_code_has_holidays_in_order_and_in_each_year_and_its_own_name() {
        let mut codes = 0;
        for country in countries() {
            let parts = country.parts.iter().map(|part| format!("{}-{}", country.code, part.code));
            for code in parts.chain([country.code.to_owned()]) {
                let holidays = country_holidays(&code).unwrap();
                assert_eq!(holidays.code(), code);
                assert!(holidays.name().ends_with(country.name), "{}", holidays.name());
                assert!(holidays.days().is_sorted_by_key(|day| day.date), "{code}");
                let mut years: Vec<i32> = holidays.days().iter().map(|day| day.date.year()).collect();
                years.dedup();
                // Heard Island and Ukraine since 2022 have none.
                assert!(years.iter().all(|year| HOLIDAY_YEARS.contains(year)), "{code}");
                codes += 1;
            }
        }
        assert_eq!(codes, 250 + 651);
    }

    #[test]
    fn estimates_are_marked() {
        let turkey = country_holidays("TR").unwrap();
        let estimates: Vec<i32> =
            turkey.days().iter().filter(|day| day.is_estimate).map(|day| day.date.year()).collect();
        assert!(estimates.iter().all(|year| *year >= 2033), "{estimates:?}");
        assert!(!estimates.is_empty());
        assert!(country_holidays("DE-BY").unwrap().days().iter().all(|day| !day.is_estimate));
    }
}
