//! An installation that several tests use at the same time, each in its own namespace.

use std::ops::Deref;
use std::thread;

use super::dedicated::{RELEASE_NAMESPACE, controller_program, install_chart, wait_until_ready};
use super::test_namespace::{TENANT_LABEL, TestNamespace};
use crate::rig::{AwsCaller, ChildProcess, ControlPlane, Kubectl, free_port, service_account_kubeconfig};

/// A control plane with a controller that no test ends or configures. It has no sources except those of the tests. It belongs
/// in a static, where it runs until the process ends.
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
        SharedNamespace::of(namespace.sharing_the_controller(), &self.control_plane)
    }
}

/// The namespace of a test in a shared installation.
pub struct SharedNamespace {
    // Dropped first, so that it prints the state before anything is deleted.
    namespace: TestNamespace,
    departure: Departure,
}

impl SharedNamespace {
    fn of(namespace: TestNamespace, control_plane: &'static ControlPlane) -> Self {
        let own_sources = format!("{TENANT_LABEL}={}", namespace.name());
        let departure = Departure { control_plane, kubectl: namespace.kubectl().clone(), own_sources };
        Self { namespace, departure }
    }

    /// Another namespace of the test, with this ending of the name.
    pub async fn another(&self, ending: &str) -> Self {
        Self::of(self.namespace.another(ending).await, self.departure.control_plane)
    }

    /// The control plane, which other tests use too.
    pub fn control_plane(&self) -> &'static ControlPlane {
        self.departure.control_plane
    }

    /// A source that only the namespaces of this test may use, with the name of this namespace and an ending. `lookup_events` and
    /// `spec` are further fields, each as YAML in one line.
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

/// Deletes what would keep the controller busy after the test, and keeps the logs if the test failed.
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
            // The test is over, so an error changes nothing.
            self.kubectl.command().args(["delete", "--wait=false"]).args(objects).output().ok();
        }
    }
}
