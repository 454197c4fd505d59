//! `Schedule` compared with tables of instants.

#![allow(clippy::unwrap_used)]

use chrono::{DateTime, Utc, Weekday, WeekdaySet};

use super::{Hours, OffHoursReason, Schedule, Window, zone_from_name};
use Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};

const BUSINESS: Hours = Hours::Business;
const FREEZE: Hours = Hours::Off(OffHoursReason::Freeze);
const DAY_OFF: Hours = Hours::Off(OffHoursReason::NonWorkingDay);
const OUTSIDE: Hours = Hours::Off(OffHoursReason::OutsideHours);

const MON_TO_FRI: [Weekday; 5] = [Mon, Tue, Wed, Thu, Fri];

fn window(days: &[Weekday], start: &str, end: &str) -> Window {
    let days: WeekdaySet = days.iter().copied().collect();
    Window::new(days, start.parse().unwrap(), end.parse().unwrap()).unwrap()
}

fn schedule(zone: &str, windows: &[Window]) -> Schedule {
    Schedule::new(zone_from_name(zone).unwrap(), windows.to_vec())
}

fn office_hours(zone: &str) -> Schedule {
    schedule(zone, &[window(&MON_TO_FRI, "08:00", "20:00")])
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Compares the hours of a schedule and the local time at each instant (UTC) of a table.
fn assert_hours(schedule: &Schedule, table: &[(&str, &str, Hours)]) {
    for &(instant, local, hours) in table {
        let shown = schedule.local_time(at(instant)).format("%a %H:%M:%S");
        assert_eq!(
            (shown.to_string().as_str(), schedule.hours(at(instant))),
            (local, hours),
            "{instant} in {}",
            schedule.zone()
        );
    }
}

#[test]
fn a_docker_push_on_wednesday_night_is_judged_by_the_clock_of_each_zone() {
    for (zone, local, hours) in [
        ("UTC", "Wed 23:17:30", OUTSIDE),
        ("Europe/Berlin", "Thu 01:17:30", OUTSIDE),
        ("America/New_York", "Wed 19:17:30", BUSINESS),
        ("America/Los_Angeles", "Wed 16:17:30", BUSINESS),
        ("Asia/Kolkata", "Thu 04:47:30", OUTSIDE),
        ("Asia/Tokyo", "Thu 08:17:30", BUSINESS),
        ("Australia/Sydney", "Thu 09:17:30", BUSINESS),
    ] {
        assert_hours(&office_hours(zone), &[("2021-08-18T23:17:30Z", local, hours)]);
    }
}

#[test]
fn a_console_push_on_monday_afternoon_is_judged_by_the_clock_of_each_zone() {
    for (zone, local, hours) in [
        ("UTC", "Mon 16:45:00", BUSINESS),
        ("Europe/Berlin", "Mon 18:45:00", BUSINESS),
        ("America/New_York", "Mon 12:45:00", BUSINESS),
        ("America/Los_Angeles", "Mon 09:45:00", BUSINESS),
        ("Asia/Kolkata", "Mon 22:15:00", OUTSIDE),
        ("Asia/Tokyo", "Tue 01:45:00", OUTSIDE),
        ("Australia/Sydney", "Tue 02:45:00", OUTSIDE),
    ] {
        assert_hours(&office_hours(zone), &[("2019-04-15T16:45:00Z", local, hours)]);
    }
}

#[test]
fn a_push_at_the_weekend_is_off_hours_in_every_zone() {
    for (zone, local) in [
        ("UTC", "Sun 00:00:00"),
        ("Europe/Berlin", "Sun 01:00:00"),
        ("America/New_York", "Sat 20:00:00"),
        ("America/Los_Angeles", "Sat 17:00:00"),
        ("Asia/Kolkata", "Sun 05:30:00"),
        ("Asia/Tokyo", "Sun 09:00:00"),
        ("Australia/Sydney", "Sun 11:00:00"),
    ] {
        assert_hours(&office_hours(zone), &[("2018-03-18T00:00:00Z", local, DAY_OFF)]);
    }
}

#[test]
fn windows_begin_and_end_on_the_second_in_utc() {
    assert_hours(
        &office_hours("UTC"),
        &[
            ("2024-01-15T07:59:59Z", "Mon 07:59:59", OUTSIDE),
            ("2024-01-15T08:00:00Z", "Mon 08:00:00", BUSINESS),
            ("2024-01-15T19:59:59Z", "Mon 19:59:59", BUSINESS),
            ("2024-01-15T20:00:00Z", "Mon 20:00:00", OUTSIDE),
            ("2024-01-19T19:59:59Z", "Fri 19:59:59", BUSINESS),
            ("2024-01-19T20:00:00Z", "Fri 20:00:00", OUTSIDE),
            ("2024-01-19T23:59:59Z", "Fri 23:59:59", OUTSIDE),
            ("2024-01-20T00:00:00Z", "Sat 00:00:00", DAY_OFF),
            ("2024-01-20T12:00:00Z", "Sat 12:00:00", DAY_OFF),
            ("2024-01-21T23:59:59Z", "Sun 23:59:59", DAY_OFF),
            ("2024-01-22T00:00:00Z", "Mon 00:00:00", OUTSIDE),
            ("2024-01-22T07:59:59Z", "Mon 07:59:59", OUTSIDE),
            ("2024-01-22T08:00:00Z", "Mon 08:00:00", BUSINESS),
            ("2024-02-29T08:00:00Z", "Thu 08:00:00", BUSINESS),
        ],
    );
}

#[test]
fn fractions_and_leap_seconds_belong_to_their_second() {
    assert_hours(
        &office_hours("UTC"),
        &[
            ("2024-01-15T07:59:59.999999999Z", "Mon 07:59:59", OUTSIDE),
            ("2024-01-15T07:59:60Z", "Mon 07:59:60", OUTSIDE),
            ("2024-01-15T08:00:00.000000001Z", "Mon 08:00:00", BUSINESS),
            ("2024-01-15T19:59:59.999999999Z", "Mon 19:59:59", BUSINESS),
            ("2024-01-15T19:59:60Z", "Mon 19:59:60", BUSINESS),
            ("2024-01-15T20:00:00.000Z", "Mon 20:00:00", OUTSIDE),
        ],
    );
}

#[test]
fn windows_follow_daylight_saving_time() {
    assert_hours(
        &office_hours("Europe/Berlin"),
        &[
            ("2024-01-15T06:59:59Z", "Mon 07:59:59", OUTSIDE),
            ("2024-01-15T07:00:00Z", "Mon 08:00:00", BUSINESS),
            ("2024-01-15T18:59:59Z", "Mon 19:59:59", BUSINESS),
            ("2024-01-15T19:00:00Z", "Mon 20:00:00", OUTSIDE),
            ("2024-07-15T05:59:59Z", "Mon 07:59:59", OUTSIDE),
            ("2024-07-15T06:00:00Z", "Mon 08:00:00", BUSINESS),
            ("2024-07-15T17:59:59Z", "Mon 19:59:59", BUSINESS),
            ("2024-07-15T18:00:00Z", "Mon 20:00:00", OUTSIDE),
        ],
    );
    assert_hours(
        &office_hours("America/New_York"),
        &[
            ("2024-03-08T12:30:00Z", "Fri 07:30:00", OUTSIDE),
            ("2024-03-11T12:30:00Z", "Mon 08:30:00", BUSINESS),
            ("2024-11-01T12:30:00Z", "Fri 08:30:00", BUSINESS),
            ("2024-11-04T12:30:00Z", "Mon 07:30:00", OUTSIDE),
        ],
    );
}

#[test]
fn zones_half_an_hour_off_and_with_half_an_hour_of_daylight_saving_are_exact() {
    assert_hours(
        &office_hours("Asia/Kolkata"),
        &[
            ("2024-01-15T02:29:59Z", "Mon 07:59:59", OUTSIDE),
            ("2024-01-15T02:30:00Z", "Mon 08:00:00", BUSINESS),
            ("2024-01-15T14:29:59Z", "Mon 19:59:59", BUSINESS),
            ("2024-01-15T14:30:00Z", "Mon 20:00:00", OUTSIDE),
        ],
    );
    assert_hours(
        &office_hours("Australia/Lord_Howe"),
        &[
            ("2024-04-04T20:59:59Z", "Fri 07:59:59", OUTSIDE),
            ("2024-04-04T21:00:00Z", "Fri 08:00:00", BUSINESS),
            ("2024-04-07T21:29:59Z", "Mon 07:59:59", OUTSIDE),
            ("2024-04-07T21:30:00Z", "Mon 08:00:00", BUSINESS),
        ],
    );
}

#[test]
fn weekdays_are_those_of_the_zone_even_14_hours_ahead() {
    assert_hours(
        &office_hours("Pacific/Kiritimati"),
        &[("2024-01-19T18:00:00Z", "Sat 08:00:00", DAY_OFF), ("2024-01-21T18:00:00Z", "Mon 08:00:00", BUSINESS)],
    );
}

#[test]
fn morocco_sets_its_clock_back_for_ramadan() {
    assert_hours(
        &office_hours("Africa/Casablanca"),
        &[
            ("2024-03-08T07:30:00Z", "Fri 08:30:00", BUSINESS),
            ("2024-03-15T07:30:00Z", "Fri 07:30:00", OUTSIDE),
            ("2024-04-15T07:30:00Z", "Mon 08:30:00", BUSINESS),
        ],
    );
}

#[test]
fn a_week_from_sunday_to_thursday_is_the_opposite_of_one_from_monday_on_both_days() {
    let (friday, sunday) = ("2024-01-19T09:00:00Z", "2024-01-21T09:00:00Z");
    let sunday_to_thursday = window(&[Sun, Mon, Tue, Wed, Thu], "08:00", "20:00");
    assert_hours(
        &schedule("Asia/Riyadh", &[sunday_to_thursday]),
        &[(friday, "Fri 12:00:00", DAY_OFF), (sunday, "Sun 12:00:00", BUSINESS)],
    );
    assert_hours(
        &office_hours("Asia/Riyadh"),
        &[(friday, "Fri 12:00:00", BUSINESS), (sunday, "Sun 12:00:00", DAY_OFF)],
    );
}

#[test]
fn both_passes_of_a_repeated_hour_are_judged_alike() {
    let early = window(&[Sun], "01:15", "01:45");
    assert_hours(
        &schedule("America/New_York", &[early]),
        &[
            ("2024-11-03T05:14:59Z", "Sun 01:14:59", OUTSIDE),
            ("2024-11-03T05:30:00Z", "Sun 01:30:00", BUSINESS),
            ("2024-11-03T05:45:00Z", "Sun 01:45:00", OUTSIDE),
            ("2024-11-03T06:14:59Z", "Sun 01:14:59", OUTSIDE),
            ("2024-11-03T06:30:00Z", "Sun 01:30:00", BUSINESS),
            ("2024-11-03T06:45:00Z", "Sun 01:45:00", OUTSIDE),
        ],
    );
}

#[test]
fn a_window_that_starts_in_a_skipped_hour_begins_after_it() {
    let early = window(&[Sun], "02:30", "04:00");
    assert_hours(
        &schedule("America/New_York", &[early]),
        &[
            ("2024-03-10T06:59:59Z", "Sun 01:59:59", OUTSIDE),
            ("2024-03-10T07:00:00Z", "Sun 03:00:00", BUSINESS),
            ("2024-03-10T08:00:00Z", "Sun 04:00:00", OUTSIDE),
        ],
    );
}

#[test]
fn a_clock_that_is_set_at_midnight_goes_from_one_day_to_the_next() {
    let saturday = window(&[Sat], "00:00", "24:00");
    assert_hours(
        &schedule("America/Santiago", &[saturday]),
        &[
            ("2024-09-08T03:59:59Z", "Sat 23:59:59", BUSINESS),
            ("2024-09-08T04:00:00Z", "Sun 01:00:00", DAY_OFF),
            ("2024-04-07T02:59:59Z", "Sat 23:59:59", BUSINESS),
            ("2024-04-07T03:00:00Z", "Sat 23:00:00", BUSINESS),
            ("2024-04-07T04:00:00Z", "Sun 00:00:00", DAY_OFF),
        ],
    );
    assert_hours(
        &schedule("Asia/Tehran", &[window(&[Tue], "00:30", "02:00")]),
        &[("2022-03-21T20:29:59Z", "Mon 23:59:59", DAY_OFF), ("2022-03-21T20:30:00Z", "Tue 01:00:00", BUSINESS)],
    );
}

#[test]
fn a_window_over_midnight_belongs_to_the_day_on_which_it_starts() {
    assert_hours(
        &schedule("UTC", &[window(&[Fri], "22:00", "06:00")]),
        &[
            ("2024-01-19T03:00:00Z", "Fri 03:00:00", OUTSIDE),
            ("2024-01-19T21:59:59Z", "Fri 21:59:59", OUTSIDE),
            ("2024-01-19T22:00:00Z", "Fri 22:00:00", BUSINESS),
            ("2024-01-20T03:00:00Z", "Sat 03:00:00", BUSINESS),
            ("2024-01-20T05:59:59Z", "Sat 05:59:59", BUSINESS),
            ("2024-01-20T06:00:00Z", "Sat 06:00:00", DAY_OFF),
        ],
    );
}

#[test]
fn windows_that_touch_run_through_the_weekend_and_the_turn_of_the_week() {
    let on_call =
        [window(&[Fri], "17:00", "24:00"), window(&[Sat, Sun], "00:00", "24:00"), window(&[Mon], "00:00", "09:00")];
    assert_hours(
        &schedule("UTC", &on_call),
        &[
            ("2024-01-19T16:59:59Z", "Fri 16:59:59", OUTSIDE),
            ("2024-01-19T17:00:00Z", "Fri 17:00:00", BUSINESS),
            ("2024-01-19T23:59:59Z", "Fri 23:59:59", BUSINESS),
            ("2024-01-20T00:00:00Z", "Sat 00:00:00", BUSINESS),
            ("2024-01-21T23:59:59Z", "Sun 23:59:59", BUSINESS),
            ("2024-01-22T00:00:00Z", "Mon 00:00:00", BUSINESS),
            ("2024-01-22T09:00:00Z", "Mon 09:00:00", OUTSIDE),
            ("2024-01-23T09:00:00Z", "Tue 09:00:00", DAY_OFF),
        ],
    );
}

#[test]
fn overlapping_windows_cover_what_any_of_them_covers() {
    let overlapping =
        [window(&MON_TO_FRI, "08:00", "14:00"), window(&[Mon], "12:00", "20:00"), window(&[Mon], "09:00", "10:00")];
    assert_hours(
        &schedule("UTC", &overlapping),
        &[
            ("2024-01-15T10:00:00Z", "Mon 10:00:00", BUSINESS),
            ("2024-01-15T13:00:00Z", "Mon 13:00:00", BUSINESS),
            ("2024-01-15T19:59:59Z", "Mon 19:59:59", BUSINESS),
            ("2024-01-15T20:00:00Z", "Mon 20:00:00", OUTSIDE),
            ("2024-01-16T14:00:00Z", "Tue 14:00:00", OUTSIDE),
        ],
    );
}

#[test]
fn without_windows_every_instant_is_in_a_freeze() {
    assert_hours(
        &schedule("Europe/Berlin", &[]),
        &[("2024-01-15T12:00:00Z", "Mon 13:00:00", FREEZE), ("2024-01-20T12:00:00Z", "Sat 13:00:00", FREEZE)],
    );
}

#[test]
fn a_night_over_a_skipped_day_is_that_of_the_weekday_before() {
    // Samoa had no Friday 2011-12-30. The wall clock shows Saturday 03:00, which is what counts.
    assert_hours(
        &schedule("Pacific/Apia", &[window(&[Fri], "22:00", "06:00")]),
        &[
            ("2011-12-30T09:59:59Z", "Thu 23:59:59", DAY_OFF),
            ("2011-12-30T10:00:00Z", "Sat 00:00:00", BUSINESS),
            ("2011-12-30T16:00:00Z", "Sat 06:00:00", DAY_OFF),
        ],
    );
}
