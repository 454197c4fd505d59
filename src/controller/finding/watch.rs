//! The watch that feeds the index.

use std::pin::pin;

use futures::TryStreamExt as _;
use kube::Api;
use kube::core::DeserializeGuard;
use kube::runtime::{WatchStreamExt as _, watcher};

use super::findings::Findings;
use crate::api::{ErrorKind, OffHoursUpload};
use crate::telemetry::{Gate, Readiness};

/// The number of findings in a page of a list. A finding has up to 128 KiB, and a page is in memory as a whole.
const PAGE_SIZE: u32 = 100;

impl Findings {
    /// Keeps the index up to date, and opens the gate when it is complete for the first time. Returns only if the watch
    /// ends, which it does not do by itself.
    pub async fn watch(&self, readiness: &Readiness) {
        let api: Api<DeserializeGuard<OffHoursUpload>> = Api::all(self.client.clone());
        let config = watcher::Config::default().page_size(PAGE_SIZE);
        let mut events = pin!(watcher(api, config).default_backoff());
        loop {
            match events.try_next().await {
                Ok(Some(event)) => {
                    let is_whole = matches!(event, watcher::Event::InitDone);
                    self.index.observe(event);
                    if is_whole {
                        readiness.open(Gate::Findings);
                    }
                }
                Ok(None) => return,
                Err(error) => {
                    self.metrics.errors.count(ErrorKind::Watch);
                    self.reachability.watch_interrupted("findings", &error);
                }
            }
        }
    }
}
