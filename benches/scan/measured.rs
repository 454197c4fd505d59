//! Running a program to its end, and measuring its time and memory.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The interval at which memory is read. Linux keeps the highest value, so that only a rise in the last moment can be missed.
const LOOK: Duration = Duration::from_millis(5);

/// The figures and the output of a run.
#[derive(Debug, Clone)]
pub struct Run {
    pub seconds: f64,
    /// The highest resident memory of the program itself, without those that it starts, in MB (10^6 bytes).
    pub peak_mb: f64,
    pub stdout: String,
    pub stderr: String,
    pub status: i32,
}

/// Runs a program. Its output must fit into a pipe.
pub fn run(command: &mut Command) -> Run {
    let started = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let mut peak_kib = 0;
    while child.try_wait().expect("the program is ours").is_none() {
        peak_kib = peak_kib.max(peak_kib_of(child.id()));
        std::thread::sleep(LOOK);
    }
    let seconds = started.elapsed().as_secs_f64();
    let output = child.wait_with_output().expect("the output of the program");
    Run {
        seconds,
        peak_mb: peak_kib as f64 * 1024.0 / 1e6,
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        status: output.status.code().unwrap_or(-1),
    }
}

fn peak_kib_of(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
    peak.unwrap_or_default()
}
