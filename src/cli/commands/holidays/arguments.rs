//! The flags of `offhours holidays`.

use std::ops::RangeInclusive;
use std::str::FromStr;

use clap::{Args, ColorChoice, ValueEnum};

use crate::calendar::HOLIDAY_YEARS;

/// The flags of `holidays`.
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

/// The output formats of `holidays`.
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
pub struct Years(pub RangeInclusive<i32>);

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

#[cfg(test)]
mod tests {
    use super::*;

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
