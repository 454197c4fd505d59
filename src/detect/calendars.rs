//! The iCalendar feeds and countries that policies take holidays from.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use crate::api::{self, CALENDAR_LABEL, CalendarReference};
use crate::calendar::{CalendarWarning, Holidays, ICalendar, country_holidays};

/// The iCalendar feeds of a namespace, read once for all of its policies.
#[derive(Debug, Clone, Default)]
pub struct Calendars(BTreeMap<CalendarReference, Result<Arc<Feed>, MissingFeed>>);

/// Why there is no feed where a policy says that there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MissingFeed {
    /// There is no such ConfigMap, or it lacks the label without which it is not looked at.
    #[error(
        "not found: create the ConfigMap in the namespace of the policy, with this key and the label {}",
        CALENDAR_LABEL
    )]
    ConfigMap,
    /// The ConfigMap does not have the key.
    #[error("the ConfigMap has no such key")]
    Key,
    /// The key is in `binaryData`, where `kubectl create configmap --from-file` puts what is not UTF-8.
    #[error(
        "the key holds binary data: iCalendar is text in UTF-8, so save the file as that and create the ConfigMap again"
    )]
    Binary,
}

/// An iCalendar feed, read.
#[derive(Debug, Clone)]
pub struct Feed {
    calendar: ICalendar,
    problems: Vec<CalendarWarning>,
}

impl Feed {
    /// Reads the text of a feed. What cannot be used of it is a problem of every policy that names it.
    pub fn read(text: &str) -> Self {
        let (calendar, problems) = ICalendar::parse(text);
        Self { calendar, problems }
    }

    /// How many of its events are in use.
    pub fn entries(&self) -> usize {
        self.calendar.entries()
    }
}

/// The feeds that a policy and its teams name.
pub fn calendar_references(spec: &api::EcrUploadPolicySpec) -> BTreeSet<CalendarReference> {
    let of_teams = spec.teams.iter().filter_map(|team| team.holidays.as_ref());
    let holidays = spec.holidays.iter().chain(of_teams);
    holidays.flat_map(|holidays| &holidays.calendars).cloned().collect()
}

/// Holidays that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HolidayProblem {
    /// The path of the field, with what it names.
    pub field: String,
    message: String,
    /// Why a feed is not there, where that is the problem.
    pub missing: Option<MissingFeed>,
}

impl fmt::Display for HolidayProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

impl Calendars {
    /// Adds the feed in a key of a ConfigMap.
    pub fn insert(&mut self, reference: CalendarReference, feed: Arc<Feed>) {
        self.0.insert(reference, Ok(feed));
    }

    /// Says why there is none.
    pub fn insert_missing(&mut self, reference: CalendarReference, why: MissingFeed) {
        self.0.insert(reference, Err(why));
    }

    /// The feed in a key of a ConfigMap.
    pub fn get(&self, reference: &CalendarReference) -> Option<&Feed> {
        self.find(reference).ok()
    }

    fn find(&self, reference: &CalendarReference) -> Result<&Feed, MissingFeed> {
        match self.0.get(reference) {
            Some(Ok(feed)) => Ok(feed),
            Some(Err(why)) => Err(*why),
            None => Err(MissingFeed::ConfigMap),
        }
    }

    /// The holidays of a policy or team; `path` is the field that they are from.
    pub(super) fn holidays(&self, spec: &api::Holidays, path: &str, problems: &mut Vec<HolidayProblem>) -> Holidays {
        let mut holidays = Holidays::default();
        let problem = |field: String, message: String| HolidayProblem { field, message, missing: None };
        for (index, code) in spec.countries.iter().enumerate() {
            match country_holidays(code) {
                Ok(country) => holidays.add_country(&country),
                Err(error) => problems.push(problem(format!("{path}.countries[{index}]"), error.to_string())),
            }
        }
        for (index, reference) in spec.calendars.iter().enumerate() {
            let CalendarReference { config_map, key } = reference;
            let field = format!("{path}.calendars[{index}] (ConfigMap {config_map}, key {key})");
            match self.find(reference) {
                Ok(feed) => {
                    holidays.add_calendar(&feed.calendar);
                    for line in &feed.problems {
                        problems.push(problem(field.clone(), line.to_string()));
                    }
                }
                Err(missing) => {
                    let message = missing.to_string();
                    problems.push(HolidayProblem { field, message, missing: Some(missing) });
                }
            }
        }
        for day in &spec.dates {
            holidays.add_date(day.date, &day.name);
        }
        for date in &spec.except {
            holidays.except(*date);
        }
        holidays
    }
}
