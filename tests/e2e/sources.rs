//! Sources as the platform team uses them: Regions, roles, namespaces, and the one that comes by itself.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use kube::Api;
use kube::ResourceExt as _;
use offhours::api::{CloudTrailSource, StreamStatus};

use crate::installation::{
    ACCOUNT, DEADLINE, Installation, REGION, assert_each_reported_once, fast_source, freeze, policy, source, upload_ids,
};
use crate::rig::fake_cloudtrail::{PutImage, Refusal};
use crate::rig::{ControlPlaneOptions, FakeCloudTrail, Progress, wait_for};

const OTHER_REGION: &str = "us-east-1";

#[tokio::test]
async fn a_push_is_found_within_a_poll_and_two_policies_cost_no_more_calls_than_one() {
    let fake = FakeCloudTrail::start(1);
    let installation = Installation::start(&fake.caller(ACCOUNT, REGION)).await;
    installation.apply(&freeze("first")).await;
    installation.wait_until_applied("first").await;

    // From the moment in which CloudTrail shows it: a poll interval and a second are promised, and the machine is busy.
    let mut latencies = Vec::new();
    for n in 1..=8 {
        let shown = Instant::now();
        fake.push(PutImage::new("prod/api", Utc::now()));
        installation.wait_for_uploads(n).await;
        latencies.push(shown.elapsed());
    }
    println!("from the push to the finding: {latencies:.2?}");
    assert!(latencies.iter().all(|latency| *latency < Duration::from_secs(3)), "{latencies:?}");

    // The checkpoint follows, and the lag is small.
    let before = installation.source_status("default").await.streams[0].complete_through;
    installation.wait_for_polls("default", 2).await;
    let status = installation.source_status("default").await;
    assert!(status.streams[0].complete_through > before, "{before:?} {status:?}");
    assert!(status.conditions.iter().any(|condition| condition.type_ == "UpToDate" && condition.status == "True"));
    wait_for("a lag of at most 5 s", DEADLINE, async || {
        match installation.metric(&lag("default", ACCOUNT, REGION)).await {
            ..=5.0 => Progress::Done(()),
            seconds => Progress::Waiting(seconds.to_string()),
        }
    })
    .await;

    // Two pages a poll.
    fake.push_all((0..60).map(|_| PutImage::new("prod/api", Utc::now())));
    installation.wait_for_uploads(68).await;
    let with_one = calls_per_poll(&fake, &installation).await;
    installation.apply(&freeze("second")).await;
    installation.wait_until_applied("second").await;
    let with_two = calls_per_poll(&fake, &installation).await;
    assert_eq!((with_one, with_two), (2, 2));
    assert_eq!(upload_ids(&installation.findings().await).len(), 2 * 68);
}

#[tokio::test]
async fn streams_follow_the_regions_of_a_source_and_fail_by_themselves() {
    let fake = FakeCloudTrail::start(2);
    let aws = fake.caller(ACCOUNT, REGION);
    let objects = source("default", &[REGION, OTHER_REGION]) + &freeze("freeze");
    let installation = Installation::start_with(ControlPlaneOptions::default(), &aws, &objects, &[]).await;
    let mut expected = Vec::new();
    let mut push = |region: &str| {
        let push = PutImage::new("prod/api", Utc::now()).in_account(ACCOUNT, region);
        expected.push(push.id());
        fake.push(push);
        expected.clone()
    };

    push(REGION);
    let ids = push(OTHER_REGION);
    assert_each_reported_once(&installation.wait_for_uploads(2).await, ids);
    let streams = wait_for_streams(&installation, "default", &[REGION, OTHER_REGION]).await;
    assert!(streams.iter().all(|stream| stream.complete_through.is_some() && stream.account == ACCOUNT), "{streams:?}");
    assert!(installation.metric_exists(&lag("default", ACCOUNT, OTHER_REGION)).await);

    // One Region refuses; the other goes on, with its memory: a broken record is not told again.
    let broken = PutImage::new("prod/broken", Utc::now()).without("/eventTime");
    let broken_id = broken.id();
    fake.push(broken);
    fake.refuse(ACCOUNT, Some(OTHER_REGION), Refusal::AccessDenied);
    let message = installation.wait_for_reason("cts", "default", "Ready", "AccessDenied").await;
    assert!(message.starts_with("1 of 2 streams cannot be read: 111122223333/us-east-1: "), "{message}");
    assert!(!message.contains(REGION), "{message}");
    let before = installation.source_status("default").await.streams;
    push(OTHER_REGION);
    push(REGION);
    installation.wait_for_uploads(3).await;
    installation.wait_for_polls("default", 2).await;
    let after = installation.source_status("default").await.streams;
    assert!(complete_through(&after, REGION) > complete_through(&before, REGION), "{before:?} {after:?}");
    assert_eq!(complete_through(&after, OTHER_REGION), complete_through(&before, OTHER_REGION));
    let has_error: BTreeMap<_, _> =
        after.iter().map(|stream| (stream.region.as_str(), stream.error.is_some())).collect();
    assert_eq!(has_error, BTreeMap::from([(REGION, false), (OTHER_REGION, true)]));
    let log = installation.controller.log();
    assert_eq!(log.lines().filter(|line| line.contains(&broken_id)).count(), 1, "{log}");

    fake.accept(ACCOUNT, Some(OTHER_REGION));
    installation.wait_for_condition("cts", "default", "Ready", "True").await;
    let ids = push(REGION);
    assert_each_reported_once(&installation.wait_for_uploads(5).await, ids);

    // Edits: a Region less, then the other one instead.
    installation.apply(&source("default", &[REGION])).await;
    wait_for_streams(&installation, "default", &[REGION]).await;
    wait_for_no_metric(&installation, &lag("default", ACCOUNT, OTHER_REGION)).await;
    push(OTHER_REGION);
    installation.apply(&source("default", &[OTHER_REGION])).await;
    wait_for_streams(&installation, "default", &[OTHER_REGION]).await;
    let ids = push(OTHER_REGION);
    // What came while the Region was not read is in its history.
    assert_each_reported_once(&installation.wait_for_uploads(7).await, ids);

    // A second source of the same stream repeats nothing; when it is gone, so is its lag.
    installation.apply(&source("twin", &[OTHER_REGION])).await;
    wait_for_streams(&installation, "twin", &[OTHER_REGION]).await;
    installation.wait_until_applied("freeze").await;
    let ids = push(OTHER_REGION);
    assert_each_reported_once(&installation.wait_for_uploads(8).await, ids.clone());
    assert!(installation.metric_exists(&lag("twin", ACCOUNT, OTHER_REGION)).await);
    installation.control_plane.kubectl().run(&["delete", "cts", "twin"]).expect_success();
    wait_for_no_metric(&installation, &lag("twin", ACCOUNT, OTHER_REGION)).await;
    installation.wait_for_polls("default", 2).await;
    assert_each_reported_once(&installation.findings().await, ids);
}

#[tokio::test]
async fn a_source_reads_another_account_by_its_role_and_only_for_the_namespaces_it_admits() {
    const OTHER_ACCOUNT: &str = "444455556666";
    const ROLE: &str = "arn:aws:iam::444455556666:role/security/offhours";
    let fake = FakeCloudTrail::start(3);
    fake.require_external_id(ROLE, "opensesame");
    let push = PutImage::new("pay/api", Utc::now()).in_account(OTHER_ACCOUNT, REGION);
    fake.push(push.clone());
    let role_source = |external_id: &str| {
        format!(
            "---\n{{apiVersion: offhours.dev/v1alpha1, kind: CloudTrailSource, metadata: {{name: payments}}, spec: {{\
             lookupEvents: {{regions: [{REGION}], pollInterval: 1s}}, \
             assumeRole: {{roleARN: '{ROLE}', externalID: {external_id}}}, \
             allowedNamespaces: {{matchLabels: {{team: payments}}}}}}}}\n"
        )
    };
    let aws = fake.caller(ACCOUNT, REGION);
    let objects = role_source("wrong-one") + &policy("freeze", "businessHours: [], sources: [payments]");
    let flags = ["--default-source=false"];
    let installation = Installation::start_with(ControlPlaneOptions::default(), &aws, &objects, &flags).await;
    let kubectl = installation.control_plane.kubectl();

    let message = installation.wait_for_reason("cts", "payments", "Ready", "RoleDenied").await;
    assert!(message.contains(&format!("is not allowed to assume the role {ROLE} (")), "{message}");
    assert!(message.contains("user/rig") && message.contains("check the external ID"), "{message}");
    assert!(!message.contains("wrong-one"), "an external id is not for everyone to read: {message}");

    installation.apply(&role_source("opensesame")).await;
    installation.wait_for_condition("cts", "payments", "Ready", "True").await;
    let streams = installation.source_status("payments").await.streams;
    assert_eq!(streams.iter().map(|stream| stream.account.as_str()).collect::<Vec<_>>(), [OTHER_ACCOUNT]);

    // It is read, and not for this namespace.
    let message = installation.wait_for_reason("eup", "freeze", "Ready", "SourceNotAdmitted").await;
    assert!(message.contains("payments does not admit the namespace default"), "{message}");
    assert!(
        message.ends_with("requires the label team=payments; to add it: kubectl label namespace default team=payments"),
        "{message}"
    );
    installation.apply(&freeze("anyone")).await;
    let message = installation.wait_for_reason("eup", "anyone", "Ready", "NoSource").await;
    assert!(message.contains("no CloudTrailSource admits the namespace default"), "{message}");
    installation.wait_for_polls("payments", 2).await;
    assert_eq!(installation.findings().await.len(), 0);

    kubectl.run(&["label", "namespace", "default", "team=payments"]).expect_success();
    installation.wait_for_condition("eup", "freeze", "Ready", "True").await;
    installation.wait_until_applied("freeze").await;
    installation.wait_until_applied("anyone").await;
    let findings = installation.findings().await;
    assert_each_reported_once(&findings, [push.id(), push.id()]); // by two policies
    assert!(findings.iter().all(|finding| finding.spec.account == OTHER_ACCOUNT));

    // An expired session is renewed without a word.
    fake.expire_sessions();
    let next = PutImage::new("pay/api", Utc::now()).in_account(OTHER_ACCOUNT, REGION);
    fake.push(next);
    installation.wait_for_uploads(4).await;
    installation.wait_for_condition("cts", "payments", "Ready", "True").await;

    // Policies lose it with the label.
    kubectl.run(&["label", "namespace", "default", "team-"]).expect_success();
    installation.wait_for_reason("eup", "freeze", "Ready", "SourceNotAdmitted").await;
    fake.push(PutImage::new("pay/api", Utc::now()).in_account(OTHER_ACCOUNT, REGION));
    installation.wait_for_polls("payments", 2).await;
    assert_eq!(upload_ids(&installation.findings().await).len(), 4);

    installation.apply(&policy("lost", "sources: [nowhere]")).await;
    let message = installation.wait_for_reason("eup", "lost", "Ready", "SourceNotFound").await;
    assert!(message.contains("the CloudTrailSource nowhere does not exist"), "{message}");
}

#[tokio::test]
async fn the_default_source_is_made_once_and_then_left_alone() {
    let fake = FakeCloudTrail::start(4);
    let aws = fake.caller(ACCOUNT, REGION);
    let flags = ["--default-source-regions", "eu-central-1,us-east-1"];
    let mut installation = Installation::start_with(ControlPlaneOptions::default(), &aws, "", &flags).await;
    let sources: Api<CloudTrailSource> = Api::all(installation.client());

    wait_for_streams(&installation, "default", &[REGION, OTHER_REGION]).await;
    let made = sources.get("default").await.unwrap();
    assert_eq!(made.spec.lookup_events.regions, [REGION, OTHER_REGION]);
    assert_eq!((&made.spec.assume_role, &made.spec.allowed_namespaces), (&None, &None));

    // An edit stays.
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

    // None is made where none is wanted.
    installation.controller.kill();
    installation.control_plane.kubectl().run(&["delete", "cts", "default"]).expect_success();
    installation.restart_with(&["--default-source=false"]).await;
    installation.apply(&(source("mine", &[REGION]) + &freeze("freeze"))).await;
    installation.wait_until_applied("freeze").await;
    let names: Vec<String> = sources.list(&Default::default()).await.unwrap().iter().map(|it| it.name_any()).collect();
    assert_eq!(names, ["mine"]);
}

/// The lag of a stream as it is printed.
fn lag(source: &str, account: &str, region: &str) -> String {
    format!(r#"offhours_stream_lag_seconds{{source="{source}",account="{account}",region="{region}"}}"#)
}

fn complete_through(streams: &[StreamStatus], region: &str) -> Option<DateTime<Utc>> {
    streams.iter().find(|stream| stream.region == region).and_then(|stream| stream.complete_through)
}

/// Waits until a source has been read to the end in these Regions and no others.
async fn wait_for_streams(installation: &Installation, source: &str, regions: &[&str]) -> Vec<StreamStatus> {
    let sources: Api<CloudTrailSource> = Api::all(installation.client());
    wait_for(&format!("streams of {source} in {regions:?}"), DEADLINE, async || {
        let status = sources.get(source).await.ok().and_then(|source| source.status).unwrap_or_default();
        let named = status.streams.iter().filter(|stream| stream.removed_at.is_none());
        let read = named.filter(|stream| stream.complete_through.is_some());
        if read.map(|stream| stream.region.as_str()).eq(regions.iter().copied()) {
            Progress::Done(status.streams)
        } else {
            Progress::Waiting(format!("{status:?}"))
        }
    })
    .await
}

async fn wait_for_no_metric(installation: &Installation, name_and_labels: &str) {
    wait_for(&format!("no {name_and_labels}"), DEADLINE, async || {
        if installation.metric_exists(name_and_labels).await {
            Progress::Waiting("it is there".to_owned())
        } else {
            Progress::Done(())
        }
    })
    .await;
}

/// LookupEvents calls in a poll. The calls of one poll ask for the same end, and polls are at least a second apart.
async fn calls_per_poll(fake: &FakeCloudTrail, installation: &Installation) -> usize {
    installation.wait_for_polls("default", 1).await;
    fake.clear_calls();
    installation.wait_for_polls("default", 6).await;
    let mut polls = BTreeMap::<_, usize>::new();
    for call in fake.calls() {
        *polls.entry(call.end).or_default() += 1;
    }
    println!("calls by poll: {:?}", polls.values());
    // The first and the last may be cut.
    let mut whole: Vec<usize> = polls.into_values().skip(1).collect();
    whole.pop();
    whole.sort_unstable();
    whole[whole.len() / 2]
}
