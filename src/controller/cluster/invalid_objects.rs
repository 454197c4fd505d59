//! Objects that cannot be decoded, which another version of the CRD let in. Their status reports it, and other objects are
//! not affected.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, ObjectMeta};

use crate::api::{Reason, condition, merge_conditions};

/// The objects that were reported as invalid, by their uid, with the generation and the error. Their own status cannot be
/// read back, and writing it at every reconcile would wake the loop that writes it.
#[derive(Debug, Default)]
pub struct InvalidObjects(Mutex<HashMap<String, String>>);

impl InvalidObjects {
    /// The conditions to write for an invalid object; None when they have been written.
    pub fn news(
        &self,
        meta: &ObjectMeta,
        error: &str,
        reason: impl Reason,
        now: DateTime<Utc>,
    ) -> Option<Vec<Condition>> {
        let uid = meta.uid.clone().unwrap_or_default();
        let reported = format!("{:?} {error}", meta.generation);
        let mut objects = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if objects.insert(uid, reported.clone()) == Some(reported) {
            return None;
        }
        let message =
            format!("the object cannot be decoded: {error}; correct the field, or install the CRDs of this version");
        let ready = condition(reason, message, meta.generation);
        Some(merge_conditions(&[], vec![ready], now))
    }

    /// Forgets an object that was deleted.
    pub fn forget_uid(&self, uid: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(uid);
    }

    /// Forgets an object whose status was not written, or that is valid now.
    pub fn forget(&self, meta: &ObjectMeta) {
        let mut objects = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        objects.remove(meta.uid.as_deref().unwrap_or_default());
    }
}
