//! Records that CloudTrail shows long after their time.

use chrono::{DateTime, TimeDelta, Utc};

use crate::findings::assert_each_reported_once;
use crate::installation::{DEADLINE, REGION, Tenant};
use crate::manifests::{freeze, policy};
use crate::rig::{Progress, wait_for};

#[tokio::test]
async fn a_record_that_shows_up_two_hours_after_its_time_is_found_by_a_sweep() {
    let tenant = sweeping(&freeze("freeze")).await;
    let late = show_two_hours_late(&tenant);

    let findings = tenant.wait_for_uploads(1).await;

    assert_each_reported_once(&findings, [late]);
}

#[tokio::test]
async fn the_delay_of_a_late_record_is_measured_once() {
    let tenant = sweeping(&freeze("freeze")).await;
    let delay = |part: &str| format!(r#"offhours_record_delay_seconds_{part}{{source="{}"}}"#, tenant.source);
    show_two_hours_late(&tenant);
    tenant.wait_for_uploads(1).await;

    let seconds = tenant.wait_for_metric(&delay("sum"), 7_200.0).await;

    assert!(seconds < 7_300.0, "{seconds}");
    assert_eq!(tenant.metric(&delay("count")).await, 1.0);
    tenant.wait_until_applied("freeze").await;
    wait_for_sweep(&tenant).await;
    assert_eq!(tenant.metric(&delay("count")).await, 1.0, "once, although it is read again");
}

/// It was not shown when the policy was made, so no lookback could have decided against it.
#[tokio::test]
async fn a_late_record_of_a_time_before_the_lookback_is_found_since_it_was_never_shown_before() {
    let tenant = sweeping(&policy("short", "businessHours: [], lookback: 1s")).await;
    let late = show_two_hours_late(&tenant);

    let findings = tenant.wait_for_uploads(1).await;

    assert_each_reported_once(&findings, [late]);
}

/// A policy that is complete, and a first sweep that has ended: from then on it is known what is shown for the first time.
async fn sweeping(policy: &str) -> Tenant {
    let tenant = Tenant::without_source().await;
    let source = tenant.source_manifest_with(&[REGION], "pollInterval: 1s, sweeps: [{every: 10s, back: 24h}]");
    tenant.apply(&(source + policy)).await;
    wait_for_sweep(&tenant).await;
    tenant
}

fn show_two_hours_late(tenant: &Tenant) -> String {
    tenant.push(tenant.put_image("prod/late", Utc::now() - TimeDelta::hours(2)))
}

/// Waits until one more sweep has begun and ended.
async fn wait_for_sweep(tenant: &Tenant) {
    let began = Utc::now();
    let swept_through = async || -> Option<DateTime<Utc>> {
        tenant.source_status(&tenant.source).await.streams.first().and_then(|stream| stream.swept_through)
    };
    wait_for("a sweep", DEADLINE, async || match swept_through().await {
        Some(swept) if swept >= began => Progress::Done(()),
        swept => Progress::Waiting(format!("{swept:?}")),
    })
    .await;
}
