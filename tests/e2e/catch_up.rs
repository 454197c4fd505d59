//! Records that are waiting when reading starts or resumes: each is found once and read about once.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::findings::{assert_each_reported_once, upload_ids};
use crate::installation::{ACCOUNT, DEADLINE, Installation, REGION, Tenant};
use crate::manifests::{freeze, policy, source_with};
use crate::rig::fake_cloudtrail::{Faults, LookupCall, Outcome, PutImage, Refusal};
use crate::rig::{ControlPlaneOptions, FakeCloudTrail, Progress, wait_for};

/// The most events that AWS puts into a page.
const PAGE: usize = 50;
/// For reading at two requests a second, and for writing on a busy machine.
const PATIENCE: Duration = Duration::from_secs(240);

#[tokio::test]
async fn a_push_while_aws_refuses_the_source_of_a_new_policy_is_found_once_aws_accepts_it() {
    let tenant = Tenant::without_source().await;
    tenant.fake.refuse(&tenant.account, None, Refusal::AccessDenied);
    let short = policy("short", "businessHours: [], lookback: 1s");
    tenant.apply(&(tenant.source_manifest(&[REGION]) + &short)).await;
    let complete = tenant.watch_condition("short", "FindingsComplete");
    tenant.wait_for_condition("eup", "short", "FindingsComplete", "False").await;
    let (reason, _) = tenant.wait_for_condition("eup", "short", "SourcesReady", "False").await;
    assert_eq!(reason, "SourceNotReady");

    let push = tenant.push_now();
    wait_for_refusals(&tenant, 4).await;
    assert!(complete.was("False") && !complete.was("True"), "nothing was read yet");
    tenant.fake.accept(&tenant.account, None);

    assert_each_reported_once(&tenant.wait_for_uploads(1).await, [push]);
    tenant.wait_until_applied("short").await;
}

/// With the answers that AWS gives for a suspended account.
#[tokio::test]
async fn a_suspended_account_is_reported_and_its_pushes_are_found_when_it_is_active_again() {
    let tenant = Tenant::start().await;
    tenant.apply(&policy("short", "businessHours: [], lookback: 1s")).await;
    tenant.wait_until_applied("short").await;
    let mut expected = Vec::new();
    for (refusal, reason) in [
        (Refusal::AccountSuspended, "InvalidCredentials"), // the keys work in no service of the account
        (Refusal::AccessDenied, "AccessDenied"),
    ] {
        let before = refusals(&tenant);
        tenant.fake.refuse(&tenant.account, None, refusal);
        let message = tenant.wait_for_reason("cts", &tenant.source, "Ready", reason).await;
        assert!(message.contains("eu-central-1"), "{message}");
        expected.push(tenant.push_now());
        wait_for_refusals(&tenant, before + 2).await;
    }
    tenant.fake.accept(&tenant.account, None);
    assert_each_reported_once(&tenant.wait_for_uploads(2).await, expected);
    tenant.wait_until_applied("short").await;
}

#[tokio::test]
async fn records_that_wait_at_the_first_start_are_read_about_once_and_found_before_the_last_page() {
    const COUNT: usize = 2_500;
    let fake = FakeCloudTrail::start(3);
    let pushes = spread(COUNT, Utc::now(), TimeDelta::minutes(50));
    fake.push_all(pushes.clone());
    fake.set_faults(Faults { throttled: 0.04, ..Faults::default() });
    fake.refuse_tokens(0.04);

    // However slow the machine is, no second poll is due before the end: it would read the overlap again.
    let objects =
        source_with("default", &[REGION], "pollInterval: 1h, overlap: 30m, sweeps: []", "") + &freeze("freeze");
    let aws = fake.caller(ACCOUNT, REGION);
    let installation = Installation::start_with(ControlPlaneOptions::default(), &aws, &objects, &[]).await;
    installation.wait_for_uploads_within(PATIENCE, 1).await;
    let before_the_first = pages(&fake.calls());
    let findings = installation.wait_for_uploads_within(PATIENCE, COUNT).await;
    let until_found = pages(&fake.calls());
    installation.wait_until_applied("freeze").await;

    println!("pages until the first finding {before_the_first}, all {until_found}, complete {}", pages(&fake.calls()));
    assert_each_reported_once(&findings, pushes.iter().map(PutImage::id));
    assert!(before_the_first < COUNT / PAGE, "{before_the_first}");
    assert_about_once(&fake.calls(), COUNT);
}

#[tokio::test]
async fn an_error_in_the_middle_of_a_long_read_keeps_what_was_delivered() {
    const COUNT: usize = 1_500;
    let (tenant, pushed) = with_a_long_past(COUNT).await;
    tenant.apply(&freeze("freeze")).await;

    tenant.wait_for_uploads(1).await;
    tenant.fake.refuse(&tenant.account, None, Refusal::InternalFailure);
    wait_for_refusals(&tenant, 3).await;
    let kept = upload_ids(&tenant.findings().await).len();
    assert!((1..COUNT).contains(&kept), "{kept} in the middle of the read");
    tenant.fake.accept(&tenant.account, None);

    let findings = tenant.wait_for_uploads_within(PATIENCE, COUNT).await;
    assert_each_reported_once(&findings, pushed);
    tenant.wait_until_applied("freeze").await;
    assert_about_once(&tenant.calls(), COUNT);
}

#[tokio::test]
async fn the_lookback_of_a_policy_is_not_restarted_by_edits_of_other_policies() {
    const COUNT: usize = 1_500;
    const EDITS: usize = 6;
    let (tenant, pushed) = with_a_long_past(COUNT).await;
    // Slow enough for all the edits, even if kubectl is slow.
    tenant.fake.stall(&tenant.account, None, Duration::from_secs(3));
    tenant.apply(&freeze("freeze")).await;

    for edit in 1.. {
        let is_suspended = edit % 2 == 0;
        let spec = format!("timeZone: Etc/GMT+{}, lookback: 1s, suspend: {is_suspended}", edit % 10);
        tenant.apply(&policy("other", &spec)).await;
        if edit == EDITS {
            tenant.fake.stall(&tenant.account, None, Duration::ZERO);
        }
        if upload_ids(&tenant.findings().await).len() >= COUNT {
            println!("{edit} edits");
            assert!(edit >= EDITS, "the others were edited during the read");
            break;
        }
    }
    tenant.wait_until_applied("freeze").await;
    assert_each_reported_once(&tenant.findings().await, pushed);
    assert_about_once(&tenant.calls(), COUNT);
}

/// A tenant with pushes of the last 20 hours, all of them older than what polls read. Its source has no sweeps, because their
/// pages would be counted too.
async fn with_a_long_past(count: usize) -> (Tenant, Vec<String>) {
    let tenant = Tenant::without_source().await;
    let pushes = spread(count, Utc::now() - TimeDelta::hours(2), TimeDelta::hours(18));
    let pushed = pushes.into_iter().map(|push| tenant.push(push.in_account(&tenant.account, REGION))).collect();
    tenant.apply(&tenant.source_manifest_with(&[REGION], "pollInterval: 1s, overlap: 30m, sweeps: []")).await;
    (tenant, pushed)
}

/// Pushes to a few repositories, spread evenly over a time before `end`.
fn spread(count: usize, end: DateTime<Utc>, over: TimeDelta) -> Vec<PutImage> {
    let step = over / i32::try_from(count).unwrap();
    let push = |n: usize| PutImage::new(&format!("prod/service-{}", n % 5), end - step * i32::try_from(n).unwrap());
    (0..count).map(push).collect()
}

/// The number of answers that contain events.
fn pages(calls: &[LookupCall]) -> usize {
    let has_events = |outcome: &Outcome| matches!(outcome, Outcome::Answered { events, .. } if *events > 0);
    calls.iter().filter(|call| has_events(&call.outcome)).count()
}

/// Checks that at most 1.3 times the necessary pages were read.
fn assert_about_once(calls: &[LookupCall], count: usize) {
    let (read, there_are) = (pages(calls), count.div_ceil(PAGE));
    println!("{read} pages read of {there_are}");
    assert!(read * 10 <= there_are * 13, "{read} pages read of {there_are}");
}

fn refusals(tenant: &Tenant) -> usize {
    tenant.calls().iter().filter(|call| matches!(call.outcome, Outcome::Refused { .. })).count()
}

async fn wait_for_refusals(tenant: &Tenant, count: usize) {
    wait_for(&format!("{count} refused calls"), DEADLINE, async || match refusals(tenant) {
        refused if refused >= count => Progress::Done(()),
        refused => Progress::Waiting(format!("{refused} refused calls")),
    })
    .await;
}
