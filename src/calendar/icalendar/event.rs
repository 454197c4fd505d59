//! Reading the properties of an event.

use std::sync::Arc;

use ::icalendar::Property;

use super::super::holiday_name::shown_name;
use super::component::EventComponent;
use super::excerpt::quoted;
use super::extent::Extent;
use super::line::Line;
use super::moment::Moment;
use super::warning::{CalendarWarning, CalendarWarnings};

/// The name of an event without SUMMARY.
const UNNAMED: &str = "unnamed holiday";

/// A VEVENT that can be used.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) uid: Option<String>,
    pub(super) name: Arc<str>,
    pub(super) start: Moment,
    pub(super) extent: Extent,
    /// Each RRULE, with its line.
    pub(super) rules: Vec<(usize, String)>,
    /// RDATE: further occurrences, as long as the event.
    pub(super) further: Vec<Moment>,
    /// RDATE with periods: further occurrences with lengths of their own.
    pub(super) periods: Vec<(Moment, Extent)>,
    /// EXDATE: occurrences that do not count.
    pub(super) excluded: Vec<Moment>,
    /// RECURRENCE-ID: the occurrence of the event with the same UID that this one replaces.
    pub(super) replaces: Option<Moment>,
    /// SEQUENCE: the number of the revision.
    pub(super) revision: i64,
    /// Whether it does not take place. If it replaces an occurrence, that does not take place either.
    pub(super) cancelled: bool,
}

/// Reads an event. Returns `None` with a warning if it has no start or no extent. If a property is broken that only adds or
/// removes occurrences, the event counts without it, with a warning.
pub(super) fn read(component: &EventComponent, warnings: &mut CalendarWarnings) -> Option<Event> {
    let fields = Fields { component };
    let mut event = match fields.event() {
        Ok(event) => event,
        Err(warning) => {
            warnings.add(warning);
            return None;
        }
    };
    for line in fields.all("RDATE") {
        match further(line) {
            Ok(Further::Moments(moments)) => event.further.extend(moments),
            Ok(Further::Periods(periods)) => event.periods.extend(periods),
            Err(warning) => warnings.add(warning),
        }
    }
    for line in fields.all("EXDATE") {
        match excluded(line) {
            Ok(moments) => event.excluded.extend(moments),
            Err(warning) => warnings.add(warning),
        }
    }
    if let Some(line) = fields.first("SEQUENCE") {
        match line.value().trim().parse() {
            Ok(revision) => event.revision = revision,
            Err(_) => warnings.add(line.warning(format!(
                "SEQUENCE {} is not a number; the event counts as its first revision",
                quoted(line.value())
            ))),
        }
    }
    if let Some(line) = fields.first("EXRULE") {
        warnings.add(line.warning("EXRULE is not supported: list the dates as EXDATE"));
    }
    Some(event)
}

struct Fields<'a> {
    component: &'a EventComponent,
}

impl<'a> Fields<'a> {
    fn event(&self) -> Result<Event, CalendarWarning> {
        let component = self.component;
        let start_line = self.first("DTSTART").ok_or_else(|| {
            CalendarWarning::new(
                component.number,
                "the event has no DTSTART: write one, such as DTSTART;VALUE=DATE:20261224",
            )
        })?;
        let start = moment(start_line)?;
        let rules = self.all("RRULE").map(|line| (line.number, line.value().to_owned()));
        Ok(Event {
            uid: self.text("UID")?.map(|uid| uid.trim().to_owned()),
            name: self
                .text("SUMMARY")?
                .filter(|name| !name.trim().is_empty())
                .map_or_else(|| UNNAMED.into(), |name| shown_name(&name)),
            start,
            extent: self.extent(start)?,
            rules: rules.collect(),
            further: Vec::new(),
            periods: Vec::new(),
            excluded: Vec::new(),
            replaces: self.first("RECURRENCE-ID").map(replaced).transpose()?,
            revision: 0,
            cancelled: self.text("STATUS")?.is_some_and(|status| status.trim().eq_ignore_ascii_case("CANCELLED")),
        })
    }

    fn extent(&self, start: Moment) -> Result<Extent, CalendarWarning> {
        let left_out = |line: &Line, name: &str, message: String| {
            line.warning(format!("{name} {}: {message}; the event is left out", quoted(line.value())))
        };
        if let Some(line) = self.first("DTEND") {
            return Extent::until(start, moment(line)?).map_err(|message| left_out(line, "DTEND", message));
        }
        if let Some(line) = self.first("DURATION") {
            return Extent::lasting(start, line.value()).map_err(|message| left_out(line, "DURATION", message));
        }
        Ok(Extent::unstated(start))
    }

    fn text(&self, name: &str) -> Result<Option<String>, CalendarWarning> {
        self.first(name).map(|line| Ok(line.property()?.value().to_owned())).transpose()
    }

    fn first(&self, name: &'a str) -> Option<&'a Line> {
        self.all(name).next()
    }

    fn all(&self, name: &'a str) -> impl Iterator<Item = &'a Line> + use<'a> {
        self.component.lines.iter().filter(move |(found, _)| found == name).map(|(_, line)| line)
    }
}

fn moment(line: &Line) -> Result<Moment, CalendarWarning> {
    Moment::read(&line.property()?).map_err(|message| line.warning(format!("{message}; the event is left out")))
}

/// The values of an RDATE.
enum Further {
    Moments(Vec<Moment>),
    Periods(Vec<(Moment, Extent)>),
}

fn further(line: &Line) -> Result<Further, CalendarWarning> {
    let property = line.property()?;
    let read = if is_of_periods(&property) {
        property
            .value()
            .split(',')
            .map(|value| period(&property, value))
            .collect::<Result<_, _>>()
            .map(Further::Periods)
    } else {
        Moment::read_list(&property).map(Further::Moments)
    };
    read.map_err(|message| line.warning(format!("{message}; the line is ignored")))
}

fn excluded(line: &Line) -> Result<Vec<Moment>, CalendarWarning> {
    let property = line.property()?;
    if is_of_periods(&property) {
        return Err(line.warning("EXDATE can't have periods: write dates or times; the line is ignored"));
    }
    Moment::read_list(&property).map_err(|message| line.warning(format!("{message}; the line is ignored")))
}

fn is_of_periods(property: &Property) -> bool {
    property.params().get("VALUE").is_some_and(|value| value.value() == "PERIOD")
}

/// Reads a period: a start, then an end or a duration (RFC 5545, section 3.3.9).
fn period(property: &Property, value: &str) -> Result<(Moment, Extent), String> {
    let wrong = |message: String| format!("{} {}: {message}", property.key(), quoted(value));
    let (start, end) = value
        .split_once('/')
        .ok_or_else(|| wrong("a period is START/END or START/DURATION, such as 20261224T120000Z/PT4H".to_owned()))?;
    let start = Moment::read_time_of_period(property, start)?;
    if matches!(start, Moment::Date(_)) {
        return Err(wrong("a period has to begin with a time, not a date".to_owned()));
    }
    let extent = if end.trim_start().starts_with(['P', 'p', '+', '-']) {
        Extent::lasting(start, end)
    } else {
        Extent::until(start, Moment::read_time_of_period(property, end)?)
    };
    Ok((start, extent.map_err(wrong)?))
}

fn replaced(line: &Line) -> Result<Moment, CalendarWarning> {
    let property = line.property()?;
    if let Some(range) = property.params().get("RANGE") {
        let range = quoted(range.value());
        return Err(line.warning(format!(
            "RECURRENCE-ID with RANGE {range} is not supported: end the rule with UNTIL and write a new event; the event is left out"
        )));
    }
    moment(line)
}
