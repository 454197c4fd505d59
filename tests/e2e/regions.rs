//! Regions of a source that are removed, added, slow or unknown.

use std::time::{Duration, Instant};

use chrono::Utc;
use kube::Api;
use offhours::api::CloudTrailSource;

use crate::findings::assert_each_reported_once;
use crate::installation::{ACCOUNT, DEADLINE, Installation, REGION, Tenant, TestNamespace, Yardstick};
use crate::manifests::{freeze, policy, source};
use crate::rig::{ControlPlaneOptions, FakeCloudTrail, Progress, wait_for};

const OTHER_REGION: &str = "us-east-1";
const THIRD_REGION: &str = "ap-south-1";
/// A poll interval and a second are promised.
const PROMPTLY: Duration = Duration::from_secs(3);

#[tokio::test]
async fn a_push_in_a_region_that_is_taken_out_of_a_source_and_put_back_is_found() {
    let tenant = Tenant::without_source().await;
    let short = policy("short", "businessHours: [], lookback: 1s");
    tenant.apply(&(tenant.source_manifest(&[REGION, OTHER_REGION]) + &short)).await;
    tenant.wait_until_applied("short").await;
    let push = || tenant.push(tenant.put_image("prod/api", Utc::now()).in_account(&tenant.account, OTHER_REGION));

    tenant.apply(&tenant.source_manifest(&[REGION])).await;
    wait_until_named(&tenant, &tenant.source, &[REGION]).await;
    let meanwhile = push();
    tenant.wait_for_polls(&tenant.source, 2).await;
    assert_eq!(tenant.findings().await.len(), 0, "the Region is not read now");
    tenant.apply(&tenant.source_manifest(&[REGION, OTHER_REGION])).await;

    assert_each_reported_once(&tenant.wait_for_uploads(1).await, [meanwhile.clone()]);
    tenant.wait_until_applied("short").await;
    let status = tenant.source_status(&tenant.source).await;
    assert_eq!(status.gaps, [], "nothing is out of reach");
    let afterwards = push();
    assert_each_reported_once(&tenant.wait_for_uploads(2).await, [meanwhile, afterwards]);
}

/// A policy for which everything is off hours, and a source of two Regions, one of which takes 40 s to answer.
async fn with_a_slow_region() -> Tenant {
    let tenant = Tenant::without_source().await;
    tenant.apply(&(tenant.source_manifest(&[REGION, OTHER_REGION]) + &freeze("freeze"))).await;
    tenant.wait_until_applied("freeze").await;
    stall(tenant.fake, &tenant.account).await;
    tenant
}

/// Makes the other Region take 40 s to answer, and returns when a call waits for that.
async fn stall(fake: &FakeCloudTrail, account: &str) {
    fake.stall(account, Some(OTHER_REGION), Duration::from_secs(40));
    let before = fake.call_count(account, OTHER_REGION);
    wait_for("a call that stalls", DEADLINE, async || match fake.call_count(account, OTHER_REGION) {
        count if count > before => Progress::Done(()),
        count => Progress::Waiting(format!("{count} calls")),
    })
    .await;
}

#[tokio::test]
async fn a_region_that_answers_in_40_seconds_delays_no_other() {
    let tenant = with_a_slow_region().await;
    let yardstick = Yardstick::start(&tenant);

    for n in 1..=8 {
        let shown = Instant::now();
        tenant.push_now();
        tenant.wait_for_uploads(n).await;
        yardstick.assert_within(PROMPTLY, shown.elapsed(), "from the push to the finding");
    }
}

#[tokio::test]
async fn only_the_region_that_answers_in_40_seconds_is_reported_as_behind() {
    let fake = FakeCloudTrail::start(2);
    let aws = fake.caller(ACCOUNT, REGION);
    let objects = source("default", &[REGION, OTHER_REGION]) + &freeze("freeze");
    let flags = ["--stale-after", "10s"];
    let installation = Installation::start_with(ControlPlaneOptions::default(), &aws, &objects, &flags).await;
    installation.wait_until_applied("freeze").await;

    stall(&fake, ACCOUNT).await;

    let message = installation.wait_for_reason("cts", "default", "UpToDate", "Lagging").await;
    assert!(message.contains("111122223333/us-east-1 is only read through "), "{message}");
    assert!(!message.contains(REGION), "{message}");
    let message = installation.wait_for_reason("eup", "freeze", "FindingsComplete", "SourceBehind").await;
    assert!(message.contains(OTHER_REGION), "{message}");
    installation.wait_for_condition("cts", "default", "Ready", "True").await;
}

#[tokio::test]
async fn a_region_catches_up_once_it_answers_again() {
    let tenant = with_a_slow_region().await;
    let here = tenant.push_now();
    tenant.wait_for_uploads(1).await;
    let there = tenant.push(tenant.put_image("prod/api", Utc::now()).in_account(&tenant.account, OTHER_REGION));

    tenant.fake.stall(&tenant.account, Some(OTHER_REGION), Duration::ZERO);

    assert_each_reported_once(&tenant.wait_for_uploads(2).await, [here, there]);
    tenant.wait_until_applied("freeze").await;
}

#[tokio::test]
async fn an_edit_of_a_source_takes_effect_while_a_read_of_40_seconds_is_under_way() {
    let tenant = with_a_slow_region().await;
    let push = tenant.push(tenant.put_image("prod/api", Utc::now()).in_account(&tenant.account, THIRD_REGION));
    let yardstick = Yardstick::start(&tenant);

    tenant.apply(&tenant.source_manifest(&[REGION, THIRD_REGION])).await;
    let edited = Instant::now();

    wait_until_named(&tenant, &tenant.source, &[THIRD_REGION, REGION]).await;
    assert_each_reported_once(&tenant.wait_for_uploads(1).await, [push]);
    yardstick.assert_within(PROMPTLY, edited.elapsed(), "from the edit to the finding");
}

#[tokio::test]
async fn a_deletion_of_a_source_takes_effect_while_a_read_of_40_seconds_is_under_way() {
    let tenant = with_a_slow_region().await;
    tenant.apply(&tenant.other_source_manifest("-other", &[THIRD_REGION])).await;
    let yardstick = Yardstick::start(&tenant);

    tenant.kubectl().run(&["delete", "cts", &tenant.source]).expect_success();
    let deleted = Instant::now();

    tenant.wait_for_no_metric(&format!("offhours_stream_lag_seconds{{source=\"{}\"", tenant.source)).await;
    yardstick.assert_within(PROMPTLY, deleted.elapsed(), "from the deletion to the end of the lag");
    let calls = |region: &str| tenant.fake.call_count(&tenant.account, region);
    let before = (calls(REGION), calls(OTHER_REGION));
    tenant.wait_for_polls(&format!("{}-other", tenant.source), 3).await;
    assert_eq!((calls(REGION), calls(OTHER_REGION)), before, "they are no longer read");
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

    // The suggested command works.
    let kubectl = installation.kubectl();
    kubectl.run(&["patch", "cloudtrailsource", "default", "--type=merge", "--patch", patch]).expect_success();
    let (_, message) = installation.wait_for_condition("cts", "default", "Ready", "True").await;
    assert_eq!(message, format!("reading account {ACCOUNT} in eu-central-1, us-est-1; warning: {unknown}"));
}

/// Waits until the status of a source, after its last edit, names these Regions in this order.
async fn wait_until_named(namespace: &TestNamespace, source: &str, regions: &[&str]) {
    let sources: Api<CloudTrailSource> = Api::all(namespace.client());
    wait_for(&format!("streams of {source} in {regions:?}"), DEADLINE, async || {
        let source = sources.get(source).await.unwrap();
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
