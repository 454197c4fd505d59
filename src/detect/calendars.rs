//! The iCalendar feeds and countries that policies take holidays from.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::feed::{Feed, FeedError};
use super::holiday_error::{HolidayError, HolidayErrorKind};
use crate::api::{self, CalendarReference};
use crate::calendar::{Holidays, country_holidays};

/// The iCalendar feeds of a namespace, read once for all its policies.
#[derive(Debug, Clone, Default)]
pub struct Calendars(BTreeMap<CalendarReference, Result<Arc<Feed>, FeedError>>);

/// The references to feeds in a policy and its teams.
pub fn calendar_references(spec: &api::EcrUploadPolicySpec) -> BTreeSet<CalendarReference> {
    let of_teams = spec.teams.iter().filter_map(|team| team.holidays.as_ref());
    let holidays = spec.holidays.iter().chain(of_teams);
    holidays.flat_map(|holidays| &holidays.calendars).cloned().collect()
}

impl Calendars {
    /// Adds the feed in a key of a ConfigMap.
    pub fn insert(&mut self, reference: CalendarReference, feed: Arc<Feed>) {
        self.0.insert(reference, Ok(feed));
    }

    /// Records that the feed in a key of a ConfigMap cannot be read.
    pub fn insert_error(&mut self, reference: CalendarReference, error: FeedError) {
        self.0.insert(reference, Err(error));
    }

    /// The feed in a key of a ConfigMap; None if it cannot be read.
    pub fn get(&self, reference: &CalendarReference) -> Option<&Feed> {
        self.find(reference).ok()
    }

    fn find(&self, reference: &CalendarReference) -> Result<&Feed, FeedError> {
        match self.0.get(reference) {
            Some(Ok(feed)) => Ok(feed),
            Some(Err(error)) => Err(*error),
            None => Err(FeedError::NoConfigMap),
        }
    }

    /// The holidays of a policy or a team. `path` is the field that lists them.
    pub(super) fn holidays(&self, spec: &api::Holidays, path: &str, errors: &mut Vec<HolidayError>) -> Holidays {
        let mut holidays = Holidays::default();
        for (index, code) in spec.countries.iter().enumerate() {
            match country_holidays(code) {
                Ok(country) => holidays.add_country(&country),
                Err(source) => {
                    let field = format!("{path}.countries[{index}]");
                    errors.push(HolidayError { field, kind: HolidayErrorKind::Country { source } });
                }
            }
        }
        for (index, reference) in spec.calendars.iter().enumerate() {
            let CalendarReference { config_map, key } = reference;
            let field = format!("{path}.calendars[{index}] (ConfigMap {config_map}, key {key})");
            match self.find(reference) {
                Ok(feed) => {
                    holidays.add_calendar(feed.calendar());
                    errors.extend(feed.warnings().iter().map(|warning| {
                        let kind = HolidayErrorKind::PartOfFeed { warning: warning.clone() };
                        HolidayError { field: field.clone(), kind }
                    }));
                }
                Err(source) => errors.push(HolidayError { field, kind: HolidayErrorKind::Feed { source } }),
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
