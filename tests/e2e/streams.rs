//! The streams of a source: one for each Region, independent of each other.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kube::Api;
use offhours::api::{CloudTrailSource, StreamStatus};

use crate::findings::assert_each_reported_once;
use crate::installation::{DEADLINE, REGION, Tenant, TestNamespace};
use crate::manifests::freeze;
use crate::rig::fake_cloudtrail::Refusal;
use crate::rig::{Progress, wait_for};

const OTHER_REGION: &str = "us-east-1";

/// A source of two Regions, a policy for which everything is off hours, and the ids of what was pushed.
struct TwoRegions {
    tenant: Tenant,
    pushed: Vec<String>,
}

impl TwoRegions {
    /// After a push in each of the two was found.
    async fn at_work() -> Self {
        let tenant = Tenant::without_source().await;
        tenant.apply(&(tenant.source_manifest(&[REGION, OTHER_REGION]) + &freeze("freeze"))).await;
        let mut regions = Self { tenant, pushed: Vec::new() };
        regions.push(REGION);
        regions.push(OTHER_REGION);
        regions.assert_all_found_once().await;
        wait_for_streams(&regions.tenant, &regions.tenant.source, &[REGION, OTHER_REGION]).await;
        regions
    }

    fn push(&mut self, region: &str) {
        let push = self.tenant.put_image("prod/api", Utc::now()).in_account(&self.tenant.account, region);
        self.pushed.push(self.tenant.push(push));
    }

    /// Edits the source, and waits until exactly these Regions are read.
    async fn edit(&self, regions: &[&str]) {
        self.tenant.apply(&self.tenant.source_manifest(regions)).await;
        wait_for_streams(&self.tenant, &self.tenant.source, regions).await;
    }

    /// Makes AWS refuse the other Region, and returns the message of the source about that.
    async fn refuse_other(&self) -> String {
        self.tenant.fake.refuse(&self.tenant.account, Some(OTHER_REGION), Refusal::AccessDenied);
        self.tenant.wait_for_reason("cts", &self.tenant.source, "Ready", "AccessDenied").await
    }

    async fn streams(&self) -> Vec<StreamStatus> {
        self.tenant.source_status(&self.tenant.source).await.streams
    }

    async fn assert_all_found_once(&self) {
        assert_each_reported_once(&self.tenant.wait_for_uploads(self.pushed.len()).await, self.pushed.clone());
    }
}

#[tokio::test]
async fn each_region_of_a_source_is_a_stream_with_a_head_and_a_lag() {
    let regions = TwoRegions::at_work().await;
    let account = &regions.tenant.account;

    let streams = regions.streams().await;

    assert!(
        streams.iter().all(|stream| stream.complete_through.is_some() && stream.account == *account),
        "{streams:?}"
    );
    assert!(regions.tenant.metric_exists(&lag(&regions.tenant.source, account, OTHER_REGION)).await);
}

#[tokio::test]
async fn a_region_that_aws_refuses_is_named_in_ready_and_the_other_is_not() {
    let regions = TwoRegions::at_work().await;

    let message = regions.refuse_other().await;

    let begins = format!("1 of 2 streams cannot be read: {}/us-east-1: ", regions.tenant.account);
    assert!(message.starts_with(&begins), "{message}");
    assert!(!message.contains(REGION), "{message}");
}

#[tokio::test]
async fn a_region_that_aws_refuses_stops_alone() {
    let mut regions = TwoRegions::at_work().await;
    regions.refuse_other().await;
    let before = regions.streams().await;

    regions.push(OTHER_REGION);
    regions.push(REGION);
    regions.tenant.wait_for_uploads(3).await;
    regions.tenant.wait_for_polls(&regions.tenant.source, 2).await;

    let after = regions.streams().await;
    assert!(head(&after, REGION) > head(&before, REGION), "{before:?} {after:?}");
    assert_eq!(head(&after, OTHER_REGION), head(&before, OTHER_REGION));
    let has_error: BTreeMap<_, _> =
        after.iter().map(|stream| (stream.region.as_str(), stream.error.is_some())).collect();
    assert_eq!(has_error, BTreeMap::from([(REGION, false), (OTHER_REGION, true)]));
}

#[tokio::test]
async fn pushes_in_a_region_that_aws_refused_are_found_when_it_accepts_again() {
    let mut regions = TwoRegions::at_work().await;
    regions.refuse_other().await;
    regions.push(OTHER_REGION);
    regions.push(REGION);
    regions.tenant.wait_for_uploads(3).await;

    regions.tenant.fake.accept(&regions.tenant.account, Some(OTHER_REGION));

    regions.tenant.wait_for_condition("cts", &regions.tenant.source, "Ready", "True").await;
    regions.push(REGION);
    regions.assert_all_found_once().await;
}

#[tokio::test]
async fn a_broken_record_is_logged_once_although_another_region_is_refused_later() {
    let regions = TwoRegions::at_work().await;
    let broken = regions.tenant.put_image("prod/broken", Utc::now()).without("/eventTime");
    let broken = regions.tenant.push(broken);

    regions.refuse_other().await;
    regions.tenant.wait_for_polls(&regions.tenant.source, 4).await;

    let log = regions.tenant.controller_log();
    assert_eq!(log.lines().filter(|line| line.contains(&broken)).count(), 1, "{log}");
}

#[tokio::test]
async fn a_push_while_its_region_was_not_in_the_source_is_in_its_history() {
    let mut regions = TwoRegions::at_work().await;
    regions.edit(&[REGION]).await;
    regions.push(OTHER_REGION);

    regions.edit(&[OTHER_REGION]).await;
    regions.push(OTHER_REGION);

    regions.assert_all_found_once().await;
}

#[tokio::test]
async fn a_region_that_is_taken_out_of_a_source_has_no_lag() {
    let regions = TwoRegions::at_work().await;

    regions.edit(&[REGION]).await;

    regions.tenant.wait_for_no_metric(&lag(&regions.tenant.source, &regions.tenant.account, OTHER_REGION)).await;
}

/// With a second source for the stream of the other Region, and its name.
async fn with_a_twin() -> (TwoRegions, String) {
    let regions = TwoRegions::at_work().await;
    let twin = format!("{}-twin", regions.tenant.source);
    regions.tenant.apply(&regions.tenant.other_source_manifest("-twin", &[OTHER_REGION])).await;
    wait_for_streams(&regions.tenant, &twin, &[OTHER_REGION]).await;
    regions.tenant.wait_until_applied("freeze").await;
    (regions, twin)
}

#[tokio::test]
async fn a_second_source_of_a_stream_reports_nothing_twice_while_it_is_there_and_when_it_is_gone() {
    let (mut regions, twin) = with_a_twin().await;
    regions.push(OTHER_REGION);
    regions.assert_all_found_once().await;

    regions.tenant.kubectl().run(&["delete", "cts", &twin]).expect_success();

    regions.tenant.wait_for_polls(&regions.tenant.source, 2).await;
    regions.assert_all_found_once().await;
}

#[tokio::test]
async fn a_deleted_source_has_no_lag() {
    let (regions, twin) = with_a_twin().await;
    let lag = lag(&twin, &regions.tenant.account, OTHER_REGION);
    assert!(regions.tenant.metric_exists(&lag).await);

    regions.tenant.kubectl().run(&["delete", "cts", &twin]).expect_success();

    regions.tenant.wait_for_no_metric(&lag).await;
}

/// The metric of a stream's lag as it is printed.
pub fn lag(source: &str, account: &str, region: &str) -> String {
    format!(r#"offhours_stream_lag_seconds{{source="{source}",account="{account}",region="{region}"}}"#)
}

fn head(streams: &[StreamStatus], region: &str) -> Option<DateTime<Utc>> {
    streams.iter().find(|stream| stream.region == region).and_then(|stream| stream.complete_through)
}

/// Waits until a source has been read to the end in exactly these Regions.
pub async fn wait_for_streams(namespace: &TestNamespace, source: &str, regions: &[&str]) {
    let sources: Api<CloudTrailSource> = Api::all(namespace.client());
    wait_for(&format!("streams of {source} in {regions:?}"), DEADLINE, async || {
        let status = sources.get(source).await.ok().and_then(|source| source.status).unwrap_or_default();
        let named = status.streams.iter().filter(|stream| stream.removed_at.is_none());
        let read = named.filter(|stream| stream.complete_through.is_some());
        if read.map(|stream| stream.region.as_str()).eq(regions.iter().copied()) {
            Progress::Done(())
        } else {
            Progress::Waiting(format!("{status:?}"))
        }
    })
    .await;
}
