//! Kills and terminations at the worst moments: afterwards, every push is in exactly one finding.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use kube::api::{Api, ListParams};
use offhours::api::OffHoursUpload;

use crate::findings::{assert_each_reported_once, upload_ids};
use crate::installation::{ACCOUNT, DEADLINE, Installation, REGION, Tenant, Yardstick};
use crate::manifests::{fast_source, freeze, policy};
use crate::rig::fake_cloudtrail::{Delivery, Faults, Principal, PutImage};
use crate::rig::{ControlPlaneOptions, FakeCloudTrail, Progress, Seed, wait_for};

/// Kubernetes gives a Pod 30 s; the controller promises less.
const STOP_LIMIT: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_night_of_250_pushes_is_three_parts_that_hold_each_event_once() {
    let tenant = Tenant::start().await;
    let night = last_whole_night();
    let at = |minute: i64| night + TimeDelta::minutes(minute);
    let push = |minute: i64| tenant.put_image("prod/api", at(minute));
    // The oldest 100 records are 25 indexes with two images each, and 25 plain images.
    let indexes = (0..25).flat_map(|n| push(n).multi_platform(2, false));
    let pushes: Vec<PutImage> = indexes.chain((25..200).map(push)).collect();
    assert_eq!(pushes.len(), 250);
    tenant.fake.push_all(pushes.clone());
    tenant.fake.push_all(pushes.iter().take(70).cloned()); // delivered again

    tenant.apply(&policy("reference", "lookback: 48h")).await;
    tenant.wait_for_uploads(250).await;
    tenant.wait_until_applied("reference").await;
    tenant.wait_for_polls(&tenant.source, 2).await;

    let mut parts = tenant.findings().await;
    parts.sort_by_key(|finding| finding.spec.part);
    assert_each_reported_once(&parts, pushes.iter().map(PutImage::id));
    let date = (night - TimeDelta::hours(12)).date_naive();
    let seen: Vec<_> = parts
        .iter()
        .map(|finding| {
            let status = finding.status.as_ref().unwrap();
            assert_eq!(finding.spec.date, date, "the night belongs to the day before");
            assert_eq!(status.failed, 0);
            (finding.spec.part, status.uploads.len(), status.count, status.pushes, status.first_time, status.last_time)
        })
        .collect();
    let second = TimeDelta::seconds(1);
    assert_eq!(
        seen,
        [(1, 100, 100, 50, at(0), at(49)), (2, 100, 100, 100, at(50), at(149)), (3, 50, 50, 50, at(150), at(199)),],
        "an index comes {second} after its images, and is not the last of any part"
    );
}

#[tokio::test]
async fn kill_9_while_findings_are_written_neither_loses_nor_repeats_a_push() {
    let fake = FakeCloudTrail::start(2);
    let pushes = many_findings();
    fake.push_all(pushes.clone());
    let mut installation = one_write_at_a_time(&fake).await;
    installation.apply(&freeze("freeze")).await;

    let mut empty = 0;
    for progress in [3, 30, 60, 90] {
        let written = kill_at(&mut installation, progress).await;
        let ids: BTreeSet<String> = upload_ids(&written).into_iter().collect();
        assert!(ids.len() < pushes.len(), "all was written before the kill at {progress}");
        empty += written.iter().filter(|finding| finding.status.is_none()).count();
        installation.restart().await;
    }
    println!("the kills left {empty} findings without evidence");

    installation.wait_until_applied("freeze").await;
    assert_each_reported_once(&installation.findings().await, pushes.iter().map(PutImage::id));
    // A kill after everything was written repeats nothing either.
    installation.controller.kill();
    installation.restart().await;
    installation.wait_for_polls("default", 2).await;
    assert_each_reported_once(&installation.findings().await, pushes.iter().map(PutImage::id));
}

#[tokio::test]
async fn sigterm_ends_the_controller_in_time_whatever_it_is_doing() {
    let fake = FakeCloudTrail::start(3);
    let pushes = many_findings();
    fake.push_all(pushes.clone());
    let mut installation = one_write_at_a_time(&fake).await;
    let yardstick = Yardstick::start(&installation);

    // While it is writing.
    installation.apply(&freeze("freeze")).await;
    wait_for_findings(&installation, 20).await;
    terminate(&mut installation, &yardstick, STOP_LIMIT, "writing").await;
    let written = installation.findings().await;
    assert!(upload_ids(&written).len() < pushes.len(), "all was written before the end");
    let empty = written.iter().filter(|finding| finding.status.is_none()).count();
    assert_eq!(empty, 0, "a write that has begun is ended");
    installation.restart().await;
    installation.wait_until_applied("freeze").await;
    assert_each_reported_once(&installation.findings().await, pushes.iter().map(PutImage::id));

    // While it is waiting for the next poll.
    installation.wait_for_polls("default", 2).await;
    terminate(&mut installation, &yardstick, Duration::from_secs(2), "idle, with nothing to wait for").await;

    // While it is waiting for an answer.
    fake.stall(ACCOUNT, None, Duration::from_secs(30));
    fake.clear_calls();
    installation.restart().await;
    wait_for("a call that stalls", DEADLINE, async || fake.calls().into_iter().next()).await;
    terminate(&mut installation, &yardstick, STOP_LIMIT, "reading").await;

    fake.stall(ACCOUNT, None, Duration::ZERO);
    let late = PutImage::new("prod/late", Utc::now());
    fake.push(late.clone());
    installation.restart().await;
    let findings = installation.wait_for_uploads(pushes.len() + 1).await;
    assert_each_reported_once(&findings, pushes.iter().chain([&late]).map(PutImage::id));
}

/// Pushes of many kinds, chosen by a seed.
struct Chaos {
    dice: Seed,
    /// The ids of those to a repository in scope.
    expected: BTreeSet<String>,
}

impl Chaos {
    fn push(&mut self, time: DateTime<Utc>) -> PutImage {
        let area = if self.dice.chance(0.25) { "lab" } else { "prod" };
        let repository = format!("{area}/service-{}", self.dice.next() % 8);
        let principal = match self.dice.next() % 4 {
            0 => Principal::user("ana"),
            1 => Principal::identity_center("Developers", "kaori@example.com"),
            2 => Principal::Root,
            _ => Principal::role("ci/release", &format!("run-{}", self.dice.next() % 5)),
        };
        let push = PutImage::new(&repository, time).seed(self.dice.next()).by(principal);
        let push = if self.dice.chance(0.1) { push.failed("ImageTagAlreadyExistsException") } else { push };
        if area == "prod" {
            self.expected.insert(push.id());
        }
        push
    }
}

/// All faults at once, chosen by a seed. Each push to a repository in scope must be in exactly one finding, and no other push
/// in any.
#[tokio::test]
async fn late_repeated_and_refused_answers_and_kills_lose_and_repeat_nothing() {
    const SEED: u64 = 20_261_123;
    const PATIENCE: Duration = Duration::from_secs(240);
    let fake = FakeCloudTrail::start(SEED);
    let mut chaos = Chaos { dice: Seed::new(SEED), expected: BTreeSet::new() };

    // 20 hours of records that CloudTrail already shows, then new records that appear late.
    fake.set_delivery(Delivery { late: 0.0, late_by: Duration::ZERO, repeated: 0.2 });
    for n in 0..120 {
        fake.push(chaos.push(Utc::now() - TimeDelta::minutes(60 + 9 * n)));
    }
    fake.set_delivery(Delivery { late: 0.5, late_by: Duration::from_secs(10), repeated: 0.3 });
    fake.set_faults(Faults { throttled: 0.05, failed: 0.08, slow: 0.2, slow_by: Duration::from_secs(1) });
    fake.expire_tokens_after(Some(Duration::from_millis(1_500)));

    let mut installation = Installation::start(&fake.caller(ACCOUNT, REGION)).await;
    installation.apply(&policy("chaos", r#"businessHours: [], scope: {repositories: ["prod/*"]}"#)).await;
    for round in 1..=4 {
        for n in 0..20 {
            fake.push(chaos.push(Utc::now() - TimeDelta::seconds(15 * n)));
        }
        let before = upload_ids(&installation.findings().await).len();
        installation.wait_for_uploads_within(PATIENCE, before + 5).await;
        installation.controller.kill();
        println!("round {round}: killed at {} uploads", upload_ids(&installation.findings().await).len());
        installation.restart().await;
    }

    let count = chaos.expected.len();
    installation.wait_for_uploads_within(PATIENCE, count).await;
    fake.set_faults(Faults::default());
    installation.wait_for_condition("cts", "default", "Ready", "True").await;
    installation.wait_until_applied("chaos").await;
    installation.wait_for_polls("default", 3).await;
    assert_each_reported_once(&installation.findings().await, chaos.expected);
    println!("{count} uploads through {} calls", fake.calls().len());
}

/// 03:00 UTC of a night before a noon that is over: always off hours, and entirely on one local date.
fn last_whole_night() -> DateTime<Utc> {
    let noon = NaiveTime::from_hms_opt(12, 0, 0).unwrap();
    let today = Utc::now();
    let last_noon = today.date_naive().and_time(noon).and_utc();
    let last_noon = if last_noon <= today { last_noon } else { last_noon - TimeDelta::days(1) };
    last_noon - TimeDelta::hours(9)
}

/// 300 pushes in 151 findings, one of which has two parts.
fn many_findings() -> Vec<PutImage> {
    let now = Utc::now();
    let at = |n: i64| now - TimeDelta::seconds(n);
    let one_each = (0..150).map(|n| PutImage::new(&format!("prod/service-{n}"), at(n)));
    let one_night = (0..150).map(|n| PutImage::new("prod/api", at(n)));
    one_each.chain(one_night).collect()
}

/// Slow enough to be interrupted in the middle of its work.
async fn one_write_at_a_time(fake: &FakeCloudTrail) -> Installation {
    let aws = fake.caller(ACCOUNT, REGION);
    let flags = ["--write-concurrency", "1"];
    Installation::start_with(ControlPlaneOptions::default(), &aws, &fast_source(), &flags).await
}

async fn wait_for_findings(installation: &Installation, count: usize) {
    let findings: Api<OffHoursUpload> = Api::namespaced(installation.client(), installation.name());
    wait_for(&format!("{count} findings"), DEADLINE, async || {
        // Only their metadata, which is quick: the controller must not get much further before the test reacts.
        let seen = findings.list_metadata(&ListParams::default()).await.unwrap().items.len();
        if seen >= count { Progress::Done(()) } else { Progress::Waiting(format!("{seen} findings")) }
    })
    .await;
}

/// Kills the controller as soon as there are this many findings, and returns those that it has written.
async fn kill_at(installation: &mut Installation, findings: usize) -> Vec<OffHoursUpload> {
    wait_for_findings(installation, findings).await;
    installation.controller.kill();
    installation.findings().await
}

/// Sends SIGTERM, and checks that the controller ends within the limit.
async fn terminate(installation: &mut Installation, yardstick: &Yardstick, limit: Duration, doing: &str) {
    let exit = installation.controller.terminate(DEADLINE).await;
    assert_eq!(exit.status.code(), Some(0), "while {doing}:\n{}", installation.controller.log_tail(20));
    yardstick.assert_within(limit, exit.after, &format!("SIGTERM while {doing}"));
}
