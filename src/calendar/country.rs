//! Public holidays by country.

use std::ops::RangeInclusive;
use std::sync::Arc;

use chrono::NaiveDate;
use opening_hours::ContextHolidays;
use opening_hours::localization::Country;

/// The data set of public holidays that is compiled in: its crate and version. It says on which days a country has a public
/// holiday, substitutes for those at a weekend included where the country has them. It does not know their names.
pub const HOLIDAY_DATA: &str = "opening-hours 1.4.0";

/// The years that the data set covers. A date outside of them is no public holiday of any country.
pub const HOLIDAY_YEARS: RangeInclusive<i32> = 2000..=2076;

/// The public holidays of a country: those of the whole country, not of its parts. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountryHolidays {
    code: &'static str,
    name: Arc<str>,
    days: ContextHolidays,
}

/// A code is not one of a country whose public holidays are known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CountryError {
    /// The code of a part of a country. The data set has the days that are holidays in some part, but not in which.
    #[error(
        "{code:?}: {HOLIDAY_DATA} has no holidays of parts of a country: write {country:?} for those of the whole country, and list those of {code} as dates or in a calendar"
    )]
    Subdivision {
        /// What was written.
        code: String,
        /// The code of the country.
        country: &'static str,
    },
    /// The code in lower case, or with spaces.
    #[error("{code:?} is not the code of a country: write {country:?}")]
    Spelling {
        /// What was written.
        code: String,
        /// The code of the country.
        country: &'static str,
    },
    /// No country of the data set has this code.
    #[error(
        "{HOLIDAY_DATA} has no holidays of {code:?}: write the two letters of ISO 3166-1, such as \"DE\" or \"US\", or list the holidays as dates or in a calendar"
    )]
    Unknown {
        /// What was written.
        code: String,
    },
}

/// The public holidays of the country with this ISO 3166-1 code of two capital letters.
///
/// # Errors
/// [`CountryError`] for the code of a part of a country (ISO 3166-2, `DE-BY`), and for a code that the data set does not have.
pub fn country_holidays(code: &str) -> Result<CountryHolidays, CountryError> {
    if let Ok(country) = code.parse::<Country>() {
        return Ok(CountryHolidays::of(country));
    }
    let capitals = code.trim().to_ascii_uppercase();
    let owned = code.to_owned();
    Err(match (capitals.parse::<Country>(), capitals.split_once('-')) {
        (Ok(country), _) => CountryError::Spelling { code: owned, country: country.iso_code() },
        (Err(_), Some((country, _))) => match country.parse::<Country>() {
            Ok(country) => CountryError::Subdivision { code: owned, country: country.iso_code() },
            Err(_) => CountryError::Unknown { code: owned },
        },
        (Err(_), None) => CountryError::Unknown { code: owned },
    })
}

impl CountryHolidays {
    fn of(country: Country) -> Self {
        let code = country.iso_code();
        Self { code, name: Arc::from(format!("public holiday in {code}")), days: country.holidays() }
    }

    /// The ISO 3166-1 code of the country.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }

    pub(super) fn name_on(&self, date: NaiveDate) -> Option<&str> {
        self.days.get_public().contains(date).then_some(&self.name)
    }

    /// The first public holiday on or after `date`.
    pub(super) fn first_from(&self, date: NaiveDate) -> Option<NaiveDate> {
        let public = self.days.get_public();
        if public.contains(date) { Some(date) } else { public.first_after(date) }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use chrono::Datelike;

    use super::*;

    fn holidays(code: &str, year: i32) -> Vec<String> {
        let days = country_holidays(code).unwrap().days;
        days.get_public().iter().filter(|day| day.year() == year).map(|day| day.format("%m-%d").to_string()).collect()
    }

    #[test]
    fn the_public_holidays_of_germany_in_2026_are_those_of_the_whole_country() {
        let days = ["01-01", "04-03", "04-06", "05-01", "05-14", "05-25", "10-03", "12-25", "12-26"];
        assert_eq!(holidays("DE", 2026), days);
    }

    /// Days that people who live there know, against the data set.
    #[test]
    fn well_known_public_holidays_are_in_the_data_and_working_days_are_not() {
        for (code, year, holidays_of, worked) in [
            ("DE", 2026, vec!["01-01", "04-03", "05-01", "10-03", "12-25", "12-26"], vec!["12-24", "11-19"]),
            ("DE", 2024, vec!["03-29", "04-01", "05-09", "05-20"], vec!["05-10"]),
            (
                "FR",
                2026,
                vec!["01-01", "04-06", "05-01", "05-08", "07-14", "08-15", "11-01", "11-11", "12-25"],
                vec!["07-15"],
            ),
            ("US", 2026, vec!["01-01", "01-19", "05-25", "06-19", "09-07", "11-11", "11-26", "12-25"], vec!["11-27"]),
            ("GB", 2026, vec!["04-03", "05-04", "05-25", "12-25"], vec!["07-04"]),
            ("JP", 2026, vec!["01-01", "01-12", "02-11", "04-29", "05-04", "05-05", "05-06", "11-03"], vec!["12-25"]),
            ("IT", 2025, vec!["04-25", "05-01", "06-02", "08-15", "12-08", "12-25", "12-26"], vec!["12-24"]),
            ("PL", 2024, vec!["01-06", "05-01", "05-03", "11-01", "11-11", "12-25"], vec!["05-02"]),
            ("BR", 2026, vec!["01-01", "04-21", "05-01", "09-07", "11-15", "12-25"], vec!["07-04"]),
        ] {
            let found = holidays(code, year);
            for day in holidays_of {
                assert!(found.contains(&day.to_owned()), "{code} {year}-{day}: {found:?}");
            }
            for day in worked {
                assert!(!found.contains(&day.to_owned()), "{code} {year}-{day}: {found:?}");
            }
        }
    }

    /// A gap to know of: the data set has this day by part of the country only, since it is another one in Scotland.
    #[test]
    fn new_year_is_missing_in_great_britain() {
        assert!(!holidays("GB", 2026).contains(&"01-01".to_owned()));
    }

    #[test]
    fn a_holiday_at_a_weekend_is_observed_on_the_day_that_stands_for_it() {
        // 4 July 2026 is a Saturday, 26 December 2026 too.
        assert!(holidays("US", 2026).contains(&"07-03".to_owned()));
        assert!(holidays("GB", 2026).contains(&"12-28".to_owned()));
    }

    #[test]
    fn every_country_has_holidays_from_the_first_year_to_the_last() {
        for country in Country::ALL {
            let holidays = CountryHolidays::of(country);
            assert_eq!(country_holidays(holidays.code()).as_ref(), Ok(&holidays));
            let mut years: Vec<i32> = holidays.days.get_public().iter().map(|day| day.year()).collect();
            years.dedup();
            years.retain(|year| HOLIDAY_YEARS.contains(year));
            assert_eq!(years, HOLIDAY_YEARS.collect::<Vec<_>>(), "{}", holidays.code());
            assert_eq!(holidays.first_from(NaiveDate::from_ymd_opt(2080, 1, 1).unwrap()), None);
        }
    }

    #[test]
    fn the_first_holiday_from_a_date_on_may_be_that_date() {
        let germany = country_holidays("DE").unwrap();
        let date = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(germany.first_from(date("2026-10-03")), Some(date("2026-10-03")));
        assert_eq!(germany.first_from(date("2026-10-04")), Some(date("2026-12-25")));
        assert_eq!(germany.first_from(date("2026-12-27")), Some(date("2027-01-01")));
        assert!(germany.first_from(NaiveDate::MIN).is_some());
        assert_eq!(germany.first_from(NaiveDate::MAX), None);
    }

    #[test]
    fn the_version_is_the_one_that_is_built_in() {
        let (name, version) = HOLIDAY_DATA.split_once(' ').unwrap();
        let locked = format!("name = \"{name}\"\nversion = \"{version}\"");
        assert!(
            include_str!("../../Cargo.lock").contains(&locked),
            "Cargo.lock has another version than {HOLIDAY_DATA}"
        );
    }

    #[test]
    fn codes_that_are_refused_say_what_to_write() {
        for (code, message) in [
            (
                "DE-BY",
                "\"DE-BY\": opening-hours 1.4.0 has no holidays of parts of a country: write \"DE\" for those of the whole country, and list those of DE-BY as dates or in a calendar",
            ),
            ("de", "\"de\" is not the code of a country: write \"DE\""),
            (" DE", "\" DE\" is not the code of a country: write \"DE\""),
            (
                "XX-YY",
                "opening-hours 1.4.0 has no holidays of \"XX-YY\": write the two letters of ISO 3166-1, such as \"DE\" or \"US\", or list the holidays as dates or in a calendar",
            ),
        ] {
            assert_eq!(country_holidays(code).unwrap_err().to_string(), message);
        }
        for code in ["", "-", "XX", "Germany", "DEU", "ÄÖ"] {
            assert_eq!(country_holidays(code), Err(CountryError::Unknown { code: code.to_owned() }));
        }
    }
}
