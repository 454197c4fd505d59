//! The next beginning or end of business hours, exactly, in a zone whose clock is set forward and back.

use chrono::{DateTime, NaiveDateTime, NaiveTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;

use super::schedule::Schedule;
use super::zoned_time::ZonedTime;

/// The seconds between two probes for a change of a zone's offset. Two changes between two probes could cancel each other
/// out and be missed, so this has to be shorter than the time between any two changes. The shortest such time in the tz
/// database 2025b is 6 days 23 hours (Brazil in October 2000); a test checks those in later versions.
const PROBE_SECONDS: i64 = 86_400;

impl Schedule {
    /// The first instant strictly after `after` at which business hours begin or end: [`Self::hours`] is `Business` there
    /// and was not a second before, or the other way round. A whole second.
    ///
    /// Exact where a clock is set: it may lie at the very moment of the change. `None` when business hours never begin or
    /// end (no windows, or a week without a gap and no holiday ahead), or not before the end of chrono's range.
    ///
    /// While the offset of a zone stays the same, its clock runs evenly, so the next time at which anything may change is
    /// a subtraction away. Only at a change of offset does the clock jump, and there the state before and after is
    /// compared. That takes two or three dozen look-ups of an offset. Looking at windows alone is not enough: set back at
    /// 02:00, a clock can return from off hours into business hours at an instant that no window begins at, and set
    /// forward it can skip a beginning or an end.
    #[must_use]
    pub fn next_transition(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let was_business = self.is_business(after);
        // Windows and offsets are in whole seconds, so every change is at the beginning of a second.
        let mut second = after.timestamp();
        // Ends, because there are finitely many holidays and changes of the offset: after the last one, the next flip of
        // the week is the answer.
        loop {
            let candidate = next_candidate(self, instant(second)?)?;
            let next = first_offset_change(self.zone(), second, candidate).unwrap_or(candidate);
            if self.is_business(instant(next)?) != was_business {
                return instant(next);
            }
            second = next;
        }
    }
}

/// The first second after `at` at which business hours may begin or end if the clock of the zone runs evenly from there on;
/// nothing changes before it. `None` when nothing changes any more.
fn next_candidate(schedule: &Schedule, at: DateTime<Utc>) -> Option<i64> {
    let second = at.timestamp();
    let local = ZonedTime::new(at, schedule.zone()).wall_clock();
    let seconds_to = |later: NaiveDateTime| (later - local).num_seconds();
    let candidates = [
        seconds_to_window(schedule, local),
        schedule.holidays().next_local_edge(local).map(seconds_to),
        schedule.holidays().next_edge(at).map(|edge| edge.timestamp() - second),
    ];
    second.checked_add(candidates.into_iter().flatten().min()?)
}

/// The seconds until a window may begin or end. If a holiday may have cancelled windows, every start and end counts,
/// since it is not known which of them matter. Otherwise only the flips of the week count, up to the next holiday.
fn seconds_to_window(schedule: &Schedule, local: NaiveDateTime) -> Option<i64> {
    let (week, date) = (schedule.week(), local.date());
    // A holiday matters until the end of the next date, because a cancelled window may run over midnight.
    match schedule.holidays().first_day_off(date.pred_opt().unwrap_or(date)) {
        Some(day_off) if day_off <= date => week.seconds_to_next_edge(local),
        Some(day_off) => {
            let until_day_off = (day_off.and_time(NaiveTime::MIN) - local).num_seconds();
            let until_flip = week.seconds_to_next_flip(local).unwrap_or(until_day_off);
            Some(until_flip.min(until_day_off))
        }
        None => week.seconds_to_next_flip(local),
    }
}

/// The first second in `(after, until]` whose offset differs from that of the second before. All in Unix seconds.
fn first_offset_change(zone: Tz, after: i64, until: i64) -> Option<i64> {
    let offset = offset_seconds(zone, after)?;
    let mut same = after;
    while same < until {
        let probe = until.min(same + PROBE_SECONDS);
        if offset_seconds(zone, probe)? != offset {
            let mut changed = probe;
            while changed - same > 1 {
                let middle = same + (changed - same) / 2;
                if offset_seconds(zone, middle)? == offset {
                    same = middle;
                } else {
                    changed = middle;
                }
            }
            return Some(changed);
        }
        same = probe;
    }
    None
}

/// The seconds that a zone's clock is ahead of UTC; `None` outside chrono's range.
fn offset_seconds(zone: Tz, unix_seconds: i64) -> Option<i32> {
    let utc = instant(unix_seconds)?.naive_utc();
    Some(zone.offset_from_utc_datetime(&utc).fix().local_minus_utc())
}

fn instant(unix_seconds: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(unix_seconds, 0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn no_zone_changes_its_offset_twice_within_two_probes() {
        // 2024 to 2037: the years that a new version of the database may still change.
        const FROM: i64 = 1_704_067_200;
        const UNTIL: i64 = 2_145_916_800;
        for zone in chrono_tz::TZ_VARIANTS {
            let mut last_change = None;
            let mut offset = offset_seconds(zone, FROM);
            for second in (FROM..UNTIL).step_by(8 * 3600) {
                let now = offset_seconds(zone, second);
                if now != offset {
                    assert!(
                        last_change.is_none_or(|last| second - last > 2 * PROBE_SECONDS),
                        "{zone} changes twice within two probes before {:?}",
                        instant(second)
                    );
                    last_change = Some(second);
                    offset = now;
                }
            }
        }
    }

    #[test]
    fn a_change_of_offset_is_found_to_the_second_and_only_within_the_bounds() {
        // Berlin sets its clock forward at 2024-03-31T01:00:00Z.
        let change = 1_711_846_800;
        let find = |after, until| first_offset_change(Tz::Europe__Berlin, after, until);
        assert_eq!(find(change - 1, change), Some(change));
        assert_eq!(find(change - 604_800, change + 604_800), Some(change));
        assert_eq!(find(change - 604_800, change - 1), None);
        assert_eq!(find(change, change + 604_800), None);
    }
}
