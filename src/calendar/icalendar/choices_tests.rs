//! The behaviour where RFC 5545 leaves a choice, or where feeds violate it: each row of the table in docs/calendar-feeds.md.

#![allow(clippy::unwrap_used)]

use super::ICalendar;

/// The events of a feed, and what is read from it: the starts of its dates and times, then its warnings.
struct Choice {
    /// The first cell of the row.
    case: &'static str,
    /// The lines of each VEVENT.
    feeds: Vec<(Vec<&'static str>, Vec<&'static str>)>,
}

fn choice(case: &'static str, feeds: &[(&[&'static str], &[&'static str])]) -> Choice {
    Choice { case, feeds: feeds.iter().map(|(events, expected)| (events.to_vec(), expected.to_vec())).collect() }
}

fn choices() -> Vec<Choice> {
    vec![
        choice(
            "`DTSTART` is not one of the dates of its rule",
            &[(&["DTSTART:20260101\nRRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=2"], &["2026-01-05", "2026-01-12"])],
        ),
        choice(
            "`UNTIL` is a date although the event has times",
            // 2 January in Berlin, until 23:00 UTC.
            &[(
                &["DTSTART;TZID=Europe/Berlin:20260101T233000\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20260102"],
                &["2026-01-01 22:30:00 UTC", "2026-01-02 22:30:00 UTC"],
            )],
        ),
        choice(
            "`UNTIL` is a time although the event is all-day",
            &[
                (&["DTSTART:20260101\nRRULE:FREQ=DAILY;UNTIL=20260102T000000Z"], &["2026-01-01", "2026-01-02"]),
                (&["DTSTART:20260101\nRRULE:FREQ=DAILY;UNTIL=20260102T230000Z"], &["2026-01-01", "2026-01-02"]),
            ],
        ),
        choice("`UNTIL` is before `DTSTART`", &[(&["DTSTART:20260101\nRRULE:FREQ=DAILY;UNTIL=20251231"], &[])]),
        choice(
            "A replacement for a date that `EXDATE` excludes",
            &[(
                &[
                    "UID:u\nDTSTART:20260101\nRRULE:FREQ=DAILY;COUNT=2\nEXDATE:20260102",
                    "UID:u\nRECURRENCE-ID:20260102\nDTSTART:20260110",
                ],
                &["2026-01-01", "2026-01-10"],
            )],
        ),
        choice(
            "A replacement for a date that the rule does not give",
            &[(
                &[
                    "UID:u\nDTSTART:20260101\nRRULE:FREQ=DAILY;COUNT=2",
                    "UID:u\nRECURRENCE-ID:20260107\nDTSTART:20260110",
                ],
                &["2026-01-01", "2026-01-02", "2026-01-10"],
            )],
        ),
        choice(
            "A replacement in a series that was cancelled",
            &[(
                &[
                    "UID:u\nDTSTART:20260101\nRRULE:FREQ=DAILY;COUNT=2\nSTATUS:CANCELLED",
                    "UID:u\nRECURRENCE-ID:20260102\nDTSTART:20260110",
                ],
                &["2026-01-10"],
            )],
        ),
        choice(
            "Several events have the same `UID` and the same `SEQUENCE`",
            &[(
                &["UID:u\nSEQUENCE:1\nDTSTART:20260101", "UID:u\nSEQUENCE:1\nDTSTART:20260106"],
                &["2026-01-01", "2026-01-06"],
            )],
        ),
        choice(
            "`BYSETPOS` in the week, month or year of `DTSTART`",
            &[
                // The Wednesday is the second of the week although the event starts on it.
                (
                    &["DTSTART:20260107\nRRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=2;COUNT=2"],
                    &["2026-01-07", "2026-01-14"],
                ),
                (&["DTSTART:20260107\nRRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=1;COUNT=1"], &["2026-01-12"]),
                (&["DTSTART:20260107\nRRULE:FREQ=MONTHLY;BYDAY=WE;BYSETPOS=1;COUNT=1"], &["2026-01-07"]),
            ],
        ),
        choice(
            "`BYWEEKNO` with a week that belongs to two calendar years",
            // Week 1 of 2026 begins on 29 December 2025, week 1 of 2028 on 3 January.
            &[(
                &["DTSTART:20250101\nRRULE:FREQ=YEARLY;INTERVAL=2;BYWEEKNO=1;BYDAY=MO,TH;UNTIL=20271231"],
                &["2025-01-02", "2025-12-29", "2027-01-04", "2027-01-07"],
            )],
        ),
        choice(
            "`BYHOUR`, `BYMINUTE` or `BYSECOND` in a rule of a timed event, or `FREQ` shorter than `DAILY`",
            &[
                (
                    &["DTSTART:20260101T120000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;BYHOUR=12,14;COUNT=4"],
                    &[
                        "2026-01-01 12:00:00 UTC",
                        "line 5: BYHOUR is not supported: write an event for each time of day; the rule is ignored",
                    ],
                ),
                (
                    &["DTSTART:20260101T120000Z\nDURATION:PT1H\nRRULE:FREQ=HOURLY;COUNT=4"],
                    &[
                        "2026-01-01 12:00:00 UTC",
                        "line 5: FREQ=HOURLY is not supported: a holiday repeats DAILY at most; the rule is ignored",
                    ],
                ),
                (&["DTSTART:20260101\nRRULE:FREQ=DAILY;BYHOUR=12,14;COUNT=2"], &["2026-01-01", "2026-01-02"]),
            ],
        ),
        choice(
            "Several `RRULE` in one event",
            &[(
                &["DTSTART:20260101\nRRULE:FREQ=DAILY;COUNT=2\nRRULE:FREQ=WEEKLY;COUNT=2"],
                &["2026-01-01", "2026-01-02", "2026-01-08"],
            )],
        ),
        choice(
            "`EXDATE` is a date although the event has times",
            &[(
                &[
                    "DTSTART;TZID=Europe/Berlin:20260101T220000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2\nEXDATE:20260102",
                ],
                &["2026-01-01 21:00:00 UTC"],
            )],
        ),
        choice(
            "A period of `RDATE` starts at the same time as another occurrence",
            &[(
                &[
                    "DTSTART:20260101T120000Z\nDURATION:PT1H\nRDATE;VALUE=PERIOD:20260101T120000Z/PT3H",
                    "DTSTART:20260101T140000Z\nDURATION:PT2H",
                ],
                // The second event begins before the period ends, so what is left of it begins then.
                &["2026-01-01 12:00:00 UTC", "2026-01-01 15:00:00 UTC"],
            )],
        ),
        choice(
            "A time without a time zone",
            &[(&["DTSTART:20260101T120000\nDURATION:PT1H"], &["2026-01-01 12:00:00"])],
        ),
    ]
}

/// The starts of dates, of times without a zone and of instants, and the warnings.
fn read(events: &[&str]) -> Vec<String> {
    let events: String = events.iter().map(|lines| format!("BEGIN:VEVENT\n{lines}\nEND:VEVENT\n")).collect();
    let (calendar, warnings) = ICalendar::parse(&format!("BEGIN:VCALENDAR\n{events}END:VCALENDAR\n"));
    let days = calendar.days().iter().map(|(start, ..)| start.to_string());
    let floating = calendar.floating_closures().iter().map(|(start, ..)| start.to_string());
    let instants = calendar.closures().iter().map(|(start, ..)| start.to_string());
    days.chain(floating).chain(instants).chain(warnings.iter().map(ToString::to_string)).collect()
}

#[test]
fn every_choice_is_made_as_the_docs_say() {
    for Choice { case, feeds } in choices() {
        for (events, expected) in feeds {
            assert_eq!(read(&events), expected, "{case}: {events:?}");
        }
    }
}

#[test]
fn the_table_of_the_docs_has_exactly_these_choices() {
    let page = include_str!("../../../docs/calendar-feeds.md");
    let (_, section) = page.split_once("## Where RFC 5545 leaves a choice").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    let documented: Vec<&str> = rows.skip(1).collect();
    let tested: Vec<&str> = choices().iter().map(|choice| choice.case).collect();
    assert_eq!(documented, tested);
}
