//! Limits for the number of findings written at the same time: in total, in one namespace, and by one policy.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{Semaphore, SemaphorePermit};

use super::policy_key::PolicyKey;

/// The permits to write. An admission webhook that hangs mostly hangs for a namespace, so a namespace gets at most three
/// quarters of them, however many policies it has. A policy gets one less than its namespace, because a webhook may also
/// match a single policy.
pub(super) struct WritePermits {
    size: usize,
    all: Semaphore,
    namespaces: Shares<String>,
    policies: Shares<PolicyKey>,
}

/// The permits of a policy and of its namespace.
pub(super) struct Share {
    policy: Arc<Semaphore>,
    namespace: Arc<Semaphore>,
}

/// A semaphore for each key that is writing right now.
struct Shares<K> {
    size: usize,
    writing: Mutex<HashMap<K, Weak<Semaphore>>>,
}

impl WritePermits {
    pub fn new(concurrency: usize) -> Self {
        let namespace = (concurrency - concurrency / 4).max(1);
        let policy = (namespace - 1).max(1);
        Self {
            size: concurrency.max(1),
            all: Semaphore::new(concurrency.max(1)),
            namespaces: Shares::new(namespace),
            policies: Shares::new(policy),
        }
    }

    /// The maximum number of findings that one policy writes at the same time.
    pub fn of_one_policy(&self) -> usize {
        self.policies.size
    }

    pub fn share(&self, policy: &PolicyKey) -> Share {
        Share { policy: self.policies.of(policy), namespace: self.namespaces.of(&policy.0) }
    }

    /// Waits until nothing is being written.
    pub async fn drained(&self) {
        let all = u32::try_from(self.size).unwrap_or(u32::MAX);
        // Nobody closes the semaphore.
        let _ = self.all.acquire_many(all).await;
    }

    /// Waits for the permits to write one finding, from the smallest share to the largest: a write that waits holds nothing
    /// that others need. None if the semaphores are closed, which never happens.
    pub async fn acquire<'a>(&'a self, share: &'a Share) -> Option<[SemaphorePermit<'a>; 3]> {
        let policy = share.policy.acquire().await.ok()?;
        let namespace = share.namespace.acquire().await.ok()?;
        let all = self.all.acquire().await.ok()?;
        Some([policy, namespace, all])
    }
}

impl<K: Hash + Eq + Clone> Shares<K> {
    fn new(size: usize) -> Self {
        Self { size, writing: Mutex::default() }
    }

    fn of(&self, key: &K) -> Arc<Semaphore> {
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = writing.get(key).and_then(Weak::upgrade) {
            return share;
        }
        writing.retain(|_, share| share.strong_count() > 0);
        let share = Arc::new(Semaphore::new(self.size));
        writing.insert(key.clone(), Arc::downgrade(&share));
        share
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    fn policy(namespace: &str, name: &str) -> PolicyKey {
        (namespace.to_owned(), name.to_owned())
    }

    #[tokio::test]
    async fn a_namespace_holds_at_most_three_quarters_of_the_permits() {
        let permits = WritePermits::new(4);
        let [one, two, three, four] = ["one", "two", "three", "four"].map(|name| permits.share(&policy("hangs", name)));
        let _held = (permits.acquire(&one).await, permits.acquire(&two).await, permits.acquire(&three).await);
        assert!(permits.acquire(&four).now_or_never().is_none());
        let works = permits.share(&policy("security", "one"));
        assert!(permits.acquire(&works).now_or_never().is_some());
    }

    #[tokio::test]
    async fn a_policy_leaves_a_permit_to_others_of_its_namespace() {
        let permits = WritePermits::new(4);
        let hangs = permits.share(&policy("security", "hangs"));
        let _held = (permits.acquire(&hangs).await, permits.acquire(&hangs).await);
        // Another stream delivers to the same policy.
        let same = permits.share(&policy("security", "hangs"));
        assert!(permits.acquire(&same).now_or_never().is_none());
        let works = permits.share(&policy("security", "works"));
        assert!(permits.acquire(&works).now_or_never().is_some());
    }

    #[tokio::test]
    async fn a_single_permit_is_for_everybody() {
        let permits = WritePermits::new(1);
        let share = permits.share(&policy("security", "one"));
        assert!(permits.acquire(&share).now_or_never().flatten().is_some());
    }
}
