//! What waits when reading begins, or begins again: found once, and read once.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::installation::{
    ACCOUNT, DEADLINE, Installation, REGION, assert_each_reported_once, freeze, policy, source_with, upload_ids,
};
use crate::rig::fake_cloudtrail::{Faults, Outcome, PutImage, Refusal};
use crate::rig::{ControlPlaneOptions, FakeCloudTrail, Progress, wait_for};

/// The most events that AWS puts into a page.
const PAGE: usize = 50;
/// Reading at two requests a second, and writing on a busy machine.
const PATIENCE: Duration = Duration::from_secs(240);

#[tokio::test]
async fn a_push_while_aws_refuses_the_role_of_a_new_policy_is_found_once_that_is_mended() {
    let fake = FakeCloudTrail::start(1);
    fake.refuse(ACCOUNT, None, Refusal::AccessDenied);
    let installation = Installation::start(&fake.caller(ACCOUNT, REGION)).await;
    installation.apply(&policy("short", "businessHours: [], lookback: 1s")).await;
    let complete = installation.watch_condition("short", "FindingsComplete");
    installation.wait_for_condition("eup", "short", "FindingsComplete", "False").await;
    let (reason, _) = installation.wait_for_condition("eup", "short", "SourcesReady", "False").await;
    assert_eq!(reason, "SourceNotReady");

    let push = PutImage::new("prod/api", Utc::now());
    fake.push(push.clone());
    wait_for_refusals(&fake, 4).await;
    assert!(complete.was("False") && !complete.was("True"), "nothing was read yet");
    fake.accept(ACCOUNT, None);

    assert_each_reported_once(&installation.wait_for_uploads(1).await, [push.id()]);
    installation.wait_until_applied("short").await;
}

/// What AWS answers for an account that it suspended; nothing of what was pushed before and meanwhile is lost.
#[tokio::test]
async fn a_suspended_account_is_a_condition_and_its_pushes_are_found_when_it_is_back() {
    let fake = FakeCloudTrail::start(2);
    let installation = Installation::start(&fake.caller(ACCOUNT, REGION)).await;
    installation.apply(&policy("short", "businessHours: [], lookback: 1s")).await;
    installation.wait_until_applied("short").await;
    let mut expected = Vec::new();
    for (refusal, reason) in [
        (Refusal::AccountSuspended, "InvalidCredentials"), // the keys work in no service of the account
        (Refusal::AccessDenied, "AccessDenied"),
    ] {
        fake.clear_calls();
        fake.refuse(ACCOUNT, None, refusal);
        let message = installation.wait_for_reason("cts", "default", "Ready", reason).await;
        assert!(message.contains("eu-central-1"), "{message}");
        let push = PutImage::new("prod/api", Utc::now());
        expected.push(push.id());
        fake.push(push);
        wait_for_refusals(&fake, 2).await;
    }
    fake.accept(ACCOUNT, None);
    assert_each_reported_once(&installation.wait_for_uploads(2).await, expected);
    installation.wait_until_applied("short").await;
}

#[tokio::test]
async fn what_waits_at_the_first_start_is_read_about_once_and_found_before_the_last_page() {
    const COUNT: usize = 2_500;
    let fake = FakeCloudTrail::start(3);
    let pushes = spread(COUNT, Utc::now(), TimeDelta::minutes(50));
    fake.push_all(pushes.clone());
    fake.set_faults(Faults { throttled: 0.04, ..Faults::default() });
    fake.refuse_tokens(0.04);

    // The poll interval is the default.
    let objects =
        source_with("default", &[REGION], "pollInterval: 60s, overlap: 30m, sweeps: []", "") + &freeze("freeze");
    let aws = fake.caller(ACCOUNT, REGION);
    let installation = Installation::start_with(ControlPlaneOptions::default(), &aws, &objects, &[]).await;
    installation.wait_for_uploads_within(PATIENCE, 1).await;
    let before_the_first = pages(&fake);
    let findings = installation.wait_for_uploads_within(PATIENCE, COUNT).await;
    let until_found = pages(&fake);
    installation.wait_until_applied("freeze").await;

    println!("pages until the first finding {before_the_first}, all {until_found}, complete {}", pages(&fake));
    assert_each_reported_once(&findings, pushes.iter().map(PutImage::id));
    assert!(before_the_first < COUNT / PAGE, "{before_the_first}");
    assert_about_once(&fake, COUNT);
}

#[tokio::test]
async fn an_error_in_the_middle_of_a_long_read_keeps_what_was_delivered() {
    const COUNT: usize = 1_500;
    let (fake, pushes) = long_past(4, COUNT);
    let installation = without_sweeps(&fake).await;
    installation.apply(&freeze("freeze")).await;

    installation.wait_for_uploads(1).await;
    fake.refuse(ACCOUNT, None, Refusal::InternalFailure);
    wait_for_refusals(&fake, 3).await;
    let kept = upload_ids(&installation.findings().await).len();
    assert!((1..COUNT).contains(&kept), "{kept} in the middle of the read");
    fake.accept(ACCOUNT, None);

    let findings = installation.wait_for_uploads_within(PATIENCE, COUNT).await;
    assert_each_reported_once(&findings, pushes.iter().map(PutImage::id));
    installation.wait_until_applied("freeze").await;
    assert_about_once(&fake, COUNT);
}

#[tokio::test]
async fn the_lookback_of_a_policy_is_not_begun_again_by_edits_of_other_policies() {
    const COUNT: usize = 1_500;
    let (fake, pushes) = long_past(5, COUNT);
    let installation = without_sweeps(&fake).await;
    installation.apply(&freeze("freeze")).await;

    // Whatever the others do meanwhile.
    for edit in 1.. {
        let is_suspended = edit % 2 == 0;
        installation
            .apply(&policy("other", &format!("timeZone: Etc/GMT+{}, lookback: 1s, suspend: {is_suspended}", edit % 10)))
            .await;
        if upload_ids(&installation.findings().await).len() >= COUNT {
            println!("{edit} edits");
            assert!(edit > 5, "the others were edited during the read");
            break;
        }
    }
    installation.wait_until_applied("freeze").await;
    let findings = installation.findings().await;
    assert_each_reported_once(&findings, pushes.iter().map(PutImage::id));
    assert_about_once(&fake, COUNT);
}

/// Pushes of the last 20 hours, all of them behind what polls read.
fn long_past(seed: u64, count: usize) -> (FakeCloudTrail, Vec<PutImage>) {
    let fake = FakeCloudTrail::start(seed);
    let pushes = spread(count, Utc::now() - TimeDelta::hours(2), TimeDelta::hours(18));
    fake.push_all(pushes.clone());
    (fake, pushes)
}

/// A controller whose source reads nothing again: a sweep begins as soon as there is nothing else to read, and would be counted.
async fn without_sweeps(fake: &FakeCloudTrail) -> Installation {
    let source = source_with("default", &[REGION], "pollInterval: 1s, overlap: 30m, sweeps: []", "");
    Installation::start_with(ControlPlaneOptions::default(), &fake.caller(ACCOUNT, REGION), &source, &[]).await
}

/// Pushes that are spread over a time before `end`, to a few repositories.
fn spread(count: usize, end: DateTime<Utc>, over: TimeDelta) -> Vec<PutImage> {
    let step = over / i32::try_from(count).unwrap();
    let push = |n: usize| PutImage::new(&format!("prod/service-{}", n % 5), end - step * i32::try_from(n).unwrap());
    (0..count).map(push).collect()
}

/// Answers with events in them.
fn pages(fake: &FakeCloudTrail) -> usize {
    let has_events = |outcome: &Outcome| matches!(outcome, Outcome::Answered { events, .. } if *events > 0);
    fake.calls().iter().filter(|call| has_events(&call.outcome)).count()
}

/// At most 1.3 times the pages that there are.
fn assert_about_once(fake: &FakeCloudTrail, count: usize) {
    let (read, there_are) = (pages(fake), count.div_ceil(PAGE));
    println!("{read} pages read of {there_are}");
    assert!(read * 10 <= there_are * 13, "{read} pages read of {there_are}");
}

async fn wait_for_refusals(fake: &FakeCloudTrail, count: usize) {
    wait_for(&format!("{count} refused calls"), DEADLINE, async || {
        let calls = fake.calls();
        let refused = calls.iter().filter(|call| matches!(call.outcome, Outcome::Refused { .. })).count();
        if refused >= count { Progress::Done(()) } else { Progress::Waiting(format!("{refused} refused calls")) }
    })
    .await;
}
