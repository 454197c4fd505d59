//! `Schedule::next_transition` near changes of the clock.

#![allow(clippy::unwrap_used)]

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc, Weekday};

use super::{Schedule, Window, zone_from_name};
use Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};

const WEEK: [Weekday; 7] = [Mon, Tue, Wed, Thu, Fri, Sat, Sun];

fn schedule(zone: &str, windows: &[(&[Weekday], &str, &str)]) -> Schedule {
    let windows = windows.iter().map(|(days, start, end)| {
        Window::new(days.iter().copied().collect(), start.parse().unwrap(), end.parse().unwrap()).unwrap()
    });
    Schedule::new(zone_from_name(zone).unwrap(), windows.collect())
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// The transitions of a schedule after `from`, as many as `expected` has.
fn assert_transitions(schedule: &Schedule, from: &str, expected: &[&str]) {
    let mut after = at(from);
    let mut found = Vec::new();
    for _ in expected {
        let next = schedule.next_transition(after).unwrap();
        found.push(next.to_rfc3339_opts(SecondsFormat::AutoSi, true));
        after = next;
    }
    assert_eq!(found, expected, "in {}", schedule.zone());
}

#[test]
fn office_hours_end_on_friday_evening_and_begin_on_monday_morning() {
    let office_hours = schedule("Europe/Berlin", &[(&WEEK[..5], "08:00", "20:00")]);
    assert_transitions(
        &office_hours,
        "2026-11-20T12:00:00Z",
        &["2026-11-20T19:00:00Z", "2026-11-23T07:00:00Z", "2026-11-23T19:00:00Z"],
    );
}

#[test]
fn a_transition_is_strictly_after_the_given_instant() {
    let office_hours = schedule("UTC", &[(&WEEK, "08:00", "20:00")]);
    let (begin, end) = (at("2024-01-15T08:00:00Z"), at("2024-01-15T20:00:00Z"));
    let tick = TimeDelta::nanoseconds(1);
    assert_eq!(office_hours.next_transition(begin - tick), Some(begin));
    assert_eq!(office_hours.next_transition(begin), Some(end));
    assert_eq!(office_hours.next_transition(begin + tick), Some(end));
    assert_eq!(office_hours.next_transition(at("2024-01-15T07:59:60Z")), Some(begin));
}

#[test]
fn a_freeze_and_a_week_without_a_gap_have_no_transition() {
    let from = at("2024-03-01T00:00:00Z");
    for windows in
        [&[][..], &[(&WEEK[..], "00:00", "24:00")], &[(&WEEK[..], "08:00", "20:00"), (&WEEK[..], "20:00", "08:00")]]
    {
        assert_eq!(schedule("America/New_York", windows).next_transition(from), None);
    }
}

#[test]
fn windows_that_touch_or_overlap_have_no_transition_between_them() {
    let touching =
        schedule("UTC", &[(&[Sun], "20:00", "04:00"), (&[Mon], "04:00", "12:00"), (&[Mon], "10:00", "14:00")]);
    assert_transitions(
        &touching,
        "2024-01-14T00:00:00Z",
        &["2024-01-14T20:00:00Z", "2024-01-15T14:00:00Z", "2024-01-21T20:00:00Z"],
    );
}

#[test]
fn set_back_into_the_time_before_a_window_the_clock_begins_it_twice() {
    // 2024-11-03T06:00:00Z: 02:00 becomes 01:00.
    assert_transitions(
        &schedule("America/New_York", &[(&[Sun], "01:30", "03:00")]),
        "2024-11-03T00:00:00Z",
        &["2024-11-03T05:30:00Z", "2024-11-03T06:00:00Z", "2024-11-03T06:30:00Z", "2024-11-03T08:00:00Z"],
    );
}

#[test]
fn set_back_into_a_window_the_clock_ends_it_twice() {
    assert_transitions(
        &schedule("America/New_York", &[(&[Sun], "00:30", "01:15")]),
        "2024-11-03T00:00:00Z",
        &["2024-11-03T04:30:00Z", "2024-11-03T05:15:00Z", "2024-11-03T06:00:00Z", "2024-11-03T06:15:00Z"],
    );
}

#[test]
fn set_back_within_a_window_the_clock_lengthens_it() {
    assert_transitions(
        &schedule("America/New_York", &[(&[Sun], "01:00", "02:00")]),
        "2024-11-03T00:00:00Z",
        &["2024-11-03T05:00:00Z", "2024-11-03T07:00:00Z"],
    );
}

#[test]
fn a_window_whose_beginning_or_end_is_skipped_begins_or_ends_when_the_clock_is_set() {
    // 2024-03-10T07:00:00Z: 02:00 becomes 03:00.
    assert_transitions(
        &schedule("America/New_York", &[(&[Sun], "02:30", "04:00")]),
        "2024-03-10T00:00:00Z",
        &["2024-03-10T07:00:00Z", "2024-03-10T08:00:00Z"],
    );
    assert_transitions(
        &schedule("America/New_York", &[(&[Sun], "01:00", "02:30")]),
        "2024-03-10T00:00:00Z",
        &["2024-03-10T06:00:00Z", "2024-03-10T07:00:00Z"],
    );
}

#[test]
fn a_window_that_is_skipped_whole_has_no_transition_that_week() {
    assert_transitions(
        &schedule("America/New_York", &[(&[Sun], "02:00", "03:00")]),
        "2024-03-10T00:00:00Z",
        &["2024-03-17T06:00:00Z", "2024-03-17T07:00:00Z"],
    );
}

#[test]
fn a_pause_that_is_skipped_whole_has_no_transition_that_week() {
    assert_transitions(
        &schedule(
            "America/New_York",
            &[(&WEEK[..6], "00:00", "24:00"), (&[Sun], "00:00", "02:00"), (&[Sun], "03:00", "24:00")],
        ),
        "2024-03-10T00:00:00Z",
        &["2024-03-17T06:00:00Z", "2024-03-17T07:00:00Z"],
    );
}

#[test]
fn half_an_hour_of_daylight_saving_is_exact() {
    // 2024-04-06T15:00:00Z: 02:00 becomes 01:30.
    assert_transitions(
        &schedule("Australia/Lord_Howe", &[(&[Sun], "01:45", "06:00")]),
        "2024-04-06T12:00:00Z",
        &["2024-04-06T14:45:00Z", "2024-04-06T15:00:00Z", "2024-04-06T15:15:00Z", "2024-04-06T19:30:00Z"],
    );
}

#[test]
fn a_clock_that_is_set_at_midnight_is_exact() {
    // 2024-09-08T04:00:00Z: Saturday 24:00 becomes Sunday 01:00.
    assert_transitions(
        &schedule("America/Santiago", &[(&[Sat], "08:00", "24:00")]),
        "2024-09-08T00:00:00Z",
        &["2024-09-08T04:00:00Z", "2024-09-14T11:00:00Z"],
    );
    assert_transitions(
        &schedule("America/Santiago", &[(&[Sun], "00:30", "06:00")]),
        "2024-09-08T00:00:00Z",
        &["2024-09-08T04:00:00Z", "2024-09-08T09:00:00Z"],
    );
    // 2024-04-07T03:00:00Z: Saturday 24:00 becomes Saturday 23:00.
    assert_transitions(
        &schedule("America/Santiago", &[(&[Sat], "08:00", "24:00")]),
        "2024-04-07T00:00:00Z",
        &["2024-04-07T04:00:00Z", "2024-04-13T12:00:00Z"],
    );
    assert_transitions(
        &schedule("America/Santiago", &[(&[Sun], "00:00", "08:00")]),
        "2024-04-07T00:00:00Z",
        &["2024-04-07T04:00:00Z", "2024-04-07T12:00:00Z"],
    );
}

#[test]
fn a_skipped_day_has_no_transition_and_ends_and_begins_others() {
    // 2011-12-30T10:00:00Z: Thursday 2011-12-29 24:00 becomes Saturday 2011-12-31 00:00.
    assert_transitions(
        &schedule("Pacific/Apia", &[(&[Fri], "00:00", "24:00")]),
        "2011-12-25T00:00:00Z",
        &["2012-01-05T10:00:00Z", "2012-01-06T10:00:00Z"],
    );
    assert_transitions(
        &schedule("Pacific/Apia", &[(&[Thu], "20:00", "04:00")]),
        "2011-12-25T00:00:00Z",
        &["2011-12-30T06:00:00Z", "2011-12-30T10:00:00Z"],
    );
    assert_transitions(
        &schedule("Pacific/Apia", &[(&[Fri], "20:00", "04:00")]),
        "2011-12-25T00:00:00Z",
        &["2011-12-30T10:00:00Z", "2011-12-30T14:00:00Z"],
    );
}

#[test]
fn an_offset_of_half_minutes_is_exact() {
    // 1972-01-07T00:44:30Z: Liberia goes from 44 minutes and 30 seconds behind UTC to UTC.
    assert_transitions(
        &schedule("Africa/Monrovia", &[(&[Thu, Fri], "00:30", "12:00")]),
        "1972-01-06T00:00:00Z",
        &["1972-01-06T01:14:30Z", "1972-01-06T12:44:30Z", "1972-01-07T00:44:30Z", "1972-01-07T12:00:00Z"],
    );
}
