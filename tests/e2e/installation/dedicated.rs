//! A cluster with the chart installed, and the controller run as the chart's ServiceAccount.

use std::ops::Deref;
use std::path::PathBuf;

use super::DEADLINE;
use super::health::http_get;
use super::test_namespace::TestNamespace;
use crate::manifests::fast_source;
use crate::rig::{
    AwsCaller, ChildProcess, ControlPlane, ControlPlaneOptions, Program, free_port, service_account_kubeconfig,
    wait_for,
};

/// The namespace of the Helm release. Policies are in other namespaces.
pub const RELEASE_NAMESPACE: &str = "offhours-system";

/// A control plane with the chart and a controller for a single test. Dereferences to the namespace of the test.
pub struct Installation {
    // Dropped first, so that it prints the state while the others still run.
    namespace: TestNamespace,
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

    /// The same with options of the control plane, objects that exist before the controller starts, and flags of the
    /// controller.
    pub async fn start_with(options: ControlPlaneOptions, aws: &AwsCaller, objects: &str, flags: &[&str]) -> Self {
        let control_plane = options.start().await;
        install_chart(&control_plane);
        let port = free_port();
        let health = format!("http://127.0.0.1:{port}");
        let namespace = TestNamespace::create(&control_plane, &health).await;
        if !objects.is_empty() {
            namespace.apply(objects).await;
        }
        let kubeconfig = service_account_kubeconfig(&control_plane, RELEASE_NAMESPACE, "offhours").await;
        let program = controller_program(kubeconfig, port, aws).args(flags);
        let mut controller = program.spawn(control_plane.folder().path());
        wait_until_ready(&mut controller, &health).await;
        Self { namespace, control_plane, controller, health, program }
    }

    /// Starts the controller again after it ended.
    pub async fn restart(&mut self) {
        self.controller = self.program.spawn(self.control_plane.folder().path());
        wait_until_ready(&mut self.controller, &self.health).await;
    }

    /// The same with additional flags, which also apply to later restarts.
    pub async fn restart_with(&mut self, flags: &[&str]) {
        self.program = self.program.clone().args(flags);
        self.restart().await;
    }
}

impl Deref for Installation {
    type Target = TestNamespace;

    fn deref(&self) -> &TestNamespace {
        &self.namespace
    }
}

/// Installs the chart as a user does. No Pods start, because there is no kubelet.
pub fn install_chart(control_plane: &ControlPlane) {
    let chart = concat!(env!("CARGO_MANIFEST_DIR"), "/charts/offhours");
    let arguments = ["install", "offhours", chart, "--namespace", RELEASE_NAMESPACE, "--create-namespace"];
    control_plane.helm().run(&arguments).expect_success();
}

/// The real binary with a kubeconfig and a port for its health endpoints, as this caller of AWS.
pub fn controller_program(kubeconfig: PathBuf, port: u16, aws: &AwsCaller) -> Program {
    Program::new("controller", env!("CARGO_BIN_EXE_offhours"))
        .arg("controller")
        .args(["--listen-address", &format!("127.0.0.1:{port}")])
        .args(["--lookup-rate", "2", "--log-level", "info,offhours=debug"])
        // A variable, so that a test can override it by the flag.
        .env("OFFHOURS_CHECKPOINT_INTERVAL", "1s")
        .env("KUBECONFIG", kubeconfig)
        .envs(aws.environment())
}

/// Waits until `/readyz` reports that the controller is ready.
pub async fn wait_until_ready(controller: &mut ChildProcess, health: &str) {
    let url = format!("{health}/readyz");
    wait_for("the controller to be ready", DEADLINE, async || {
        assert!(controller.is_running(), "the controller ended:\n{}", controller.log());
        http_get(&url).await
    })
    .await;
}
