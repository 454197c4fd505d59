//! When people push: pushes by local weekday and hour, with the business hours beside them.

use chrono::{Datelike, Timelike, Weekday};

use super::hours::TeamHours;
use super::policy::Policy;
use super::verdict::Verdict;
use crate::upload::Upload;

/// The rows of a heat map, from the top.
pub const WEEKDAYS: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

const HOURS: usize = 24;
const MINUTES_PER_HOUR: u16 = 60;

/// The pushes that are judged by the same zone and windows, by the clock on the wall there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeatMap<'p> {
    /// The hours that are drawn.
    pub hours: &'p TeamHours,
    /// Teams whose zone and windows are those of the policy, in whose heat map their pushes are.
    pub also: Vec<&'p str>,
    /// By weekday, in the order of [`WEEKDAYS`], and hour.
    pub cells: [[Cell; HOURS]; 7],
}

/// An hour of a weekday.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cell {
    /// Pushes in business hours.
    pub in_business_hours: u64,
    /// Pushes outside of them that an allow rule covers.
    pub allowed: u64,
    /// Pushes outside of them that are in a finding.
    pub off_hours: u64,
    /// What the windows cover of the hour, in a week without holidays.
    pub business: Minutes,
}

/// Minutes of an hour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Minutes(u64);

impl<'p> HeatMap<'p> {
    fn new(hours: &'p TeamHours) -> Self {
        let mut cells = [[Cell::default(); HOURS]; 7];
        for (row, weekday) in cells.iter_mut().zip(WEEKDAYS) {
            for (cell, hour) in row.iter_mut().zip(0..) {
                let is_covered = |minute: &u16| hours.schedule().covers(weekday, hour * MINUTES_PER_HOUR + minute);
                cell.business = (0..MINUTES_PER_HOUR).filter(is_covered).collect();
            }
        }
        Self { hours, also: Vec::new(), cells }
    }

    /// All cells together, without the minutes.
    pub fn total(&self) -> Cell {
        let mut total = Cell::default();
        for cell in self.cells.iter().flatten() {
            total.in_business_hours += cell.in_business_hours;
            total.allowed += cell.allowed;
            total.off_hours += cell.off_hours;
        }
        total
    }

    /// The pushes of the cell that has most of them.
    pub fn most_pushes(&self) -> u64 {
        self.cells.iter().flatten().map(Cell::pushes).max().unwrap_or_default()
    }
}

impl Cell {
    /// All pushes of the hour that are in scope.
    pub fn pushes(&self) -> u64 {
        self.in_business_hours + self.allowed + self.off_hours
    }
}

impl Minutes {
    const ALL: u64 = (1 << MINUTES_PER_HOUR) - 1;

    /// None of the hour.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// All of the hour.
    pub fn is_whole(self) -> bool {
        self.0 == Self::ALL
    }

    /// Whether this minute, 0..60, is one of them.
    pub fn contains(self, minute: u16) -> bool {
        minute < MINUTES_PER_HOUR && self.0 & (1 << minute) != 0
    }
}

impl FromIterator<u16> for Minutes {
    fn from_iter<T: IntoIterator<Item = u16>>(minutes: T) -> Self {
        Self(minutes.into_iter().filter(|minute| *minute < MINUTES_PER_HOUR).fold(0, |all, minute| all | 1 << minute))
    }
}

/// A heat map for the policy's own hours, and one for each team whose zone or windows differ from them; in the order of the
/// policy. Pushes that are out of scope are in none of them, and each other is in exactly one.
pub fn heat_maps<'p, 'u>(policy: &'p Policy, uploads: impl IntoIterator<Item = &'u Upload>) -> Vec<HeatMap<'p>> {
    let mut maps = vec![HeatMap::new(policy.hours())];
    for hours in policy.teams() {
        match hours.team() {
            Some(team) if is_same_week(hours, policy.hours()) => maps[0].also.push(team),
            _ => maps.push(HeatMap::new(hours)),
        }
    }
    for upload in uploads {
        let judgement = policy.judge(upload);
        // Team names of a policy are different from each other.
        let index = maps.iter().position(|map| map.hours.team() == judgement.hours.team()).unwrap_or_default();
        let day = judgement.local_time.weekday().num_days_from_monday() as usize;
        let cell = &mut maps[index].cells[day][judgement.local_time.hour() as usize];
        match judgement.verdict {
            Verdict::OutOfScope(_) => {}
            Verdict::BusinessHours => cell.in_business_hours += 1,
            Verdict::Allowed(_) => cell.allowed += 1,
            Verdict::OffHours(_) => cell.off_hours += 1,
        }
    }
    maps
}

fn is_same_week(a: &TeamHours, b: &TeamHours) -> bool {
    a.schedule().zone() == b.schedule().zone() && a.schedule().windows() == b.schedule().windows()
}
