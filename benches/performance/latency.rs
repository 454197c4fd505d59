//! From a push that LookupEvents shows to its finding and its Event.

use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use futures::TryStreamExt as _;
use k8s_openapi::api::events::v1::Event;
use kube::api::Api;
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Client, Resource};
use offhours::api::OffHoursUpload;

use crate::cluster::{self, apply, freeze, push, source};
use crate::controller::{Controller, FASTEST};
use crate::rig::{ControlPlane, ControlPlaneOptions, FakeCloudTrail};

pub const POLL_SECONDS: u64 = 5;
const SAMPLES: usize = 20;

pub async fn measure() {
    let control_plane = cluster::start(ControlPlaneOptions::default()).await;
    apply(&control_plane, &source(&format!("pollInterval: {POLL_SECONDS}s")));
    apply(&control_plane, &freeze("default"));
    let fake = FakeCloudTrail::start(3);
    let mut controller = Controller::start(&control_plane, &fake, FASTEST).await;
    controller.wait_for_first_poll().await;
    cluster::wait_until_complete(&control_plane).await;
    println!(
        "from a visible push to its finding, poll interval {POLL_SECONDS} s: {}",
        sample(&control_plane, &fake).await
    );
    controller.stop().await;
}

/// Pushes one after the other; how long each took.
pub async fn sample(control_plane: &ControlPlane, fake: &FakeCloudTrail) -> String {
    let (mut findings, mut events) = (Vec::new(), Vec::new());
    for sample in 0..SAMPLES {
        // At all phases of the poll interval.
        tokio::time::sleep(Duration::from_millis(sample as u64 * 1000 / SAMPLES as u64)).await;
        let repository = format!("latency-{sample}");
        fake.push(push(&repository, Utc::now() - TimeDelta::seconds(2)));
        let visible = Instant::now();
        let client = control_plane.client();
        let (finding, event) = tokio::join!(
            first::<OffHoursUpload>(client.clone(), |finding| {
                finding.spec.repository == repository && finding.status.is_some()
            }),
            first::<Event>(client, |event| {
                event.note.as_deref().is_some_and(|note| note.contains(&format!(" to {repository}, ")))
            }),
        );
        findings.push(finding - visible);
        events.push(event - visible);
    }
    format!("{SAMPLES} pushes: {}; to its Event: {}", spread(&mut findings), spread(&mut events))
}

/// When the first object that fits was seen by a watch.
async fn first<K>(client: Client, fits: impl Fn(&K) -> bool) -> Instant
where
    K: Resource<DynamicType = ()> + Clone + std::fmt::Debug + serde::de::DeserializeOwned + Send + 'static,
{
    let mut objects = std::pin::pin!(watcher(Api::<K>::all(client), watcher::Config::default()).applied_objects());
    loop {
        if let Ok(Some(object)) = objects.try_next().await
            && fits(&object)
        {
            return Instant::now();
        }
    }
}

fn spread(times: &mut [Duration]) -> String {
    times.sort();
    let middle = times[times.len() / 2].as_secs_f64();
    let longest = times.last().map_or(0.0, Duration::as_secs_f64);
    format!("median {middle:.2} s, longest {longest:.2} s")
}
