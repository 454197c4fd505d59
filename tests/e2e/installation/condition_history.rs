//! All statuses of a condition over time.

use std::sync::{Arc, Mutex};

use futures::StreamExt as _;
use kube::Api;
use kube::runtime::WatchStreamExt as _;
use offhours::api::EcrUploadPolicy;

/// The statuses of a condition of a policy, oldest first.
pub struct ConditionHistory {
    statuses: Arc<Mutex<Vec<String>>>,
    watch: tokio::task::JoinHandle<()>,
}

impl ConditionHistory {
    /// Watches the condition until this is dropped.
    pub fn watch(policies: Api<EcrUploadPolicy>, name: &str, condition: &str) -> Self {
        let statuses: Arc<Mutex<Vec<String>>> = Arc::default();
        let (seen, condition) = (Arc::clone(&statuses), condition.to_owned());
        let one = kube::runtime::watcher::Config::default().fields(&format!("metadata.name={name}"));
        let watch = tokio::spawn(async move {
            let mut events = std::pin::pin!(kube::runtime::watcher(policies, one).touched_objects());
            while let Some(Ok(policy)) = events.next().await {
                let conditions = policy.status.iter().flat_map(|status| &status.conditions);
                let now = conditions.filter(|now| now.type_ == condition).map(|now| now.status.clone());
                seen.lock().unwrap().extend(now);
            }
        });
        Self { statuses, watch }
    }

    /// Whether the condition has had this status.
    pub fn was(&self, status: &str) -> bool {
        assert!(!self.watch.is_finished(), "the watch ended");
        self.statuses.lock().unwrap().iter().any(|seen| seen == status)
    }
}

impl Drop for ConditionHistory {
    fn drop(&mut self) {
        self.watch.abort();
    }
}
