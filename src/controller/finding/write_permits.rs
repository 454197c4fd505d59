//! How many findings are written at the same time: by all together, and by one namespace.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{Semaphore, SemaphorePermit};

/// The permits to write. A namespace gets at most half of them, since an admission webhook that hangs does so for a namespace:
/// its writes must leave room for those of others. Its policies share that half, or two of them would hold everything.
pub(super) struct WritePermits {
    all: Semaphore,
    share: usize,
    /// Those of the namespaces that are written to right now.
    namespaces: Mutex<HashMap<String, Weak<Semaphore>>>,
}

/// The permits of a namespace.
#[derive(Clone)]
pub(super) struct Share(Arc<Semaphore>);

impl WritePermits {
    pub fn new(concurrency: usize) -> Self {
        let concurrency = concurrency.max(1);
        Self { all: Semaphore::new(concurrency), share: (concurrency / 2).max(1), namespaces: Mutex::default() }
    }

    /// The most findings that one namespace writes at the same time.
    pub fn share(&self) -> usize {
        self.share
    }

    pub fn of_namespace(&self, namespace: &str) -> Share {
        let mut namespaces = self.namespaces.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = namespaces.get(namespace).and_then(Weak::upgrade) {
            return Share(share);
        }
        namespaces.retain(|_, share| share.strong_count() > 0);
        let share = Arc::new(Semaphore::new(self.share));
        namespaces.insert(namespace.to_owned(), Arc::downgrade(&share));
        Share(share)
    }

    /// Waits for the permission to write one finding. The namespace's own permit comes first: whoever waits for it holds
    /// nothing that others need. None when there are no permits any more, which nobody brings about.
    pub async fn acquire<'a>(&'a self, share: &'a Share) -> Option<(SemaphorePermit<'a>, SemaphorePermit<'a>)> {
        let own = share.0.acquire().await.ok()?;
        let all = self.all.acquire().await.ok()?;
        Some((own, all))
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn a_namespace_holds_at_most_half_of_the_permits() {
        let permits = WritePermits::new(4);
        let (hangs, works) = (permits.of_namespace("hangs"), permits.of_namespace("works"));
        let _held = (permits.acquire(&hangs).await, permits.acquire(&hangs).await);
        // Another policy of the same namespace asks.
        let same = permits.of_namespace("hangs");
        assert!(permits.acquire(&same).now_or_never().is_none());
        assert!(permits.acquire(&works).now_or_never().is_some());
    }

    #[tokio::test]
    async fn a_single_permit_is_for_everybody() {
        let permits = WritePermits::new(1);
        let share = permits.of_namespace("security");
        assert!(permits.acquire(&share).now_or_never().flatten().is_some());
    }
}
