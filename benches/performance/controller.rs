//! The release binary, and what it says of itself.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::rig::{ChildProcess, ControlPlane, FakeCloudTrail, Program, free_port};
use crate::{ACCOUNT, REGION};

pub struct Controller {
    process: ChildProcess,
    address: String,
    pub time_to_ready: Duration,
}

const LOOK: Duration = Duration::from_millis(10);

impl Controller {
    pub async fn start(control_plane: &ControlPlane, fake: &FakeCloudTrail) -> Self {
        let address = format!("127.0.0.1:{}", free_port());
        let started = Instant::now();
        let process = Program::new("controller", env!("CARGO_BIN_EXE_offhours"))
            .args(["controller", "--listen-address", &address, "--lookup-rate", "2"])
            .env("KUBECONFIG", control_plane.kubeconfig())
            .envs(fake.caller(ACCOUNT, REGION).environment())
            .spawn(control_plane.folder().path());
        let mut controller = Self { process, address, time_to_ready: Duration::ZERO };
        while controller.get("/readyz").await.is_none() {
            assert!(controller.process.is_running(), "{}", controller.process.log());
            tokio::time::sleep(LOOK).await;
        }
        controller.time_to_ready = started.elapsed();
        controller
    }

    pub async fn stop(&mut self) {
        self.process.terminate(Duration::from_secs(5)).await;
    }

    /// Resident memory, from Linux.
    pub fn resident_mb(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap_or_default();
        let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse().ok());
        kib.map_or(f64::NAN, |kib: f64| kib * 1024.0 / 1e6)
    }

    pub async fn wait_for_metric(&self, name: &str, at_least: f64) {
        while self.metric(name).await < at_least {
            tokio::time::sleep(LOOK).await;
        }
    }

    /// How long it took from now to the first finding, and from there to the last.
    pub async fn wait_for_findings(&self, count: usize) -> (Duration, Duration) {
        let started = Instant::now();
        let written = r#"offhours_findings_written_total{operation="Create"}"#;
        self.wait_for_metric(written, 1.0).await;
        let first = Instant::now();
        self.wait_for_metric(written, count as f64).await;
        (first - started, first.elapsed())
    }

    async fn metric(&self, name: &str) -> f64 {
        let text = self.get("/metrics").await.unwrap_or_default();
        text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok()).unwrap_or_default()
    }

    async fn get(&self, path: &str) -> Option<String> {
        let mut connection = tokio::net::TcpStream::connect(&self.address).await.ok()?;
        connection.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()).await.ok()?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.ok()?;
        answer.contains(" 200 ").then_some(answer)
    }
}
