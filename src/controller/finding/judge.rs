//! A policy, ready to judge.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use crate::detect::Policy;

/// A policy that judges.
#[derive(Debug)]
pub struct Judge {
    /// The namespace of the policy, which gets its findings.
    pub namespace: String,
    /// The uid of the policy.
    pub uid: String,
    /// The policy, compiled.
    pub policy: Arc<Policy>,
    /// How often the API server has answered a request to write one of its findings.
    pub(super) answers: AtomicU64,
}

impl Judge {
    /// The policy with this uid, whose findings go into this namespace.
    pub fn new(namespace: String, uid: String, policy: Arc<Policy>) -> Self {
        Self { namespace, uid, policy, answers: AtomicU64::new(0) }
    }
}
