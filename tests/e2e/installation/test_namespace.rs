//! The namespace of a test: what the test applies there, waits for and sees, and what is printed when it fails.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::api::events::v1::Event;
use kube::api::{Api, ApiResource, DynamicObject, ListParams, PostParams};
use kube::{Client, Config, Resource, ResourceExt as _};
use offhours::api::{CloudTrailSource, CloudTrailSourceStatus, EcrUploadPolicy, OffHoursUpload};
use serde::de::DeserializeOwned;
use serde_json::json;

use super::DEADLINE;
use super::condition_history::ConditionHistory;
use super::failure::Failure;
use super::health::http_get;
use crate::findings::upload_ids;
use crate::rig::{ControlPlane, Kubectl, Progress, sha256_hex, wait_for};

/// The longest name without an ending. Names of namespaces and of sources, which are named after them, may have 63 characters.
const NAME_LENGTH: usize = 50;

/// The log of the program `controller` in the folder of the control plane.
const CONTROLLER_LOG: &str = "controller.log";

/// Its value is the namespace of the test that an object belongs to: a source, or another namespace.
pub const TENANT_LABEL: &str = "offhours.dev/tenant";

/// A namespace that is named after its test, in a cluster with a running controller. Prints its state when it is dropped
/// while the test panics, so it must be dropped before the control plane.
pub struct TestNamespace {
    name: String,
    /// The path of the test.
    test: String,
    /// The first namespace of the test.
    tenant: String,
    is_controller_shared: bool,
    kubectl: Kubectl,
    config: Config,
    /// The URL of the controller's health endpoints.
    health: String,
    /// The folder with the logs.
    logs: PathBuf,
}

impl TestNamespace {
    /// Creates the namespace of the test that runs in this thread.
    pub async fn create(control_plane: &ControlPlane, health: &str) -> Self {
        let test = thread::current().name().expect("libtest names the thread of a test after it").to_owned();
        let name = namespace_name(&test);
        create(control_plane.client(), &name, &name, &test).await;
        Self {
            kubectl: control_plane.kubectl().in_namespace(&name),
            tenant: name.clone(),
            name,
            test,
            is_controller_shared: false,
            config: control_plane.config().clone(),
            health: health.to_owned(),
            logs: control_plane.folder().path().to_owned(),
        }
    }

    /// The same, for a controller that works for other tests too: what it logs about them is not printed.
    #[must_use]
    pub fn sharing_the_controller(mut self) -> Self {
        self.is_controller_shared = true;
        self
    }

    /// Creates another namespace for the same test, with this ending of the name.
    pub async fn another(&self, ending: &str) -> Self {
        let name = format!("{}{ending}", self.name);
        create(self.client(), &name, &self.tenant, &self.test).await;
        Self {
            kubectl: self.kubectl.in_namespace(&name),
            name,
            test: self.test.clone(),
            tenant: self.tenant.clone(),
            is_controller_shared: self.is_controller_shared,
            config: self.config.clone(),
            health: self.health.clone(),
            logs: self.logs.clone(),
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The configuration of the admin's clients.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// A new client of the admin.
    pub fn client(&self) -> Client {
        Client::try_from(self.config.clone()).expect("the admin's certificates are valid")
    }

    /// kubectl as the admin, in this namespace.
    pub fn kubectl(&self) -> &Kubectl {
        &self.kubectl
    }

    /// `kubectl apply` with this text, as soon as the API server serves its kinds, which takes a moment after their definition.
    pub async fn apply(&self, text: &str) {
        wait_for("kubectl apply", DEADLINE, async || {
            let output = self.kubectl.apply(text);
            if output.success() { Ok(()) } else { Err(output.stderr) }
        })
        .await;
    }

    /// The findings, in the order of their names.
    pub async fn findings(&self) -> Vec<OffHoursUpload> {
        list(&Api::namespaced(self.client(), &self.name)).await.unwrap_or_else(|error| panic!("findings: {error}"))
    }

    /// Waits until the findings hold this many uploads, and returns them in the order of their names.
    pub async fn wait_for_uploads(&self, count: usize) -> Vec<OffHoursUpload> {
        self.wait_for_uploads_within(DEADLINE, count).await
    }

    /// The same with another deadline, for a lot of work.
    pub async fn wait_for_uploads_within(&self, deadline: Duration, count: usize) -> Vec<OffHoursUpload> {
        let findings: Api<OffHoursUpload> = Api::namespaced(self.client(), &self.name);
        wait_for(&format!("{count} uploads in findings"), deadline, async || {
            let findings = match list(&findings).await {
                Ok(findings) => findings,
                Err(error) => return Progress::Waiting(error.to_string()),
            };
            let found = upload_ids(&findings).len();
            if found >= count { Progress::Done(findings) } else { Progress::Waiting(format!("{found} uploads")) }
        })
        .await
    }

    /// Waits until a policy (`eup`) or source (`cts`) has a condition of this status, and returns its reason and message.
    pub async fn wait_for_condition(&self, kind: &str, name: &str, condition: &str, status: &str) -> (String, String) {
        self.wait_for_condition_where(kind, name, condition, |now| now["status"] == status).await
    }

    /// Waits until a policy (`eup`) or source (`cts`) has a condition for this reason, and returns its message.
    pub async fn wait_for_reason(&self, kind: &str, name: &str, condition: &str, reason: &str) -> String {
        self.wait_for_condition_where(kind, name, condition, |now| now["reason"] == reason).await.1
    }

    /// Waits until a policy was applied to the past of its sources, if necessary without holidays that cannot be used.
    pub async fn wait_until_applied(&self, policy: &str) {
        let is_applied = |now: &serde_json::Value| now["reason"] == "Complete" || now["reason"] == "InvalidHolidays";
        self.wait_for_condition_where("eup", policy, "FindingsComplete", is_applied).await;
    }

    async fn wait_for_condition_where(
        &self,
        kind: &str,
        name: &str,
        condition: &str,
        holds: impl Fn(&serde_json::Value) -> bool,
    ) -> (String, String) {
        let objects = self.conditioned(kind);
        wait_for(&format!("{condition} of {kind} {name}"), DEADLINE, async || {
            let object = match objects.get(name).await {
                Ok(object) => object,
                Err(error) => return Progress::Waiting(error.to_string()),
            };
            let status = &object.data["status"];
            let conditions = status["conditions"].as_array().map(Vec::as_slice).unwrap_or_default();
            let current = conditions.iter().find(|now| {
                let is_current = now["observedGeneration"].as_i64() == object.metadata.generation;
                now["type"] == condition && is_current && holds(now)
            });
            match current {
                Some(now) => Progress::Done((text(&now["reason"]), text(&now["message"]))),
                None => Progress::Waiting(status.to_string()),
            }
        })
        .await
    }

    /// The objects of a kind that has conditions. Untyped, because a test may apply a policy that this version cannot read.
    fn conditioned(&self, kind: &str) -> Api<DynamicObject> {
        match kind {
            "eup" => {
                let policies = ApiResource::erase::<EcrUploadPolicy>(&());
                Api::namespaced_with(self.client(), &self.name, &policies)
            }
            "cts" => Api::all_with(self.client(), &ApiResource::erase::<CloudTrailSource>(&())),
            other => panic!("{other} is neither a policy (eup) nor a source (cts)"),
        }
    }

    /// Records every status of a condition of a policy from now on.
    pub fn watch_condition(&self, policy: &str, condition: &str) -> ConditionHistory {
        ConditionHistory::watch(Api::namespaced(self.client(), &self.name), policy, condition)
    }

    pub async fn policy(&self, name: &str) -> EcrUploadPolicy {
        let policies = Api::namespaced(self.client(), &self.name);
        policies.get(name).await.unwrap_or_else(|error| panic!("policy {name}: {error}"))
    }

    /// The current status of a source.
    pub async fn source_status(&self, name: &str) -> CloudTrailSourceStatus {
        let source = Api::<CloudTrailSource>::all(self.client()).get(name).await;
        source.unwrap_or_else(|error| panic!("source {name}: {error}")).status.unwrap_or_default()
    }

    /// Waits for this many more polls of a source, which are counted by changes of `completeThrough`.
    pub async fn wait_for_polls(&self, source: &str, count: usize) {
        let sources: Api<CloudTrailSource> = Api::all(self.client());
        let mut seen = BTreeSet::new();
        wait_for(&format!("{count} polls of {source}"), DEADLINE, async || {
            let polled = sources.get(source).await.ok().and_then(|source| source.status);
            let streams = polled.into_iter().flat_map(|status| status.streams);
            seen.extend(streams.filter_map(|stream| stream.complete_through));
            if seen.len() > count { Progress::Done(()) } else { Progress::Waiting(format!("{} polls", seen.len())) }
        })
        .await;
    }

    /// The Events about an object in this namespace, or about a source.
    pub async fn events_about(&self, name: &str) -> Vec<Event> {
        let events: Vec<Event> = list(&Api::all(self.client())).await.unwrap_or_else(|error| panic!("events: {error}"));
        let is_about = |event: &Event| {
            event.regarding.as_ref().is_some_and(|object| {
                let is_here = object.namespace.as_ref().is_none_or(|namespace| *namespace == self.name);
                object.name.as_deref() == Some(name) && is_here
            })
        };
        events.into_iter().filter(is_about).collect()
    }

    /// Waits until there is an Event about an object for this reason, and returns its note.
    pub async fn wait_for_event(&self, name: &str, reason: &str) -> String {
        wait_for(&format!("the Event {reason} about {name}"), DEADLINE, async || {
            let events = self.events_about(name).await;
            let event = events.iter().find(|event| event.reason.as_deref() == Some(reason));
            match event.and_then(|event| event.note.clone()) {
                Some(note) => Progress::Done(note),
                None => {
                    Progress::Waiting(format!("{:?}", events.iter().map(|event| &event.reason).collect::<Vec<_>>()))
                }
            }
        })
        .await
    }

    /// The value of a metric, with its labels as they are printed; 0 if it is not printed.
    pub async fn metric(&self, name_and_labels: &str) -> f64 {
        let text = self.metrics().await;
        text.lines().find_map(|line| line.strip_prefix(name_and_labels)?.trim().parse().ok()).unwrap_or_default()
    }

    /// Whether a metric with these labels is printed at all.
    pub async fn metric_exists(&self, name_and_labels: &str) -> bool {
        self.metrics().await.lines().any(|line| line.starts_with(name_and_labels))
    }

    /// Waits until a metric is at least this, and returns it.
    pub async fn wait_for_metric(&self, name_and_labels: &str, at_least: f64) -> f64 {
        wait_for(name_and_labels, DEADLINE, async || {
            let value = self.metric(name_and_labels).await;
            if value >= at_least { Progress::Done(value) } else { Progress::Waiting(value.to_string()) }
        })
        .await
    }

    /// Waits until no metric with these labels is printed.
    pub async fn wait_for_no_metric(&self, name_and_labels: &str) {
        wait_for(&format!("no {name_and_labels}"), DEADLINE, async || {
            match self.metric_exists(name_and_labels).await {
                true => Progress::Waiting("it is there".to_owned()),
                false => Progress::Done(()),
            }
        })
        .await;
    }

    /// The log of the controller since its first start.
    pub fn controller_log(&self) -> String {
        let log = self.logs.join(CONTROLLER_LOG);
        let bytes = fs::read(&log).unwrap_or_else(|error| panic!("{}: {error}", log.display()));
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The text that the controller serves at `/metrics`.
    pub async fn metrics(&self) -> String {
        http_get(&format!("{}/metrics", self.health)).await.unwrap_or_else(|error| panic!("/metrics: {error}"))
    }
}

impl Drop for TestNamespace {
    fn drop(&mut self) {
        if thread::panicking() {
            let failure = Failure {
                test: &self.test,
                namespace: &self.name,
                kubectl: &self.kubectl,
                log: &self.logs.join(CONTROLLER_LOG),
                word: self.is_controller_shared.then_some(self.tenant.as_str()),
            };
            failure.print_state();
        }
    }
}

/// A valid and unique name: the last part of the test's path, shortened if necessary.
fn namespace_name(test: &str) -> String {
    let (_, function) = test.rsplit_once("::").unwrap_or(("", test));
    let name = function.replace('_', "-").to_lowercase();
    if name.len() <= NAME_LENGTH {
        return name;
    }
    let hash = &sha256_hex(test)[..8];
    let whole_words = name[..NAME_LENGTH - hash.len()].rsplit_once('-').map_or("test", |(words, _)| words);
    format!("{whole_words}-{hash}")
}

async fn create(client: Client, name: &str, tenant: &str, test: &str) {
    let (labels, annotations) = (json!({TENANT_LABEL: tenant}), json!({"offhours.dev/test": test}));
    let namespace = json!({"metadata": {"name": name, "labels": labels, "annotations": annotations}});
    let namespace: Namespace = serde_json::from_value(namespace).expect("a namespace");
    let created = Api::all(client).create(&PostParams::default(), &namespace).await;
    created.unwrap_or_else(|error| panic!("namespace {name}: {error}"));
}

/// Every object of a kind, in the order of names.
async fn list<K>(objects: &Api<K>) -> Result<Vec<K>, kube::Error>
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug,
{
    let mut objects = objects.list(&ListParams::default()).await?.items;
    objects.sort_by_key(|object| object.name_any());
    Ok(objects)
}

fn text(value: &serde_json::Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
