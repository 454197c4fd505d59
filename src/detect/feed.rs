//! iCalendar feeds in ConfigMaps.

use crate::api::CALENDAR_LABEL;
use crate::calendar::{CalendarWarning, ICalendar};

/// An iCalendar feed that was read.
#[derive(Debug, Clone)]
pub struct Feed {
    calendar: ICalendar,
    warnings: Vec<CalendarWarning>,
}

impl Feed {
    /// Reads the text of a feed. Each event or line of it that cannot be used is an error of every policy that names the
    /// feed.
    pub fn read(text: &str) -> Self {
        let (calendar, warnings) = ICalendar::parse(text);
        Self { calendar, warnings }
    }

    /// The number of events that are in use.
    pub fn entries(&self) -> usize {
        self.calendar.entries()
    }

    /// The events that are in use.
    pub(super) fn calendar(&self) -> &ICalendar {
        &self.calendar
    }

    /// What cannot be used.
    pub(super) fn warnings(&self) -> &[CalendarWarning] {
        &self.warnings
    }
}

/// A feed that a policy names cannot be read at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    /// There is no such ConfigMap, or it lacks the label [`CALENDAR_LABEL`], without which the controller does not read it.
    #[error(
        "not found: create the ConfigMap in the namespace of the policy, with this key and the label {}",
        CALENDAR_LABEL
    )]
    NoConfigMap,
    /// The ConfigMap does not have the key.
    #[error("the ConfigMap has no such key")]
    NoKey,
    /// The key is in `binaryData`, where `kubectl create configmap --from-file` puts files that are not UTF-8.
    #[error(
        "the key holds binary data: iCalendar is text in UTF-8, so save the file as that and create the ConfigMap again"
    )]
    Binary,
}
