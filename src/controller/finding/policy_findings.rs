//! What the index knows of one policy. Everything is kept as a running total: a policy may have thousands of findings, and
//! one that is written to changes its totals by one.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};

use super::id_hash::IdHash;
use crate::api::FindingCounts;

/// What the findings of a policy add up to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FindingSummary {
    /// How many there are.
    pub counts: FindingCounts,
    /// The time of the latest upload in any of them.
    pub last_time: Option<DateTime<Utc>>,
}

/// What one finding adds to the totals of its policy.
#[derive(Debug)]
pub(super) struct Contribution {
    pub is_open: bool,
    pub last_time: Option<DateTime<Utc>>,
    /// The records that it holds.
    pub ids: Box<[IdHash]>,
}

/// Whether a record was reported by a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reported {
    Yes,
    /// Somebody is writing it.
    InFlight,
    No,
}

#[derive(Debug, Default)]
pub(super) struct PolicyFindings {
    total: i64,
    open: i64,
    /// How many findings have their latest upload at a time.
    last_times: BTreeMap<DateTime<Utc>, u32>,
    /// How many findings hold a record: one, but for what two versions of the program wrote.
    reported: HashMap<IdHash, u32>,
    reserved: HashSet<IdHash>,
}

impl PolicyFindings {
    pub fn add(&mut self, finding: &Contribution) {
        self.total += 1;
        self.open += i64::from(finding.is_open);
        if let Some(time) = finding.last_time {
            *self.last_times.entry(time).or_default() += 1;
        }
        for id in &finding.ids {
            *self.reported.entry(*id).or_default() += 1;
        }
    }

    pub fn remove(&mut self, finding: &Contribution) {
        self.total -= 1;
        self.open -= i64::from(finding.is_open);
        if let Some(time) = finding.last_time
            && let Some(count) = self.last_times.get_mut(&time)
        {
            *count -= 1;
            if *count == 0 {
                self.last_times.remove(&time);
            }
        }
        for id in &finding.ids {
            if let Some(count) = self.reported.get_mut(id) {
                *count -= 1;
                if *count == 0 {
                    self.reported.remove(id);
                }
            }
        }
    }

    pub fn reported(&self, id: IdHash) -> Reported {
        if self.reported.contains_key(&id) {
            Reported::Yes
        } else if self.reserved.contains(&id) {
            Reported::InFlight
        } else {
            Reported::No
        }
    }

    /// Reserves a record for whoever asked, if it was neither reported nor reserved; says which of the three it was.
    pub fn reserve(&mut self, id: IdHash) -> Reported {
        let reported = self.reported(id);
        if reported == Reported::No {
            self.reserved.insert(id);
        }
        reported
    }

    pub fn release(&mut self, id: IdHash) {
        self.reserved.remove(&id);
    }

    pub fn is_empty(&self) -> bool {
        self.total == 0 && self.reserved.is_empty()
    }

    pub fn summary(&self) -> FindingSummary {
        FindingSummary {
            counts: FindingCounts { open: self.open, total: self.total },
            last_time: self.last_times.last_key_value().map(|(time, _)| *time),
        }
    }
}
