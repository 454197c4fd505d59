//! Feeds that somebody wrote to take long. Each was quadratic or worse once; what a test allows is many times what it takes now.

#![allow(clippy::unwrap_used)]

use std::fmt::Write;
use std::time::{Duration, Instant};

use super::{CalendarProblem, ICalendar};

/// What a ConfigMap may hold is 1 MiB; a fifth of that shows it as well, in an unoptimised build on a busy machine.
const ALLOWED: Duration = Duration::from_secs(60);

fn read(events: &str) -> (ICalendar, Vec<CalendarProblem>) {
    let begun = Instant::now();
    let read = ICalendar::parse(&format!("BEGIN:VCALENDAR\n{events}END:VCALENDAR\n"));
    assert!(begun.elapsed() < ALLOWED, "{:?}", begun.elapsed());
    read
}

fn repeating(start: &str, rule: &str) -> String {
    format!("BEGIN:VEVENT\nDTSTART:{start}\nRRULE:{rule}\nEND:VEVENT\n")
}

#[test]
fn rules_are_followed_until_their_work_is_used_up_and_the_rest_is_told() {
    for (start, rule) in [
        ("20100101", "FREQ=DAILY;INTERVAL=2"),
        ("19000101", "FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU"),
        ("20100101", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"),
        ("20100101", "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30"),
    ] {
        let (calendar, problems) = read(&repeating(start, rule).repeat(2_000));
        assert_eq!(problems.len(), 100, "{rule}");
        assert!(calendar.days().iter().count() <= 50_000, "{rule}");
    }
}

#[test]
fn a_thousand_two_hundred_birthdays_are_within_the_limits() {
    let mut events = String::new();
    for number in 0..1_200 {
        let day = number % 28 + 1;
        events += &repeating(&format!("2010{:02}{day:02}", number % 12 + 1), "FREQ=YEARLY");
    }
    let (calendar, problems) = read(&events);
    assert_eq!((calendar.entries(), problems), (1_200, Vec::new()));
}

#[test]
fn events_that_share_a_uid_do_not_multiply() {
    let mut events = String::new();
    for _ in 0..4_000 {
        events += "BEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20260101\nDTSTART:20260102\nEND:VEVENT\n";
        events += "BEGIN:VEVENT\nUID:1\nDTSTART:20260103\nEND:VEVENT\n";
    }
    let (calendar, problems) = read(&events);
    assert_eq!((calendar.entries(), problems), (8_000, Vec::new()));
}

#[test]
fn components_that_never_end_do_not_multiply() {
    let events =
        format!("{}{}", "BEGIN:A\n".repeat(12_000), "BEGIN:VEVENT\nDTSTART:20260101\nEND:VEVENT\n".repeat(5_000));
    let (calendar, problems) = read(&events);
    assert_eq!((calendar.entries(), problems.len()), (5_000, 100));
}

#[test]
fn parameters_of_a_list_do_not_multiply() {
    let mut line = "EXDATE".to_owned();
    for number in 0..5_000 {
        write!(line, ";X-{number}=1").unwrap();
    }
    let dates = ["20260101"; 5_000].join(",");
    let (calendar, _) = read(&format!("BEGIN:VEVENT\nDTSTART:20260102\n{line}:{dates}\nEND:VEVENT\n"));
    assert_eq!(calendar.entries(), 1);
}
