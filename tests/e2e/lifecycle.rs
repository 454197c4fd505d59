//! Starting before the CRDs are there, and the rights that a whole run needs.

use std::collections::BTreeSet;

use chrono::{TimeDelta, Utc};

use crate::installation::{
    ACCOUNT, DEADLINE, Installation, REGION, RELEASE_NAMESPACE, TestNamespace, controller_program, http_get,
};
use crate::manifests::{fast_source, freeze, policy};
use crate::rig::fake_cloudtrail::PutImage;
use crate::rig::{
    ApiCall, ChildProcess, ControlPlane, ControlPlaneOptions, FakeCloudTrail, Kubectl, Progress, free_port,
    service_account_kubeconfig, wait_for,
};

/// A resource and a verb.
type Right = (String, String);

const CHART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/charts/offhours");
const CRDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/crds");
const SOURCES: &str = "cloudtrailsources.offhours.dev";

/// A controller that was started before the CRDs were installed.
struct WithoutCrds {
    // Dropped first, so that it prints the state while the others still run.
    namespace: TestNamespace,
    control_plane: ControlPlane,
    controller: ChildProcess,
    health: String,
    _fake: FakeCloudTrail,
}

impl WithoutCrds {
    /// Returns when the controller has reported that it waits.
    async fn start() -> Self {
        let fake = FakeCloudTrail::start(1);
        let control_plane = ControlPlane::start().await;
        let install = ["install", "offhours", CHART, "--namespace", RELEASE_NAMESPACE, "--create-namespace"];
        control_plane.helm().run(&[&install[..], &["--set", "crds.install=false"]].concat()).expect_success();
        let kubeconfig = service_account_kubeconfig(&control_plane, RELEASE_NAMESPACE, "offhours").await;
        let port = free_port();
        let health = format!("http://127.0.0.1:{port}");
        let namespace = TestNamespace::create(&control_plane, &health).await;
        let program = controller_program(kubeconfig, port, &fake.caller(ACCOUNT, REGION));
        let mut controller = program.spawn(control_plane.folder().path());
        controller.wait_for_log(SOURCES, DEADLINE).await;
        Self { namespace, control_plane, controller, health, _fake: fake }
    }

    fn apply(&self, path: &str) {
        self.control_plane.kubectl().run(&["apply", "-f", path]).expect_success();
    }

    async fn get(&self, path: &str) -> Result<String, String> {
        http_get(&format!("{}{path}", self.health)).await
    }

    async fn wait_for_missing_crds(&self, count: usize) {
        wait_for(&format!("{count} CRDs to be missing"), DEADLINE, async || {
            let metrics = self.namespace.metrics().await;
            let expected = format!("\noffhours_missing_crds {count}\n");
            if metrics.contains(&expected) { Ok(()) } else { Err(metrics) }
        })
        .await;
    }
}

#[tokio::test]
async fn the_controller_says_which_crds_are_missing() {
    let cluster = WithoutCrds::start().await;

    assert_eq!(cluster.get("/healthz").await.unwrap(), "ok\n", "a restart would not bring the CRDs");
    let readiness = cluster.get("/readyz").await.unwrap_err();
    assert!(readiness.contains(" 503 "), "{readiness}");
    for name in
        ["ecruploadpolicies.offhours.dev", SOURCES, "offhoursuploads.offhours.dev", "install them: kubectl apply"]
    {
        assert!(readiness.contains(name), "{name} is not in {readiness}");
    }
    assert!(cluster.namespace.metrics().await.contains("\noffhours_missing_crds 3\n"));

    cluster.apply(&format!("{CRDS}/offhours.dev_cloudtrailsources.yaml"));

    cluster.wait_for_missing_crds(2).await;
    wait_for("readyz to name the other two", DEADLINE, async || match cluster.get("/readyz").await {
        Err(readiness) if !readiness.contains(SOURCES) && readiness.contains("offhoursuploads") => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await;
}

#[tokio::test]
async fn the_controller_works_without_a_restart_once_the_crds_are_installed() {
    let mut cluster = WithoutCrds::start().await;
    cluster.apply(&format!("{CRDS}/offhours.dev_cloudtrailsources.yaml"));
    cluster.wait_for_missing_crds(2).await;

    cluster.apply(CRDS);

    wait_for("the controller to be ready", DEADLINE, async || cluster.get("/readyz").await).await;
    assert!(cluster.namespace.metrics().await.contains("\noffhours_missing_crds 0\n"));
    // The default source is read.
    let wait = ["wait", "--for=condition=Ready", "--timeout=60s", "cts/default"];
    cluster.namespace.kubectl().run(&wait).expect_success();
    assert!(cluster.controller.is_running());
    let log = cluster.controller.log();
    let reports = log.lines().filter(|line| line.contains("waiting for CustomResourceDefinitions")).count();
    assert!((2..=3).contains(&reports), "one line for each change, not {reports}:\n{log}");
}

#[tokio::test]
async fn a_whole_run_needs_exactly_the_rights_of_the_chart_and_no_secrets() {
    let fake = FakeCloudTrail::start(2);
    let aws = fake.caller(ACCOUNT, REGION);
    let options = ControlPlaneOptions::default().audit();
    let mut installation = Installation::start_with(options, &aws, &fast_source(), &[]).await;
    let user = format!("system:serviceaccount:{RELEASE_NAMESPACE}:offhours");
    let at = || PutImage::new("prod/api", Utc::now() - TimeDelta::minutes(1));
    fake.push(at());
    installation.apply(&[freeze("production"), policy("misspelt", "sources: [nowhere]")].join("---\n")).await;
    installation.wait_for_uploads(1).await;
    fake.push(at());
    installation.wait_for_uploads(2).await;
    let triage = r#"{"spec":{"triage":{"state":"Expected"}}}"#;
    let finding = installation.findings().await[0].metadata.name.clone().unwrap();
    installation.kubectl().run(&["patch", "ohu", &finding, "--type=merge", "-p", triage]).expect_success();
    installation.wait_for_reason("eup", "misspelt", "Ready", "SourceNotFound").await;
    installation.controller.terminate(DEADLINE).await;
    installation.restart().await;
    fake.push(at());
    installation.wait_for_uploads(3).await;

    let granted = granted(installation.kubectl());
    // An apply that creates an Event is a patch, but also needs the right to create. A finding is deleted only if a crash has
    // left it without evidence.
    let elsewhere = [("events", "create"), ("offhoursuploads", "delete")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    // A request may appear in the audit log a moment after its answer.
    let calls = wait_for("each right to be used", DEADLINE, async || {
        let calls = installation.control_plane.api_calls();
        let calls: Vec<ApiCall> = calls.into_iter().filter(|call| call.user == user).collect();
        let used = used(&calls);
        let unused: Vec<_> = granted.difference(&used).filter(|right| !elsewhere.contains(right)).collect();
        if unused.is_empty() { Progress::Done(calls) } else { Progress::Waiting(format!("not used: {unused:?}")) }
    })
    .await;
    assert!(calls.len() > 20, "{}", calls.len());
    let refused: Vec<_> = calls.iter().filter(|call| matches!(call.status, 401 | 403)).collect();
    assert!(refused.is_empty(), "{refused:#?}");
    let used = used(&calls);
    assert!(used.is_subset(&granted), "used without being granted: {:?}", used.difference(&granted));
    assert!(used.iter().all(|(resource, _)| resource != "secrets"));
}

/// The rights that requests for objects have used.
fn used(calls: &[ApiCall]) -> BTreeSet<Right> {
    let of_objects = calls.iter().filter(|call| !call.resource.is_empty());
    of_objects.map(|call| (call.resource.clone(), call.verb.clone())).collect()
}

/// The rights in the ClusterRole of the chart.
fn granted(kubectl: &Kubectl) -> BTreeSet<Right> {
    let role = kubectl.run(&["get", "clusterrole", "offhours-system:offhours", "-o", "json"]).expect_success();
    let role: serde_json::Value = serde_json::from_str(&role).unwrap();
    let texts = |value: &serde_json::Value| {
        value.as_array().into_iter().flatten().filter_map(|text| text.as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    let mut granted = BTreeSet::new();
    for rule in role["rules"].as_array().unwrap() {
        for resource in texts(&rule["resources"]) {
            granted.extend(texts(&rule["verbs"]).into_iter().map(|verb| (resource.clone(), verb)));
        }
    }
    assert!(!granted.is_empty());
    granted
}
