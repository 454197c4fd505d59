//! The business hours that fit the pushes of a principal in a zone.

use chrono::{DateTime, Utc, Weekday, WeekdaySet};
use chrono_tz::Tz;

use super::local_time::{DAY, local_day, offset};
use super::working_week::{WorkingWeek, is_worked};
use crate::calendar::{TimeOfDay, Window};

/// Pushes up to this many minutes before and after the block of work are overtime, others are strays.
const OVERTIME: i64 = 120;

/// The share of the pushes that is left out at either end.
const TRIMMED: f64 = 0.02;

/// Hours start and end at multiples of this many minutes.
const ROUNDED_TO: i64 = 30;

/// Hours have at least this many minutes: few pushes must not make a short day.
const SHORTEST: i64 = 480;

/// The working days are corrected by the pushes if these are on at least this many dates.
const DATES_TO_JUDGE_DAYS: usize = 20;

/// A working day is dropped if it has less than this share of the average number of dates of a working day...
const RARELY_WORKED: f64 = 0.2;

/// ...and a day off is added if it has at least this share.
const OFTEN_WORKED: f64 = 0.5;

/// The window that fits pushes at these times, in a zone where this kind of week explains them best. `None` if no push is
/// near the hours of that week.
pub(super) fn hours(times: &[DateTime<Utc>], zone: Tz, week: &WorkingWeek) -> Option<Window> {
    let block_start = (week.start * 60.0) as i64;
    let earliest = block_start - OVERTIME;
    let latest = block_start + (week.length * 60.0) as i64 + OVERTIME;

    let mut minutes = Vec::new();
    let mut dates = Vec::new();
    for time in times {
        let local = time.timestamp() + offset(zone, *time);
        let (mut day, _) = local_day(local);
        let mut minute = local.rem_euclid(DAY) / 60;
        if minute < latest - 24 * 60 {
            day -= 1; // after midnight, but still the work of the day before
            minute += 24 * 60;
        }
        if (earliest..latest).contains(&minute) {
            minutes.push(minute);
            dates.push(day);
        }
    }
    minutes.sort_unstable();
    dates.sort_unstable();
    dates.dedup();

    let (start, end) = extent(&minutes)?;
    window(days(&dates, week.sunday_to_thursday), start, end)
}

/// The start and the end of a window around these sorted minutes, in minutes since midnight.
fn extent(minutes: &[i64]) -> Option<(i64, i64)> {
    let trimmed = ((minutes.len() as f64) * TRIMMED) as usize;
    let first = minutes.get(trimmed)?;
    let last = minutes.get(minutes.len() - 1 - trimmed)?;
    let mut start = first / ROUNDED_TO * ROUNDED_TO;
    let mut end = (last / ROUNDED_TO + 1) * ROUNDED_TO;
    while end - start < SHORTEST {
        end += ROUNDED_TO;
        if end - start < SHORTEST && start > 0 {
            start -= ROUNDED_TO;
        }
    }
    Some((start, end))
}

/// The working days, corrected by the dates with pushes if there are enough.
fn days(dates: &[i64], sunday_to_thursday: bool) -> WeekdaySet {
    let mut counts = [0_usize; 7];
    for date in dates {
        counts[local_day(date * DAY).1] += 1;
    }
    let in_week: usize = (0..7).filter(|day| is_worked(*day, sunday_to_thursday)).map(|day| counts[day]).sum();
    let average = in_week as f64 / 5.0;
    let enough = dates.len() >= DATES_TO_JUDGE_DAYS && in_week > 0;
    WEEKDAYS
        .into_iter()
        .enumerate()
        .filter(|(day, _)| match (is_worked(*day, sunday_to_thursday), enough) {
            (worked, false) => worked,
            (true, true) => counts[*day] as f64 >= RARELY_WORKED * average,
            (false, true) => counts[*day] as f64 >= OFTEN_WORKED * average,
        })
        .map(|(_, day)| day)
        .collect()
}

const WEEKDAYS: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

/// The window from one minute since midnight to another, which may be on the next day. `None` for a whole day or more, or
/// without days; pushes within a block of work give neither.
pub(super) fn window(days: WeekdaySet, start: i64, end: i64) -> Option<Window> {
    let end = if end > 24 * 60 { end - 24 * 60 } else { end };
    Window::new(days, time_of_day(start)?, time_of_day(end)?).ok()
}

fn time_of_day(minutes: i64) -> Option<TimeOfDay> {
    let minutes = u16::try_from(minutes).ok()?;
    TimeOfDay::from_hour_minute(minutes / 60, minutes % 60)
}
