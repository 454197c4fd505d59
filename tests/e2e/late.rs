//! Records that CloudTrail shows long after their time.

use chrono::{DateTime, TimeDelta, Utc};

use crate::installation::{
    ACCOUNT, DEADLINE, Installation, REGION, assert_each_reported_once, freeze, policy, source_with,
};
use crate::rig::fake_cloudtrail::PutImage;
use crate::rig::{ControlPlaneOptions, FakeCloudTrail, Progress, wait_for};

#[tokio::test]
async fn a_record_that_shows_up_two_hours_after_its_time_is_found_by_a_sweep() {
    let fake = FakeCloudTrail::start(1);
    let installation = sweeping(&fake, &freeze("freeze")).await;
    let late = show_two_hours_late(&fake);

    let findings = installation.wait_for_uploads(1).await;

    assert_each_reported_once(&findings, [late]);
    let delay = installation.wait_for_metric(r#"offhours_record_delay_seconds_sum{source="default"}"#, 7_200.0).await;
    assert!(delay < 7_300.0, "{delay}");
    assert_eq!(installation.metric(r#"offhours_record_delay_seconds_count{source="default"}"#).await, 1.0);
    installation.wait_until_applied("freeze").await;
    wait_for_sweep(&installation).await;
    assert_eq!(installation.metric(r#"offhours_record_delay_seconds_count{source="default"}"#).await, 1.0, "once");
}

/// It was not shown when the policy was made, so no lookback could have decided against it.
#[tokio::test]
async fn a_late_record_of_a_time_before_the_lookback_is_found_since_it_was_never_shown_before() {
    let fake = FakeCloudTrail::start(2);
    let installation = sweeping(&fake, &policy("short", "businessHours: [], lookback: 1s")).await;
    let late = show_two_hours_late(&fake);

    let findings = installation.wait_for_uploads(1).await;

    assert_each_reported_once(&findings, [late]);
}

/// A policy that is complete, and a first sweep that has ended: from then on it is known what is shown for the first time.
async fn sweeping(fake: &FakeCloudTrail, policy: &str) -> Installation {
    let source = source_with("default", &[REGION], "pollInterval: 1s, sweeps: [{every: 10s, back: 24h}]", "");
    let aws = fake.caller(ACCOUNT, REGION);
    let installation = Installation::start_with(ControlPlaneOptions::default(), &aws, &(source + policy), &[]).await;
    wait_for_sweep(&installation).await;
    installation
}

fn show_two_hours_late(fake: &FakeCloudTrail) -> String {
    let late = PutImage::new("prod/late", Utc::now() - TimeDelta::hours(2));
    fake.push(late.clone());
    late.id()
}

/// Waits until one more sweep has begun and ended.
async fn wait_for_sweep(installation: &Installation) {
    let began = Utc::now();
    let swept_through = async || -> Option<DateTime<Utc>> {
        installation.source_status("default").await.streams.first().and_then(|stream| stream.swept_through)
    };
    wait_for("a sweep", DEADLINE, async || match swept_through().await {
        Some(swept) if swept >= began => Progress::Done(()),
        swept => Progress::Waiting(format!("{swept:?}")),
    })
    .await;
}
