//! The public holidays of several countries, indexed by date.

use std::sync::Arc;

use chrono::{Datelike, NaiveDate};

use super::country::{CountryHolidays, HOLIDAY_YEARS, PublicHoliday};
use super::holiday_name::shown_name;

/// The most characters of the names of a day before its code. Findings show 128 characters of both.
const MAX_NAMES_CHARS: usize = 100;

const DAYS_PER_WORD: usize = 64;

/// The public holidays of several codes. The name of a date comes from the code that was added first, of those that have it.
///
/// Most dates are no holiday. To find that out costs the test of one bit, for one code and for a hundred.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicHolidays {
    codes: Vec<String>,
    /// One bit for each day from 1 January of the first year on; empty without codes.
    days: Vec<u64>,
    /// The holiday of each bit that is set, in the order of the dates.
    holidays: Vec<Day>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Day {
    date: NaiveDate,
    /// `Corpus Christi (DE-BY)`.
    name: Arc<str>,
    is_estimate: bool,
}

/// The public holidays from a date on, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outlook {
    /// The number of dates that are public holidays.
    pub days: usize,
    /// The number of those dates that are estimates.
    pub estimates: usize,
    /// The first estimate.
    pub first_estimate: Option<NaiveDate>,
}

impl PublicHolidays {
    /// The public holidays of a country, or of a part of one.
    #[must_use]
    pub fn of(country: &CountryHolidays) -> Self {
        let same_date = country.days().chunk_by(|a, b| a.date == b.date);
        let day = |days: &[PublicHoliday]| {
            let names: Vec<&str> = days.iter().map(|day| &*day.name).collect();
            let name = shown_name(&format!("{} ({})", cut(&names.join("; ")), country.code()));
            Day { date: days[0].date, name, is_estimate: days.iter().all(|day| day.is_estimate) }
        };
        let mut public = Self { codes: vec![country.code().to_owned()], ..Self::default() };
        public.set(same_date.map(day).collect());
        public
    }

    /// Adds the holidays of further codes. A date that both have keeps its name, and is no estimate if it is certain in one.
    pub fn add(&mut self, other: &Self) {
        let new = other.codes.iter().filter(|code| !self.codes.contains(code));
        let new: Vec<String> = new.cloned().collect();
        if new.is_empty() {
            return;
        }
        self.codes.extend(new);
        let mut holidays = std::mem::take(&mut self.holidays);
        holidays.extend(other.holidays.iter().cloned());
        // The sort is stable: of two days with the same date, that of the code that was added first comes first.
        holidays.sort_by_key(|day| day.date);
        holidays.dedup_by(|later, first| {
            let is_same = later.date == first.date;
            first.is_estimate &= !is_same || later.is_estimate;
            is_same
        });
        self.set(holidays);
    }

    fn set(&mut self, holidays: Vec<Day>) {
        self.days = vec![0; index(last_day()).unwrap_or_default() / DAYS_PER_WORD + 1];
        for index in holidays.iter().filter_map(|day| index(day.date)) {
            self.days[index / DAYS_PER_WORD] |= 1 << (index % DAYS_PER_WORD);
        }
        self.holidays = holidays;
    }

    /// The codes, in the order in which they were added.
    #[must_use]
    pub fn codes(&self) -> &[String] {
        &self.codes
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.holidays.is_empty()
    }

    /// The names of the holidays on this date with the code, such as `Corpus Christi (DE-BY)`; None if there are none.
    #[must_use]
    pub fn name_on(&self, date: NaiveDate) -> Option<&str> {
        let index = index(date)?;
        let word = self.days.get(index / DAYS_PER_WORD)?;
        if word & (1 << (index % DAYS_PER_WORD)) == 0 {
            return None;
        }
        let found = self.holidays.binary_search_by_key(&date, |day| day.date).ok()?;
        Some(&self.holidays[found].name)
    }

    /// The first holiday on or after `date`.
    pub(super) fn first_from(&self, date: NaiveDate) -> Option<NaiveDate> {
        let at = self.holidays.partition_point(|day| day.date < date);
        self.holidays.get(at).map(|day| day.date)
    }

    /// The public holidays from `date` on, in numbers.
    #[must_use]
    pub fn outlook(&self, date: NaiveDate) -> Outlook {
        let ahead = &self.holidays[self.holidays.partition_point(|day| day.date < date)..];
        let mut estimates = ahead.iter().filter(|day| day.is_estimate).map(|day| day.date);
        let first_estimate = estimates.next();
        let more = estimates.count();
        Outlook { days: ahead.len(), estimates: more + usize::from(first_estimate.is_some()), first_estimate }
    }
}

/// The last date that the data set covers.
#[must_use]
pub fn last_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(*HOLIDAY_YEARS.end(), 12, 31).unwrap_or(NaiveDate::MAX)
}

/// The number of a date that the data set covers, from 0.
fn index(date: NaiveDate) -> Option<usize> {
    if !HOLIDAY_YEARS.contains(&date.year()) {
        return None;
    }
    let first = NaiveDate::from_ymd_opt(*HOLIDAY_YEARS.start(), 1, 1)?;
    usize::try_from(date.num_days_from_ce() - first.num_days_from_ce()).ok()
}

/// The names, cut to [`MAX_NAMES_CHARS`] with an ellipsis.
fn cut(names: &str) -> String {
    if names.chars().count() <= MAX_NAMES_CHARS {
        return names.to_owned();
    }
    let kept: String = names.chars().take(MAX_NAMES_CHARS - 1).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::{countries, country_holidays};
    use super::*;

    fn public(codes: &[&str]) -> PublicHolidays {
        let mut public = PublicHolidays::default();
        codes.iter().for_each(|code| public.add(&PublicHolidays::of(&country_holidays(code).unwrap())));
        public
    }

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_date_has_its_name_with_the_code_that_was_added_first() {
        for (codes, name) in
            [(["DE", "DE-BY", "AT"], "German Unity Day (DE)"), (["AT", "DE-BY", "DE"], "German Unity Day (DE-BY)")]
        {
            assert_eq!(public(&codes).name_on(date("2026-10-03")), Some(name));
        }
        assert_eq!(public(&["DE", "DE-BY"]).name_on(date("2026-06-04")), Some("Corpus Christi (DE-BY)"));
        assert_eq!(public(&["DE"]).name_on(date("2026-06-04")), None);
    }

    #[test]
    fn a_date_with_several_holidays_names_all_of_them() {
        let name = "National Sovereignty and Children's Day; Eid al-Fitr (TR)";
        assert_eq!(public(&["TR"]).name_on(date("2023-04-23")), Some(name));
    }

    #[test]
    fn names_leave_room_for_the_code_in_what_a_finding_shows() {
        for country in countries() {
            let codes = country.parts.iter().map(|part| format!("{}-{}", country.code, part.code));
            for code in codes.chain([country.code.to_owned()]) {
                for day in public(&[&code]).holidays {
                    assert!(
                        day.name.chars().count() <= 128 && day.name.ends_with(&format!("({code})")),
                        "{}",
                        day.name
                    );
                }
            }
        }
    }

    #[test]
    fn every_holiday_of_every_code_is_found_and_no_other_date() {
        let codes = ["DE-BY", "IN-KA", "TR", "US-CA"];
        let public = public(&codes);
        let each: Vec<CountryHolidays> = codes.iter().map(|code| country_holidays(code).unwrap()).collect();
        let mut day = date("2018-12-31");
        let mut expected = Vec::new();
        while day < date("2037-01-01") {
            let is_holiday = each.iter().any(|country| country.days().iter().any(|holiday| holiday.date == day));
            assert_eq!(public.name_on(day).is_some(), is_holiday, "{day}");
            expected.extend(is_holiday.then_some(day));
            day = day.succ_opt().unwrap();
        }
        for (first, after) in expected.iter().zip(&expected[1..]) {
            assert_eq!(public.first_from(first.succ_opt().unwrap()), Some(*after));
            assert_eq!(public.first_from(*first), Some(*first));
        }
        assert_eq!(public.first_from(NaiveDate::MIN), expected.first().copied());
        assert_eq!(public.first_from(NaiveDate::MAX), None);
        assert_eq!((public.name_on(NaiveDate::MIN), public.name_on(NaiveDate::MAX)), (None, None));
    }

    #[test]
    fn the_outlook_counts_the_days_ahead_and_the_estimates_among_them() {
        let none = Outlook::default();
        assert_eq!(PublicHolidays::default().outlook(date("2026-01-01")), none);
        let turkey = public(&["TR"]);
        // The two Eids of 2033 to 2035: there are two Eids al-Fitr in 2033.
        let ahead = turkey.outlook(date("2033-01-01"));
        assert_eq!((ahead.estimates, ahead.first_estimate), (24, Some(date("2033-01-02"))));
        assert_eq!(turkey.outlook(date("2035-12-02")).days, 2);
        assert_eq!(turkey.outlook(date("2036-01-01")), none);
    }

    #[test]
    fn a_date_that_one_of_two_codes_knows_is_no_estimate() {
        let ascension = date("2033-04-21");
        let certain = CountryHolidays::of_test("XA", &[(ascension, false)]);
        let estimate = CountryHolidays::of_test("XB", &[(ascension, true)]);
        for [first, second] in [[&certain, &estimate], [&estimate, &certain]] {
            let mut both = PublicHolidays::of(first);
            both.add(&PublicHolidays::of(second));
            assert_eq!(both.outlook(ascension), Outlook { days: 1, estimates: 0, first_estimate: None });
        }
    }
}
