//! Instants with what a wall clock shows.

use chrono::{DateTime, NaiveDateTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;

/// An instant, and what the wall clock of a zone shows at it.
#[derive(Clone, Copy, Debug)]
pub(super) struct LocalInstant {
    utc: DateTime<Utc>,
    wall_clock: NaiveDateTime,
}

impl LocalInstant {
    /// This instant in this zone.
    pub(super) fn new(at: DateTime<Utc>, zone: Tz) -> Self {
        let utc = at.naive_utc();
        let offset = zone.offset_from_utc_datetime(&utc).fix();
        Self { utc: at, wall_clock: utc.checked_add_offset(offset).unwrap_or(utc) }
    }

    /// The instant.
    pub(super) const fn utc(self) -> DateTime<Utc> {
        self.utc
    }

    /// What the wall clock shows.
    ///
    /// Within a day of the ends of chrono's range (the years ±262,000) that may be out of the range, and is UTC's then. Such
    /// instants don't occur, but a record must not be able to bring the program down with one.
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
                let difference = LocalInstant::new(at, zone).wall_clock() - at.naive_utc();
                assert!(difference.num_hours().abs() <= 16);
            }
        }
    }
}
