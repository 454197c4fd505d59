//! The health of the streams of a source.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::source::SourceError;

/// The state of each Region of a source. Written by the tasks, read by the reconcile.
#[derive(Debug, Default)]
pub struct SourceHealth(Mutex<BTreeMap<String, RegionHealth>>);

/// The state of a Region.
#[derive(Debug, Clone, Default)]
pub struct RegionHealth {
    /// The account; known once the session is open.
    pub account: Option<String>,
    /// Whether it was read to the end since the task started.
    pub was_read: bool,
    /// Why the last request of each lane failed; None after one that succeeded.
    errors: BTreeMap<Lane, SourceError>,
    /// The number of transient failures in a row.
    transient: u32,
}

/// The activities of a stream that fail independently of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// Opening the session.
    Session,
    /// Polls at the head.
    Head,
    /// Reads behind the head.
    Past,
}

/// The number of transient failures in a row that are no news: `Ready` of the source, and of every policy that uses it,
/// would change back and forth. AWS also throttles because of the requests of others; with the pauses in between, five in a
/// row take 15 seconds.
fn tolerated(error: &SourceError) -> Option<u32> {
    match error {
        SourceError::Throttled { .. } => Some(4),
        error => error.is_transient().then_some(1),
    }
}

impl RegionHealth {
    /// The error that keeps the Region from being read.
    pub fn error(&self) -> Option<&SourceError> {
        self.errors.values().next()
    }
}

impl SourceHealth {
    /// Records that a request failed. Returns whether that is news.
    pub fn failed(&self, region: &str, lane: Lane, error: &SourceError) -> bool {
        let mut regions = self.lock();
        let health = regions.entry(region.to_owned()).or_default();
        if let Some(tolerated) = tolerated(error) {
            health.transient += 1;
            if health.transient <= tolerated && !health.errors.contains_key(&lane) {
                return false;
            }
        }
        let before = health.errors.insert(lane, error.clone());
        before.as_ref() != Some(error)
    }

    /// Records that a request succeeded. Returns whether that is news.
    pub fn succeeded(&self, region: &str, lane: Lane) -> bool {
        let mut regions = self.lock();
        let health = regions.entry(region.to_owned()).or_default();
        health.transient = 0;
        health.errors.remove(&lane).is_some()
    }

    /// Records the account of a Region. Returns whether that is news.
    pub fn opened(&self, region: &str, account: &str) -> bool {
        let mut regions = self.lock();
        let health = regions.entry(region.to_owned()).or_default();
        health.account.replace(account.to_owned()).as_deref() != Some(account)
    }

    /// Records that a Region was read to the end. Returns whether that is news.
    pub fn read(&self, region: &str) -> bool {
        let mut regions = self.lock();
        !std::mem::replace(&mut regions.entry(region.to_owned()).or_default().was_read, true)
    }

    /// The state of each Region.
    pub fn regions(&self) -> BTreeMap<String, RegionHealth> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, RegionHealth>> {
        // No code panics while it holds the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
