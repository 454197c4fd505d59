//! Feeds that are written to take long. Each once took quadratic time or worse; the tests allow many times what it takes
//! now.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fmt::Write;
use std::time::{Duration, Instant};

use super::{CalendarWarning, ICalendar};

/// A fifth of the 1 MiB that a ConfigMap may hold: enough to show it in an unoptimised build on a busy machine.
const ALLOWED: Duration = Duration::from_secs(60);

/// Reads a feed, and prints what docs/performance.md says about it.
fn read(events: &str) -> (ICalendar, Vec<CalendarWarning>) {
    let text = format!("BEGIN:VCALENDAR\n{events}END:VCALENDAR\n");
    let begun = Instant::now();
    let read = ICalendar::parse(&text);
    let elapsed = begun.elapsed();
    println!("{} KB in {} ms: {:.80?}", text.len() / 1_000, elapsed.as_millis(), events);
    assert!(elapsed < ALLOWED, "{elapsed:?}");
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
        let (calendar, warnings) = read(&repeating(start, rule).repeat(2_000));
        assert_eq!(warnings.len(), 100, "{rule}");
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
    let (calendar, warnings) = read(&events);
    assert_eq!((calendar.entries(), warnings), (1_200, Vec::new()));
}

#[test]
fn events_that_share_a_uid_do_not_multiply() {
    let mut events = String::new();
    for _ in 0..4_000 {
        events += "BEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20260101\nDTSTART:20260102\nEND:VEVENT\n";
        events += "BEGIN:VEVENT\nUID:1\nDTSTART:20260103\nEND:VEVENT\n";
    }
    let (calendar, warnings) = read(&events);
    assert_eq!((calendar.entries(), warnings), (8_000, Vec::new()));
}

#[test]
fn components_that_never_end_do_not_multiply() {
    let events =
        format!("{}{}", "BEGIN:A\n".repeat(12_000), "BEGIN:VEVENT\nDTSTART:20260101\nEND:VEVENT\n".repeat(5_000));
    let (calendar, warnings) = read(&events);
    assert_eq!((calendar.entries(), warnings.len()), (5_000, 100));
}

/// About 50 MB, of which 1 MiB is read.
#[test]
fn of_a_million_events_those_in_the_first_mib_count_and_the_line_of_the_rest_is_named() {
    let event = "BEGIN:VEVENT\nDTSTART:20260101\nSUMMARY:x\nEND:VEVENT\n";
    let (calendar, warnings) = read(&event.repeat(1_000_000));
    let counted = 1024 * 1024 / event.len();
    assert!((counted - 1..=counted).contains(&calendar.entries()), "{} of about {counted}", calendar.entries());
    let [warning] = warnings.as_slice() else { panic!("{warnings:?}") };
    let message =
        "the calendar is larger than the 1 MiB that a ConfigMap can hold; events from this line on are left out";
    assert_eq!(warning.message, message);
    let lines = calendar.entries() * 4 + 2;
    assert!((lines..lines + 4).contains(&warning.line), "line {} after {} events", warning.line, calendar.entries());
}

#[test]
fn a_feed_in_one_line_that_is_too_large_is_not_read_at_all() {
    let (calendar, warnings) = ICalendar::parse(&"BEGIN:VCALENDAR".repeat(1_000_000));
    assert_eq!(calendar.entries(), 0);
    assert_eq!(warnings.iter().map(|warning| warning.line).collect::<Vec<_>>(), [1]);
}

/// As many rules as a ConfigMap can hold: those beyond the limit are reported with their lines.
#[test]
fn thousands_of_rules_that_never_end_are_followed_up_to_a_limit() {
    let (calendar, warnings) = read(&repeating("20260101", "FREQ=DAILY").repeat(14_000));
    assert_eq!(calendar.entries(), 14_000, "the events themselves count");
    assert_eq!(warnings.len(), 100);
    let message = "the rules of this calendar give more than 50000 dates: the later ones are left out";
    assert_eq!((warnings[0].line, warnings[0].message.as_str()), (24, message));
    assert!(warnings[99].message.ends_with(" more problems are not listed"), "{}", warnings[99]);
}

#[test]
fn lines_of_100_kb_are_read_or_named_and_the_next_event_counts() {
    let long = |item: &str| vec![item; 100_000 / (item.len() + 1)].join(",");
    let folded: String = "x".repeat(100_000).chars().flat_map(|x| ['\n', ' ', x]).collect();
    for (line, warning) in [
        (format!("SUMMARY:{}", long("x")), ""),
        (format!("SUMMARY:{folded}"), ""),
        (format!("X-OTHER:{}", long("x")), ""),
        (format!("EXDATE:{}", long("20260102")), ""),
        (format!("RDATE:{}", long("20260102")), ""),
        (format!("RDATE;VALUE=PERIOD:{}", long("20260102T120000Z/PT1H")), ""),
        (format!("RRULE:FREQ=YEARLY;COUNT=9;BYDAY={}", long("MO,-1MO,2TU")), ""),
        (format!("RRULE:FREQ=YEARLY;COUNT=9;BYWEEKNO={}", long("1,53,-53")), ""),
        (format!("RRULE:FREQ=YEARLY;COUNT=9;BYDAY=MO;BYSETPOS={}", long("1,-1,366")), ""),
        (format!("RRULE:FREQ=YEARLY;COUNT=9;BYYEARDAY={}", long("1,366,-366")), ""),
        (format!("RRULE:{}", long("FREQ")), "line 4: \"FREQ,"),
        (format!("RDATE:{}", long("tomorrow")), "line 4: RDATE \"tomorrow\" is not a date or time"),
        (format!("SEQUENCE:{}", long("1")), "line 4: SEQUENCE \"1,1,"),
        (long("no colon"), "line 4: \"no colon,"),
    ] {
        let (calendar, warnings) = read(&format!(
            "BEGIN:VEVENT\nDTSTART:20260101\n{line}\nEND:VEVENT\nBEGIN:VEVENT\nDTSTART:20260201\nEND:VEVENT\n"
        ));
        let shown = &line[..40];
        assert_eq!(calendar.entries(), 2, "{shown}");
        let messages: Vec<String> = warnings.iter().map(ToString::to_string).collect();
        assert_eq!(messages.len(), usize::from(!warning.is_empty()), "{shown}: {messages:?}");
        assert!(
            messages.iter().all(|message| message.starts_with(warning) && message.len() < 300),
            "{shown}: {messages:?}"
        );
    }
}

/// The longest list that a rule may have in each part, all at once.
#[test]
fn rules_with_every_value_do_not_multiply() {
    let list = |max: i32| (-max..=max).filter(|&n| n != 0).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    let days: Vec<String> = (-53..=53)
        .filter(|&n| n != 0)
        .flat_map(|n| ["MO", "TU", "WE", "TH", "FR", "SA", "SU"].map(|day| format!("{n}{day}")))
        .collect();
    let rules = [
        format!("FREQ=YEARLY;BYYEARDAY={};BYDAY={}", list(366), days.join(",")),
        format!("FREQ=YEARLY;BYWEEKNO={};BYSETPOS={}", list(53), list(366)),
        // There are no such days, so the rule is followed until the crate ceases to look for dates.
        format!("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;BYYEARDAY={}", list(366)),
    ];
    for rule in rules {
        let (_, warnings) = read(&repeating("19000101", &rule).repeat(140));
        assert!(!warnings.is_empty(), "{:.60}", rule);
    }
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
