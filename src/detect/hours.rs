//! The business hours of a team, or of the policy itself.

use std::sync::Arc;

use chrono::Weekday;
use chrono_tz::Tz;

use super::policy_error::{Located, PolicyErrorKind};
use crate::api;
use crate::calendar::{self, Holidays, Schedule, TimeOfDay, Window};

/// A schedule, and the team that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamHours {
    team: Option<String>,
    schedule: Schedule,
    /// Shared with the schedule and with the teams that inherit them, since a calendar may have tens of thousands of dates.
    holidays: Arc<Holidays>,
}

impl TeamHours {
    pub(super) fn new(team: Option<String>, zone: Tz, windows: Vec<Window>, holidays: Arc<Holidays>) -> Self {
        Self { team, schedule: Schedule::new(zone, windows).with_holidays(Arc::clone(&holidays)), holidays }
    }

    /// The name of the team; None for the policy's own hours.
    pub fn team(&self) -> Option<&str> {
        self.team.as_deref()
    }

    /// The time zone, the windows and the holidays.
    pub fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    pub(super) fn holidays(&self) -> &Arc<Holidays> {
        &self.holidays
    }
}

pub(super) fn windows(hours: &[api::BusinessHours]) -> Result<Vec<Window>, Located> {
    hours.iter().enumerate().map(|(index, hours)| window(index, hours)).collect()
}

fn window(index: usize, hours: &api::BusinessHours) -> Result<Window, Located> {
    let error = |field: &str, kind| Located { path: format!("[{index}]{field}"), kind };
    let time_of_day = |field: &str, text: &str| {
        text.parse::<TimeOfDay>().map_err(|source| error(field, PolicyErrorKind::TimeOfDay { source }))
    };
    let (start, end) = (time_of_day(".start", &hours.start)?, time_of_day(".end", &hours.end)?);
    let days = hours.days.iter().copied().map(weekday).collect();
    Window::new(days, start, end).map_err(|source| error("", PolicyErrorKind::Window { source }))
}

fn weekday(day: api::Day) -> Weekday {
    match day {
        api::Day::Mon => Weekday::Mon,
        api::Day::Tue => Weekday::Tue,
        api::Day::Wed => Weekday::Wed,
        api::Day::Thu => Weekday::Thu,
        api::Day::Fri => Weekday::Fri,
        api::Day::Sat => Weekday::Sat,
        api::Day::Sun => Weekday::Sun,
    }
}

pub(super) fn reason(reason: calendar::OffHoursReason) -> api::OffHoursReason {
    match reason {
        calendar::OffHoursReason::Freeze => api::OffHoursReason::Freeze,
        calendar::OffHoursReason::Holiday => api::OffHoursReason::Holiday,
        calendar::OffHoursReason::NonWorkingDay => api::OffHoursReason::NonWorkingDay,
        calendar::OffHoursReason::OutsideHours => api::OffHoursReason::OutsideHours,
    }
}
