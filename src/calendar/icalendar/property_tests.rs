//! Feeds that nobody would write, and properties that must not matter.

use proptest::prelude::*;

use super::ICalendar;

/// A line as in a feed, or similar to one.
fn any_line() -> impl Strategy<Value = String> {
    let known = "BEGIN:VCALENDAR|END:VCALENDAR|BEGIN:VEVENT|END:VEVENT|BEGIN:VALARM|END:VALARM|UID:1|STATUS:CANCELLED|\
                 DTSTART:20261224|DTSTART:20261224T120000|DTSTART;TZID=Europe/Berlin:20260329T023000|DTEND:20261226|\
                 DTEND;TZID=Asia/Tokyo:20261224T230000|DURATION:PT4H|DURATION:P9999999D|RRULE:FREQ=DAILY;COUNT=9|\
                 RRULE:FREQ=SECONDLY|RRULE:FREQ=YEARLY;BYDAY=-53MO;UNTIL=99991231|RRULE:FREQ=MONTHLY;BYSETPOS=-1;BYDAY=FR|\
                 RRULE:FREQ=YEARLY;BYWEEKNO=53;WKST=SU|SEQUENCE:1|SEQUENCE:x|RDATE;VALUE=PERIOD:20261224T120000Z/PT4H|RDATE;VALUE=PERIOD:20261224T120000/20261225T000000|DTSTART:99991231|DTSTART:00000101|DTSTART:00010101T000000Z|\
                 EXDATE:20261224,20261225T120000Z|RDATE:20261231|RECURRENCE-ID:20261225|SUMMARY:x\\, y|SUMMARY;X=\"a:b\":z| folded|:";
    prop_oneof![
        12 => prop::sample::select(known.split('|').map(str::to_owned).collect::<Vec<_>>()),
        1 => ".{0,40}",
        1 => "(DTSTART|DTEND|EXDATE|RDATE|RECURRENCE-ID)(;(TZID|VALUE)=[A-Za-z/ \"]{0,12})?:[0-9TZ,]{0,20}",
        1 => "RRULE:FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY);(BYDAY|BYMONTHDAY|BYYEARDAY|BYWEEKNO|BYSETPOS|INTERVAL|COUNT)=[-0-9A-Z,]{0,8}",
    ]
}

/// Events with few names, dates and UIDs, so that many refer to each other.
fn any_event() -> impl Strategy<Value = String> {
    let parts = (
        prop::sample::select(vec!["DTSTART:2026120", "DTSTART;TZID=Europe/Berlin:2026120", "DTSTART:2026120"]),
        1..9u32,
        0..3u32,
        prop::option::of(1..9u32),
        prop::option::of((1..4u32, 1..5u32)),
        prop::sample::select(vec!["a", "b", "c"]),
        prop::bool::weighted(0.2),
        prop::option::of(0..3u32),
    );
    parts.prop_map(|(start, day, uid, replaces, rule, name, cancelled, sequence)| {
        let is_timed = start.contains("TZID");
        let time = if is_timed { "T120000\nDURATION:P2D" } else { "" };
        let mut event = format!("BEGIN:VEVENT\n{start}{day}{time}\nUID:{uid}\nSUMMARY:{name}\n");
        if let Some(replaced) = replaces.filter(|_| uid == 0) {
            event += &format!("RECURRENCE-ID:2026120{replaced}\n");
        } else if let Some((interval, count)) = rule {
            event += &format!("RRULE:FREQ=DAILY;INTERVAL={interval};COUNT={count}\n");
        }
        if let Some(sequence) = sequence {
            event += &format!("SEQUENCE:{sequence}\n");
        }
        if cancelled {
            event += "STATUS:CANCELLED\n";
        }
        event + "END:VEVENT\n"
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_and_warnings_are_within_it(lines in prop::collection::vec(any_line(), 0..30)) {
        let text = lines.join("\n");
        let (calendar, warnings) = ICalendar::parse(&text);
        for warning in &warnings {
            prop_assert!((1..=text.split('\n').count()).contains(&warning.line), "{} in {:?}", warning, text);
        }
        prop_assert!(calendar.entries() <= lines.len());
        prop_assert_eq!(ICalendar::parse(&text), (calendar, warnings));
    }

    #[test]
    fn the_order_of_the_events_changes_nothing(
        (events, shuffled) in prop::collection::vec(any_event(), 0..8)
            .prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())),
    ) {
        let read = |events: &[String]| {
            let (calendar, warnings) = ICalendar::parse(&format!("BEGIN:VCALENDAR\n{}END:VCALENDAR\n", events.concat()));
            (calendar, warnings.len())
        };
        prop_assert_eq!(read(&events), read(&shuffled));
    }

    #[test]
    fn folded_lines_and_line_ends_change_nothing(events in prop::collection::vec(any_event(), 1..4), width in 1..40usize) {
        let text = format!("BEGIN:VCALENDAR\n{}END:VCALENDAR\n", events.concat());
        let folded: String = text
            .lines()
            .flat_map(|line| {
                let characters: Vec<char> = line.chars().collect();
                let pieces: Vec<String> = characters.chunks(width).map(|piece| piece.iter().collect()).collect();
                [pieces.join("\r\n "), "\r\n".to_owned()]
            })
            .collect();
        prop_assert_eq!(ICalendar::parse(&text).0, ICalendar::parse(&folded).0);
    }
}
