//! The dates, spans and warnings that are read from a feed.

#![allow(clippy::unwrap_used)]

use super::ICalendar;

fn shown<T: ToString>(span: (T, T, &std::sync::Arc<str>)) -> String {
    format!("{} to {}: {}", span.0.to_string(), span.1.to_string(), span.2)
}

/// Days, times without a zone and instants of a calendar, in this order.
fn spans(calendar: &ICalendar) -> Vec<String> {
    let days = calendar.days().iter().map(shown);
    let closures = calendar.closures().iter().map(shown);
    days.chain(calendar.floating_closures().iter().map(shown)).chain(closures).collect()
}

fn read(text: &str) -> (Vec<String>, Vec<String>) {
    let (calendar, warnings) = ICalendar::parse(text);
    (spans(&calendar), warnings.iter().map(ToString::to_string).collect())
}

/// The spans of one event, which has no warning.
fn event(lines: &str) -> Vec<String> {
    let (spans, warnings) =
        read(&format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:x\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n"));
    assert_eq!(warnings, [""; 0], "{lines}");
    spans
}

/// The warnings of one event, which begins in line 2.
fn warnings_of(lines: &str) -> Vec<String> {
    read(&format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:x\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n")).1
}

/// Synthetic, in the shape of Google's feeds of public holidays.
const GOOGLE_HOLIDAYS: &str = "BEGIN:VCALENDAR\r\nPRODID:-//Google Inc//Google Calendar 70.9054//EN\r\nVERSION:2.0\r\n\
    CALSCALE:GREGORIAN\r\nMETHOD:PUBLISH\r\nX-WR-CALNAME:Feiertage in Deutschland\r\nX-WR-TIMEZONE:UTC\r\n\
    BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261226\r\nDTSTAMP:20260101T000000Z\r\n\
    UID:20261225_abc@google.com\r\nCLASS:PUBLIC\r\nCREATED:20240517T102214Z\r\n\
    DESCRIPTION:Gesetzlicher Feiertag\\nIn den Google-Einstellungen l\u{e4}sst sich da\r\n s \u{e4}ndern\\, wenn man will\r\n\
    LAST-MODIFIED:20240517T102214Z\r\nSEQUENCE:0\r\nSTATUS:CONFIRMED\r\nSUMMARY:Erster Weihnachtstag\r\n\
    TRANSP:TRANSPARENT\r\nEND:VEVENT\r\n\
    BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261226\r\nDTEND;VALUE=DATE:20261227\r\nUID:20261226_abc@google.com\r\n\
    STATUS:CONFIRMED\r\nSUMMARY:Zweiter Weihnachts\r\n\u{20}tag\r\nTRANSP:TRANSPARENT\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

/// Synthetic, in the shape of Google's export of a calendar: a weekly event with a moved, a deleted and a cancelled
/// occurrence.
const GOOGLE_RECURRING: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\n\
    X-LIC-LOCATION:Europe/Berlin\r\nBEGIN:DAYLIGHT\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nTZNAME:CEST\r\n\
    DTSTART:19700329T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n\
    BEGIN:VEVENT\r\nDTSTART;TZID=Europe/Berlin:20261001T130000\r\nDTEND;TZID=Europe/Berlin:20261001T180000\r\n\
    RRULE:FREQ=WEEKLY;UNTIL=20261105T225959Z;BYDAY=TH\r\nEXDATE;TZID=Europe/Berlin:20261008T130000\r\n\
    UID:team@google.com\r\nSUMMARY:Team afternoon\r\nEND:VEVENT\r\n\
    BEGIN:VEVENT\r\nDTSTART;TZID=Europe/Berlin:20261016T130000\r\nDTEND;TZID=Europe/Berlin:20261016T150000\r\n\
    UID:team@google.com\r\nRECURRENCE-ID;TZID=Europe/Berlin:20261015T130000\r\nSUMMARY:Moved\r\nEND:VEVENT\r\n\
    BEGIN:VEVENT\r\nDTSTART:20261022T110000Z\r\nDTEND:20261022T160000Z\r\nUID:team@google.com\r\n\
    RECURRENCE-ID:20261022T110000Z\r\nSTATUS:CANCELLED\r\nSUMMARY:Team afternoon\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

/// Synthetic, in the shape of Outlook's export: names of zones of Windows, a VTIMEZONE with rules of its own, an alarm.
const OUTLOOK: &str = "BEGIN:VCALENDAR\r\nPRODID:-//Microsoft Corporation//Outlook 16.0 MIMEDIR//EN\r\nVERSION:2.0\r\n\
    METHOD:PUBLISH\r\nX-MS-OLK-FORCEINSPECTOROPEN:TRUE\r\nBEGIN:VTIMEZONE\r\nTZID:W. Europe Standard Time\r\nBEGIN:STANDARD\r\n\
    DTSTART:16011028T030000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n\
    END:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nCLASS:PUBLIC\r\n\
    DTEND;TZID=\"W. Europe Standard Time\":20261224T180000\r\nDTSTART;TZID=\"W. Europe Standard Time\":20261224T120000\r\n\
    SUMMARY;LANGUAGE=de:Heiligabend\\, nachmittags\r\nTRANSP:OPAQUE\r\nUID:040000008200E00074C5B7101A82E008\r\n\
    X-MICROSOFT-CDO-BUSYSTATUS:OOF\r\nBEGIN:VALARM\r\nTRIGGER:-PT15M\r\nACTION:DISPLAY\r\nDTSTART:20200101T000000Z\r\n\
    SUMMARY:Reminder\r\nEND:VALARM\r\nEND:VEVENT\r\n\
    BEGIN:VEVENT\r\nDTSTART;TZID=Customized Time Zone:20261231T120000\r\nDTEND;TZID=Customized Time Zone:20261231T180000\r\n\
    SUMMARY:Silvester\r\nEND:VEVENT\r\n\
    BEGIN:VEVENT\r\nDTSTART;TZID=\"(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna\":20261230T120000\r\nDURATION:PT1H\r\n\
    SUMMARY:x\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

/// Synthetic, in the shape of Apple's export.
const APPLE: &str = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Apple Inc.//macOS 15.1//EN\nCALSCALE:GREGORIAN\n\
    X-APPLE-CALENDAR-COLOR:#1BADF8\nX-WR-CALNAME:Firma\nBEGIN:VEVENT\nTRANSP:TRANSPARENT\n\
    DTEND;VALUE=DATE:20270103\nUID:9B2F3C8E-0000\nDTSTAMP:20261101T091500Z\nSEQUENCE:1\n\
    X-APPLE-TRAVEL-ADVISORY-BEHAVIOR:AUTOMATIC\nSUMMARY:Betriebsferien \u{1f384}\nDTSTART;VALUE=DATE:20261228\nEND:VEVENT\n\
    BEGIN:VEVENT\nUID:9B2F3C8E-0001\nSUMMARY:Sommerfest\nDTSTART;TZID=/freeassociation.sourceforge.net/Europe/Berlin:20260703T140000\n\
    DURATION:PT4H30M\nATTENDEE;CN=\"Doe: Jane\":mailto:jane@example.com\nEND:VEVENT\nEND:VCALENDAR\n";

#[test]
fn feeds_in_the_shapes_of_google_outlook_and_apple_are_read() {
    let (spans, warnings) = read(GOOGLE_HOLIDAYS);
    assert_eq!(warnings, [""; 0]);
    assert_eq!(
        spans,
        ["2026-12-25 to 2026-12-26: Erster Weihnachtstag", "2026-12-26 to 2026-12-27: Zweiter Weihnachtstag"]
    );

    let (spans, warnings) = read(GOOGLE_RECURRING);
    assert_eq!(warnings, [""; 0]);
    assert_eq!(
        spans,
        [
            "2026-10-01 11:00:00 UTC to 2026-10-01 16:00:00 UTC: Team afternoon",
            "2026-10-16 11:00:00 UTC to 2026-10-16 13:00:00 UTC: Moved",
            "2026-10-29 12:00:00 UTC to 2026-10-29 17:00:00 UTC: Team afternoon",
            "2026-11-05 12:00:00 UTC to 2026-11-05 17:00:00 UTC: Team afternoon",
        ]
    );

    let (spans, warnings) = read(OUTLOOK);
    assert_eq!(spans, ["2026-12-24 11:00:00 UTC to 2026-12-24 17:00:00 UTC: Heiligabend, nachmittags"]);
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings[0].starts_with("line 31: TZID \"Customized Time Zone\" is not a time zone"), "{warnings:?}");
    assert!(warnings[1].starts_with("line 36: TZID \"(UTC+01:00) Amsterdam, "), "{warnings:?}");

    let (spans, warnings) = read(APPLE);
    assert_eq!(warnings, [""; 0]);
    assert_eq!(
        spans,
        [
            "2026-12-28 to 2027-01-03: Betriebsferien \u{1f384}",
            "2026-07-03 12:00:00 UTC to 2026-07-03 16:30:00 UTC: Sommerfest",
        ]
    );
}

#[test]
fn an_event_covers_days_times_of_a_wall_clock_or_instants() {
    for (lines, expected) in [
        // All-day events: DTEND is the day after the last.
        ("DTSTART;VALUE=DATE:20261224", "2026-12-24 to 2026-12-25: x"),
        ("DTSTART:20261224", "2026-12-24 to 2026-12-25: x"),
        ("DTSTART;VALUE=date:20261224\nDTEND;VALUE=DATE:20261227", "2026-12-24 to 2026-12-27: x"),
        ("DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261224", "2026-12-24 to 2026-12-25: x"),
        ("DTSTART;VALUE=DATE:20261224\nDURATION:P3D", "2026-12-24 to 2026-12-27: x"),
        ("DTSTART;VALUE=DATE:20261224\nDURATION:P1W", "2026-12-24 to 2026-12-31: x"),
        ("DTSTART;VALUE=DATE:20240229", "2024-02-29 to 2024-03-01: x"),
        // Floating times.
        ("DTSTART:20261224T120000\nDTEND:20261224T240000", ""),
        ("DTSTART:20261224T120000\nDTEND:20261225T000000", "2026-12-24 12:00:00 to 2026-12-25 00:00:00: x"),
        ("DTSTART:20261224T120000\nDURATION:PT12H", "2026-12-24 12:00:00 to 2026-12-25 00:00:00: x"),
        // In UTC, and in a zone.
        ("DTSTART:20261224T120000Z\nDTEND:20261224T130000Z", "2026-12-24 12:00:00 UTC to 2026-12-24 13:00:00 UTC: x"),
        (
            "DTSTART;TZID=America/New_York:20261224T120000\nDTEND:20261224T180000Z",
            "2026-12-24 17:00:00 UTC to 2026-12-24 18:00:00 UTC: x",
        ),
        (
            "DTSTART;TZID=Europe/Berlin:20261224T120000\nDTEND;TZID=Europe/London:20261224T120000",
            "2026-12-24 11:00:00 UTC to 2026-12-24 12:00:00 UTC: x",
        ),
        (
            "DTSTART;TZID=Tokyo Standard Time:20261224T120000\nDURATION:PT1H",
            "2026-12-24 03:00:00 UTC to 2026-12-24 04:00:00 UTC: x",
        ),
        // In a gap (02:30 does not occur) and a fold (02:30 occurs twice) in Berlin.
        (
            "DTSTART;TZID=Europe/Berlin:20260329T023000\nDURATION:PT1H",
            "2026-03-29 01:30:00 UTC to 2026-03-29 02:30:00 UTC: x",
        ),
        (
            "DTSTART;TZID=Europe/Berlin:20261025T023000\nDURATION:PT1H",
            "2026-10-25 00:30:00 UTC to 2026-10-25 01:30:00 UTC: x",
        ),
        // A day in a DURATION is a calendar day, which has 23 hours here; DTEND is exact.
        (
            "DTSTART;TZID=Europe/Berlin:20260328T120000\nDURATION:P1D",
            "2026-03-28 11:00:00 UTC to 2026-03-29 10:00:00 UTC: x",
        ),
        // Neither free time nor being tentative makes it less of a holiday.
        ("DTSTART:20261224\nTRANSP:TRANSPARENT\nSTATUS:TENTATIVE", "2026-12-24 to 2026-12-25: x"),
        ("DTSTART:20261224\nSTATUS:CANCELLED", ""),
        // It takes no time, so it closes none (section 3.6.1).
        ("DTSTART:20261224T120000", ""),
        ("DTSTART:20261224T120000Z\nRRULE:FREQ=DAILY;COUNT=3", ""),
        ("DTSTART;TZID=Europe/Berlin:20261224T120000\nDURATION:PT0S", ""),
        ("DTSTART:20261224\nEXDATE:20261224", ""),
    ] {
        if lines.contains("T240000") {
            assert_eq!(warnings_of(lines).len(), 1, "{lines}: 24:00 is no time of RFC 5545");
            continue;
        }
        let expected: Vec<&str> = Some(expected).into_iter().filter(|expected| !expected.is_empty()).collect();
        assert_eq!(event(lines), expected, "{lines}");
    }
}

#[test]
fn dates_are_added_by_rdate_and_taken_out_by_exdate() {
    for (lines, expected) in [
        ("DTSTART:20261201\nRDATE:20261203,20261205", vec!["2026-12-01", "2026-12-03", "2026-12-05"]),
        ("DTSTART:20261201\nRDATE;VALUE=DATE:20261203\nRDATE:20261201", vec!["2026-12-01", "2026-12-03"]),
        (
            "DTSTART:20261201\nRRULE:FREQ=DAILY;COUNT=4\nEXDATE;VALUE=DATE:20261202,20261203",
            vec!["2026-12-01", "2026-12-04"],
        ),
        (
            "DTSTART:20261201\nRRULE:FREQ=DAILY;COUNT=4\nEXDATE:20261202T000000",
            vec!["2026-12-01", "2026-12-03", "2026-12-04"],
        ),
        (
            "DTSTART:20261201\nRRULE:FREQ=DAILY;COUNT=2\nRDATE:20261210\nEXDATE:20261210",
            vec!["2026-12-01", "2026-12-02"],
        ),
    ] {
        let starts: Vec<String> = event(lines).iter().map(|span| span[..10].to_owned()).collect();
        assert_eq!(starts, expected, "{lines}");
    }
}

#[test]
fn exdate_takes_an_occurrence_out_by_its_time_in_any_zone_or_by_its_date() {
    let weekly = "DTSTART;TZID=Europe/Berlin:20261201T120000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=3\n";
    for (exdate, left) in [
        ("EXDATE;TZID=Europe/Berlin:20261208T120000", 2),
        ("EXDATE:20261208T110000Z", 2),
        ("EXDATE:20261208T120000", 2),
        ("EXDATE;TZID=Asia/Tokyo:20261208T200000", 2),
        ("EXDATE;VALUE=DATE:20261208,20261215", 1),
        ("EXDATE:20261208T120000Z", 3),
        ("EXDATE;TZID=Asia/Tokyo:20261208T120000", 3),
    ] {
        assert_eq!(event(&format!("{weekly}{exdate}")).len(), left, "{exdate}");
    }
}

#[test]
fn an_event_of_its_own_replaces_an_occurrence_wherever_it_is_in_the_file() {
    let master = "BEGIN:VEVENT\nUID:u\nDTSTART:20261201\nRRULE:FREQ=DAILY;COUNT=3\nSUMMARY:all\nEND:VEVENT\n";
    let moved = "BEGIN:VEVENT\nUID:u\nRECURRENCE-ID:20261202\nDTSTART:20261220\nSUMMARY:moved\nEND:VEVENT\n";
    let cancelled =
        "BEGIN:VEVENT\nUID:u\nRECURRENCE-ID;VALUE=DATE:20261203\nDTSTART:20261203\nSTATUS:CANCELLED\nEND:VEVENT\n";
    let other = moved.replace("UID:u", "UID:v").replace("20261220", "20261221");
    let expected =
        ["2026-12-01 to 2026-12-02: all", "2026-12-20 to 2026-12-21: moved", "2026-12-21 to 2026-12-22: moved"];
    for events in [[master, moved, cancelled, &other], [cancelled, &other, moved, master]] {
        let (spans, warnings) = read(&format!("BEGIN:VCALENDAR\n{}END:VCALENDAR\n", events.concat()));
        assert_eq!((spans.iter().map(String::as_str).collect(), warnings), (expected.to_vec(), Vec::new()));
    }
}

#[test]
fn periods_of_an_rdate_are_as_long_as_they_say() {
    let timed = "DTSTART;TZID=Europe/Berlin:20261201T120000\nDURATION:PT1H\n";
    for (rdate, expected) in [
        (
            "RDATE;VALUE=PERIOD:20261224T120000Z/20261224T160000Z",
            "2026-12-24 12:00:00 UTC to 2026-12-24 16:00:00 UTC: x",
        ),
        ("RDATE;VALUE=PERIOD:20261224T120000Z/PT4H", "2026-12-24 12:00:00 UTC to 2026-12-24 16:00:00 UTC: x"),
        (
            "RDATE;VALUE=PERIOD;TZID=Asia/Tokyo:20261224T120000/20261224T160000",
            "2026-12-24 03:00:00 UTC to 2026-12-24 07:00:00 UTC: x",
        ),
    ] {
        let first = "2026-12-01 11:00:00 UTC to 2026-12-01 12:00:00 UTC: x";
        assert_eq!(event(&format!("{timed}{rdate}")), [first, expected], "{rdate}");
        let excluded = format!("{timed}{rdate}\nEXDATE;VALUE=DATE:20261224");
        assert_eq!(event(&excluded), [first], "{rdate}");
    }
    assert_eq!(
        event("DTSTART:20261201\nRDATE;VALUE=PERIOD:20261224T120000/PT4H,20261231T120000/PT1H"),
        [
            "2026-12-01 to 2026-12-02: x",
            "2026-12-24 12:00:00 to 2026-12-24 16:00:00: x",
            "2026-12-31 12:00:00 to 2026-12-31 13:00:00: x",
        ]
    );
}

#[test]
fn names_are_unescaped_and_in_one_line() {
    for (summary, name) in [
        ("SUMMARY:Christmas\\, Boxing Day\\; and more", "Christmas, Boxing Day; and more"),
        ("SUMMARY:two\\nlines", "two lines"),
        ("SUMMARY:back\\\\slash", "back\\slash"),
        ("summary;LANGUAGE=en:lower case", "lower case"),
        ("SUMMARY:with: colon", "with: colon"),
        ("SUMMARY:fol\n ded", "folded"),
        ("SUMMARY:fol\n\tded", "folded"),
        ("SUMMARY:", "unnamed holiday"),
        ("X-OTHER:1", "unnamed holiday"),
    ] {
        let text = format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\n{summary}\nDTSTART:20261224\nEND:VEVENT\nEND:VCALENDAR\n");
        let (calendar, warnings) = ICalendar::parse(&text);
        assert_eq!(warnings, [], "{summary}");
        let names: Vec<&str> = calendar.days().iter().map(|(.., name)| name.as_ref()).collect();
        assert_eq!(names, [name], "{summary}");
    }
}

#[test]
fn several_calendars_in_one_text_are_read_and_one_without_events_is_in_order() {
    let calendar =
        |date: &str| format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:{date}\nSUMMARY:x\nEND:VEVENT\nEND:VCALENDAR\n");
    let (spans, warnings) = read(&format!("\u{feff}{}\n\n{}", calendar("20261224"), calendar("20261231")));
    assert_eq!(spans, ["2026-12-24 to 2026-12-25: x", "2026-12-31 to 2027-01-01: x"]);
    assert_eq!(warnings, [""; 0]);
    assert_eq!(read("BEGIN:VCALENDAR\nVERSION:2.0\nEND:VCALENDAR\n"), (Vec::new(), Vec::new()));
}

#[test]
fn what_can_not_be_read_is_told_with_its_line_and_the_rest_counts() {
    let good = "BEGIN:VEVENT\nDTSTART:20261224\nSUMMARY:good\nEND:VEVENT\n";
    for (broken, line, message) in [
        ("BEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT\n", 2, "the event has no DTSTART"),
        ("BEGIN:VEVENT\nDTSTART:2026-12-24\nEND:VEVENT\n", 3, "DTSTART \"2026-12-24\" is not a date or time"),
        ("BEGIN:VEVENT\nDTSTART:20260230\nEND:VEVENT\n", 3, "DTSTART \"20260230\" is not a date or time"),
        (
            "BEGIN:VEVENT\nDTSTART:20261224\nDTEND:20261223\nEND:VEVENT\n",
            4,
            "DTEND \"20261223\": the end is not after the start; the event is left out",
        ),
        (
            "BEGIN:VEVENT\nDTSTART:20261224T120000Z\nDTEND:20261224T130000\nEND:VEVENT\n",
            4,
            "DTEND \"20261224T130000\": start and end have to be both",
        ),
        (
            "BEGIN:VEVENT\nDTSTART:20261224\nDURATION:PT1H\nEND:VEVENT\n",
            4,
            "DURATION \"PT1H\": the duration of an all-day event",
        ),
        (
            "BEGIN:VEVENT\nDTSTART:20261224T120000\nDURATION:soon\nEND:VEVENT\n",
            4,
            "DURATION \"soon\": a duration is written like P1D, P2W or PT4H30M; the event is left out",
        ),
        (
            "BEGIN:VEVENT\nDTSTART;TZID=Europe/Bonn:20261224T120000\nDURATION:PT1H\nEND:VEVENT\n",
            3,
            "TZID \"Europe/Bonn\" is not",
        ),
        ("BEGIN:VEVENT\nSUMMARY:fol\n ded\nDTSTART:x\nEND:VEVENT\n", 5, "DTSTART \"x\" is not a date or time"),
        ("BEGIN:VEVENT\nDTSTART:20261220\n", 2, "BEGIN:VEVENT without its END; the event is left out"),
        ("END:VEVENT\n", 2, "END of \"VEVENT\" without its BEGIN"),
        (
            "BEGIN:VEVENT\nUID:u\nDTSTART:20261220\nRECURRENCE-ID;RANGE=THISANDFUTURE:20261220\nEND:VEVENT\n",
            5,
            "RECURRENCE-ID with RANGE \"THISANDFUTURE\" is not supported",
        ),
    ] {
        for (text, offset) in [
            (format!("BEGIN:VCALENDAR\n{broken}{good}END:VCALENDAR\n"), 0),
            (format!("BEGIN:VCALENDAR\r\n{}{good}END:VCALENDAR\r\n", broken.replace('\n', "\r\n")), 0),
        ] {
            let (spans, warnings) = read(&text);
            assert_eq!(spans, ["2026-12-24 to 2026-12-25: good"], "{broken}");
            assert_eq!(warnings.len(), 1, "{warnings:?}");
            let expected = format!("line {}: {message}", line + offset);
            assert!(warnings[0].starts_with(&expected), "{warnings:?}, expected {expected}");
        }
    }
}

#[test]
fn a_line_that_only_adds_or_removes_dates_is_ignored_when_it_is_broken_and_the_event_counts() {
    for (lines, message) in [
        ("DTSTART:20261224\nRDATE:20261225,tomorrow", "line 5: RDATE \"tomorrow\" is not a date or time"),
        ("DTSTART:20261224\nEXDATE:x", "line 5: EXDATE \"x\" is not a date or time"),
        ("DTSTART:20261224\nEXDATE;VALUE=PERIOD:20261224T120000Z/PT1H", "line 5: EXDATE can't have periods"),
        (
            "DTSTART:20261224\nRDATE;VALUE=PERIOD:20261224T120000Z",
            "line 5: RDATE \"20261224T120000Z\": a period is START/END or",
        ),
        (
            "DTSTART:20261224\nRDATE;VALUE=PERIOD:20261224/P1D",
            "line 5: RDATE \"20261224/P1D\": a period has to begin with a time",
        ),
        (
            "DTSTART:20261224\nRDATE;VALUE=PERIOD:20261224T120000Z/20261224T110000Z",
            "line 5: RDATE \"20261224T120000Z/20261224T110000Z\": the end is not after the start; the line is ignored",
        ),
        (
            "DTSTART:20261224\nSEQUENCE:first",
            "line 5: SEQUENCE \"first\" is not a number; the event counts as its first",
        ),
        ("DTSTART:20261224\nEXRULE:FREQ=DAILY", "line 5: EXRULE is not supported"),
        ("DTSTART:20261224\nno property", "line 5: \"no property\" is not a property"),
    ] {
        let (spans, warnings) =
            read(&format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:x\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n"));
        assert_eq!(spans, ["2026-12-24 to 2026-12-25: x"], "{lines}");
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].starts_with(message), "{warnings:?}");
    }
}

#[test]
fn a_text_that_is_no_calendar_says_so_in_its_first_line() {
    for (text, message) in [
        ("", "line 1: the calendar is empty"),
        (" \r\n\r\n", "line 1: the calendar is empty"),
        ("\n<html>", "line 2: this is no iCalendar feed: it has to begin with BEGIN:VCALENDAR"),
        ("{\"a\": 1}", "line 1: this is no iCalendar feed"),
    ] {
        let (spans, warnings) = read(text);
        assert_eq!(spans, [""; 0], "{text}");
        assert!(warnings[0].starts_with(message), "{text}: {warnings:?}");
    }
    // Cut off in the middle of an event.
    let (spans, warnings) = read("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261224\nSUMM");
    assert_eq!(spans, [""; 0]);
    assert_eq!(warnings.len(), 3, "{warnings:?}");
}
