//! Heat maps: uploads by local weekday and hour, with the business hours.

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

/// The uploads that are judged by the same zone and windows, by local weekday and hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeatMap<'p> {
    /// The business hours that are drawn.
    pub hours: &'p TeamHours,
    /// The teams with the same zone and windows as the policy. Their uploads are in the policy's heat map.
    pub also: Vec<&'p str>,
    /// The cells, by weekday in the order of [`WEEKDAYS`] and by hour from 0.
    pub cells: [[Cell; HOURS]; 7],
}

/// One hour of a weekday.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cell {
    /// The number of uploads in business hours.
    pub in_business_hours: u64,
    /// The number of uploads outside business hours that an allow rule covers.
    pub allowed: u64,
    /// The number of uploads outside business hours that are in a finding.
    pub off_hours: u64,
    /// The minutes of the hour that the windows cover, in a week without holidays.
    pub business: Minutes,
}

/// A set of minutes of an hour.
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

    /// The sum of all cells, without their minutes.
    pub fn total(&self) -> Cell {
        let mut total = Cell::default();
        for cell in self.cells.iter().flatten() {
            total.in_business_hours += cell.in_business_hours;
            total.allowed += cell.allowed;
            total.off_hours += cell.off_hours;
        }
        total
    }

    /// The number of uploads in the cell that has the most.
    pub fn most_uploads(&self) -> u64 {
        self.cells.iter().flatten().map(Cell::uploads).max().unwrap_or_default()
    }
}

impl Cell {
    /// The number of uploads in this hour that are in scope.
    pub fn uploads(&self) -> u64 {
        self.in_business_hours + self.allowed + self.off_hours
    }
}

impl Minutes {
    const ALL: u64 = (1 << MINUTES_PER_HOUR) - 1;

    /// Whether no minute of the hour is in the set.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether every minute of the hour is in the set.
    pub fn is_whole(self) -> bool {
        self.0 == Self::ALL
    }

    /// Whether this minute, 0..60, is in the set.
    pub fn contains(self, minute: u16) -> bool {
        minute < MINUTES_PER_HOUR && self.0 & (1 << minute) != 0
    }
}

impl FromIterator<u16> for Minutes {
    fn from_iter<T: IntoIterator<Item = u16>>(minutes: T) -> Self {
        Self(minutes.into_iter().filter(|minute| *minute < MINUTES_PER_HOUR).fold(0, |all, minute| all | 1 << minute))
    }
}

/// A heat map of the policy's own hours, and one for each team whose zone or windows differ from those, in the order of the
/// policy. An upload that is out of scope is in none of them, any other in exactly one.
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
        // The team names of a policy are unique.
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
