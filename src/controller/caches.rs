//! What is known of the cluster: the policies, the sources, the namespaces and the calendars, kept by watches.
//!
//! kube's controllers have stores of their own, but with several waiters `Store::wait_until_ready` wakes only the last one
//! (kube-runtime 5.0, `DelayedInit`), and a source must not be read before everything is listed. So these say it themselves.

use std::pin::pin;
use std::sync::Arc;

use futures::{Stream, StreamExt as _};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use kube::api::Api;
use kube::core::{DeserializeGuard, PartialObjectMeta};
use kube::runtime::reflector::{self, Store};
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Client, Resource};
use serde::de::DeserializeOwned;
use tokio::sync::watch;

use super::ControllerError;
use super::calendar_feeds::CALENDAR_LABEL;
use crate::api::{CloudTrailSource, EcrUploadPolicy, ErrorKind};
use crate::telemetry::Metrics;

/// The policies, sources, namespaces and calendars of the cluster.
pub struct Caches {
    pub policies: Cache<DeserializeGuard<EcrUploadPolicy>>,
    pub sources: Cache<DeserializeGuard<CloudTrailSource>>,
    pub namespaces: Cache<PartialObjectMeta<Namespace>>,
    pub calendars: Cache<ConfigMap>,
}

/// All objects of a kind.
pub struct Cache<K: Resource<DynamicType = ()> + 'static> {
    pub store: Store<K>,
    /// How many changes there were; 0 until everything was listed once.
    changes: watch::Receiver<u64>,
}

impl Caches {
    /// The caches, still empty, and the task that fills them and keeps them up to date. It only ends by an error.
    pub fn new(
        client: &Client,
        metrics: &Arc<Metrics>,
    ) -> (Self, impl Future<Output = ControllerError> + Send + use<>) {
        let all = watcher::Config::default();
        let labelled = watcher::Config::default().labels(CALENDAR_LABEL);
        let (policies, policy_watch) = cache(Api::all(client.clone()), all.clone(), "policies", metrics);
        let (sources, source_watch) = cache(Api::all(client.clone()), all.clone(), "sources", metrics);
        let (namespaces, namespace_watch) = cache(Api::all(client.clone()), all, "namespaces", metrics);
        let (calendars, calendar_watch) = cache(Api::all(client.clone()), labelled, "calendars", metrics);
        let task = async move {
            tokio::select! {
                ended = policy_watch => ended,
                ended = source_watch => ended,
                ended = namespace_watch => ended,
                ended = calendar_watch => ended,
            }
        };
        (Self { policies, sources, namespaces, calendars }, task)
    }

    /// Waits until everything was listed once.
    pub async fn ready(&self) {
        self.policies.ready().await;
        self.sources.ready().await;
        self.namespaces.ready().await;
        self.calendars.ready().await;
    }
}

impl<K: Resource<DynamicType = ()> + 'static> Cache<K> {
    async fn ready(&self) {
        // The sender lives in the task; when that ends, so does the controller.
        let _ = self.changes.clone().wait_for(|changes| *changes > 0).await;
    }

    /// Ticks after changes; several that come together are one tick.
    pub fn changes(&self) -> impl Stream<Item = ()> + Send + use<K> {
        futures::stream::unfold(self.changes.clone(), |mut changes| async move {
            changes.changed().await.ok()?;
            Some(((), changes))
        })
    }
}

fn cache<K>(
    api: Api<K>,
    config: watcher::Config,
    kind: &'static str,
    metrics: &Arc<Metrics>,
) -> (Cache<K>, impl Future<Output = ControllerError> + Send + use<K>)
where
    K: Resource<DynamicType = ()> + Clone + std::fmt::Debug + DeserializeOwned + Send + Sync + 'static,
{
    let (store, writer) = reflector::store();
    let (sender, changes) = watch::channel(0);
    let metrics = Arc::clone(metrics);
    // Who wrote which field may take as much room as the fields.
    let events =
        watcher(api, config).default_backoff().modify(|object| object.meta_mut().managed_fields = None).reflect(writer);
    let task = async move {
        let mut events = pin!(events);
        while let Some(event) = events.next().await {
            match event {
                // Until a list is whole, the store holds what was there before it.
                Ok(watcher::Event::Init | watcher::Event::InitApply(_)) => {}
                Ok(watcher::Event::InitDone | watcher::Event::Apply(_) | watcher::Event::Delete(_)) => {
                    sender.send_modify(|changes| *changes += 1);
                }
                Err(error) => {
                    metrics.error(ErrorKind::Watch);
                    tracing::warn!(kind, %error, "a watch was interrupted");
                }
            }
        }
        ControllerError::LoopEnded(kind)
    };
    (Cache { store, changes }, task)
}
