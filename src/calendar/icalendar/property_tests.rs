//! Feeds that nobody would write, and rules against a formulation that looks at each day by itself.

#![allow(clippy::unwrap_used)]

use chrono::{Datelike, Days, NaiveDate, Weekday};
use proptest::prelude::*;

use super::ICalendar;

/// A line that is in a feed, or nearly.
fn any_line() -> impl Strategy<Value = String> {
    let known = "BEGIN:VCALENDAR|END:VCALENDAR|BEGIN:VEVENT|END:VEVENT|BEGIN:VALARM|END:VALARM|UID:1|STATUS:CANCELLED|\
                 DTSTART:20261224|DTSTART:20261224T120000|DTSTART;TZID=Europe/Berlin:20260329T023000|DTEND:20261226|\
                 DTEND;TZID=Asia/Tokyo:20261224T230000|DURATION:PT4H|DURATION:P9999999D|RRULE:FREQ=DAILY;COUNT=9|\
                 RRULE:FREQ=SECONDLY|RRULE:FREQ=YEARLY;BYDAY=-53MO;UNTIL=99991231|RRULE:FREQ=MONTHLY;BYSETPOS=-1;BYDAY=FR|\
                 RRULE:FREQ=YEARLY;BYWEEKNO=53;WKST=SU|DTSTART:99991231|DTSTART:00000101|DTSTART:00010101T000000Z|\
                 EXDATE:20261224,20261225T120000Z|RDATE:20261231|RECURRENCE-ID:20261225|SUMMARY:x\\, y|SUMMARY;X=\"a:b\":z| folded|:";
    prop_oneof![
        12 => prop::sample::select(known.split('|').map(str::to_owned).collect::<Vec<_>>()),
        1 => ".{0,40}",
        1 => "(DTSTART|DTEND|EXDATE|RDATE|RECURRENCE-ID)(;(TZID|VALUE)=[A-Za-z/ \"]{0,12})?:[0-9TZ,]{0,20}",
        1 => "RRULE:FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY);(BYDAY|BYMONTHDAY|BYYEARDAY|BYWEEKNO|BYSETPOS|INTERVAL|COUNT)=[-0-9A-Z,]{0,8}",
    ]
}

/// Events of few names, dates and UIDs, so that many have to do with each other.
fn any_event() -> impl Strategy<Value = String> {
    let parts = (
        prop::sample::select(vec!["DTSTART:2026120", "DTSTART;TZID=Europe/Berlin:2026120", "DTSTART:2026120"]),
        1..9u32,
        0..3u32,
        prop::option::of(1..9u32),
        prop::option::of((1..4u32, 1..5u32)),
        prop::sample::select(vec!["a", "b", "c"]),
        prop::bool::weighted(0.2),
    );
    parts.prop_map(|(start, day, uid, replaces, rule, name, cancelled)| {
        let is_timed = start.contains("TZID");
        let time = if is_timed { "T120000\nDURATION:P2D" } else { "" };
        let mut event = format!("BEGIN:VEVENT\n{start}{day}{time}\nUID:{uid}\nSUMMARY:{name}\n");
        if let Some(replaced) = replaces.filter(|_| uid == 0) {
            event += &format!("RECURRENCE-ID:2026120{replaced}\n");
        } else if let Some((interval, count)) = rule {
            event += &format!("RRULE:FREQ=DAILY;INTERVAL={interval};COUNT={count}\n");
        }
        if cancelled {
            event += "STATUS:CANCELLED\n";
        }
        event + "END:VEVENT\n"
    })
}

#[derive(Clone, Debug)]
struct SimpleRule {
    freq: &'static str,
    interval: u32,
    /// Of a weekly rule.
    weekdays: Vec<Weekday>,
    /// Of a monthly rule.
    month_days: Vec<i32>,
    count: Option<usize>,
    until: Option<NaiveDate>,
}

const WEEKDAYS: [(Weekday, &str); 7] = [
    (Weekday::Mon, "MO"),
    (Weekday::Tue, "TU"),
    (Weekday::Wed, "WE"),
    (Weekday::Thu, "TH"),
    (Weekday::Fri, "FR"),
    (Weekday::Sat, "SA"),
    (Weekday::Sun, "SU"),
];

impl SimpleRule {
    fn text(&self) -> String {
        let mut text = format!("FREQ={};INTERVAL={}", self.freq, self.interval);
        if !self.weekdays.is_empty() {
            let names = self.weekdays.iter().map(|day| WEEKDAYS[day.num_days_from_monday() as usize].1);
            text += &format!(";BYDAY={}", names.collect::<Vec<_>>().join(","));
        }
        if !self.month_days.is_empty() {
            let days = self.month_days.iter().map(ToString::to_string);
            text += &format!(";BYMONTHDAY={}", days.collect::<Vec<_>>().join(","));
        }
        text += &self.count.map(|count| format!(";COUNT={count}")).unwrap_or_default();
        text + &self.until.map(|until| format!(";UNTIL={}", until.format("%Y%m%d"))).unwrap_or_default()
    }

    /// Whether a day is one of the rule, by the day alone.
    fn holds(&self, start: NaiveDate, day: NaiveDate) -> bool {
        let monday = |date: NaiveDate| date - Days::new(u64::from(date.weekday().num_days_from_monday()));
        let months = |date: NaiveDate| i64::from(date.year()) * 12 + i64::from(date.month0());
        let every = |distance: i64| distance % i64::from(self.interval) == 0;
        match self.freq {
            "DAILY" => every((day - start).num_days()),
            "WEEKLY" => {
                let weekdays = if self.weekdays.is_empty() { vec![start.weekday()] } else { self.weekdays.clone() };
                every((monday(day) - monday(start)).num_weeks()) && weekdays.contains(&day.weekday())
            }
            "MONTHLY" => {
                let last = (0..31).filter_map(|ahead| day.with_day0(ahead)).count() as i32;
                let (number, from_end) = (day.day() as i32, day.day() as i32 - last - 1);
                let days = if self.month_days.is_empty() { vec![start.day() as i32] } else { self.month_days.clone() };
                every(months(day) - months(start)) && (days.contains(&number) || days.contains(&from_end))
            }
            _ => {
                every(i64::from(day.year() - start.year())) && (day.month(), day.day()) == (start.month(), start.day())
            }
        }
    }

    fn by_definition(&self, start: NaiveDate) -> Vec<NaiveDate> {
        let last = self.until.unwrap_or(NaiveDate::MAX).min(NaiveDate::from_ymd_opt(2050, 12, 31).unwrap());
        let days = start.iter_days().take_while(|day| *day <= last).filter(|day| self.holds(start, *day));
        days.take(self.count.unwrap_or(usize::MAX)).collect()
    }
}

fn any_date() -> impl Strategy<Value = NaiveDate> {
    (2010..2047i32, 1..=366u32).prop_filter_map("a day of the year", |(year, day)| NaiveDate::from_yo_opt(year, day))
}

fn any_simple_rule() -> impl Strategy<Value = (NaiveDate, SimpleRule)> {
    let weekdays = prop::sample::subsequence(WEEKDAYS.map(|(day, _)| day).to_vec(), 0..=7);
    let month_days = prop::collection::vec(prop_oneof![1..=31i32, -31..=-1i32], 0..3);
    let freq = prop::sample::select(vec!["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]);
    (any_date(), freq, 1..5u32, weekdays, month_days, prop::option::of(1..40usize), prop::option::of(0..2_000u64))
        .prop_map(|(start, freq, interval, weekdays, month_days, count, until)| {
            let rule = SimpleRule {
                freq,
                interval,
                weekdays: if freq == "WEEKLY" { weekdays } else { Vec::new() },
                month_days: if freq == "MONTHLY" { month_days } else { Vec::new() },
                count,
                // One of both ends every rule, to be quick.
                until: if count.is_none() { Some(start + Days::new(until.unwrap_or(365))) } else { None },
            };
            (start, rule)
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_and_problems_are_within_it(lines in prop::collection::vec(any_line(), 0..30)) {
        let text = lines.join("\n");
        let (calendar, problems) = ICalendar::parse(&text);
        for problem in &problems {
            prop_assert!((1..=text.split('\n').count()).contains(&problem.line), "{} in {:?}", problem, text);
        }
        prop_assert!(calendar.entries() <= lines.len());
        prop_assert_eq!(ICalendar::parse(&text), (calendar, problems));
    }

    #[test]
    fn rules_agree_with_a_look_at_each_day((start, rule) in any_simple_rule()) {
        let by_definition = rule.by_definition(start);
        let text = format!(
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:{}\nRRULE:{}\nEND:VEVENT\nEND:VCALENDAR\n",
            start.format("%Y%m%d"), rule.text(),
        );
        let (calendar, problems) = ICalendar::parse(&text);
        let found: Vec<NaiveDate> = calendar.days().iter().map(|(date, ..)| date).collect();
        if by_definition.is_empty() {
            // Either no date at all, and then the event itself counts, or none in these years.
            prop_assert!(found.len() <= 1, "{}", text);
        } else {
            prop_assert_eq!(problems, []);
            prop_assert_eq!(found, by_definition, "{}", text);
        }
    }

    #[test]
    fn the_order_of_the_events_changes_nothing(
        (events, shuffled) in prop::collection::vec(any_event(), 0..8)
            .prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())),
    ) {
        let read = |events: &[String]| {
            let (calendar, problems) = ICalendar::parse(&format!("BEGIN:VCALENDAR\n{}END:VCALENDAR\n", events.concat()));
            (calendar, problems.len())
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
