//! From a push that LookupEvents shows to its finding and its Event.

use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use futures::TryStreamExt as _;
use k8s_openapi::api::events::v1::Event;
use kube::api::Api;
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Client, Resource};
use offhours::api::OffHoursUpload;

use crate::controller::Controller;
use crate::rig::fake_cloudtrail::PutImage;
use crate::rig::{ControlPlane, FakeCloudTrail};
use crate::{ACCOUNT, REGION, apply, source};

const POLL_SECONDS: u64 = 5;
const SAMPLES: usize = 20;

pub async fn measure(control_plane: &ControlPlane) {
    apply(control_plane, &source(&format!("{POLL_SECONDS}s")));
    let fake = FakeCloudTrail::start(3);
    let mut controller = Controller::start(control_plane, &fake).await;
    controller.wait_for_metric(r#"offhours_polls_total{result="Success"}"#, 1.0).await;
    let (mut findings, mut events) = (Vec::new(), Vec::new());
    for sample in 0..SAMPLES {
        // At all phases of the poll interval.
        tokio::time::sleep(Duration::from_millis(sample as u64 * 1000 / SAMPLES as u64)).await;
        let repository = format!("latency-{sample}");
        let time = Utc::now() - TimeDelta::seconds(2);
        fake.push(PutImage::new(&repository, time).in_account(ACCOUNT, REGION));
        let visible = Instant::now();
        let client = control_plane.client();
        let (finding, event) = tokio::join!(
            first::<OffHoursUpload>(client.clone(), |finding| {
                finding.spec.repository == repository && finding.status.is_some()
            }),
            first::<Event>(client, |event| {
                event.note.as_deref().is_some_and(|note| note.contains(&format!("{repository}:")))
            }),
        );
        findings.push(finding - visible);
        events.push(event - visible);
    }
    controller.stop().await;
    println!(
        "from a visible push to its finding, poll interval {POLL_SECONDS} s, {SAMPLES} pushes: {}; to its Event: {}",
        spread(&mut findings),
        spread(&mut events)
    );
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
