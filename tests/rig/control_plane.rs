//! A real Kubernetes control plane: etcd, kube-apiserver and, on demand, kube-controller-manager. No kubelet: Pods stay
//! Pending.

use std::path::{Path, PathBuf};
use std::sync::Once;
use std::time::Duration;

use kube::config::{KubeConfigOptions, Kubeconfig};

use super::certificates::{Certificates, Identity, kubeconfig};
use super::helm::Helm;
use super::kubectl::Kubectl;
use super::ports::free_port;
use super::process::{ChildProcess, Program};
use super::run_folder::RunFolder;
use super::wait::{Progress, wait_for};
use super::{api_audit::ApiCall, binaries, http_probe};

/// Generous, because a busy machine with two cores starts several of them at once.
const START_DEADLINE: Duration = Duration::from_secs(120);
const ATTEMPTS: usize = 4;

/// The six that affect a controller without workloads: garbage collection, namespace deletion, ServiceAccounts and
/// their CA bundle, role aggregation, type checks of admission policies.
const CONTROLLERS: &str = "garbage-collector-controller,namespace-controller,serviceaccount-controller,\
    root-ca-certificate-publisher-controller,clusterrole-aggregation-controller,\
    validatingadmissionpolicy-status-controller";

/// Which parts to start. `ControlPlane::start()` is short for `ControlPlaneOptions::default().start()`.
#[derive(Debug, Clone, Default)]
pub struct ControlPlaneOptions {
    controller_manager: bool,
    audit: bool,
}

impl ControlPlaneOptions {
    /// With kube-controller-manager: objects are garbage-collected and deleted namespaces disappear. Costs 100 MB and
    /// a few seconds until it has caught up.
    #[must_use]
    pub fn controller_manager(mut self) -> Self {
        self.controller_manager = true;
        self
    }

    /// With an audit log, for [`ControlPlane::api_calls`].
    #[must_use]
    pub fn audit(mut self) -> Self {
        self.audit = true;
        self
    }

    /// Starts it, and returns when `/readyz` says ok.
    ///
    /// # Panics
    /// When it does not become ready, with the ends of the logs.
    pub async fn start(self) -> ControlPlane {
        install_tls_provider();
        for _ in 0..ATTEMPTS {
            if let Ok(control_plane) = ControlPlane::try_start(&self).await {
                return control_plane;
            }
        }
        panic!("ports of 127.0.0.1 were taken away {ATTEMPTS} times between choosing and using them");
    }
}

/// Another process took a port after it was chosen and before it was used.
struct PortTaken;

/// A control plane that runs until this is dropped, or until the process ends for any reason.
///
/// It does not depend on the async runtime that started it, so all tests of a process can share one.
#[derive(Debug)]
pub struct ControlPlane {
    // Fields are dropped in this order. If etcd ended first, the API server would linger and keep its port.
    controller_manager: Option<ChildProcess>,
    api_server: ChildProcess,
    etcd: ChildProcess,
    api_server_program: Program,
    server: String,
    certificates: Certificates,
    kubeconfig: PathBuf,
    config: kube::Config,
    folder: RunFolder,
}

impl ControlPlane {
    /// etcd and kube-apiserver.
    ///
    /// # Panics
    /// When it does not become ready, with the ends of the logs.
    pub async fn start() -> Self {
        ControlPlaneOptions::default().start().await
    }

    async fn try_start(options: &ControlPlaneOptions) -> Result<Self, PortTaken> {
        let folder = RunFolder::new("control-plane");
        let certificates = Certificates::write(&folder);
        let etcd_port = free_port();
        let etcd_url = format!("http://127.0.0.1:{etcd_port}");
        let server = format!("https://127.0.0.1:{}", free_port());
        let kubeconfig = folder.write(
            "admin.kubeconfig",
            kubeconfig(&server, &certificates.authority, &Identity::Certificate(&certificates.admin), "default"),
        );
        let config = load(&kubeconfig).await;

        let mut etcd = etcd_program(&folder, &etcd_url).spawn(folder.path());
        // An API server whose first connection to etcd fails waits for a whole second.
        wait_for("etcd to listen", START_DEADLINE, async || match ended(&mut etcd) {
            Some(ended) => Progress::Done(Err(ended)),
            None => http_probe::get_is_ok(etcd_port, "/health").map(Ok).into(),
        })
        .await?;
        let api_server_program = api_server_program(options, &folder, &certificates, &etcd_url, &server);
        let api_server = api_server_program.spawn(folder.path());
        let mut control_plane = Self {
            controller_manager: None,
            api_server,
            etcd,
            api_server_program,
            server,
            certificates,
            kubeconfig,
            config,
            folder,
        };
        control_plane.ready().await?;
        if options.controller_manager {
            control_plane.start_controller_manager().await?;
        }
        Ok(control_plane)
    }

    /// A kubeconfig whose user is allowed to do everything.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// The URL of the API server.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// The configuration of the admin's clients.
    pub fn config(&self) -> &kube::Config {
        &self.config
    }

    /// A new client of the admin. It is bound to the current async runtime, so each test needs its own.
    ///
    /// # Panics
    /// Outside an async runtime.
    pub fn client(&self) -> kube::Client {
        kube::Client::try_from(self.config.clone()).expect("the admin's certificates are valid")
    }

    /// kubectl as the admin.
    pub fn kubectl(&self) -> Kubectl {
        Kubectl::new(&self.kubeconfig, self.folder.path())
    }

    /// helm as the admin, with its own home in the run's folder.
    pub fn helm(&self) -> Helm {
        Helm::new(&self.kubeconfig, self.folder.path())
    }

    /// The run's folder with the logs, which may hold the logs of the program under test too.
    pub fn folder(&self) -> &RunFolder {
        &self.folder
    }

    /// A kubeconfig with the token of a ServiceAccount. Its default namespace is that of the ServiceAccount, as in a Pod.
    pub fn token_kubeconfig(&self, namespace: &str, service_account: &str, token: &str) -> PathBuf {
        let text = kubeconfig(&self.server, &self.certificates.authority, &Identity::Token(token), namespace);
        self.folder.write(&format!("{namespace}-{service_account}.kubeconfig"), text)
    }

    /// Starts an outage: the API server is killed, and every connection to it breaks. etcd keeps the data.
    pub fn stop_api_server(&mut self) {
        self.api_server.kill();
    }

    /// Ends the outage, on the same port and with the same data. Returns when the API server is ready.
    ///
    /// # Panics
    /// When it does not become ready.
    pub async fn start_api_server(&mut self) {
        self.api_server.kill();
        self.api_server = self.api_server_program.spawn(self.folder.path());
        if let Err(PortTaken) = self.ready().await {
            panic!("another process took the port of {} during the outage", self.server);
        }
    }

    /// The process of the API server, for other faults (SIGSTOP: it accepts connections and does not answer).
    pub fn api_server(&mut self) -> &mut ChildProcess {
        &mut self.api_server
    }

    /// Every finished request since the start, oldest first; needs [`ControlPlaneOptions::audit`]. A request may
    /// appear a moment after its answer.
    pub fn api_calls(&self) -> Vec<ApiCall> {
        ApiCall::read(&audit_log(&self.folder))
    }

    async fn ready(&mut self) -> Result<(), PortTaken> {
        wait_for("the API server to be ready", START_DEADLINE, async || {
            for part in [&mut self.etcd, &mut self.api_server] {
                if let Some(ended) = ended(part) {
                    return Progress::Done(Err(ended));
                }
            }
            let client = kube::Client::try_from(self.config.clone()).expect("the admin's certificates are valid");
            match ready_text(&client).await {
                Ok(()) => Progress::Done(Ok(())),
                Err(state) => Progress::Waiting(format!("{state}\n{}", self.api_server.log_tail(10))),
            }
        })
        .await
    }

    async fn start_controller_manager(&mut self) -> Result<(), PortTaken> {
        let port = free_port();
        let certificates = &self.certificates;
        let program = Program::new("kube-controller-manager", binaries::kube_controller_manager())
            .grace(Duration::ZERO)
            .arg(flag("--kubeconfig", &self.kubeconfig))
            .arg(format!("--controllers={CONTROLLERS}"))
            .arg(flag("--service-account-private-key-file", &certificates.service_account.key))
            .arg(flag("--root-ca-file", &certificates.authority))
            .arg(flag("--tls-cert-file", &certificates.server.certificate))
            .arg(flag("--tls-private-key-file", &certificates.server.key))
            .args(["--use-service-account-credentials=true", "--leader-elect=false", "--bind-address=127.0.0.1"])
            .arg(format!("--secure-port={port}"));
        self.controller_manager = Some(program.spawn(self.folder.path()));
        let client = self.client();
        let process = self.controller_manager.as_mut().expect("it was started above");
        // The first visible result of its work is the `default` ServiceAccount.
        wait_for("the controller manager to work", START_DEADLINE, async || {
            if let Some(ended) = ended(process) {
                return Progress::Done(Err(ended));
            }
            let accounts: kube::Api<k8s_openapi::api::core::v1::ServiceAccount> =
                kube::Api::namespaced(client.clone(), "default");
            match accounts.get_opt("default").await {
                Ok(Some(_)) => Progress::Done(Ok(())),
                Ok(None) => Progress::Waiting(process.log_tail(10)),
                Err(error) => Progress::Waiting(error.to_string()),
            }
        })
        .await
    }
}

/// Paths need not be valid UTF-8.
fn flag(name: &str, path: &Path) -> std::ffi::OsString {
    let mut flag = std::ffi::OsString::from(name);
    flag.push("=");
    flag.push(path);
    flag
}

fn etcd_program(folder: &RunFolder, url: &str) -> Program {
    let peer = format!("http://127.0.0.1:{}", free_port());
    Program::new("etcd", binaries::etcd())
        .grace(Duration::ZERO) // throw-away data needs no goodbye
        .arg(flag("--data-dir", &folder.path().join("etcd")))
        .arg(format!("--listen-peer-urls={peer}"))
        .arg(format!("--initial-advertise-peer-urls={peer}"))
        .arg(format!("--initial-cluster=default={peer}"))
        .arg(format!("--listen-client-urls={url}"))
        .arg(format!("--advertise-client-urls={url}"))
        // A single member need not wait for others, so its first election would only be a delay.
        .args(["--heartbeat-interval=10", "--election-timeout=100"])
        .args(["--unsafe-no-fsync=true", "--log-level=warn"])
}

fn api_server_program(
    options: &ControlPlaneOptions,
    folder: &RunFolder,
    certificates: &Certificates,
    etcd_url: &str,
    server: &str,
) -> Program {
    let (_, port) = server.rsplit_once(':').expect("the server's URL has a port");
    let mut program = Program::new("kube-apiserver", binaries::kube_apiserver())
        .grace(Duration::ZERO)
        .arg(format!("--etcd-servers={etcd_url}"))
        .args(["--bind-address=127.0.0.1", "--advertise-address=127.0.0.1"])
        .arg(format!("--secure-port={port}"))
        .arg(flag("--tls-cert-file", &certificates.server.certificate))
        .arg(flag("--tls-private-key-file", &certificates.server.key))
        .arg(flag("--client-ca-file", &certificates.authority))
        .arg(format!("--service-account-issuer={server}/"))
        .arg(flag("--service-account-key-file", &certificates.service_account.certificate))
        .arg(flag("--service-account-signing-key-file", &certificates.service_account.key))
        .args(["--service-cluster-ip-range=10.0.0.0/24", "--allow-privileged=true", "--authorization-mode=RBAC"])
        // Admission of Pods must not wait for ServiceAccounts that only a controller manager creates, and nothing
        // reaches the API through the `kubernetes` Service.
        .args(["--disable-admission-plugins=ServiceAccount", "--endpoint-reconciler-type=none"]);
    if options.audit {
        let policy = folder.write("audit-policy.json", super::api_audit::POLICY);
        program = program
            .arg(flag("--audit-policy-file", &policy))
            .arg(flag("--audit-log-path", &audit_log(folder)))
            .arg("--audit-log-mode=blocking");
    }
    program
}

fn audit_log(folder: &RunFolder) -> PathBuf {
    folder.path().join("audit.log")
}

/// Whether a part that should be running has ended because its port was taken. Panics if it ended for any other reason.
fn ended(part: &mut ChildProcess) -> Option<PortTaken> {
    let status = part.status()?;
    let log = part.log();
    assert!(
        log.contains("address already in use"),
        "{part:?} ended with {status}; its log ends with\n{}",
        part.log_tail(30)
    );
    Some(PortTaken)
}

async fn ready_text(client: &kube::Client) -> Result<(), String> {
    let request = http::Request::get("/readyz").body(Vec::new()).expect("a valid request");
    match client.request_text(request).await {
        Ok(text) if text == "ok" => Ok(()),
        Ok(text) => Err(text),
        Err(error) => Err(error.to_string()),
    }
}

async fn load(kubeconfig: &Path) -> kube::Config {
    let file = Kubeconfig::read_from(kubeconfig).expect("the rig's own kubeconfig can be read");
    kube::Config::from_custom_kubeconfig(file, &KubeConfigOptions::default())
        .await
        .expect("the rig's own kubeconfig is valid")
}

/// kube and the AWS SDK use rustls, but do not choose its cryptography provider for the process.
fn install_tls_provider() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // An error means that the test has already installed one.
        rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
    });
}
