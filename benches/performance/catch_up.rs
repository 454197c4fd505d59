//! How many requests it takes to catch up after a day and after a week away.

use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use kube::api::{Api, Patch, PatchParams};
use offhours::api::CloudTrailSource;
use serde_json::json;

use crate::cluster::{self, apply, create_policies, push, source};
use crate::controller::{Controller, FASTEST};
use crate::rig::{ControlPlane, ControlPlaneOptions, FakeCloudTrail};

const PUSHES_A_DAY: i64 = 1_000;
const DAYS: [i64; 2] = [1, 7];
const POLICIES: [usize; 3] = [1, 10, 100];
const LOOKBACK_HOURS: u64 = 8 * 24;

pub async fn measure() {
    let control_plane = cluster::start(ControlPlaneOptions::default()).await;
    // Without sweeps, which are counted by themselves.
    apply(&control_plane, &source("pollInterval: 60s, sweeps: []"));
    let mut created = 0;
    for policies in POLICIES {
        create_policies(&control_plane, (created..policies).map(|number| format!("policy-{number}")), LOOKBACK_HOURS)
            .await;
        created = policies;
        for days in DAYS {
            after(&control_plane, policies, days).await;
        }
    }
}

async fn after(control_plane: &ControlPlane, policies: usize, days: i64) {
    let fake = FakeCloudTrail::start(6);
    let mut controller = Controller::start(control_plane, &fake, FASTEST).await;
    controller.wait_for_first_poll().await;
    cluster::wait_until_complete(control_plane).await;
    controller.stop().await;

    let now = Utc::now();
    let stopped_at = now - TimeDelta::days(days);
    let pushes = days * PUSHES_A_DAY;
    for number in 0..pushes {
        fake.push(push("away", stopped_at + TimeDelta::seconds(number * 86_400 / PUSHES_A_DAY)));
    }
    set_head(control_plane, stopped_at).await;
    fake.clear_calls();
    let started = Instant::now();
    let mut controller = Controller::start(control_plane, &fake, FASTEST).await;
    controller.wait_for_first_poll().await;
    while controller.lag_seconds().await.is_none_or(|lag| lag > 60.0) {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let requests = fake.calls().len();
    println!(
        "caught up after {days} days with {pushes} pushes, {policies} policies: {requests} requests, of {} at least, in {:.1} s",
        (pushes + 49) / 50,
        started.elapsed().as_secs_f64()
    );
    cluster::wait_until_complete(control_plane).await;
    controller.stop().await;
}

/// What the status would say if the controller had not run since then.
async fn set_head(control_plane: &ControlPlane, head: chrono::DateTime<Utc>) {
    let sources: Api<CloudTrailSource> = Api::all(control_plane.client());
    let mut streams = sources.get("default").await.expect("the source").status.expect("a status").streams;
    for stream in &mut streams {
        stream.complete_through = Some(head);
        stream.first_seen = Some(head);
    }
    let patch = Patch::Merge(json!({"status": {"streams": streams}}));
    sources.patch_status("default", &PatchParams::default(), &patch).await.expect("patched");
}
