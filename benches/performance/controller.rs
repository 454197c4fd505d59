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

/// How long the findings took, from the start.
pub struct Writing {
    pub first: Duration,
    pub all: Duration,
    /// Without the pauses, in which more is read.
    pub busy: Duration,
}

const LOOK: Duration = Duration::from_millis(10);
/// While findings are written, there is one more often than this. Between two chunks, the next is read.
const PAUSE: Duration = Duration::from_secs(1);
/// All that AWS allows.
pub const FASTEST: &[&str] = &["--lookup-rate", "2"];
pub const DEFAULT_RATE: &[&str] = &[];

impl Controller {
    pub async fn start(control_plane: &ControlPlane, fake: &FakeCloudTrail, flags: &[&str]) -> Self {
        let address = format!("127.0.0.1:{}", free_port());
        let started = Instant::now();
        let process = Program::new("controller", env!("CARGO_BIN_EXE_offhours"))
            .args(["controller", "--listen-address", &address])
            .args(flags)
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

    pub fn is_running(&mut self) -> bool {
        self.process.is_running()
    }

    /// Resident memory now, from Linux.
    pub fn resident_mb(&self) -> f64 {
        self.memory_mb("VmRSS:")
    }

    /// The most resident memory that there ever was.
    pub fn peak_mb(&self) -> f64 {
        self.memory_mb("VmHWM:")
    }

    fn memory_mb(&self, field: &str) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap_or_default();
        let kib = status.lines().find_map(|line| line.strip_prefix(field)?.trim().strip_suffix(" kB")?.parse().ok());
        kib.map_or(f64::NAN, |kib: f64| kib * 1024.0 / 1e6)
    }

    /// The processor time that it has used.
    pub fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id())).unwrap_or_default();
        // The name of the program, in parentheses, may hold anything; user and system time are fields 14 and 15 (proc(5)), in
        // hundredths of a second on every Linux of today.
        let fields =
            stat.rsplit_once(") ").map(|(_, fields)| fields.split(' ').collect::<Vec<_>>()).unwrap_or_default();
        let ticks = [11, 12].map(|field| fields.get(field).and_then(|ticks| ticks.parse().ok()).unwrap_or(0u64));
        Duration::from_millis(ticks.iter().sum::<u64>() * 10)
    }

    pub async fn wait_for_first_poll(&self) {
        self.wait_for_metric(r#"offhours_polls_total{result="Success"}"#, 1.0).await;
    }

    pub async fn wait_for_metric(&self, name: &str, at_least: f64) {
        while self.metric(name).await < at_least {
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Waits until so many findings were written.
    pub async fn wait_for_findings(&self, count: usize) -> Writing {
        let started = Instant::now();
        let (mut first, mut busy) = (None, Duration::ZERO);
        let (mut before, mut changed) = (0.0, started);
        while before < count as f64 {
            tokio::time::sleep(LOOK).await;
            let written = self.metric(r#"offhours_findings_written_total{operation="Create"}"#).await;
            if written > before {
                first.get_or_insert(started.elapsed());
                if changed.elapsed() < PAUSE {
                    busy += changed.elapsed();
                }
                (before, changed) = (written, Instant::now());
            }
        }
        Writing { first: first.unwrap_or_default(), all: started.elapsed(), busy }
    }

    /// A metric with its labels; 0 when there is none.
    pub async fn metric(&self, name: &str) -> f64 {
        let text = self.get("/metrics").await.unwrap_or_default();
        text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok()).unwrap_or_default()
    }

    /// How far the stream that is furthest behind is.
    pub async fn lag_seconds(&self) -> Option<f64> {
        let text = self.get("/metrics").await.unwrap_or_default();
        let lags = text.lines().filter(|line| line.starts_with("offhours_stream_lag_seconds{"));
        lags.filter_map(|line| line.rsplit_once(' ')?.1.parse().ok()).reduce(f64::max)
    }

    async fn get(&self, path: &str) -> Option<String> {
        let mut connection = tokio::net::TcpStream::connect(&self.address).await.ok()?;
        connection.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()).await.ok()?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.ok()?;
        answer.contains(" 200 ").then_some(answer)
    }
}
