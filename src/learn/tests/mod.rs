//! Tests of proposals. How often they are right is measured in `tests/accuracy`.

mod principals;
mod properties;
mod teams;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use super::{Options, Proposal, Push, propose};

/// A push that did not fail, by a principal that is no service.
fn push(principal: &str, time: DateTime<Utc>) -> Push<'_> {
    Push { principal, session: None, time, is_failed: false, is_service_role: false }
}

/// The times at which somebody in a zone pushes, on `days` days from Monday 2026-03-02 on: at these local hours, each day
/// some minutes later than the day before.
fn times(zone: Tz, hours: &[f64], weekdays: std::ops::RangeInclusive<i64>, days: i64) -> Vec<DateTime<Utc>> {
    let monday = chrono::NaiveDate::from_ymd_opt(2026, 3, 2).unwrap().and_hms_opt(0, 0, 0).unwrap();
    let mut times = Vec::new();
    for day in (0..days).filter(|day| weekdays.contains(&(day % 7))) {
        for hour in hours {
            let minutes = (hour * 60.0) as i64 + day * 7 % 30;
            let local = monday + TimeDelta::days(day) + TimeDelta::minutes(minutes);
            times.extend(zone.from_local_datetime(&local).earliest().map(|time| time.to_utc()));
        }
    }
    times
}

/// A working day with a break at noon.
const WORKING_DAY: [f64; 7] = [9.0, 10.0, 11.0, 13.5, 14.5, 16.0, 17.0];

/// A week in which day 0 is Monday.
const MONDAY_TO_FRIDAY: std::ops::RangeInclusive<i64> = 0..=4;

/// The proposal for one principal, given its office and another one.
fn proposal(times: &[DateTime<Utc>], office: Tz) -> Proposal {
    let pushes: Vec<Push<'_>> = times.iter().map(|time| push("somebody", *time)).collect();
    let options = Options::new(vec![office, Tz::America__Los_Angeles]);
    propose(&pushes, &options).remove(0)
}
