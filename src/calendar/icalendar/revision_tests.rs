//! Several events with one UID.

use super::ICalendar;

/// All-day events of a feed, and its warnings.
fn read(text: &str) -> (Vec<String>, Vec<String>) {
    let (calendar, warnings) = ICalendar::parse(text);
    let days = calendar.days().iter().map(|(start, end, name)| format!("{start} to {end}: {name}"));
    (days.collect(), warnings.iter().map(ToString::to_string).collect())
}

#[test]
fn the_highest_revision_of_an_event_counts_wherever_it_is_in_the_file() {
    let event = |sequence: &str, more: &str| format!("BEGIN:VEVENT\nUID:u\n{sequence}{more}\nEND:VEVENT\n");
    let (old, new) = (event("", "DTSTART:20261224"), event("SEQUENCE:2\n", "DTSTART:20261223"));
    let cancelled = event("SEQUENCE:10\n", "DTSTART:20261222\nSTATUS:CANCELLED");
    let series = event("SEQUENCE:3\n", "DTSTART:20261201\nRRULE:FREQ=DAILY;COUNT=2");
    let moved = event("SEQUENCE:1\n", "RECURRENCE-ID:20261202\nDTSTART:20261210");
    let moved_again = event("SEQUENCE:2\n", "RECURRENCE-ID:20261202\nDTSTART:20261211");
    let other = old.replace("UID:u", "UID:v");
    let alike = old.replace("20261224", "20261227");
    for (events, expected) in [
        (vec![&old, &new], vec!["2026-12-23"]),
        (vec![&old, &new, &cancelled], vec![]),
        (vec![&other, &new, &cancelled], vec!["2026-12-24"]),
        (vec![&old, &alike], vec!["2026-12-24", "2026-12-27"]),
        // The revisions of an occurrence are its own.
        (vec![&series, &moved], vec!["2026-12-01", "2026-12-10"]),
        (vec![&series, &moved, &moved_again], vec!["2026-12-01", "2026-12-11"]),
    ] {
        for events in [events.clone(), events.into_iter().rev().collect()] {
            let events: String = events.into_iter().map(String::as_str).collect();
            let (spans, warnings) = read(&format!("BEGIN:VCALENDAR\n{events}END:VCALENDAR\n"));
            assert_eq!(warnings, [""; 0]);
            let starts: Vec<&str> = spans.iter().map(|span| &span[..10]).collect();
            assert_eq!(starts, expected, "{events}");
        }
    }
}

#[test]
fn revisions_of_an_occurrence_are_the_same_in_any_zone() {
    let first = "RECURRENCE-ID;TZID=Europe/Berlin:20261224T120000\nDTSTART:20261225\n";
    let second = "RECURRENCE-ID:20261224T110000Z\nDTSTART:20261226\nSEQUENCE:1\n";
    let event = |more: &str| format!("BEGIN:VEVENT\nUID:u\n{more}END:VEVENT\n");
    let (spans, _) = read(&format!("BEGIN:VCALENDAR\n{}{}END:VCALENDAR\n", event(first), event(second)));
    assert_eq!(spans, ["2026-12-26 to 2026-12-27: unnamed holiday"]);
}
