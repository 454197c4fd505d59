//! The program before it has done anything.

use crate::cluster::{self, apply, freeze, source};
use crate::controller::{Controller, FASTEST};
use crate::rig::{ControlPlaneOptions, FakeCloudTrail};

pub async fn measure() {
    let binary = env!("CARGO_BIN_EXE_offhours");
    let size = std::fs::metadata(binary).expect("the binary was built").len();
    println!("release binary: {:.1} MB", size as f64 / 1e6);

    let control_plane = cluster::start(ControlPlaneOptions::default()).await;
    let fake = FakeCloudTrail::start(1);
    apply(&control_plane, &source("pollInterval: 60s"));
    apply(&control_plane, &freeze("default"));
    let mut controller = Controller::start(&control_plane, &fake, FASTEST).await;
    println!("start to ready: {:.2} s", controller.time_to_ready.as_secs_f64());
    controller.wait_for_first_poll().await;
    println!("resident memory, idle after the first poll: {:.1} MB", controller.resident_mb());
    controller.stop().await;
}
