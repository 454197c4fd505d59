//! A status that is wrong, an object that is not the one it was, and surroundings that changed: it is said, nothing is lost and
//! nothing is reported twice.

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use crate::installation::{
    ACCOUNT, DEADLINE, Installation, REGION, assert_each_reported_once, fast_source, policy, source, source_with,
};
use crate::rig::fake_cloudtrail::PutImage;
use crate::rig::{ControlPlaneOptions, FakeCloudTrail, Output, Progress, Signal, wait_for};

const OTHER_ACCOUNT: &str = "444455556666";

#[tokio::test]
async fn a_head_in_the_future_is_said_and_neither_loses_nor_repeats_a_push() {
    let mut world = World::at_work(1, "businessHours: []").await;
    world.push();
    world.installation.wait_for_uploads(1).await;
    world.stop();
    world.push();
    let future = Utc::now() + TimeDelta::days(400);
    let patch = json!([{"op": "replace", "path": "/status/streams/0/completeThrough", "value": future}]);
    patch_status(&world.installation, "cts", "default", &patch);

    world.installation.restart().await;

    wait_for_event(&world.installation, "default", "ClockWentBack").await;
    world.push();
    world.assert_all_found_once().await;
}

#[tokio::test]
async fn a_status_of_a_policy_that_is_nonsense_neither_loses_nor_repeats_a_push() {
    for (seed, nonsense) in [
        (2, json!([{"op": "replace", "path": "/status/sources/0/since", "value": "2199-01-01T00:00:00Z"}])),
        (3, json!([{"op": "add", "path": "/status/sources/0/through", "value": "2199-01-01T00:00:00Z"}])),
        (
            4,
            json!([
                {"op": "add", "path": "/status/sources/0/through", "value": "0001-01-01T00:00:00Z"},
                {"op": "replace", "path": "/status/sources/0/since", "value": "0001-01-01T00:00:00Z"},
            ]),
        ),
        (5, json!([{"op": "replace", "path": "/status/sources/0/uid", "value": "nobody"}])),
        (6, json!([{"op": "replace", "path": "/status/revision/generation", "value": 99}])),
    ] {
        println!("{nonsense}");
        let mut world = World::at_work(seed, "businessHours: []").await;
        world.push();
        world.installation.wait_for_uploads(1).await;
        world.stop();
        world.push();
        patch_status(&world.installation, "eup", "freeze", &nonsense);
        world.installation.restart().await;
        world.push();
        world.assert_all_found_once().await;
    }
}

#[tokio::test]
async fn a_status_of_a_source_that_is_nonsense_neither_loses_nor_repeats_a_push() {
    let of_no_stream =
        json!({"account": "000000000000", "region": "mars-north-1", "completeThrough": "2199-01-01T00:00:00Z"});
    for (seed, nonsense) in [
        (7, json!([{"op": "add", "path": "/status/streams/-", "value": of_no_stream}])),
        (8, json!([{"op": "replace", "path": "/status/streams", "value": [of_no_stream]}])),
        (9, json!([{"op": "replace", "path": "/status/streams/0/firstSeen", "value": "2199-01-01T00:00:00Z"}])),
        (
            10,
            json!([
                {"op": "replace", "path": "/status/streams/0/firstSeen", "value": "0001-01-01T00:00:00Z"},
                {"op": "replace", "path": "/status/streams/0/completeThrough", "value": "0001-01-01T00:00:00Z"},
                {"op": "replace", "path": "/status/streams/0/sweptThrough", "value": "0001-01-01T00:00:00Z"},
            ]),
        ),
    ] {
        println!("{nonsense}");
        let mut world = World::at_work(seed, "businessHours: []").await;
        world.push();
        world.installation.wait_for_uploads(1).await;
        world.stop();
        world.push();
        patch_status(&world.installation, "cts", "default", &nonsense);
        world.installation.restart().await;
        world.push();
        world.assert_all_found_once().await;
    }
}

#[tokio::test]
async fn a_role_of_another_account_is_said_and_the_pushes_of_both_are_found() {
    let role = |account: &str| format!("assumeRole: {{roleARN: 'arn:aws:iam::{account}:role/offhours'}}");
    let source = |account: &str| source_with("default", &[REGION], "pollInterval: 1s", &role(account));
    let fake = FakeCloudTrail::start(11);
    let objects = source(ACCOUNT) + &policy("freeze", "businessHours: [], lookback: 1s");
    let aws = fake.caller(ACCOUNT, REGION);
    let installation = Installation::start_with(ControlPlaneOptions::default(), &aws, &objects, &[]).await;
    installation.wait_until_applied("freeze").await;
    let mut expected = Vec::new();
    let mut push = |account: &str| {
        let push = PutImage::new("prod/api", Utc::now()).in_account(account, REGION);
        expected.push(push.id());
        fake.push(push);
        expected.clone()
    };
    push(ACCOUNT);
    installation.wait_for_uploads(1).await;

    installation.apply(&source(OTHER_ACCOUNT)).await;
    let note = wait_for_event(&installation, "default", "AccountChanged").await;
    assert!(note.contains(ACCOUNT) && note.contains(OTHER_ACCOUNT), "{note}");
    push(OTHER_ACCOUNT);
    push(ACCOUNT); // nobody reads it now
    installation.wait_for_uploads(2).await;
    installation.wait_until_applied("freeze").await;

    // It was a mistake.
    installation.apply(&source(ACCOUNT)).await;
    let findings = installation.wait_for_uploads(3).await;
    installation.wait_until_applied("freeze").await;
    assert_each_reported_once(&findings, push(ACCOUNT).into_iter().take(3));
}

#[tokio::test]
async fn two_sources_of_one_stream_are_said_and_report_each_push_once() {
    let mut world = World::at_work(12, "businessHours: []").await;
    world.push();
    world.installation.wait_for_uploads(1).await;
    world.installation.apply(&source("twin", &[REGION])).await;

    let note = wait_for_event(&world.installation, "twin", "SharedStream").await;
    assert!(note.contains(ACCOUNT) && note.contains(REGION) && note.contains("default"), "{note}");
    world.installation.wait_for_polls("twin", 2).await;
    world.push();
    world.push();
    world.assert_all_found_once().await;
    world.installation.control_plane.kubectl().run(&["delete", "cts", "default"]).expect_success();
    world.push();
    world.assert_all_found_once().await;
}

#[tokio::test]
async fn a_policy_that_is_made_anew_under_its_name_gets_no_status_of_the_one_before() {
    let mut world = World::at_work(13, "businessHours: []").await;
    world.push();
    world.installation.wait_for_uploads(1).await;
    let old = world.installation.policy("default", "freeze").await;
    // While the controller sleeps, so that it wakes up with the policy before in mind, and something to say about it.
    world.installation.controller.signal(Signal::Stop);
    world.installation.control_plane.kubectl().run(&["delete", "eup", "freeze"]).expect_success();
    let made = Utc::now();
    world.installation.apply(&policy("freeze", "businessHours: [], lookback: 1s")).await;
    let version = old.metadata.resource_version.unwrap();
    let refused = apply_status(&world.installation, &version, &old.metadata.uid.unwrap()).expect_failure();
    assert!(refused.contains("the object has been modified"), "what keeps the old status out: {refused}");
    world.installation.controller.signal(Signal::Continue);

    world.installation.wait_until_applied("freeze").await;
    let status = world.installation.policy("default", "freeze").await.status.unwrap();
    let since = status.covered_since.unwrap();
    assert!(since >= made - TimeDelta::seconds(3), "{since} is of the policy before, this one was made at {made}");
    world.push();
    world.assert_all_found_once().await;
}

/// Another resourceVersion is what a controller sees that was outrun by an edit. It must not give up then.
#[tokio::test]
async fn a_status_is_written_although_others_change_the_policy_all_the_time() {
    let mut world = World::at_work(15, "businessHours: []").await;
    let kubectl = world.installation.control_plane.kubectl();
    for n in 0..10 {
        world.push();
        let label = format!("edit=number-{n}");
        kubectl.run(&["label", "eup", "freeze", "--overwrite", &label]).expect_success();
    }
    world.assert_all_found_once().await;
    let failed = world.installation.metric(r#"offhours_errors_total{kind="PolicyStatus"}"#).await;
    assert_eq!(failed, 0.0);
}

/// Each message would be longer than the schema takes.
#[tokio::test]
async fn messages_that_are_too_long_keep_no_status_green() {
    let mut world = World::at_work(14, "businessHours: []").await;
    let long = |n: usize| format!("{}-{n:03}", "a".repeat(240));
    let team = |team: usize| {
        let calendars = (0..8).map(|n| format!("{{configMap: {}, key: {}}}", long(8 * team + n), long(n)));
        let calendars = calendars.collect::<Vec<_>>().join(", ");
        format!("{{name: t{team}, match: {{repositories: ['{team}/*']}}, holidays: {{calendars: [{calendars}]}}}}")
    };
    let teams = (0..8).map(team).collect::<Vec<_>>().join(", ");
    world.installation.apply(&policy("freeze", &format!("businessHours: [], teams: [{teams}]"))).await;
    let message = world.installation.wait_for_reason("eup", "freeze", "Ready", "InvalidHolidays").await;
    println!("a message of {} characters", message.len());
    world.push();
    world.assert_all_found_once().await;

    // A role that nobody may assume, of 2,000 characters, is in the conditions of the source and of its policies.
    let role = format!("arn:aws:iam::{ACCOUNT}:role/{}", "a".repeat(2_000));
    world.fake.require_external_id(&role, "opensesame");
    let spec = format!("assumeRole: {{roleARN: '{role}'}}");
    world.installation.apply(&source_with("default", &[REGION], "pollInterval: 1s", &spec)).await;
    world.installation.wait_for_reason("cts", "default", "Ready", "RoleDenied").await;
    world.installation.wait_for_reason("eup", "freeze", "SourcesReady", "SourceNotReady").await;
}

/// A policy `freeze` at work, and what was pushed.
struct World {
    fake: FakeCloudTrail,
    installation: Installation,
    pushed: Vec<String>,
}

impl World {
    async fn at_work(seed: u64, spec: &str) -> Self {
        let fake = FakeCloudTrail::start(seed);
        let objects = fast_source() + &policy("freeze", spec);
        let aws = fake.caller(ACCOUNT, REGION);
        let installation = Installation::start_with(ControlPlaneOptions::default(), &aws, &objects, &[]).await;
        installation.wait_until_applied("freeze").await;
        Self { fake, installation, pushed: Vec::new() }
    }

    fn push(&mut self) {
        let push = PutImage::new("prod/api", Utc::now());
        self.pushed.push(push.id());
        self.fake.push(push);
    }

    /// Ends the controller, at once.
    fn stop(&mut self) {
        self.installation.controller.kill();
    }

    async fn assert_all_found_once(&self) {
        self.installation.wait_for_uploads(self.pushed.len()).await;
        self.installation.wait_until_applied("freeze").await;
        assert_each_reported_once(&self.installation.findings().await, self.pushed.clone());
    }
}

/// A status for the policy `freeze`, as the controller writes it.
fn apply_status(installation: &Installation, version: &str, uid: &str) -> Output {
    let status = json!({
        "apiVersion": "offhours.dev/v1alpha1", "kind": "EcrUploadPolicy", "status": {"offHoursNow": false},
        "metadata": {"name": "freeze", "namespace": "default", "uid": uid, "resourceVersion": version}
    });
    let apply = ["apply", "--server-side", "--force-conflicts", "--subresource=status", "--field-manager=offhours"];
    installation.control_plane.kubectl().run_with(&apply, &status.to_string())
}

fn patch_status(installation: &Installation, kind: &str, name: &str, patch: &Value) {
    let patch = patch.to_string();
    let arguments = ["patch", kind, name, "--subresource=status", "--type=json", "-p", &patch];
    installation.control_plane.kubectl().run(&arguments).expect_success();
}

/// Waits for an Event about an object for this reason, and returns its note.
async fn wait_for_event(installation: &Installation, name: &str, reason: &str) -> String {
    wait_for(&format!("the Event {reason}"), DEADLINE, async || {
        let events = installation.events_about(name).await;
        let event = events.iter().find(|event| event.reason.as_deref() == Some(reason));
        match event.and_then(|event| event.note.clone()) {
            Some(note) => Progress::Done(note),
            None => Progress::Waiting(format!("{:?}", events.iter().map(|event| &event.reason).collect::<Vec<_>>())),
        }
    })
    .await
}
