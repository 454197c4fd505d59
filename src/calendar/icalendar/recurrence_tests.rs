//! Rules and the dates that they give.

#![allow(clippy::unwrap_used)]

use chrono::{DateTime, Utc};

use super::{CalendarWarning, ICalendar};

fn read(start: &str, rule: &str) -> (ICalendar, Vec<CalendarWarning>) {
    ICalendar::parse(&format!(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART{start}\nRRULE:{rule}\nEND:VEVENT\nEND:VCALENDAR\n"
    ))
}

fn dates(start: &str, rule: &str) -> Vec<String> {
    let (calendar, warnings) = read(&format!(":{start}"), rule);
    assert_eq!(warnings, [], "{rule}");
    calendar.days().iter().map(|(date, ..)| date.to_string()).collect()
}

#[test]
fn rules_give_the_dates_that_rfc_5545_says() {
    for (start, rule, expected) in [
        ("20260101", "FREQ=DAILY;COUNT=3", vec!["2026-01-01", "2026-01-02", "2026-01-03"]),
        ("20260101", "FREQ=DAILY;INTERVAL=10;COUNT=3", vec!["2026-01-01", "2026-01-11", "2026-01-21"]),
        ("20260101", "freq=daily;until=20260102", vec!["2026-01-01", "2026-01-02"]),
        ("20260105", "FREQ=WEEKLY;BYDAY=MO,FR;UNTIL=20260112", vec!["2026-01-05", "2026-01-09", "2026-01-12"]),
        ("20260105", "FREQ=WEEKLY;COUNT=2", vec!["2026-01-05", "2026-01-12"]),
        // Fridays the 13th.
        (
            "20260213",
            "FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR;UNTIL=20261231",
            vec!["2026-02-13", "2026-03-13", "2026-11-13"],
        ),
        // A month without a 31st has none.
        ("20260131", "FREQ=MONTHLY;COUNT=4", vec!["2026-01-31", "2026-03-31", "2026-05-31", "2026-07-31"]),
        ("20260131", "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3", vec!["2026-01-31", "2026-02-28", "2026-03-31"]),
        // The last working day of the month.
        (
            "20260130",
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=3",
            vec!["2026-01-30", "2026-02-27", "2026-03-31"],
        ),
        // Thanksgiving; Memorial Day; 29 February.
        ("20241128", "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;COUNT=3", vec!["2024-11-28", "2025-11-27", "2026-11-26"]),
        ("20260525", "FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO;COUNT=2", vec!["2026-05-25", "2027-05-31"]),
        ("20240229", "FREQ=YEARLY;UNTIL=20320301", vec!["2024-02-29", "2028-02-29", "2032-02-29"]),
        // The example of WKST in section 3.3.10, in a year that has the same weekdays.
        (
            "20140805",
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
            vec!["2014-08-05", "2014-08-10", "2014-08-19", "2014-08-24"],
        ),
        (
            "20140805",
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
            vec!["2014-08-05", "2014-08-17", "2014-08-19", "2014-08-31"],
        ),
        // The fifth last Monday of the month, and the fifty-third last of the year: the first, where there are as many.
        ("20260302", "FREQ=MONTHLY;BYDAY=-5MO;COUNT=3", vec!["2026-03-02", "2026-06-01", "2026-08-03"]),
        ("20180101", "FREQ=YEARLY;BYDAY=-53MO;COUNT=2", vec!["2018-01-01", "2024-01-01"]),
        // Every Friday and the first Monday.
        ("20260401", "FREQ=MONTHLY;BYDAY=FR,1MO;COUNT=4", vec!["2026-04-03", "2026-04-06", "2026-04-10", "2026-04-17"]),
        // The Thursday of week 20, since the event starts on a Thursday.
        ("20260514", "FREQ=YEARLY;BYWEEKNO=20;COUNT=2", vec!["2026-05-14", "2027-05-20"]),
        // Week 53 of 2026 is the last: its Friday is in 2027.
        ("20270101", "FREQ=YEARLY;BYWEEKNO=53;BYDAY=FR;COUNT=2", vec!["2027-01-01", "2032-12-31"]),
        // Times of day mean nothing on all-day events.
        ("20260101", "FREQ=YEARLY;BYHOUR=9;BYMINUTE=0;BYSECOND=0;COUNT=1", vec!["2026-01-01"]),
    ] {
        assert_eq!(dates(start, rule), expected, "{start} {rule}");
    }
}

#[test]
fn a_rule_without_an_end_is_followed_from_2010_to_2050() {
    let christmas = dates("19971225", "FREQ=YEARLY");
    assert_eq!(christmas.len(), 41);
    assert_eq!((christmas[0].as_str(), christmas[40].as_str()), ("2010-12-25", "2050-12-25"));
    assert_eq!(dates("20100101", "FREQ=DAILY").len(), 14_975);
    // Without a rule, any year counts.
    let (calendar, _) =
        ICalendar::parse("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20991225\nEND:VEVENT\nEND:VCALENDAR\n");
    assert_eq!(calendar.entries(), 1);
}

fn closures(start: &str, rule: &str) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
    let (calendar, warnings) = read(start, rule);
    assert_eq!(warnings, [], "{rule}");
    calendar.closures().iter().map(|(start, end, _)| (start, end)).collect()
}

#[test]
fn a_rule_keeps_the_time_on_the_wall_of_its_zone() {
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    // Clocks are set on 29 March.
    assert_eq!(
        closures(";TZID=Europe/Berlin:20260328T120000\nDURATION:PT12H", "FREQ=DAILY;COUNT=2"),
        [
            (at("2026-03-28T11:00:00Z"), at("2026-03-28T23:00:00Z")),
            (at("2026-03-29T10:00:00Z"), at("2026-03-29T22:00:00Z")),
        ]
    );
}

#[test]
fn until_is_an_instant_and_included() {
    let daily = |until: &str| {
        closures(";TZID=Europe/Berlin:20260101T120000\nDURATION:PT1H", &format!("FREQ=DAILY;UNTIL={until}")).len()
    };
    for (until, count) in [
        ("20260103T110000Z", 3),
        ("20260103T105959Z", 2),
        ("20260103T120000", 3),
        ("20260103T115959", 2),
        ("20260103", 3),
    ] {
        assert_eq!(daily(until), count, "{until}");
    }
}

/// Found by fuzzing: the error of the crate quotes the rule, of any length and with any characters.
#[test]
fn the_warning_about_a_long_rule_is_one_short_line() {
    for rule in [format!("FREQ=WEEKLY;{}=2", "X".repeat(100_000)), format!("FREQ=D{}AILY", "\u{17}".repeat(100))] {
        let (_, warnings) = read(":20260101", &rule);
        let message = &warnings[0].message;
        assert!(message.chars().count() < 300, "{message}");
        assert!(!message.contains(char::is_control), "{message}");
    }
}

#[test]
fn a_rule_that_is_not_followed_says_why_and_the_event_itself_counts() {
    for (start, rule, message) in [
        ("20260101", "FREQ=SECONDLY", "FREQ=SECONDLY is not supported: a holiday repeats DAILY at most"),
        ("20260101", "FREQ=MINUTELY;COUNT=1", "FREQ=MINUTELY is not supported"),
        ("20260101", "FREQ=HOURLY;INTERVAL=24", "FREQ=HOURLY is not supported"),
        ("20260101", "FREQ=DAILY;COUNT=2;COUNT=3", "\"COUNT\" is there twice"),
        ("20260101", "FREQ=DAILY;BYMONTH=", "\"BYMONTH\" has no value"),
        ("20260101", "FREQ=MONTHLY;BYDAY=0MO", "BYDAY \"0MO\" is not a weekday such as MO, 2MO or -1MO"),
        ("20260101", "FREQ=MONTHLY;BYDAY=XMO", "BYDAY \"XMO\" is not a weekday"),
        ("20260101", "FREQ=MONTHLY;BYDAY=54MO", "BYDAY \"54MO\" is not a weekday"),
        ("20260101", "FREQ=MONTHLY;BYDAY=é", "BYDAY \"é\" is not a weekday"),
        (
            "20260101",
            "FREQ=WEEKLY;BYDAY=1MO",
            "BYDAY with a number needs FREQ=MONTHLY or YEARLY, not WEEKLY: write MO in",
        ),
        ("20260101", "FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO", "BYDAY with a number can't be combined with BYWEEKNO"),
        ("20260101", "FREQ=MONTHLY;BYWEEKNO=1", "\"FREQ=MONTHLY;BYWEEKNO=1\": "),
        ("20260101", "FREQ=MONTHLY;BYDAY=6MO", "the rule gives no date through 2050"),
        ("20600101", "FREQ=YEARLY", "the rule gives no date through 2050"),
        ("20260101", "FREQ=DAILY;COUNT=0", "COUNT has to be 1 or more"),
        ("20260101", "FREQ=DAILY;INTERVAL=0", "INTERVAL has to be 1 or more"),
        ("20260101", "FREQ=DAILY;UNTIL=never", "UNTIL \"NEVER\" is not a date or time"),
        ("20260101", "FREQ", "\"FREQ\" is not KEY=VALUE"),
        ("20260101", "", "\"\": "),
        ("20260101", "FREQ=SOMETIMES", "\"FREQ=SOMETIMES\": "),
        ("20260101", "FREQ=DAILY;BYDAY=XX", "BYDAY \"XX\" is not a weekday"),
        ("20260101", "FREQ=DAILY;COUNT=99999999999999999999", "COUNT \"99999999999999999999\" is not a number"),
        ("20260101", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "the rule gives no date through 2050"),
        ("18991231", "FREQ=YEARLY", "a rule can't begin in 1899, before 1900"),
    ] {
        let (calendar, warnings) = read(&format!(":{start}"), rule);
        assert_eq!(warnings.len(), 1, "{rule}: {warnings:?}");
        assert_eq!(warnings[0].line, 4, "{rule}");
        assert!(warnings[0].message.starts_with(message), "{rule}: {warnings:?}");
        assert!(warnings[0].message.ends_with("; the rule is ignored"), "{rule}: {warnings:?}");
        assert_eq!(calendar.entries(), 1, "{rule}");
    }
}
