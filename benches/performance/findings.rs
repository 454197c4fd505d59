//! Findings written per second, by the controller and by a plain loop that writes the same objects, in turn.

use std::time::Duration;

use chrono::{TimeDelta, Utc};

use crate::cluster::{self, apply, freeze, push, source};
use crate::controller::{Controller, FASTEST};
use crate::plain_loop;
use crate::rig::{ControlPlane, ControlPlaneOptions, FakeCloudTrail};

const ROUNDS: usize = 5;
const PUSHES: usize = 2_000;
/// The share of one namespace in the 8 writes that the controller makes at a time, and so the plain loop's.
pub const CONCURRENCY: usize = 6;

struct Round {
    controller_per_second: f64,
    controller_cpu: Duration,
    plain_per_second: f64,
}

impl Round {
    fn ratio(&self) -> f64 {
        self.controller_per_second / self.plain_per_second
    }

    fn cpu_ms_per_finding(&self) -> f64 {
        self.controller_cpu.as_secs_f64() * 1e3 / PUSHES as f64
    }
}

pub async fn measure() {
    let control_plane = cluster::start(ControlPlaneOptions::default()).await;
    // Without sweeps, which would read the pushes again.
    apply(&control_plane, &source("pollInterval: 60s, sweeps: []"));
    println!(
        "findings written per second, each with its status and its Event, {CONCURRENCY} at a time, {PUSHES} a round:"
    );
    let mut rounds = Vec::new();
    for number in 1..=ROUNDS {
        let round = measure_round(&control_plane, number).await;
        println!(
            "  round {number}: controller {:.0}, plain loop {:.0}, ratio {:.2}; {:.2} ms of the controller's CPU per finding",
            round.controller_per_second,
            round.plain_per_second,
            round.ratio(),
            round.cpu_ms_per_finding(),
        );
        rounds.push(round);
    }
    println!(
        "  median: ratio {:.2}; {:.2} ms of the controller's CPU per finding, reading and judging included",
        median(rounds.iter().map(Round::ratio)),
        median(rounds.iter().map(Round::cpu_ms_per_finding)),
    );
}

/// Each round has its own namespace, policy, pushes and process, so that it does not depend on those before it.
async fn measure_round(control_plane: &ControlPlane, number: usize) -> Round {
    let namespace = format!("round-{number}");
    control_plane.kubectl().run(&["create", "namespace", &namespace]).expect_success();
    apply(control_plane, &freeze(&namespace));
    let fake = FakeCloudTrail::start(2);
    let start = Utc::now() - TimeDelta::hours(6);
    for push_number in 0..PUSHES {
        // Every push is a finding of its own, because its repository is another.
        let time = start + TimeDelta::seconds(i64::try_from(push_number).expect("a few thousand"));
        fake.push(push(&format!("team-{push_number}/api"), time));
    }
    let mut controller = Controller::start(control_plane, &fake, FASTEST).await;
    let cpu_at_start = controller.cpu();
    let writing = controller.wait_for_findings(PUSHES).await;
    let controller_cpu = controller.cpu() - cpu_at_start;
    controller.stop().await;
    control_plane.kubectl().run(&["delete", "ecruploadpolicy", "freeze", "--namespace", &namespace]).expect_success();
    let plain_per_second = plain_loop::run(control_plane, &namespace, &format!("plain-{number}"), CONCURRENCY).await;
    Round { controller_per_second: PUSHES as f64 / writing.busy.as_secs_f64(), controller_cpu, plain_per_second }
}

fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}
