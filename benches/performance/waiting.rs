//! Memory while 100,000 records wait in one stream, which take 1,000 s to read at 2 requests a second.

use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};

use crate::cluster::{self, IN_SCOPE, apply, create_policies, push, source};
use crate::controller::{Controller, FASTEST};
use crate::rig::{ControlPlaneOptions, FakeCloudTrail};

const RECORDS: usize = 100_000;

/// With so many findings among them, the others out of scope.
pub async fn measure(findings: usize) {
    let control_plane = cluster::start(ControlPlaneOptions::default()).await;
    apply(&control_plane, &source("pollInterval: 60s"));
    create_policies(&control_plane, ["freeze".to_owned()].into_iter(), 24).await;
    let fake = FakeCloudTrail::start(7);
    let start = Utc::now() - TimeDelta::hours(23);
    let every = RECORDS.checked_div(findings).unwrap_or(usize::MAX);
    for number in 0..RECORDS {
        let is_finding = number % every == every - 1;
        let name = if is_finding { IN_SCOPE } else { "other" };
        let time = start + TimeDelta::milliseconds(i64::try_from(number).expect("100,000") * 800);
        fake.push(push(&format!("{name}-{number}"), time));
    }
    let started = Instant::now();
    let mut controller = Controller::start(&control_plane, &fake, FASTEST).await;
    controller.wait_for_first_poll().await;
    while controller.is_running() && !cluster::all_are_complete(&control_plane).await {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    println!(
        "{RECORDS} records waiting, {findings} of them findings: read after {:.0} s, with {} requests for {} pages, {} findings \
         written; resident memory at most {:.1} MB, at the end {:.1} MB; {:.1} s of CPU",
        started.elapsed().as_secs_f64(),
        fake.calls().len(),
        RECORDS.div_ceil(50),
        controller.metric(r#"offhours_findings_written_total{operation="Create"}"#).await,
        controller.peak_mb(),
        controller.resident_mb(),
        controller.cpu().as_secs_f64()
    );
    controller.stop().await;
}
