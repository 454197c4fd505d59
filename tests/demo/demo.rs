//! `make demo`: the main job, as a user sees it. Two offices push the same images at the same moment, which for one of them is at
//! night.
//!
//! The control plane is real, and the controller is the real binary with the rights of its ServiceAccount, installed from the
//! plain manifests. AWS is an emulator whose CloudTrail records what is pushed to its ECR.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a demo that can't go on ends with the reason"
)]

mod narration;
mod offices;
mod stage;

#[path = "../rig/mod.rs"]
mod rig;

use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};

use stage::Stage;

/// The exit status of an interrupted program in a shell.
const EXIT_INTERRUPTED: u8 = 130;

#[tokio::main]
async fn main() -> ExitCode {
    narration::print_failures_in_one_line();
    let finished = tokio::select! {
        stage = demo() => Some(stage),
        () = stop_request() => None, // drops the demo, and with it everything that it started
    };
    let Some(stage) = finished else {
        println!("\nstopped; nothing is left behind");
        return ExitCode::from(EXIT_INTERRUPTED);
    };
    if std::env::var("KEEP").is_ok_and(|keep| !keep.is_empty() && keep != "0") {
        stage.explain_how_to_use_it();
        stop_request().await;
        println!("\nstopping");
    }
    ExitCode::SUCCESS
}

async fn demo() -> Stage {
    let stage = Stage::set().await;
    offices::play(&stage).await;
    stage
}

/// Waits for Ctrl-C or SIGTERM.
async fn stop_request() {
    let mut interrupt = signal(SignalKind::interrupt()).expect("SIGINT can be caught");
    let mut terminate = signal(SignalKind::terminate()).expect("SIGTERM can be caught");
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
