//! How long to wait after a failed reconcile.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How often in a row the reconcile of each object failed, by its uid: kube's error policy is not told.
#[derive(Debug, Default)]
pub struct Retries(Mutex<HashMap<String, u32>>);

impl Retries {
    /// Another failure of this object; how long to wait until the next try: 1 s, doubling to a minute.
    pub fn next_delay(&self, uid: &str) -> Duration {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = failures.entry(uid.to_owned()).or_default();
        *count += 1;
        Duration::from_secs(60.min(1 << (*count - 1).min(6)))
    }

    /// It worked, or the object is gone.
    pub fn clear(&self, uid: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(uid);
    }
}
