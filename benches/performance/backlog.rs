//! Off-hours pushes that wait at the start, and a start with the findings of twice as many.

use chrono::{TimeDelta, Utc};

use crate::cluster::{self, apply, freeze, push, source};
use crate::controller::{Controller, FASTEST};
use crate::findings::CONCURRENCY;
use crate::rig::{ControlPlaneOptions, FakeCloudTrail};
use crate::{ACCOUNT, REGION, plain_loop};

const PUSHES: usize = 5_000;

pub async fn measure() {
    let control_plane = cluster::start(ControlPlaneOptions::default()).await;
    apply(&control_plane, &source("pollInterval: 60s"));
    control_plane.kubectl().run(&["create", "namespace", "backlog"]).expect_success();
    apply(&control_plane, &freeze("backlog"));
    let fake = FakeCloudTrail::start(2);
    let start = Utc::now() - TimeDelta::hours(6);
    for number in 0..PUSHES {
        // Every push is a finding of its own: another repository.
        let time = start + TimeDelta::seconds(i64::try_from(number).expect("a few thousand"));
        fake.push(push(&format!("team-{number}/api"), time));
    }
    let mut controller = Controller::start(&control_plane, &fake, FASTEST).await;
    let writing = controller.wait_for_findings(PUSHES).await;
    println!(
        "{PUSHES} pushes waiting at the start: all found after {:.1} s, the first of them after {:.1} s, with {} requests \
         at 2 a second; {:.1} s of writing",
        writing.all.as_secs_f64(),
        writing.first.as_secs_f64(),
        fake.call_count(ACCOUNT, REGION),
        writing.busy.as_secs_f64(),
    );
    println!("resident memory after them: {:.1} MB; at most {:.1} MB", controller.resident_mb(), controller.peak_mb());
    controller.stop().await;

    // Twice as many, with these copies.
    plain_loop::run(&control_plane, "backlog", "plain", CONCURRENCY).await;
    let empty = FakeCloudTrail::start(2);
    let mut controller = Controller::start(&control_plane, &empty, FASTEST).await;
    controller.wait_for_first_poll().await;
    println!(
        "start to ready with {} findings: {:.2} s; resident memory after the first poll: {:.1} MB, at most {:.1} MB",
        2 * PUSHES,
        controller.time_to_ready.as_secs_f64(),
        controller.resident_mb(),
        controller.peak_mb()
    );
    controller.stop().await;
}
