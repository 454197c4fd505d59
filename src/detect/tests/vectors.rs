//! The test vectors: instants whose verdicts were worked out by hand from the tz database, through whole records and
//! policies. The tests of the calendar have more of each kind; this is the list to read.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{at, compile, policy, upload, verdict};
use crate::calendar::{Hours, Schedule, zone_from_name};

const ON: &str = "BusinessHours";
const OFF: &str = "OffHours(OutsideHours)";
const WEEKEND: &str = "OffHours(NonWorkingDay)";

/// Monday to Friday, 08:00 to 20:00, in this zone.
fn office(zone: &str) -> Value {
    json!({"timeZone": zone})
}

fn assert_verdicts(spec: Value, table: &[(&'static str, &str)]) {
    let policy = policy(spec.clone());
    for &(time, expected) in table {
        assert_eq!(verdict(&policy, &upload(&[at(time)])), expected, "{time} by {spec}");
    }
}

fn windows(windows: &[(&[&str], &str, &str)]) -> Value {
    let window = |(days, start, end): &(&[&str], &str, &str)| json!({"days": days, "start": start, "end": end});
    json!({"businessHours": windows.iter().map(window).collect::<Vec<_>>()})
}

#[test]
fn the_published_records_are_judged_by_the_clock_of_each_zone() {
    let (docker_push, console, of_2018) = ("2021-08-18T23:17:30Z", "2019-04-15T16:45:00Z", "2018-03-18T00:00:00Z");
    for (zone, docker_push_is, console_is) in [
        ("UTC", OFF, ON),
        ("Europe/Berlin", OFF, ON),
        ("America/New_York", ON, ON),
        ("America/Los_Angeles", ON, ON),
        ("Asia/Kolkata", OFF, OFF),
        ("Asia/Tokyo", ON, OFF),
        ("Australia/Sydney", ON, OFF),
    ] {
        assert_verdicts(office(zone), &[(docker_push, docker_push_is), (console, console_is), (of_2018, WEEKEND)]);
    }
}

#[test]
fn hours_begin_and_end_on_the_second_in_every_kind_of_zone() {
    for (zone, table) in [
        (
            "UTC",
            vec![
                ("2024-01-15T07:59:59Z", OFF),
                ("2024-01-15T08:00:00Z", ON),
                ("2024-01-15T19:59:59Z", ON),
                ("2024-01-15T20:00:00Z", OFF),
                ("2024-01-19T19:59:59Z", ON),
                ("2024-01-19T20:00:00Z", OFF),
                ("2024-01-20T12:00:00Z", WEEKEND),
                ("2024-01-22T07:59:59Z", OFF),
                ("2024-01-22T08:00:00Z", ON),
                ("2024-02-29T08:00:00Z", ON),
            ],
        ),
        (
            "Europe/Berlin",
            vec![
                ("2024-01-15T06:59:59Z", OFF),
                ("2024-01-15T07:00:00Z", ON),
                ("2024-01-15T18:59:59Z", ON),
                ("2024-01-15T19:00:00Z", OFF),
                ("2024-07-15T05:59:59Z", OFF),
                ("2024-07-15T06:00:00Z", ON),
                ("2024-07-15T17:59:59Z", ON),
                ("2024-07-15T18:00:00Z", OFF),
            ],
        ),
        (
            "America/New_York",
            vec![
                ("2024-03-08T12:30:00Z", OFF),
                ("2024-03-11T12:30:00Z", ON),
                ("2024-11-01T12:30:00Z", ON),
                ("2024-11-04T12:30:00Z", OFF),
            ],
        ),
        ("US/Pacific", vec![("2024-01-15T15:59:59Z", OFF), ("2024-01-15T16:00:00Z", ON)]),
        (
            "Asia/Kolkata",
            vec![
                ("2024-01-15T02:29:59Z", OFF),
                ("2024-01-15T02:30:00Z", ON),
                ("2024-01-15T14:29:59Z", ON),
                ("2024-01-15T14:30:00Z", OFF),
            ],
        ),
        ("Pacific/Kiritimati", vec![("2024-01-19T18:00:00Z", WEEKEND), ("2024-01-21T18:00:00Z", ON)]),
        (
            "Australia/Lord_Howe",
            vec![
                ("2024-04-04T20:59:59Z", OFF),
                ("2024-04-04T21:00:00Z", ON),
                ("2024-04-07T21:29:59Z", OFF),
                ("2024-04-07T21:30:00Z", ON),
            ],
        ),
        (
            "Africa/Casablanca",
            vec![("2024-03-08T07:30:00Z", ON), ("2024-03-15T07:30:00Z", OFF), ("2024-04-15T07:30:00Z", ON)],
        ),
        ("Asia/Riyadh", vec![("2024-01-19T09:00:00Z", ON), ("2024-01-21T09:00:00Z", WEEKEND)]),
    ] {
        assert_verdicts(office(zone), &table);
    }
}

#[test]
fn a_week_may_run_from_sunday_to_thursday() {
    let mut riyadh = windows(&[(&["Sun", "Mon", "Tue", "Wed", "Thu"], "08:00", "20:00")]);
    riyadh["timeZone"] = json!("Asia/Riyadh");
    assert_verdicts(riyadh, &[("2024-01-19T09:00:00Z", WEEKEND), ("2024-01-21T09:00:00Z", ON)]);
}

#[test]
fn windows_end_at_24_00_run_over_midnight_and_over_the_weekend_and_overlap() {
    let until_midnight = windows(&[(&["Mon"], "12:00", "24:00")]);
    assert_verdicts(until_midnight, &[("2024-01-15T23:59:59Z", ON), ("2024-01-16T00:00:00Z", WEEKEND)]);
    let friday_night = windows(&[(&["Fri"], "22:00", "06:00")]);
    assert_verdicts(
        friday_night,
        &[("2024-01-19T03:00:00Z", OFF), ("2024-01-20T03:00:00Z", ON), ("2024-01-20T06:00:00Z", WEEKEND)],
    );
    let weekend_on_call =
        windows(&[(&["Fri"], "17:00", "24:00"), (&["Sat", "Sun"], "00:00", "24:00"), (&["Mon"], "00:00", "09:00")]);
    assert_verdicts(
        weekend_on_call,
        &[
            ("2024-01-19T16:59:59Z", OFF),
            ("2024-01-19T17:00:00Z", ON),
            ("2024-01-21T00:00:00Z", ON),
            ("2024-01-22T08:59:59Z", ON),
            ("2024-01-22T09:00:00Z", OFF),
            ("2024-01-23T09:00:00Z", WEEKEND),
        ],
    );
    let overlapping = windows(&[(&["Mon"], "08:00", "14:00"), (&["Mon"], "12:00", "20:00")]);
    assert_verdicts(overlapping, &[("2024-01-15T13:00:00Z", ON), ("2024-01-15T20:00:00Z", OFF)]);
}

#[test]
fn clocks_that_are_set_neither_add_nor_lose_an_instant() {
    // In New York, 02:30 does not occur on 10 March, and 01:30 occurs twice on 3 November.
    let mut gap = windows(&[(&["Sun"], "02:30", "04:00")]);
    gap["timeZone"] = json!("America/New_York");
    assert_verdicts(gap, &[("2024-03-10T06:59:59Z", OFF), ("2024-03-10T07:00:00Z", ON), ("2024-03-10T08:00:00Z", OFF)]);
    let mut fold = windows(&[(&["Sun"], "01:15", "01:45")]);
    fold["timeZone"] = json!("America/New_York");
    assert_verdicts(fold, &[("2024-11-03T05:30:00Z", ON), ("2024-11-03T06:00:00Z", OFF), ("2024-11-03T06:30:00Z", ON)]);
    // Santiago jumps at midnight, from Saturday 23:59:59 to Sunday 01:00:00; Tehran did.
    let mut santiago = windows(&[(&["Sat"], "00:00", "24:00")]);
    santiago["timeZone"] = json!("America/Santiago");
    assert_verdicts(santiago, &[("2024-09-08T03:59:59Z", ON), ("2024-09-08T04:00:00Z", WEEKEND)]);
    let mut tehran = windows(&[(&["Tue"], "00:30", "02:00")]);
    tehran["timeZone"] = json!("Asia/Tehran");
    assert_verdicts(tehran, &[("2022-03-21T20:29:59Z", WEEKEND), ("2022-03-21T20:30:00Z", ON)]);
}

#[test]
fn event_times_with_a_leap_second_or_a_fraction_belong_to_their_second() {
    assert_verdicts(
        office("UTC"),
        &[
            ("2024-01-15T07:59:60Z", OFF),
            ("2024-01-15T07:59:59.999Z", OFF),
            ("2024-01-15T08:00:00.001Z", ON),
            ("2024-01-15T19:59:59.999Z", ON),
            ("2024-01-15T19:59:60Z", ON),
        ],
    );
}

#[test]
fn half_a_day_off_is_a_timed_event_of_a_calendar() {
    let feed = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20241224T120000\nDTEND:20241225T000000\nSUMMARY:Half day\nEND:VEVENT\nEND:VCALENDAR\n";
    let mut calendars = crate::detect::Calendars::default();
    let reference = crate::api::CalendarReference { config_map: "holidays".to_owned(), key: "a.ics".to_owned() };
    calendars.insert(reference, std::sync::Arc::new(crate::detect::Feed::read(feed)));
    let spec = json!({
        "timeZone": "Europe/Berlin", "holidays": {"calendars": [{"configMap": "holidays", "key": "a.ics"}]},
    });
    let policy =
        crate::detect::Policy::compile("production", &serde_json::from_value(spec).unwrap(), &calendars).unwrap();
    for (time, expected) in [
        ("2024-12-24T10:59:59Z", ON),
        ("2024-12-24T11:00:00Z", "OffHours(Holiday)"),
        ("2024-12-24T22:59:59Z", "OffHours(Holiday)"),
        ("2024-12-25T08:00:00Z", ON),
    ] {
        assert_eq!(verdict(&policy, &upload(&[at(time)])), expected, "{time}");
    }
}

#[test]
fn what_means_nothing_is_refused() {
    for (spec, reason) in [
        (office("EST"), "InvalidTimeZone"),
        (office("Europe/Bonn"), "InvalidTimeZone"),
        (office("europe/berlin"), "InvalidTimeZone"),
        (office("+02:00"), "InvalidTimeZone"),
        (windows(&[(&[], "08:00", "20:00")]), "InvalidBusinessHours"),
        (windows(&[(&["Mon"], "08:00", "08:00")]), "InvalidBusinessHours"),
        (windows(&[(&["Mon"], "24:00", "08:00")]), "InvalidBusinessHours"),
        (windows(&[(&["Mon"], "08:00", "24:01")]), "InvalidBusinessHours"),
    ] {
        assert_eq!(compile(spec.clone()).unwrap_err().reason().as_str(), reason, "{spec}");
    }
}

/// The percentage of the business hours of a zone that a rule in UTC flags, and of its other hours that it misses, in the
/// week from this Monday.
fn wrong_by_utc(zone: &str, monday: NaiveDate) -> (i64, i64) {
    let office_hours = policy(json!({})).hours().schedule().windows().to_vec();
    let local = Schedule::new(zone_from_name(zone).unwrap(), office_hours.clone());
    let utc = Schedule::new(chrono_tz::UTC, office_hours);
    let begin: DateTime<Utc> = monday.and_hms_opt(0, 0, 0).unwrap().and_utc();
    let (mut flagged, mut missed) = (0, 0);
    let quarters = 7 * 24 * 4;
    for quarter in 0..quarters {
        let instant = begin + TimeDelta::minutes(15 * quarter);
        match (local.hours(instant), utc.hours(instant)) {
            (Hours::Business, Hours::Off(_)) => flagged += 1,
            (Hours::Off(_), Hours::Business) => missed += 1,
            _ => {}
        }
    }
    let percent = |part: i64, hours: i64| (part * 100 + hours * 2) / (hours * 4);
    (percent(flagged, 60), percent(missed, 108))
}

/// The reason for time zones: what the reference detection does to teams elsewhere.
#[test]
fn a_rule_in_utc_is_wrong_for_most_offices() {
    let (winter, summer) =
        (NaiveDate::from_ymd_opt(2024, 1, 15).unwrap(), NaiveDate::from_ymd_opt(2024, 7, 15).unwrap());
    for (zone, flagged, missed) in [
        ("Europe/London", (0, 8), (0, 5)),
        ("Europe/Berlin", (8, 17), (5, 9)),
        ("America/New_York", (42, 33), (23, 19)),
        ("America/Los_Angeles", (67, 58), (37, 32)),
        ("Asia/Kolkata", (46, 46), (25, 25)),
        ("Asia/Tokyo", (75, 75), (42, 42)),
        ("Australia/Sydney", (92, 83), (51, 46)),
        ("Pacific/Auckland", (93, 100), (52, 56)),
    ] {
        let (in_winter, in_summer) = (wrong_by_utc(zone, winter), wrong_by_utc(zone, summer));
        assert_eq!(((in_winter.0, in_summer.0), (in_winter.1, in_summer.1)), (flagged, missed), "{zone}");
    }
}
