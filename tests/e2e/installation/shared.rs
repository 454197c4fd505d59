//! An installation that several tests use at the same time, each in a namespace of its own.

use std::ops::Deref;
use std::thread;

use super::dedicated::{RELEASE_NAMESPACE, controller_program, install_chart, wait_until_ready};
use super::test_namespace::{TENANT_LABEL, TestNamespace};
use crate::rig::{AwsCaller, ChildProcess, ControlPlane, Kubectl, free_port, service_account_kubeconfig};

/// A control plane and a controller that no test ends or changes. Without a source of its own: a tenant brings one. In a static,
/// it runs until the process ends.
pub struct SharedInstallation {
    control_plane: ControlPlane,
    _controller: ChildProcess,
    health: String,
}

impl SharedInstallation {
    pub async fn start(aws: &AwsCaller) -> Self {
        let control_plane = ControlPlane::start().await;
        install_chart(&control_plane);
        let port = free_port();
        let health = format!("http://127.0.0.1:{port}");
        let kubeconfig = service_account_kubeconfig(&control_plane, RELEASE_NAMESPACE, "offhours").await;
        let program = controller_program(kubeconfig, port, aws).arg("--default-source=false");
        let mut controller = program.spawn(control_plane.folder().path());
        wait_until_ready(&mut controller, &health).await;
        Self { control_plane, _controller: controller, health }
    }

    /// The namespace of the test that runs in this thread.
    pub async fn namespace(&'static self) -> SharedNamespace {
        let namespace = TestNamespace::create(&self.control_plane, &self.health).await;
        SharedNamespace::of(namespace, &self.control_plane)
    }
}

/// The namespace of a test in an installation that others use too.
pub struct SharedNamespace {
    // Dropped first: it shows the state before anything is removed.
    namespace: TestNamespace,
    departure: Departure,
}

impl SharedNamespace {
    fn of(namespace: TestNamespace, control_plane: &'static ControlPlane) -> Self {
        let own_sources = format!("{TENANT_LABEL}={}", namespace.name());
        let departure = Departure { control_plane, kubectl: namespace.kubectl().clone(), own_sources };
        Self { namespace, departure }
    }

    /// One more namespace of the test, whose name has this ending.
    pub async fn another(&self, ending: &str) -> Self {
        Self::of(self.namespace.another(ending).await, self.departure.control_plane)
    }

    /// The control plane, which other tests use too.
    pub fn control_plane(&self) -> &'static ControlPlane {
        self.departure.control_plane
    }

    /// A source for the namespaces of this test only that polls every second, named like the namespace, with an ending if it is one more.
    /// `spec` are further fields of the spec, as YAML in one line.
    pub fn source_manifest(&self, ending: &str, regions: &[&str], lookup_events: &str, spec: &str) -> String {
        let namespace = self.name();
        format!(
            "---\n{{apiVersion: offhours.dev/v1alpha1, kind: CloudTrailSource, \
             metadata: {{name: {namespace}{ending}, labels: {{{TENANT_LABEL}: {namespace}}}}}, \
             spec: {{lookupEvents: {{regions: [{}], {lookup_events}}}, \
             allowedNamespaces: {{matchLabels: {{{TENANT_LABEL}: {namespace}}}}}, {spec}}}}}\n",
            regions.join(", ")
        )
    }
}

impl Deref for SharedNamespace {
    type Target = TestNamespace;

    fn deref(&self) -> &TestNamespace {
        &self.namespace
    }
}

/// Takes along what would keep the controller busy when its test is over, and leaves the logs if the test failed.
struct Departure {
    control_plane: &'static ControlPlane,
    kubectl: Kubectl,
    /// Selects the sources of the test.
    own_sources: String,
}

impl Drop for Departure {
    fn drop(&mut self) {
        if thread::panicking() {
            self.control_plane.folder().keep_logs();
        }
        for objects in [&["eup", "--all"][..], &["cts", "--selector", &self.own_sources]] {
            // Whether it works is of no interest to the test, which is over.
            self.kubectl.command().args(["delete", "--wait=false"]).args(objects).output().ok();
        }
    }
}
