//! A cluster with the chart installed, and the controller run as the chart's ServiceAccount.

use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::StreamExt as _;
use k8s_openapi::api::events::v1::Event;
use kube::api::{Api, ListParams};
use kube::runtime::WatchStreamExt as _;
use kube::{Client, ResourceExt as _};
use offhours::api::{CloudTrailSource, CloudTrailSourceStatus, EcrUploadPolicy, OffHoursUpload};
use serde::de::DeserializeOwned;

use crate::rig::{
    AwsCaller, ChildProcess, ControlPlane, ControlPlaneOptions, Program, Progress, free_port,
    service_account_kubeconfig, wait_for,
};

/// Long enough for a busy machine; a test that passes waits only as long as it must.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// The account and Region of a test, unless it needs others.
pub const ACCOUNT: &str = "111122223333";
pub const REGION: &str = "eu-central-1";

/// The namespace of the release, which is not that of the policies.
const RELEASE_NAMESPACE: &str = "offhours-system";

/// A control plane with the chart installed, and the controller, if it was started.
pub struct Installation {
    pub control_plane: ControlPlane,
    pub controller: ChildProcess,
    pub health: String,
    program: Program,
}

impl Installation {
    /// Installs the chart and starts the controller, with a source that polls every second.
    pub async fn start(aws: &AwsCaller) -> Self {
        Self::start_with(ControlPlaneOptions::default(), aws, &fast_source(), &[]).await
    }

    /// The same with choices: of the control plane, of the objects that exist before the controller starts, of its flags.
    pub async fn start_with(options: ControlPlaneOptions, aws: &AwsCaller, objects: &str, flags: &[&str]) -> Self {
        let control_plane = options.start().await;
        install_chart(&control_plane);
        if !objects.is_empty() {
            apply_when_served(&control_plane, objects).await;
        }
        let kubeconfig = service_account_kubeconfig(&control_plane, RELEASE_NAMESPACE, "offhours").await;
        let port = free_port();
        let program = controller_program(kubeconfig, port, aws).args(flags);
        let controller = program.spawn(control_plane.folder().path());
        let mut installation = Self { control_plane, controller, program, health: format!("http://127.0.0.1:{port}") };
        installation.ready().await;
        installation
    }

    /// Starts the controller again after it ended.
    pub async fn restart(&mut self) {
        self.controller = self.program.spawn(self.control_plane.folder().path());
        self.ready().await;
    }

    /// The same with more flags, which stay for later restarts.
    pub async fn restart_with(&mut self, flags: &[&str]) {
        self.program = self.program.clone().args(flags);
        self.restart().await;
    }

    /// Waits until the controller says that it works.
    pub async fn ready(&mut self) {
        let url = format!("{}/readyz", self.health);
        let controller = &mut self.controller;
        wait_for("the controller to be ready", DEADLINE, async || {
            assert!(controller.is_running(), "the controller ended:\n{}", controller.log());
            http_get(&url).await
        })
        .await;
    }

    pub fn client(&self) -> Client {
        self.control_plane.client()
    }

    /// `kubectl apply` with this text, once the API server serves the kinds in it.
    pub async fn apply(&self, text: &str) {
        apply_when_served(&self.control_plane, text).await;
    }

    pub async fn findings(&self) -> Vec<OffHoursUpload> {
        list(&self.client()).await.unwrap_or_else(|error| panic!("findings: {error}"))
    }

    /// Waits until the findings hold this many uploads, and returns them in the order of their names.
    pub async fn wait_for_uploads(&self, count: usize) -> Vec<OffHoursUpload> {
        self.wait_for_uploads_within(DEADLINE, count).await
    }

    /// The same with a deadline, for much work.
    pub async fn wait_for_uploads_within(&self, deadline: Duration, count: usize) -> Vec<OffHoursUpload> {
        let client = self.client();
        wait_for(&format!("{count} uploads in findings"), deadline, async || {
            let findings = match list::<OffHoursUpload>(&client).await {
                Ok(findings) => findings,
                Err(error) => return Progress::Waiting(error.to_string()),
            };
            let found = upload_ids(&findings).len();
            if found >= count { Progress::Done(findings) } else { Progress::Waiting(format!("{found} uploads")) }
        })
        .await
    }

    /// Waits until an object has a condition of this status, and returns its reason and message.
    pub async fn wait_for_condition(&self, kind: &str, name: &str, condition: &str, status: &str) -> (String, String) {
        self.wait_for_condition_where(kind, name, condition, |now| now["status"] == status).await
    }

    /// Waits until an object has a condition for this reason, and returns its message.
    pub async fn wait_for_reason(&self, kind: &str, name: &str, condition: &str, reason: &str) -> String {
        self.wait_for_condition_where(kind, name, condition, |now| now["reason"] == reason).await.1
    }

    async fn wait_for_condition_where(
        &self,
        kind: &str,
        name: &str,
        condition: &str,
        holds: impl Fn(&serde_json::Value) -> bool,
    ) -> (String, String) {
        let kubectl = self.control_plane.kubectl();
        wait_for(&format!("{condition} of {kind} {name}"), DEADLINE, async || {
            let output = kubectl.run(&["get", kind, name, "-o", "json"]);
            let Ok(object) = serde_json::from_str::<serde_json::Value>(&output.stdout) else {
                return Progress::Waiting(output.stderr);
            };
            let generation = object["metadata"]["generation"].as_i64();
            let conditions = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
            let current = conditions
                .iter()
                .find(|now| now["type"] == condition && now["observedGeneration"].as_i64() == generation && holds(now));
            match current {
                Some(now) => Progress::Done((text(&now["reason"]), text(&now["message"]))),
                None => Progress::Waiting(object["status"].to_string()),
            }
        })
        .await
    }

    /// Waits until a policy was applied to the past of its sources, if only without a holiday that it cannot use.
    pub async fn wait_until_applied(&self, policy: &str) {
        let is_applied = |now: &serde_json::Value| now["reason"] == "Complete" || now["reason"] == "InvalidHolidays";
        self.wait_for_condition_where("eup", policy, "FindingsComplete", is_applied).await;
    }

    /// Waits until a source was polled this many times more, counted by its checkpoint.
    pub async fn wait_for_polls(&self, source: &str, count: usize) {
        let api: Api<CloudTrailSource> = Api::all(self.client());
        let mut seen = std::collections::BTreeSet::new();
        wait_for(&format!("{count} polls of {source}"), DEADLINE, async || {
            let polled = api.get(source).await.ok().and_then(|source| source.status);
            seen.extend(
                polled.into_iter().flat_map(|status| status.streams).filter_map(|stream| stream.complete_through),
            );
            if seen.len() > count { Progress::Done(()) } else { Progress::Waiting(format!("{} polls", seen.len())) }
        })
        .await;
    }

    /// The Events about an object, by reason.
    pub async fn events_about(&self, name: &str) -> Vec<Event> {
        let events: Vec<Event> = list(&self.client()).await.unwrap_or_else(|error| panic!("events: {error}"));
        events
            .into_iter()
            .filter(|event| event.regarding.as_ref().and_then(|object| object.name.as_deref()) == Some(name))
            .collect()
    }

    /// The value of a metric, with its labels as they are printed; 0 when it is not there.
    pub async fn metric(&self, name_and_labels: &str) -> f64 {
        let text = http_get(&format!("{}/metrics", self.health)).await.unwrap_or_else(|error| panic!("{error}"));
        text.lines().find_map(|line| line.strip_prefix(name_and_labels)?.trim().parse().ok()).unwrap_or_default()
    }

    /// Whether a metric with these labels is printed at all.
    pub async fn metric_exists(&self, name_and_labels: &str) -> bool {
        let text = http_get(&format!("{}/metrics", self.health)).await.unwrap_or_else(|error| panic!("{error}"));
        text.lines().any(|line| line.starts_with(name_and_labels))
    }

    /// Waits until a metric is at least this, and returns it.
    pub async fn wait_for_metric(&self, name_and_labels: &str, at_least: f64) -> f64 {
        wait_for(name_and_labels, DEADLINE, async || {
            let value = self.metric(name_and_labels).await;
            if value >= at_least { Progress::Done(value) } else { Progress::Waiting(value.to_string()) }
        })
        .await
    }

    /// What the controller last wrote about a source.
    pub async fn source_status(&self, name: &str) -> CloudTrailSourceStatus {
        let source = Api::<CloudTrailSource>::all(self.client()).get(name).await;
        source.unwrap_or_else(|error| panic!("source {name}: {error}")).status.unwrap_or_default()
    }

    /// Every status that a condition of a policy in the namespace `default` has from now on.
    pub fn watch_condition(&self, policy: &str, condition: &str) -> ConditionHistory {
        ConditionHistory::watch(Api::namespaced(self.client(), "default"), policy, condition)
    }

    /// Waits until a policy of any namespace has a condition for this reason, and returns its message.
    pub async fn wait_for_policy(&self, namespace: &str, name: &str, condition: &str, reason: &str) -> String {
        let api: Api<EcrUploadPolicy> = Api::namespaced(self.client(), namespace);
        wait_for(&format!("{condition}={reason} of {namespace}/{name}"), DEADLINE, async || {
            let policy = match api.get(name).await {
                Ok(policy) => policy,
                Err(error) => return Progress::Waiting(error.to_string()),
            };
            let conditions = policy.status.as_ref().map(|status| status.conditions.clone()).unwrap_or_default();
            let current = conditions.iter().find(|now| {
                now.type_ == condition && now.reason == reason && now.observed_generation == policy.metadata.generation
            });
            match current {
                Some(now) => Progress::Done(now.message.clone()),
                None => Progress::Waiting(format!("{conditions:?}")),
            }
        })
        .await
    }

    pub async fn policy(&self, namespace: &str, name: &str) -> EcrUploadPolicy {
        Api::namespaced(self.client(), namespace)
            .get(name)
            .await
            .unwrap_or_else(|error| panic!("policy {name}: {error}"))
    }
}

/// What a condition of a policy was, one status after the other.
pub struct ConditionHistory {
    statuses: Arc<Mutex<Vec<String>>>,
    watch: tokio::task::JoinHandle<()>,
}

impl ConditionHistory {
    fn watch(policies: Api<EcrUploadPolicy>, name: &str, condition: &str) -> Self {
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

    /// Whether it was seen with this status.
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

/// Installs the chart as a user does, but for the Pods, which no kubelet would start.
pub fn install_chart(control_plane: &ControlPlane) {
    let chart = concat!(env!("CARGO_MANIFEST_DIR"), "/charts/offhours");
    let arguments = ["install", "offhours", chart, "--namespace", RELEASE_NAMESPACE, "--create-namespace"];
    control_plane.helm().run(&arguments).expect_success();
}

/// The real binary with a kubeconfig, an address for its health endpoints, and nothing of this machine's AWS.
pub fn controller_program(kubeconfig: PathBuf, port: u16, aws: &AwsCaller) -> Program {
    Program::new("controller", env!("CARGO_BIN_EXE_offhours"))
        .arg("controller")
        .args(["--listen-address", &format!("127.0.0.1:{port}")])
        .args(["--lookup-rate", "2", "--log-level", "info,offhours=debug"])
        // A variable, so that a test may say otherwise by the flag.
        .env("OFFHOURS_CHECKPOINT_INTERVAL", "1s")
        .env("KUBECONFIG", kubeconfig)
        .envs(aws.environment())
}

/// The default source with the fastest poll interval.
pub fn fast_source() -> String {
    source("default", &[REGION])
}

/// A source in the account of the controller's credentials that polls every second; a YAML document that others may follow.
pub fn source(name: &str, regions: &[&str]) -> String {
    source_with(name, regions, "pollInterval: 1s, overlap: 30m", "")
}

/// The same with other settings of `lookupEvents`, and further fields of the spec, each as YAML in one line.
pub fn source_with(name: &str, regions: &[&str], lookup_events: &str, spec: &str) -> String {
    format!(
        "---\n{{apiVersion: offhours.dev/v1alpha1, kind: CloudTrailSource, metadata: {{name: {name}}}, \
         spec: {{lookupEvents: {{regions: [{}], {lookup_events}}}, {spec}}}}}\n",
        regions.join(", ")
    )
}

/// A policy in the namespace `default` with this spec, as YAML in one line.
pub fn policy(name: &str, spec: &str) -> String {
    policy_in("default", name, spec)
}

/// The same in another namespace.
pub fn policy_in(namespace: &str, name: &str, spec: &str) -> String {
    format!(
        "---\n{{apiVersion: offhours.dev/v1alpha1, kind: EcrUploadPolicy, \
         metadata: {{name: {name}, namespace: {namespace}}}, spec: {{{spec}}}}}\n"
    )
}

/// A policy for which every push is off hours.
pub fn freeze(name: &str) -> String {
    policy(name, "businessHours: []")
}

/// The ids of all uploads in findings, each as often as it is there.
pub fn upload_ids(findings: &[OffHoursUpload]) -> Vec<String> {
    let uploads = findings.iter().filter_map(|finding| finding.status.as_ref()).flat_map(|status| &status.uploads);
    uploads.map(|upload| upload.event_id.clone()).collect()
}

/// Checks that the findings hold these events and no others, each once, and that no finding is empty.
pub fn assert_each_reported_once(findings: &[OffHoursUpload], expected: impl IntoIterator<Item = String>) {
    let mut reported = upload_ids(findings);
    reported.sort();
    let mut expected: Vec<String> = expected.into_iter().collect();
    expected.sort();
    let missing: Vec<_> = expected.iter().filter(|id| !reported.contains(id)).collect();
    assert!(missing.is_empty(), "not reported: {missing:?}");
    assert_eq!(reported, expected, "each event once and nothing else");
    for finding in findings {
        let status = finding.status.as_ref();
        assert!(status.is_some_and(|status| !status.uploads.is_empty()), "an empty finding: {finding:?}");
    }
}

/// Every object of a kind in all namespaces, in the order of names.
async fn list<K>(client: &Client) -> Result<Vec<K>, kube::Error>
where
    K: kube::Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug,
{
    let mut objects = Api::<K>::all(client.clone()).list(&ListParams::default()).await?.items;
    objects.sort_by_key(|object| object.name_any());
    Ok(objects)
}

/// New kinds are served a moment after their definition was accepted.
async fn apply_when_served(control_plane: &ControlPlane, text: &str) {
    let kubectl = control_plane.kubectl();
    wait_for("kubectl apply", DEADLINE, async || {
        let output = kubectl.apply(text);
        if output.success() { Ok(()) } else { Err(output.stderr) }
    })
    .await;
}

/// The body of a plain HTTP answer of 200, or what came instead.
pub async fn http_get(url: &str) -> Result<String, String> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let (address, path) = url.trim_start_matches("http://").split_once('/').expect("a URL with a path");
    let exchange = async {
        let mut connection = tokio::net::TcpStream::connect(address).await?;
        connection.write_all(format!("GET /{path} HTTP/1.0\r\nHost: {address}\r\n\r\n").as_bytes()).await?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    let answer = exchange.await.map_err(|error| error.to_string())?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    if head.contains(" 200 ") { Ok(body.to_owned()) } else { Err(format!("{head}\n{body}")) }
}

fn text(value: &serde_json::Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
