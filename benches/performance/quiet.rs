//! What it costs to have many policies and sources when nothing happens.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use kube::Client;
use kube::api::{Api, PostParams};
use offhours::api::{AssumeRole, CloudTrailSource, CloudTrailSourceSpec, EcrUploadPolicy, LookupEvents};

use crate::REGION;
use crate::cluster;
use crate::controller::Controller;
use crate::rig::{ControlPlaneOptions, FakeCloudTrail};

const SOURCES: usize = 100;
const POLICIES: usize = 1_000;
/// Everything that the start brings about is over by then: each source has written its status twice more.
const SETTLING: Duration = Duration::from_secs(180);
/// Four times the interval in which sources that were made together write their positions down, all in the same second.
const WINDOW: Duration = Duration::from_secs(300);

pub async fn measure() {
    let control_plane = cluster::start(ControlPlaneOptions::default().audit()).await;
    create(control_plane.client()).await;
    let fake = FakeCloudTrail::start(4);
    let started = Instant::now();
    let mut controller = Controller::start(&control_plane, &fake, &["--default-source=false"]).await;
    cluster::wait_until_complete(&control_plane).await;
    println!(
        "{SOURCES} sources and {POLICIES} policies, each of all sources: complete {:.0} s after the start, with {:.1} s of CPU",
        started.elapsed().as_secs_f64(),
        controller.cpu().as_secs_f64()
    );
    tokio::time::sleep(SETTLING).await;
    let (cpu, requests, lookups) = (controller.cpu(), control_plane.api_calls().len(), fake.calls().len());
    let began = Instant::now();
    tokio::time::sleep(WINDOW).await;
    let minutes = began.elapsed().as_secs_f64() / 60.0;
    let (cpu, lookups) = (controller.cpu() - cpu, fake.calls().len() - lookups);
    let mut by_kind: BTreeMap<String, usize> = BTreeMap::new();
    for call in control_plane.api_calls().iter().skip(requests).filter(|call| call.user == "admin") {
        *by_kind.entry(format!("{} {}", call.verb, call.resource)).or_default() += 1;
    }
    let a_minute = |count: usize| count as f64 / minutes;
    println!("with nothing to do, over {minutes:.1} minutes, a minute:");
    println!("  CPU: {:.2} s", cpu.as_secs_f64() / minutes);
    println!("  LookupEvents requests: {:.1}", a_minute(lookups));
    println!("  requests to the API server: {:.1}", a_minute(by_kind.values().sum()));
    for (kind, count) in by_kind {
        println!("    {kind}: {:.1}", a_minute(count));
    }
    println!("resident memory: {:.1} MB; at most {:.1} MB", controller.resident_mb(), controller.peak_mb());
    controller.stop().await;
}

/// Each source reads another account, so that their request rates are their own. A policy that names no source uses all.
async fn create(client: Client) {
    let (sources, policies) = (Api::all(client.clone()), Api::default_namespaced(client));
    let (sources, policies, params) = (&sources, &policies, &PostParams::default());
    futures::stream::iter(0..SOURCES)
        .for_each_concurrent(8, |number| async move {
            let role_arn = format!("arn:aws:iam::{}:role/offhours", 200_000_000_000 + number);
            let spec = CloudTrailSourceSpec {
                lookup_events: LookupEvents { regions: vec![REGION.to_owned()], ..LookupEvents::default() },
                assume_role: Some(AssumeRole { role_arn, external_id: None }),
                allowed_namespaces: None,
            };
            let source = CloudTrailSource::new(&format!("source-{number}"), spec);
            sources.create(params, &source).await.expect("created");
        })
        .await;
    futures::stream::iter(0..POLICIES)
        .for_each_concurrent(8, |number| async move {
            let policy = EcrUploadPolicy::new(&format!("policy-{number}"), Default::default());
            policies.create(params, &policy).await.expect("created");
        })
        .await;
}
