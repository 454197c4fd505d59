//! Finding the events in a feed.
//!
//! This does not use the parser of the icalendar crate, which rejects a whole feed because of one broken line and has no
//! line numbers. That crate reads the properties.

use super::excerpt::quoted;
use super::line::{Line, unfold};
use super::warning::{CalendarWarning, CalendarWarnings};

/// The most components within one another. An alarm in an event in a calendar makes three; very many would take long.
const MAX_DEPTH: usize = 16;

/// The most bytes of a feed that are read: a ConfigMap can hold no more, but a file for `scan --config-map` can. The size
/// of a feed bounds the time that it takes.
const MAX_BYTES: usize = 1024 * 1024;

/// The properties of an event that are read.
const USED: [&str; 12] = [
    "DTSTART",
    "DTEND",
    "DURATION",
    "SUMMARY",
    "UID",
    "SEQUENCE",
    "STATUS",
    "RRULE",
    "RDATE",
    "EXDATE",
    "EXRULE",
    "RECURRENCE-ID",
];

/// The lines of a VEVENT that are read, without those of components inside it (alarms).
#[derive(Debug)]
pub(super) struct EventComponent {
    /// The number of the line with its BEGIN.
    pub(super) number: usize,
    /// The properties, each with its name in capitals.
    pub(super) lines: Vec<(String, Line)>,
}

/// The complete events in a feed. An event that is cut off by the end of the text or by the beginning of another event is
/// left out with a warning, since what is missing may be the property that narrows it.
pub(super) fn events(text: &str, warnings: &mut CalendarWarnings) -> Vec<EventComponent> {
    let (text, is_cut) = cut(text);
    let mut lines = unfold(text).peekable();
    let Some(first) = lines.peek() else {
        if is_cut {
            warnings.add(too_large(1));
            return Vec::new();
        }
        warnings.add(CalendarWarning::new(1, "the calendar is empty: it has to begin with BEGIN:VCALENDAR"));
        return Vec::new();
    };
    if first.name().as_deref() != Some("BEGIN") || !first.value().trim().eq_ignore_ascii_case("VCALENDAR") {
        warnings.add(first.warning("this is no iCalendar feed: it has to begin with BEGIN:VCALENDAR"));
    }
    let mut reader = Reader { open: Vec::new(), event: None, events: Vec::new(), warnings };
    for line in lines {
        reader.read(line);
    }
    if is_cut {
        reader.warnings.add(too_large(text.split('\n').count()));
    } else {
        reader.close_down_to(0);
    }
    reader.events
}

/// The whole lines within the limit, including the line feed of the last, and whether there are more.
fn cut(text: &str) -> (&str, bool) {
    if text.len() <= MAX_BYTES {
        return (text, false);
    }
    let lines = text.as_bytes()[..MAX_BYTES].iter().rposition(|&byte| byte == b'\n').map_or(0, |last| last + 1);
    (&text[..lines], true)
}

fn too_large(line: usize) -> CalendarWarning {
    let message =
        "the calendar is larger than the 1 MiB that a ConfigMap can hold; events from this line on are left out";
    CalendarWarning::new(line, message)
}

struct Reader<'a> {
    /// The components that have begun and not ended, each with its name and line, the outermost first.
    open: Vec<(String, usize)>,
    /// The event among them. Events cannot be nested.
    event: Option<EventComponent>,
    events: Vec<EventComponent>,
    warnings: &'a mut CalendarWarnings,
}

impl Reader<'_> {
    fn read(&mut self, line: Line) {
        match line.name() {
            Some(name) if name == "BEGIN" => self.begin(&line),
            Some(name) if name == "END" => self.end(&line),
            name => self.property(name, line),
        }
    }

    fn begin(&mut self, line: &Line) {
        let name = line.value().trim().to_ascii_uppercase();
        let is_calendar = name == "VCALENDAR";
        if is_calendar || name == "VEVENT" {
            // Neither can be inside an event, and a calendar cannot be inside anything: what is still open lacks its END.
            let lost = self.open.iter().position(|(open, _)| is_calendar || open == "VEVENT");
            self.close_down_to(lost.unwrap_or(self.open.len()));
        }
        if self.open.len() == MAX_DEPTH {
            self.close_down_to(0);
        }
        if name == "VEVENT" {
            self.event = Some(EventComponent { number: line.number, lines: Vec::new() });
        }
        self.open.push((name, line.number));
    }

    fn end(&mut self, line: &Line) {
        let name = line.value().trim().to_ascii_uppercase();
        match self.open.iter().rposition(|(open, _)| *open == name) {
            Some(position) => {
                self.close_down_to(position + 1);
                self.open.pop();
                if name == "VEVENT" {
                    self.events.extend(self.event.take());
                }
            }
            None => self.warnings.add(line.warning(format!("END of {} without its BEGIN", quoted(&name)))),
        }
    }

    fn property(&mut self, name: Option<String>, line: Line) {
        let in_event_itself = self.open.last().is_some_and(|(open, _)| open == "VEVENT");
        match (name, &mut self.event) {
            (Some(name), Some(event)) if in_event_itself && USED.contains(&name.as_str()) => {
                event.lines.push((name, line));
            }
            (None, Some(_)) => self.warnings.add(line.unreadable()),
            _ => {}
        }
    }

    /// Drops all open components but the outermost `depth`.
    fn close_down_to(&mut self, depth: usize) {
        for (name, line) in self.open.drain(depth..) {
            let consequence = if name == "VEVENT" { "; the event is left out" } else { "" };
            let message = format!("BEGIN:{} without its END{consequence}", quoted(&name).trim_matches('"'));
            self.warnings.add(CalendarWarning::new(line, message));
            if name == "VEVENT" {
                self.event = None;
            }
        }
    }
}
