//! Holidays as an iCalendar feed.

use chrono::{DateTime, NaiveDate, Utc};
use icalendar::{Calendar, Component as _, Event, EventLike as _, EventStatus};

use super::holiday::Holiday;
use crate::calendar::HOLIDAY_DATA;

/// An all-day event for each holiday. The same holidays always give the same text.
pub fn feed(holidays: &[Holiday]) -> String {
    let mut calendar = Calendar::empty();
    let (data_set, version) = HOLIDAY_DATA;
    calendar.append_property(("VERSION", "2.0"));
    calendar.append_property(("PRODID", format!("-//offhours//{data_set} {version}//EN").as_str()));
    for (index, holiday) in holidays.iter().enumerate() {
        let number = holidays[..index].iter().rev().take_while(|before| before.date == holiday.date).count();
        let codes = holiday.codes.join(", ");
        let mut event = Event::with_uid(&format!("{}-{number}-{}@offhours.dev", holiday.date, holiday.codes.join("_")));
        event.timestamp(stamp()).starts(holiday.date).summary(&format!("{} ({codes})", holiday.name));
        if holiday.estimate {
            event.status(EventStatus::Tentative);
        }
        calendar.push(event.done());
    }
    calendar.to_string()
}

/// RFC 5545 requires the time at which an event was written. The current time would make each output different.
fn stamp() -> DateTime<Utc> {
    NaiveDate::from_ymd_opt(2020, 1, 1)
        .map_or(DateTime::UNIX_EPOCH, |date| date.and_time(chrono::NaiveTime::MIN).and_utc())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use chrono::Datelike as _;

    use super::super::holiday::holidays_in;
    use super::*;
    use crate::calendar::{HOLIDAY_YEARS, Holidays, ICalendar, PublicHolidays, countries, country_holidays};

    #[test]
    fn a_feed_is_read_back_as_the_same_days() {
        for code in countries().map(|country| country.code).chain(["DE-BY", "IN-KA", "US-PR", "BR-Sao-Paulo-Capital"]) {
            let country = country_holidays(code).unwrap();
            let feed = feed(&holidays_in(std::slice::from_ref(&country), &HOLIDAY_YEARS));
            assert!(feed.lines().all(|line| line.len() <= 75), "{code}");
            let (calendar, warnings) = ICalendar::parse(&feed);
            assert_eq!(warnings, [], "{code}");
            let mut read = Holidays::default();
            read.add_calendar(&calendar);
            let known = PublicHolidays::of(&country);
            let mut date: NaiveDate = "2019-12-01".parse().unwrap();
            while date.year() < 2037 {
                assert_eq!(read.name_on(date).is_some(), known.name_on(date).is_some(), "{code} {date}");
                date = date.succ_opt().unwrap();
            }
        }
    }
}
