//! The cluster, the AWS and the controller of the demo.

use std::path::PathBuf;
use std::time::Duration;

use crate::narration::{say, step};
use crate::rig::{
    ChildProcess, ControlPlane, Emulator, Kubectl, Manifest, Program, binaries, free_port, service_account_kubeconfig,
    wait_for,
};

/// Long enough for a busy machine.
pub const DEADLINE: Duration = Duration::from_secs(60);

pub const ACCOUNT: &str = "111122223333";
pub const REGION: &str = "eu-central-1";

/// The namespace in the manifests.
const NAMESPACE: &str = "offhours";

/// Everything that the demo started. It ends with this.
pub struct Stage {
    // Fields drop in this order: the controller ends first, so that it does not log that the others are gone.
    controller: ChildProcess,
    health_port: u16,
    control_plane: ControlPlane,
    pub emulator: Emulator,
}

impl Stage {
    /// Starts everything, and returns when the controller is ready.
    pub async fn set() -> Self {
        let (control_plane, emulator) =
            step("starting a Kubernetes control plane, and an emulator of AWS with ECR and CloudTrail", async {
                tokio::join!(ControlPlane::start(), Emulator::start())
            })
            .await;
        step("installing the CRDs and the manifests with kubectl", install(&control_plane)).await;
        let (controller, health_port) = step("starting the controller with the rights of its ServiceAccount", async {
            start_controller(&control_plane, &emulator).await
        })
        .await;
        Self { controller, health_port, control_plane, emulator }
    }

    pub fn client(&self) -> kube::Client {
        self.control_plane.client()
    }

    pub fn kubectl(&self) -> Kubectl {
        self.control_plane.kubectl()
    }

    /// Prints where everything is, for users who want to continue on their own.
    pub fn explain_how_to_use_it(&self) {
        let manifest = Manifest::image(1_000);
        let manifest_file = self.control_plane.folder().write("image.json", &manifest.text);
        let kubectl = binaries::kubectl();
        say("It stays up until Ctrl-C. In another terminal:\n");
        println!("  export KUBECONFIG={}", self.control_plane.kubeconfig().display());
        println!("  export PATH=$PATH:{}", kubectl.parent().unwrap_or(&kubectl).display());
        println!("  kubectl get ohu --watch");
        println!("\nTo push another image, with the AWS CLI (for the next one, choose another tag):\n");
        println!("  export AWS_ENDPOINT_URL={} AWS_DEFAULT_REGION={REGION}", self.emulator.endpoint());
        println!("  export AWS_ACCESS_KEY_ID={ACCOUNT} AWS_SECRET_ACCESS_KEY=secret");
        for office in ["manila", "san-juan"] {
            println!(
                "  aws ecr put-image --repository-name {office}/shop --image-tag v2 \\\n    \
                 --image-manifest file://{} --image-manifest-media-type {}",
                manifest_file.display(),
                manifest.media_type
            );
        }
        println!("\nThe controller's health and metrics, and its log:\n");
        println!("  curl http://127.0.0.1:{}/readyz", self.health_port);
        println!("  curl http://127.0.0.1:{}/metrics", self.health_port);
        println!("  tail -f {}", self.controller.log_path().display());
    }
}

/// Installs what a user installs, but no Pod starts, because there is no kubelet. The source exists before the controller, which
/// would otherwise create it.
async fn install(control_plane: &ControlPlane) {
    let kubectl = control_plane.kubectl();
    let root = env!("CARGO_MANIFEST_DIR");
    let (crds, manifests) = (format!("{root}/crds"), format!("{root}/deploy"));
    kubectl.run(&["apply", "--server-side", "-f", &crds, "-f", &manifests]).expect_success();
    wait_for("the API server to serve the kinds of the CRDs", DEADLINE, async || {
        let output = kubectl.apply(include_str!("source.yaml"));
        if output.success() { Ok(()) } else { Err(output.stderr) }
    })
    .await;
}

async fn start_controller(control_plane: &ControlPlane, emulator: &Emulator) -> (ChildProcess, u16) {
    let kubeconfig = service_account_kubeconfig(control_plane, NAMESPACE, "offhours").await;
    let port = free_port();
    let mut controller = Program::new("controller", controller_binary())
        .arg("controller")
        .args(["--listen-address", &format!("127.0.0.1:{port}"), "--lookup-rate", "2"])
        .env("KUBECONFIG", kubeconfig)
        .envs(emulator.caller(ACCOUNT, REGION).environment())
        .spawn(control_plane.folder().path());
    let kubectl = control_plane.kubectl();
    wait_for("the source to be read", DEADLINE, async || {
        assert!(controller.is_running(), "the controller ended:\n{}", controller.log());
        let output = kubectl.run(&["wait", "cts/default", "--for=condition=Ready", "--timeout=1s"]);
        if output.success() { Ok(()) } else { Err(format!("{}{}", output.stderr, controller.log_tail(10))) }
    })
    .await;
    (controller, port)
}

/// Cargo puts examples into a folder beside the binaries.
fn controller_binary() -> PathBuf {
    let example = std::env::current_exe().expect("the path of this program");
    let folder = example.parent().and_then(|examples| examples.parent()).expect("cargo's target folder");
    folder.join("offhours")
}
