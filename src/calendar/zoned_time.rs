//! Instants with their wall-clock times.

use chrono::{DateTime, NaiveDateTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;

/// An instant, and the wall-clock time of a zone at it.
#[derive(Clone, Copy, Debug)]
pub(super) struct ZonedTime {
    utc: DateTime<Utc>,
    wall_clock: NaiveDateTime,
}

impl ZonedTime {
    /// An instant in a zone.
    pub(super) fn new(at: DateTime<Utc>, zone: Tz) -> Self {
        let utc = at.naive_utc();
        let offset = zone.offset_from_utc_datetime(&utc).fix();
        Self { utc: at, wall_clock: utc.checked_add_offset(offset).unwrap_or(utc) }
    }

    /// The instant.
    pub(super) const fn utc(self) -> DateTime<Utc> {
        self.utc
    }

    /// The wall-clock time.
    ///
    /// Within a day of the ends of chrono's range (the years ±262,000) it may be out of that range; it is the time in UTC
    /// then. Such instants do not occur, but a record with one must not make the program panic.
    pub(super) const fn wall_clock(self) -> NaiveDateTime {
        self.wall_clock
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wall_clocks_at_the_ends_of_time_do_not_panic() {
        for zone in chrono_tz::TZ_VARIANTS {
            for at in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
                let difference = ZonedTime::new(at, zone).wall_clock() - at.naive_utc();
                assert!(difference.num_hours().abs() <= 16);
            }
        }
    }
}
