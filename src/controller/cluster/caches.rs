//! The policies, sources, namespaces and calendars of the cluster, kept up to date by watches.
//!
//! kube's controllers have stores of their own, but with several waiters `Store::wait_until_ready` wakes only the last one
//! (kube-runtime 5.0, `DelayedInit`), and a source must not be read before everything is listed. So these caches report it
//! themselves.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::pin::pin;
use std::sync::Arc;

use futures::StreamExt as _;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Resource;
use kube::api::Api;
use kube::core::{DeserializeGuard, PartialObjectMeta};
use kube::runtime::reflector::{self, ObjectRef, Store};
use kube::runtime::{WatchStreamExt as _, watcher};
use serde::de::DeserializeOwned;
use tokio::sync::watch;

use super::connection::Connection;
use super::edited_at::keep_edit_time;
use super::reachability::Reachability;
use crate::api::{CALENDAR_LABEL, CloudTrailSource, EcrUploadPolicy, ErrorKind};
use crate::controller::metrics::Metrics;

/// The policies, sources, namespaces and calendars of the cluster.
pub struct Caches {
    pub policies: Cache<DeserializeGuard<EcrUploadPolicy>>,
    pub sources: Cache<DeserializeGuard<CloudTrailSource>>,
    pub namespaces: Cache<PartialObjectMeta<Namespace>>,
    pub calendars: Cache<ConfigMap>,
}

/// The changes of the objects of each kind, for the router.
pub struct Changes {
    pub policies: UnboundedReceiver<Change<DeserializeGuard<EcrUploadPolicy>>>,
    pub sources: UnboundedReceiver<Change<DeserializeGuard<CloudTrailSource>>>,
    pub namespaces: UnboundedReceiver<Change<PartialObjectMeta<Namespace>>>,
    pub calendars: UnboundedReceiver<Change<ConfigMap>>,
}

/// A change that calls for a reconcile. A write of a status does not.
#[derive(Debug)]
pub enum Change<K: Resource<DynamicType = ()>> {
    /// The object was created or edited.
    Edited(ObjectRef<K>),
    /// The object with this uid was deleted. Another one may have its name.
    Gone(ObjectRef<K>, String),
}

/// All objects of a kind.
pub struct Cache<K: Resource<DynamicType = ()> + 'static> {
    pub store: Store<K>,
    is_listed: watch::Receiver<bool>,
}

impl Caches {
    /// The caches, still empty; the changes of the objects in them; and the task that fills them and keeps them up to date.
    /// The task does not end by itself: if a watch ends, it returns the kind of object that was watched.
    pub fn new(
        Connection { client, reachability }: &Connection,
        metrics: &Arc<Metrics>,
    ) -> (Self, Changes, impl Future<Output = &'static str> + Send + use<>) {
        let all = watcher::Config::default();
        let labelled = watcher::Config::default().labels(CALENDAR_LABEL);
        let of_spec: Watched = ("f:spec", |meta| (meta.generation, BTreeMap::new()));
        let of_labels: Watched = ("f:metadata", |meta| (None, meta.labels.clone().unwrap_or_default()));
        let of_data: Watched = ("f:data", |meta| {
            (None, BTreeMap::from([(String::new(), meta.resource_version.clone().unwrap_or_default())]))
        });
        let kind = |kind| WatchLog { kind, metrics: Arc::clone(metrics), reachability: Arc::clone(reachability) };
        let (policies, policy_changes, policy_watch) =
            cache(Api::all(client.clone()), all.clone(), kind("policies"), of_spec);
        let (sources, source_changes, source_watch) =
            cache(Api::all(client.clone()), all.clone(), kind("sources"), of_spec);
        let (namespaces, namespace_changes, namespace_watch) =
            cache(Api::all(client.clone()), all, kind("namespaces"), of_labels);
        let (calendars, calendar_changes, calendar_watch) =
            cache(Api::all(client.clone()), labelled, kind("calendars"), of_data);
        let task = async move {
            tokio::select! {
                ended = policy_watch => ended,
                ended = source_watch => ended,
                ended = namespace_watch => ended,
                ended = calendar_watch => ended,
            }
        };
        let changes = Changes {
            policies: policy_changes,
            sources: source_changes,
            namespaces: namespace_changes,
            calendars: calendar_changes,
        };
        (Self { policies, sources, namespaces, calendars }, changes, task)
    }

    /// Waits until everything has been listed once.
    pub async fn ready(&self) {
        self.policies.ready().await;
        self.sources.ready().await;
        self.namespaces.ready().await;
        self.calendars.ready().await;
    }
}

impl<K: Resource<DynamicType = ()> + 'static> Cache<K> {
    async fn ready(&self) {
        // The sender lives in the task. When the task ends, so does the controller.
        let _ = self.is_listed.clone().wait_for(|is_listed| *is_listed).await;
    }
}

/// The field whose last edit is kept, and the part of the metadata that changes with an edit.
type Watched = (&'static str, fn(&ObjectMeta) -> Edit);
type Edit = (Option<i64>, BTreeMap<String, String>);

/// The uid of an object, whether it is being deleted, and its last edit. An object that has not changed in these was not
/// edited.
type Version = (String, bool, Edit);

/// How a watch reports that it was interrupted.
struct WatchLog {
    kind: &'static str,
    metrics: Arc<Metrics>,
    reachability: Arc<Reachability>,
}

impl WatchLog {
    fn interrupted(&self, error: &watcher::Error) {
        self.metrics.errors.count(ErrorKind::Watch);
        self.reachability.watch_interrupted(self.kind, error);
    }
}

/// The version of each object that was last reported.
struct Reported<K: Resource<DynamicType = ()>> {
    objects: HashMap<ObjectRef<K>, Version>,
    edit_of: fn(&ObjectMeta) -> Edit,
    changes: UnboundedSender<Change<K>>,
}

fn cache<K>(
    api: Api<K>,
    config: watcher::Config,
    log: WatchLog,
    (field, edit_of): Watched,
) -> (Cache<K>, UnboundedReceiver<Change<K>>, impl Future<Output = &'static str> + Send + use<K>)
where
    K: Resource<DynamicType = ()> + Clone + std::fmt::Debug + DeserializeOwned + Send + Sync + 'static,
{
    let (store, writer) = reflector::store();
    let (listed, is_listed) = watch::channel(false);
    let (changes, receiver) = unbounded();
    let events = watcher(api, config)
        .default_backoff()
        .modify(move |object| keep_edit_time(object.meta_mut(), field))
        .reflect(writer);
    let task = async move {
        let mut events = pin!(events);
        let mut reported = Reported { objects: HashMap::new(), edit_of, changes };
        let mut in_list = Vec::new();
        while let Some(event) = events.next().await {
            match event {
                // Until a list is complete, the store has what was there before it.
                Ok(watcher::Event::Init) => in_list.clear(),
                Ok(watcher::Event::InitApply(object)) => in_list.push(object),
                Ok(watcher::Event::InitDone) => {
                    reported.relist(std::mem::take(&mut in_list));
                    listed.send_replace(true);
                }
                Ok(watcher::Event::Apply(object)) => reported.apply(&object),
                Ok(watcher::Event::Delete(object)) => reported.remove(&ObjectRef::from_obj(&object)),
                Err(error) => log.interrupted(&error),
            }
        }
        log.kind
    };
    (Cache { store, is_listed }, receiver, task)
}

impl<K> Reported<K>
where
    K: Resource<DynamicType = ()> + Clone,
{
    fn relist(&mut self, objects: Vec<K>) {
        let there: HashSet<ObjectRef<K>> = objects.iter().map(ObjectRef::from_obj).collect();
        let gone: Vec<ObjectRef<K>> = self.objects.keys().filter(|object| !there.contains(*object)).cloned().collect();
        gone.iter().for_each(|object| self.remove(object));
        objects.iter().for_each(|object| self.apply(object));
    }

    fn apply(&mut self, object: &K) {
        let meta = object.meta();
        let version = (meta.uid.clone().unwrap_or_default(), meta.deletion_timestamp.is_some(), (self.edit_of)(meta));
        // The uid and the resource version of an ObjectRef do not count when it is compared or hashed.
        let reference = ObjectRef::from_obj(object);
        let before = self.objects.insert(reference.clone(), version.clone());
        if before.as_ref() == Some(&version) {
            return;
        }
        if let Some((uid, ..)) = before.filter(|(uid, ..)| *uid != version.0) {
            self.report(Change::Gone(reference.clone(), uid));
        }
        self.report(Change::Edited(reference));
    }

    fn remove(&mut self, object: &ObjectRef<K>) {
        if let Some((uid, ..)) = self.objects.remove(object) {
            self.report(Change::Gone(object.clone(), uid));
        }
    }

    fn report(&self, change: Change<K>) {
        // Fails only when the receiver is dropped, and the program is about to end.
        let _ = self.changes.unbounded_send(change);
    }
}
