//! Regions of one source, each by itself: one that comes and goes, and one that is slow.

use std::time::{Duration, Instant};

use chrono::Utc;
use kube::Api;
use offhours::api::CloudTrailSource;

use crate::installation::{ACCOUNT, DEADLINE, Installation, REGION, assert_each_reported_once, freeze, policy, source};
use crate::rig::fake_cloudtrail::PutImage;
use crate::rig::{ControlPlaneOptions, FakeCloudTrail, Progress, wait_for};

const OTHER_REGION: &str = "us-east-1";
const THIRD_REGION: &str = "ap-south-1";
/// A poll interval and a second are promised, and the machine is busy.
const PROMPTLY: Duration = Duration::from_secs(3);

#[tokio::test]
async fn a_push_in_a_region_that_is_taken_out_of_a_source_and_put_back_is_found() {
    let fake = FakeCloudTrail::start(1);
    let installation = two_regions(&fake, &policy("short", "businessHours: [], lookback: 1s"), &[]).await;
    installation.wait_until_applied("short").await;

    installation.apply(&source("default", &[REGION])).await;
    wait_until_named(&installation, &[REGION]).await;
    let push = in_region(OTHER_REGION);
    fake.push(push.clone());
    installation.wait_for_polls("default", 2).await;
    assert_eq!(installation.findings().await.len(), 0, "nobody reads it now");
    installation.apply(&source("default", &[REGION, OTHER_REGION])).await;

    assert_each_reported_once(&installation.wait_for_uploads(1).await, [push.id()]);
    installation.wait_until_applied("short").await;
    let status = installation.source_status("default").await;
    assert_eq!(status.gaps, [], "nothing is out of reach");
    let here = in_region(OTHER_REGION);
    fake.push(here.clone());
    assert_each_reported_once(&installation.wait_for_uploads(2).await, [push.id(), here.id()]);
}

#[tokio::test]
async fn a_region_that_answers_in_40_seconds_keeps_no_other_waiting() {
    let fake = FakeCloudTrail::start(2);
    let installation = two_regions(&fake, &freeze("freeze"), &["--stale-after", "10s"]).await;
    installation.wait_until_applied("freeze").await;
    stall(&fake).await;

    let mut expected = Vec::new();
    let mut latencies = Vec::new();
    while expected.len() < 8 {
        let push = in_region(REGION);
        expected.push(push.id());
        let shown = Instant::now();
        fake.push(push);
        installation.wait_for_uploads(expected.len()).await;
        latencies.push(shown.elapsed());
    }
    println!("from the push to the finding: {latencies:.2?}");
    assert!(latencies.iter().all(|latency| *latency < PROMPTLY), "{latencies:?}");

    // What is so meanwhile is said, and nothing else.
    let message = installation.wait_for_reason("cts", "default", "UpToDate", "Lagging").await;
    assert!(message.contains("111122223333/us-east-1 is only read through "), "{message}");
    assert!(!message.contains(REGION), "{message}");
    let message = installation.wait_for_reason("eup", "freeze", "FindingsComplete", "SourceBehind").await;
    assert!(message.contains(OTHER_REGION), "{message}");
    installation.wait_for_condition("cts", "default", "Ready", "True").await;

    // Once it answers, it catches up.
    let slow = in_region(OTHER_REGION);
    expected.push(slow.id());
    fake.push(slow);
    fake.stall(ACCOUNT, Some(OTHER_REGION), Duration::ZERO);
    assert_each_reported_once(&installation.wait_for_uploads(expected.len()).await, expected);
    installation.wait_until_applied("freeze").await;
}

#[tokio::test]
async fn an_unknown_region_and_regions_that_are_not_applied_are_reported_and_change_no_status() {
    let fake = FakeCloudTrail::start(4);
    let flags = ["--default-source-regions", "eu-central-1,us-est-1"];
    let objects = source("default", &[REGION]) + &source("other", &["us-est-1"]);
    let aws = fake.caller(ACCOUNT, REGION);
    let installation = Installation::start_with(ControlPlaneOptions::default(), &aws, &objects, &flags).await;

    let unknown = "us-est-1 is not an AWS Region known to this version; did you mean us-east-1?";
    let patch = r#"{"spec":{"lookupEvents":{"regions":["eu-central-1","us-est-1"]}}}"#;
    let command = format!("kubectl patch cloudtrailsource default --type=merge --patch='{patch}'");
    let unapplied = format!(
        "--default-source-regions=eu-central-1,us-est-1 does not change the existing source, which reads eu-central-1; to \
         change it: {command}"
    );
    let (_, message) = installation.wait_for_condition("cts", "default", "Ready", "True").await;
    assert_eq!(message, format!("reading account {ACCOUNT} in eu-central-1; warning: {unapplied}"));
    let (_, message) = installation.wait_for_condition("cts", "other", "Ready", "True").await;
    assert_eq!(message, format!("reading account {ACCOUNT} in us-est-1; warning: {unknown}"));
    let log = installation.controller.log();
    for (line, count) in [
        (format!("WARN --default-source-regions: {unknown}"), 1),
        (format!("WARN {unknown} source=\"other\""), 1),
        (format!("WARN {unapplied} source=\"default\""), 1),
    ] {
        assert_eq!(log.matches(&line).count(), count, "{line}: {log}");
    }

    // The command does what it says.
    let kubectl = installation.control_plane.kubectl();
    kubectl.run(&["patch", "cloudtrailsource", "default", "--type=merge", "--patch", patch]).expect_success();
    let (_, message) = installation.wait_for_condition("cts", "default", "Ready", "True").await;
    assert_eq!(message, format!("reading account {ACCOUNT} in eu-central-1, us-est-1; warning: {unknown}"));
}

#[tokio::test]
async fn an_edit_and_a_deletion_of_a_source_take_effect_while_a_read_of_40_seconds_is_under_way() {
    let fake = FakeCloudTrail::start(3);
    let installation = two_regions(&fake, &freeze("freeze"), &[]).await;
    installation.wait_until_applied("freeze").await;
    stall(&fake).await;

    // Another Region in its place.
    let push = in_region(THIRD_REGION);
    fake.push(push.clone());
    installation.apply(&source("default", &[REGION, THIRD_REGION])).await;
    let edited = Instant::now();
    wait_until_named(&installation, &[THIRD_REGION, REGION]).await;
    let named = edited.elapsed();
    assert_each_reported_once(&installation.wait_for_uploads(1).await, [push.id()]);
    println!("an edit takes effect after {named:.2?}, and is read after {:.2?}", edited.elapsed());
    assert!(edited.elapsed() < PROMPTLY, "{named:?}, {:?}", edited.elapsed());

    // Gone, with the slow one back in it.
    installation.apply(&source("default", &[REGION, OTHER_REGION])).await;
    stall(&fake).await;
    installation.apply(&source("other", &[THIRD_REGION])).await;
    installation.control_plane.kubectl().run(&["delete", "cts", "default"]).expect_success();
    let deleted = Instant::now();
    let lag = r#"offhours_stream_lag_seconds{source="default""#;
    wait_for("no lag of what is gone", DEADLINE, async || match installation.metric_exists(lag).await {
        true => Progress::Waiting("it is there".to_owned()),
        false => Progress::Done(()),
    })
    .await;
    println!("a deletion takes effect after {:.2?}", deleted.elapsed());
    assert!(deleted.elapsed() < PROMPTLY, "{:?}", deleted.elapsed());
    fake.clear_calls();
    installation.wait_for_polls("other", 3).await;
    assert_eq!((fake.call_count(ACCOUNT, REGION), fake.call_count(ACCOUNT, OTHER_REGION)), (0, 0));
}

async fn two_regions(fake: &FakeCloudTrail, policy: &str, flags: &[&str]) -> Installation {
    let objects = source("default", &[REGION, OTHER_REGION]) + policy;
    Installation::start_with(ControlPlaneOptions::default(), &fake.caller(ACCOUNT, REGION), &objects, flags).await
}

fn in_region(region: &str) -> PutImage {
    PutImage::new("prod/api", Utc::now()).in_account(ACCOUNT, region)
}

/// From now on the other Region answers in 40 s, and a call waits for that.
async fn stall(fake: &FakeCloudTrail) {
    fake.stall(ACCOUNT, Some(OTHER_REGION), Duration::from_secs(40));
    let before = fake.call_count(ACCOUNT, OTHER_REGION);
    wait_for("a call that stalls", DEADLINE, async || match fake.call_count(ACCOUNT, OTHER_REGION) {
        count if count > before => Progress::Done(()),
        count => Progress::Waiting(format!("{count} calls")),
    })
    .await;
}

/// Waits until the status of the source says that it reads these Regions, in the order of their names, as of its last edit.
async fn wait_until_named(installation: &Installation, regions: &[&str]) {
    let sources: Api<CloudTrailSource> = Api::all(installation.client());
    wait_for(&format!("streams in {regions:?}"), DEADLINE, async || {
        let source = sources.get("default").await.unwrap();
        let status = source.status.unwrap_or_default();
        let named = status.streams.iter().filter(|stream| stream.removed_at.is_none());
        let is_current = status.observed_generation == source.metadata.generation;
        match is_current && named.map(|stream| stream.region.as_str()).eq(regions.iter().copied()) {
            true => Progress::Done(()),
            false => Progress::Waiting(format!("{:?}", status.streams)),
        }
    })
    .await;
}
