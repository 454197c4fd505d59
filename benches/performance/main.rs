//! The figures of docs/performance.md: `make bench`. The release binary on a real control plane, against the fake of
//! LookupEvents, side by side with a plain loop that writes the same objects.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement that can't go on fails with the reason"
)]

#[path = "../../tests/rig/mod.rs"]
mod rig;

mod controller;
mod latency;
mod plain_loop;

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use rig::fake_cloudtrail::PutImage;
use rig::{ControlPlane, FakeCloudTrail};

use controller::Controller;

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-central-1";
const PUSHES: usize = 5_000;
/// The controller's default, and so the plain loop's.
const CONCURRENCY: usize = 8;

fn main() {
    // `cargo bench` passes its own flags, and `cargo test --benches` must not run for minutes.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(measure());
}

async fn measure() {
    let binary = env!("CARGO_BIN_EXE_offhours");
    let size = std::fs::metadata(binary).expect("the binary was built").len();
    println!("release binary: {:.1} MB", mb(size));

    let control_plane = ControlPlane::start().await;
    let crds = concat!(env!("CARGO_MANIFEST_DIR"), "/crds");
    control_plane.kubectl().run(&["apply", "--server-side", "-f", crds]).expect_success();
    control_plane.kubectl().run(&["wait", "--for=condition=Established", "crd", "--all"]).expect_success();

    idle(&control_plane).await;
    latency::measure(&control_plane).await;
    backlog(&control_plane).await;
}

async fn idle(control_plane: &ControlPlane) {
    let fake = FakeCloudTrail::start(1);
    apply(control_plane, &source("60s"));
    apply(control_plane, &freeze("default"));
    let mut controller = Controller::start(control_plane, &fake).await;
    println!("start to ready: {:.2} s", controller.time_to_ready.as_secs_f64());
    controller.wait_for_metric(r#"offhours_polls_total{result="Success"}"#, 1.0).await;
    println!("resident memory, idle after the first poll: {:.1} MB", controller.resident_mb());
    controller.stop().await;
}

/// Every push is a finding of its own: another repository.
async fn backlog(control_plane: &ControlPlane) {
    apply(control_plane, &source("60s"));
    // Another namespace, so that no record was reported there before.
    control_plane.kubectl().run(&["create", "namespace", "backlog"]).expect_success();
    control_plane.kubectl().run(&["delete", "eup", "--all", "--all-namespaces"]).expect_success();
    apply(control_plane, &freeze("backlog"));
    let fake = FakeCloudTrail::start(2);
    let start = Utc::now() - TimeDelta::hours(6);
    for number in 0..PUSHES {
        let time = start + TimeDelta::seconds(i64::try_from(number).expect("a few thousand"));
        fake.push(PutImage::new(&format!("team-{number}/api"), time).in_account(ACCOUNT, REGION).tag("v1"));
    }
    let mut controller = Controller::start(control_plane, &fake).await;
    let (reading, writing) = controller.wait_for_findings(PUSHES).await;
    println!(
        "{PUSHES} pushes waiting at the start: all found after {:.1} s, of which {:.1} s reading {} pages at 2 requests a second, {:.1} s writing",
        (reading + writing).as_secs_f64(),
        reading.as_secs_f64(),
        fake.call_count(ACCOUNT, REGION),
        writing.as_secs_f64(),
    );
    println!("resident memory after them: {:.1} MB", controller.resident_mb());
    controller.stop().await;

    let written = PUSHES as f64 / writing.as_secs_f64();
    let plain = plain_loop::run(control_plane, "backlog", "plain", CONCURRENCY).await;
    println!("findings written per second, each with its status and its Event, {CONCURRENCY} at a time:");
    println!("  controller {written:.0}, plain loop {plain:.0}, ratio {:.2}", written / plain);
}

fn apply(control_plane: &ControlPlane, text: &str) {
    control_plane.kubectl().apply(text).expect_success();
}

fn source(poll_interval: &str) -> String {
    format!(
        "{{apiVersion: offhours.dev/v1alpha1, kind: CloudTrailSource, metadata: {{name: default}}, \
         spec: {{lookupEvents: {{regions: [{REGION}], pollInterval: {poll_interval}}}}}}}\n"
    )
}

fn freeze(namespace: &str) -> String {
    format!(
        "{{apiVersion: offhours.dev/v1alpha1, kind: EcrUploadPolicy, \
         metadata: {{name: freeze, namespace: {namespace}}}, spec: {{businessHours: []}}}}\n"
    )
}

fn mb(bytes: u64) -> f64 {
    Duration::from_micros(bytes).as_secs_f64()
}
