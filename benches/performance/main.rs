//! The figures of docs/performance.md: `make bench`. The release binary on a real control plane, against the fake of
//! LookupEvents. Each part runs by itself too: `cargo bench --bench performance -- quiet`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement that can't go on fails with the reason"
)]

#[path = "../../tests/rig/mod.rs"]
mod rig;

mod backlog;
mod catch_up;
mod cluster;
mod controller;
mod findings;
mod holidays;
mod latency;
mod plain_loop;
mod quiet;
mod requests;
mod start;
mod trouble;
mod waiting;

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-central-1";

/// What `make bench` runs.
const BY_DEFAULT: &[&str] =
    &["start", "latency", "trouble", "backlog", "findings", "quiet", "catch-up", "requests", "holidays"];

fn main() {
    // `cargo bench` passes its own flags, and `cargo test --benches` must not run for minutes.
    let (flags, parts): (Vec<String>, Vec<String>) = std::env::args().skip(1).partition(|word| word.starts_with('-'));
    if !flags.iter().any(|flag| flag == "--bench") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    for part in if parts.is_empty() { BY_DEFAULT } else { &parts } {
        println!("## {part}");
        runtime.block_on(measure(part));
    }
}

async fn measure(part: &str) {
    match part {
        "start" => start::measure().await,
        "latency" => latency::measure().await,
        "trouble" => trouble::measure().await,
        "backlog" => backlog::measure().await,
        "findings" => findings::measure().await,
        "quiet" => quiet::measure().await,
        "catch-up" => catch_up::measure().await,
        "requests" => requests::measure(),
        "holidays" => holidays::measure(),
        // 17 minutes each: AWS answers twice a second.
        "waiting" => waiting::measure(0).await,
        "waiting-findings" => waiting::measure(5_000).await,
        other => panic!("no part is named {other}; there are {}, waiting, waiting-findings", BY_DEFAULT.join(", ")),
    }
}
