//! Delays after failed reconciles.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The number of times in a row that the reconcile of each object failed, by its uid. kube does not pass this to the error
/// policy.
#[derive(Debug, Default)]
pub struct Retries(Mutex<HashMap<String, u32>>);

impl Retries {
    /// Counts another failure of an object. Returns the delay until the next try: 1 s, doubling to a minute.
    pub fn next_delay(&self, uid: &str) -> Duration {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = failures.entry(uid.to_owned()).or_default();
        *count += 1;
        Duration::from_secs(60.min(1 << (*count - 1).min(6)))
    }

    /// Forgets the failures of an object whose reconcile succeeded, or that was deleted.
    pub fn clear(&self, uid: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(uid);
    }
}
