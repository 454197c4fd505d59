//! The properties of an event.

use std::sync::Arc;

use super::super::holidays::shown_name;
use super::component::EventComponent;
use super::extent::Extent;
use super::line::Line;
use super::moment::Moment;
use super::problem::{CalendarProblem, Problems, quoted};

/// The name of an event without SUMMARY.
const UNNAMED: &str = "unnamed holiday";

/// A VEVENT that can be used.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) uid: Option<String>,
    pub(super) name: Arc<str>,
    pub(super) start: Moment,
    pub(super) extent: Extent,
    /// Line and text of each RRULE.
    pub(super) rules: Vec<(usize, String)>,
    /// RDATE.
    pub(super) further: Vec<Moment>,
    /// EXDATE.
    pub(super) excluded: Vec<Moment>,
    /// Which occurrence of the event with the same UID this one replaces.
    pub(super) replaces: Option<Moment>,
    /// Whether it does not take place. It may still replace an occurrence, which then doesn't either.
    pub(super) cancelled: bool,
}

/// Reads an event. `None`, with a problem, when it has no start or no extent; a broken property that only adds or removes
/// occurrences is a problem, and the event counts without it.
pub(super) fn read(component: &EventComponent, problems: &mut Problems) -> Option<Event> {
    let fields = Fields { component };
    let event = match fields.event() {
        Ok(event) => event,
        Err(problem) => {
            problems.add(problem);
            return None;
        }
    };
    let mut optional = |result| match result {
        Ok(moments) => moments,
        Err(problem) => {
            problems.add(problem);
            Vec::new()
        }
    };
    let further = fields.all("RDATE").flat_map(|line| optional(moments(line))).collect();
    let excluded = fields.all("EXDATE").flat_map(|line| optional(moments(line))).collect();
    if let Some(line) = fields.first("EXRULE") {
        problems.add(line.problem("EXRULE is not supported: list the dates as EXDATE"));
    }
    Some(Event { further, excluded, ..event })
}

struct Fields<'a> {
    component: &'a EventComponent,
}

impl<'a> Fields<'a> {
    fn event(&self) -> Result<Event, CalendarProblem> {
        let component = self.component;
        let start_line = self.first("DTSTART").ok_or_else(|| {
            CalendarProblem::new(
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
            extent: self.extent(start_line, start)?,
            rules: rules.collect(),
            further: Vec::new(),
            excluded: Vec::new(),
            replaces: self.first("RECURRENCE-ID").map(replaced).transpose()?,
            cancelled: self.text("STATUS")?.is_some_and(|status| status.trim().eq_ignore_ascii_case("CANCELLED")),
        })
    }

    fn extent(&self, start_line: &Line, start: Moment) -> Result<Extent, CalendarProblem> {
        if let Some(line) = self.first("DTEND") {
            return Extent::until(start, moment(line)?).map_err(|message| line.problem(message));
        }
        if let Some(line) = self.first("DURATION") {
            return Extent::lasting(start, line.value()).map_err(|message| line.problem(message));
        }
        Extent::unstated(start).map_err(|message| start_line.problem(message))
    }

    fn text(&self, name: &str) -> Result<Option<String>, CalendarProblem> {
        self.first(name).map(|line| Ok(line.property()?.value().to_owned())).transpose()
    }

    fn first(&self, name: &'a str) -> Option<&'a Line> {
        self.all(name).next()
    }

    fn all(&self, name: &'a str) -> impl Iterator<Item = &'a Line> + use<'a> {
        self.component.lines.iter().filter(move |(found, _)| found == name).map(|(_, line)| line)
    }
}

fn moment(line: &Line) -> Result<Moment, CalendarProblem> {
    Moment::read(&line.property()?).map_err(|message| line.problem(format!("{message}; the event is left out")))
}

fn moments(line: &Line) -> Result<Vec<Moment>, CalendarProblem> {
    let property = line.property()?;
    if property.params().get("VALUE").is_some_and(|value| value.value() == "PERIOD") {
        return Err(line.problem(format!("{} with periods is not supported: write dates or times", property.key())));
    }
    Moment::read_list(&property).map_err(|message| line.problem(format!("{message}; the line is ignored")))
}

fn replaced(line: &Line) -> Result<Moment, CalendarProblem> {
    let property = line.property()?;
    if let Some(range) = property.params().get("RANGE") {
        let range = quoted(range.value());
        return Err(line.problem(format!(
            "RECURRENCE-ID with RANGE {range} is not supported: end the rule with UNTIL and write a new event; the event is left out"
        )));
    }
    moment(line)
}
