//! `Schedule` compared with another formulation of the same rules: a week is a table of 10,080 minutes, a window marks
//! some of them by start and length, a wall clock is UTC plus one of two offsets, and transitions are found by trying
//! every minute.

#![allow(clippy::unwrap_used)]

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Timelike, Utc};
use chrono::{Weekday, WeekdaySet};
use chrono_tz::{OffsetComponents, TZ_VARIANTS, Tz};
use proptest::prelude::*;

use super::{Hours, OffHoursReason, Schedule, TimeOfDay, Window};

const DAY: usize = 1_440;
const WEEK: usize = 7 * DAY;

/// A window before it is checked: weekdays as bits from Monday, minutes since midnight.
type PlainWindow = (u8, usize, usize);

fn any_window() -> impl Strategy<Value = PlainWindow> {
    // Mostly around the small hours, where clocks are set, and on the half hours where edges of windows meet.
    let time = || prop_oneof![0..DAY, 0..300usize, (0..48usize).prop_map(|half| half * 30)];
    (1u8..128, time(), prop_oneof![time(), Just(DAY)])
        .prop_filter("starts when it ends", |(_, start, end)| start != end)
}

fn any_windows() -> impl Strategy<Value = Vec<PlainWindow>> {
    prop::collection::vec(any_window(), 0..4)
}

fn any_zone() -> impl Strategy<Value = Tz> {
    prop::sample::select(&TZ_VARIANTS[..])
}

fn time_of_day(minutes: usize) -> TimeOfDay {
    TimeOfDay::from_hour_minute((minutes / 60) as u16, (minutes % 60) as u16).unwrap()
}

fn schedule(zone: Tz, windows: &[PlainWindow]) -> Schedule {
    let windows = windows.iter().map(|&(days, start, end)| {
        let days: WeekdaySet =
            (0..7).filter(|day| days & (1 << day) != 0).map(|day| Weekday::try_from(day).unwrap()).collect();
        Window::new(days, time_of_day(start), time_of_day(end)).unwrap()
    });
    Schedule::new(zone, windows.collect())
}

fn business_minutes(windows: &[PlainWindow]) -> Vec<bool> {
    let mut marked = vec![false; WEEK];
    for &(days, start, end) in windows {
        let length = if end > start { end - start } else { DAY - start + end };
        for day in (0..7).filter(|day| days & (1 << day) != 0) {
            for minute in 0..length {
                marked[(day * DAY + start + minute) % WEEK] = true;
            }
        }
    }
    marked
}

fn local(zone: Tz, at: DateTime<Utc>) -> NaiveDateTime {
    let offset = zone.offset_from_utc_datetime(&at.naive_utc());
    at.naive_utc() + offset.base_utc_offset() + offset.dst_offset()
}

fn minute_of_week(local: NaiveDateTime) -> usize {
    let day = local.weekday().number_from_monday() as usize - 1;
    day * DAY + local.num_seconds_from_midnight() as usize / 60
}

fn utc_midnight(year: i32, day_of_year: u32) -> DateTime<Utc> {
    NaiveDate::from_yo_opt(year, day_of_year).unwrap().and_hms_opt(0, 0, 0).unwrap().and_utc()
}

/// A midnight (UTC) in a year: two days before the zone's clock is set, if it is set, else any.
fn interesting_midnight(zone: Tz, year: i32, choice: u32) -> DateTime<Utc> {
    let offset = |day| local(zone, utc_midnight(year, day)) - utc_midnight(year, day).naive_utc();
    let changes: Vec<u32> = (2..=365).filter(|&day| offset(day) != offset(day - 1)).collect();
    let day = match changes.len() as u32 {
        0 => 1 + choice % 365,
        count => changes[(choice % count) as usize].saturating_sub(3).max(1),
    };
    utc_midnight(year, day)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_minute_of_three_days_is_judged_as_the_table_of_the_week_says(
        zone in any_zone(), year in 1990..2038, choice in any::<u32>(), windows in any_windows(), second in 0..60i64,
    ) {
        let table = business_minutes(&windows);
        let schedule = schedule(zone, &windows);
        let from = interesting_midnight(zone, year, choice) + TimeDelta::days(1);
        for minute in 0..3 * DAY as i64 {
            let at = from + TimeDelta::seconds(minute * 60 + second);
            let local = local(zone, at);
            let weekday_bit = 1 << local.weekday().num_days_from_monday();
            let expected = if table[minute_of_week(local)] {
                Hours::Business
            } else if windows.is_empty() {
                Hours::Off(OffHoursReason::Freeze)
            } else if windows.iter().all(|(days, ..)| days & weekday_bit == 0) {
                Hours::Off(OffHoursReason::NonWorkingDay)
            } else {
                Hours::Off(OffHoursReason::OutsideHours)
            };
            prop_assert_eq!(schedule.hours(at), expected, "{} in {}", at, zone);
        }
    }

    #[test]
    fn transitions_are_the_minutes_at_which_a_walk_through_sixteen_days_sees_a_change(
        zone in any_zone(), year in 1990..2038, choice in any::<u32>(), windows in any_windows(),
        offset in 0..4 * 86_400_000i64,
    ) {
        // Since 1990 all offsets, and the instants at which they change, are whole minutes.
        let table = business_minutes(&windows);
        let schedule = schedule(zone, &windows);
        let from = interesting_midnight(zone, year, choice) + TimeDelta::milliseconds(offset);
        let until = from + TimeDelta::days(16);
        let is_business = |at| table[minute_of_week(local(zone, at))];

        let mut walked = Vec::new();
        let mut at = from.with_second(0).unwrap().with_nanosecond(0).unwrap();
        let mut was_business = is_business(at);
        while at <= until - TimeDelta::minutes(1) {
            at += TimeDelta::minutes(1);
            if is_business(at) != was_business {
                was_business = !was_business;
                walked.push(at);
            }
        }

        let found: Vec<_> = std::iter::successors(schedule.next_transition(from), |&at| schedule.next_transition(at))
            .take_while(|&at| at <= until)
            .collect();
        prop_assert_eq!(found, walked, "from {} in {}", from, zone);
    }

    #[test]
    fn in_any_century_a_transition_is_the_second_at_which_hours_change(
        zone in any_zone(), seconds in -5_000_000_000i64..5_000_000_000, nanos in 0..1_000_000_000u32, windows in any_windows(),
    ) {
        let schedule = schedule(zone, &windows);
        let after = DateTime::from_timestamp(seconds, nanos).unwrap();
        let is_business = |at| schedule.hours(at).is_business();
        let Some(next) = schedule.next_transition(after) else {
            let table = business_minutes(&windows);
            prop_assert!(table.iter().all(|&business| business == table[0]));
            return Ok(());
        };
        prop_assert!(next > after);
        prop_assert_ne!(is_business(next), is_business(next - TimeDelta::nanoseconds(1)));
        prop_assert_eq!(is_business(after), is_business(next - TimeDelta::nanoseconds(1)));
    }

    #[test]
    fn the_incident_date_is_the_local_date_from_noon_on_and_the_day_before_until_then(
        zone in any_zone(), seconds in 0..3_000_000_000i64,
    ) {
        let at = DateTime::from_timestamp(seconds, 0).unwrap();
        let local = local(zone, at);
        let expected = if local.hour() >= 12 { Some(local.date()) } else { local.date().pred_opt() };
        prop_assert_eq!(Some(schedule(zone, &[]).incident_date(at)), expected);
    }
}
