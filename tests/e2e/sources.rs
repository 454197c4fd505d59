//! Sources: how quickly and with how many requests they are read, and the default source.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chrono::Utc;
use kube::{Api, ResourceExt as _};
use offhours::api::CloudTrailSource;

use crate::findings::upload_ids;
use crate::installation::{ACCOUNT, DEADLINE, Installation, REGION, Tenant, Yardstick};
use crate::manifests::{fast_source, freeze, source};
use crate::rig::fake_cloudtrail::PutImage;
use crate::rig::{ControlPlaneOptions, FakeCloudTrail, Progress, wait_for};
use crate::streams::{lag, wait_for_streams};

const OTHER_REGION: &str = "us-east-1";

#[tokio::test]
async fn a_push_is_found_within_a_poll() {
    let fake = FakeCloudTrail::start(1);
    let installation = Installation::start(&fake.caller(ACCOUNT, REGION)).await;
    installation.apply(&freeze("first")).await;
    installation.wait_until_applied("first").await;

    let yardstick = Yardstick::start(&installation);
    for n in 1..=8 {
        let shown = Instant::now();
        fake.push(PutImage::new("prod/api", Utc::now()));
        installation.wait_for_uploads(n).await;
        // Once CloudTrail shows it, a poll interval and a second are promised.
        yardstick.assert_within(Duration::from_secs(3), shown.elapsed(), "from the push to the finding");
    }
}

#[tokio::test]
async fn the_head_of_a_stream_follows_the_clock_and_its_lag_is_small() {
    let tenant = Tenant::start().await;
    tenant.apply(&freeze("first")).await;
    tenant.wait_until_applied("first").await;

    let before = tenant.source_status(&tenant.source).await.streams[0].complete_through;
    tenant.wait_for_polls(&tenant.source, 2).await;
    let status = tenant.source_status(&tenant.source).await;

    assert!(status.streams[0].complete_through > before, "{before:?} {status:?}");
    assert!(status.conditions.iter().any(|condition| condition.type_ == "UpToDate" && condition.status == "True"));
    wait_for("a lag of at most 5 s", DEADLINE, async || {
        match tenant.metric(&lag(&tenant.source, &tenant.account, REGION)).await {
            ..=5.0 => Progress::Done(()),
            seconds => Progress::Waiting(seconds.to_string()),
        }
    })
    .await;
}

#[tokio::test]
async fn two_policies_cost_no_more_calls_than_one() {
    let tenant = Tenant::start().await;
    // Each poll reads two pages.
    for _ in 0..68 {
        tenant.push_now();
    }
    tenant.apply(&freeze("first")).await;
    tenant.wait_for_uploads(68).await;
    tenant.wait_until_applied("first").await;

    let with_one = calls_per_poll(&tenant).await;
    tenant.apply(&freeze("second")).await;
    tenant.wait_until_applied("second").await;
    let with_two = calls_per_poll(&tenant).await;

    assert_eq!((with_one, with_two), (2, 2));
    assert_eq!(upload_ids(&tenant.findings().await).len(), 2 * 68);
}

/// The number of LookupEvents calls in a poll. The calls of a poll have the same end, and polls are at least a second apart.
async fn calls_per_poll(tenant: &Tenant) -> usize {
    tenant.wait_for_polls(&tenant.source, 1).await;
    let before = tenant.calls().len();
    tenant.wait_for_polls(&tenant.source, 6).await;
    let mut polls = BTreeMap::<_, usize>::new();
    for call in &tenant.calls()[before..] {
        *polls.entry(call.end).or_default() += 1;
    }
    println!("calls by poll: {:?}", polls.values());
    // The first and the last may be incomplete.
    let mut whole: Vec<usize> = polls.into_values().skip(1).collect();
    whole.pop();
    whole.sort_unstable();
    whole[whole.len() / 2]
}

#[tokio::test]
async fn the_default_source_is_created_once_and_never_changed() {
    let fake = FakeCloudTrail::start(4);
    let aws = fake.caller(ACCOUNT, REGION);
    let flags = ["--default-source-regions", "eu-central-1,us-east-1"];
    let mut installation = Installation::start_with(ControlPlaneOptions::default(), &aws, "", &flags).await;
    let sources: Api<CloudTrailSource> = Api::all(installation.client());

    wait_for_streams(&installation, "default", &[REGION, OTHER_REGION]).await;
    let made = sources.get("default").await.unwrap();
    assert_eq!(made.spec.lookup_events.regions, [REGION, OTHER_REGION]);
    assert_eq!((&made.spec.assume_role, &made.spec.allowed_namespaces), (&None, &None));

    // An edit is kept.
    installation.apply(&fast_source()).await;
    wait_for_streams(&installation, "default", &[REGION]).await;
    installation.controller.kill();
    let edited = sources.get("default").await.unwrap();
    installation.restart().await;
    installation.wait_for_polls("default", 2).await;
    let kept = sources.get("default").await.unwrap();
    assert_eq!((kept.uid(), kept.metadata.generation), (made.uid(), edited.metadata.generation));
    assert_eq!(kept.spec, edited.spec);
    let checkpoint = |source: &CloudTrailSource| source.status.as_ref().unwrap().streams[0].complete_through;
    assert!(checkpoint(&kept) > checkpoint(&edited));

    // With the flag, none is created.
    installation.controller.kill();
    installation.kubectl().run(&["delete", "cts", "default"]).expect_success();
    installation.restart_with(&["--default-source=false"]).await;
    installation.apply(&(source("mine", &[REGION]) + &freeze("freeze"))).await;
    installation.wait_until_applied("freeze").await;
    let names: Vec<String> = sources.list(&Default::default()).await.unwrap().iter().map(|it| it.name_any()).collect();
    assert_eq!(names, ["mine"]);
}
