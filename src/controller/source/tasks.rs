//! The running tasks of the sources.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::DropGuard;

use super::health::SourceHealth;
use crate::api::{AssumeRole, CloudTrailSourceSpec, LookupEvents};
use crate::coverage::Uid;

/// The tasks of each source, by its uid.
#[derive(Debug, Default)]
pub struct Tasks(Mutex<HashMap<Uid, SourceTasks>>);

/// The tasks of one source, one for each stream. They end when this is dropped.
#[derive(Debug)]
pub(super) struct SourceTasks {
    pub regions: Vec<String>,
    lookup_events: LookupEvents,
    assume_role: Option<AssumeRole>,
    health: Arc<SourceHealth>,
    _running: DropGuard,
}

impl SourceTasks {
    /// Tasks that read these Regions as a spec says, until the guard is dropped.
    pub fn new(spec: &CloudTrailSourceSpec, regions: &[String], health: Arc<SourceHealth>, running: DropGuard) -> Self {
        Self {
            regions: regions.to_vec(),
            lookup_events: spec.lookup_events.clone(),
            assume_role: spec.assume_role.clone(),
            health,
            _running: running,
        }
    }

    /// Whether the tasks read what a spec says.
    pub fn follow(&self, spec: &CloudTrailSourceSpec) -> bool {
        self.lookup_events == spec.lookup_events && self.assume_role == spec.assume_role
    }
}

impl Tasks {
    /// Stops the tasks of a source at once, whatever they are waiting for.
    pub fn stop(&self, source: &Uid) {
        self.lock().remove(source);
    }

    /// The health of a source.
    pub fn health(&self, source: &Uid) -> Option<Arc<SourceHealth>> {
        self.lock().get(source).map(|tasks| Arc::clone(&tasks.health))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, HashMap<Uid, SourceTasks>> {
        // No code panics while it holds the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
