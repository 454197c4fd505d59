//! The part of the index about one policy. Everything is a running total: a policy may have thousands of findings, and a
//! write to one of them changes the totals by one.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};

use super::id_hash::IdHash;
use crate::api::FindingCounts;

/// The totals of the findings of a policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FindingSummary {
    /// The number of findings.
    pub counts: FindingCounts,
    /// The time of the latest upload in any of them.
    pub last_time: Option<DateTime<Utc>>,
}

/// What one finding adds to the totals of its policy.
#[derive(Debug)]
pub(super) struct Contribution {
    pub is_open: bool,
    pub last_time: Option<DateTime<Utc>>,
    /// The records that the finding holds.
    pub ids: Box<[IdHash]>,
}

/// Whether a policy has reported a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reported {
    Yes,
    /// It is being written.
    InFlight,
    No,
}

#[derive(Debug, Default)]
pub(super) struct PolicyFindings {
    total: i64,
    open: i64,
    /// The number of findings whose latest upload is at this time.
    last_times: BTreeMap<DateTime<Utc>, u32>,
    /// The number of findings that hold this record. It is one, unless two versions of the program wrote it.
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

    /// Reserves a record for the caller, if it was neither reported nor reserved. Returns which of the three it was.
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
