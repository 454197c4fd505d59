//! A wrong status, an object that was replaced, an account or a source that changed: it is reported, and no push is lost or
//! reported twice.

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use crate::findings::assert_each_reported_once;
use crate::installation::{ACCOUNT, Installation, REGION, Tenant, TestNamespace, new_account};
use crate::manifests::{fast_source, freeze, policy, source_with};
use crate::rig::fake_cloudtrail::PutImage;
use crate::rig::{ControlPlaneOptions, FakeCloudTrail, Output, Signal};

#[tokio::test]
async fn a_head_in_the_future_is_reported_and_neither_loses_nor_repeats_a_push() {
    let mut world = World::at_work(1).await;
    world.push();
    world.installation.wait_for_uploads(1).await;
    world.stop();
    world.push();
    let future = Utc::now() + TimeDelta::days(400);
    let patch = json!([{"op": "replace", "path": "/status/streams/0/completeThrough", "value": future}]);
    patch_status(&world.installation, "cts", "default", &patch);

    world.installation.restart().await;

    world.installation.wait_for_event("default", "ClockWentBack").await;
    world.push();
    world.assert_all_found_once().await;
}

#[tokio::test]
async fn a_status_of_a_policy_that_is_nonsense_neither_loses_nor_repeats_a_push() {
    assert_nothing_lost_or_repeated(
        "eup",
        &[
            json!([{"op": "replace", "path": "/status/sources/0/since", "value": "2199-01-01T00:00:00Z"}]),
            json!([{"op": "add", "path": "/status/sources/0/through", "value": "2199-01-01T00:00:00Z"}]),
            json!([
                {"op": "add", "path": "/status/sources/0/through", "value": "0001-01-01T00:00:00Z"},
                {"op": "replace", "path": "/status/sources/0/since", "value": "0001-01-01T00:00:00Z"},
            ]),
            json!([{"op": "replace", "path": "/status/sources/0/uid", "value": "nobody"}]),
            json!([{"op": "replace", "path": "/status/revision/generation", "value": 99}]),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_status_of_a_source_that_is_nonsense_neither_loses_nor_repeats_a_push() {
    let of_no_stream =
        json!({"account": "000000000000", "region": "mars-north-1", "completeThrough": "2199-01-01T00:00:00Z"});
    assert_nothing_lost_or_repeated(
        "cts",
        &[
            json!([{"op": "add", "path": "/status/streams/-", "value": of_no_stream}]),
            json!([{"op": "replace", "path": "/status/streams", "value": [of_no_stream]}]),
            json!([{"op": "replace", "path": "/status/streams/0/firstSeen", "value": "2199-01-01T00:00:00Z"}]),
            json!([
                {"op": "replace", "path": "/status/streams/0/firstSeen", "value": "0001-01-01T00:00:00Z"},
                {"op": "replace", "path": "/status/streams/0/completeThrough", "value": "0001-01-01T00:00:00Z"},
                {"op": "replace", "path": "/status/streams/0/sweptThrough", "value": "0001-01-01T00:00:00Z"},
            ]),
        ],
    )
    .await;
}

/// A policy `freeze` with its own source, account and namespace, and the ids of what was pushed.
struct Place<'a> {
    fake: &'a FakeCloudTrail,
    namespace: TestNamespace,
    account: String,
    pushed: Vec<String>,
}

impl Place<'_> {
    fn push(&mut self) {
        let push = PutImage::new("prod/api", Utc::now()).in_account(&self.account, REGION);
        self.pushed.push(push.id());
        self.fake.push(push);
    }
}

/// Kills the controller, writes each of these into the status of another place, and pushes before and after that.
async fn assert_nothing_lost_or_repeated(kind: &str, nonsense: &[Value]) {
    let fake = FakeCloudTrail::start(2);
    let aws = fake.caller(ACCOUNT, REGION);
    let flags = ["--default-source=false"];
    let mut installation = Installation::start_with(ControlPlaneOptions::default(), &aws, "", &flags).await;
    let mut places = Vec::new();
    for n in 0..nonsense.len() {
        let namespace = installation.another(&format!("-{n}")).await;
        let mut place = Place { fake: &fake, namespace, account: new_account(), pushed: Vec::new() };
        let name = place.namespace.name();
        let role = format!("assumeRole: {{roleARN: 'arn:aws:iam::{}:role/offhours'}}", place.account);
        let source = source_with(name, &[REGION], "pollInterval: 1s, overlap: 30m", &role);
        let policy = policy("freeze", &format!("businessHours: [], sources: [{name}]"));
        place.namespace.apply(&(source + &policy)).await;
        place.namespace.wait_until_applied("freeze").await;
        place.push();
        place.namespace.wait_for_uploads(1).await;
        places.push(place);
    }

    installation.controller.kill();
    for (place, nonsense) in places.iter_mut().zip(nonsense) {
        place.push();
        let name = if kind == "cts" { place.namespace.name() } else { "freeze" };
        patch_status(&place.namespace, kind, name, nonsense);
    }
    installation.restart().await;

    for (mut place, nonsense) in places.into_iter().zip(nonsense) {
        println!("{}: {nonsense}", place.namespace.name());
        place.push();
        place.namespace.wait_for_uploads(3).await;
        place.namespace.wait_until_applied("freeze").await;
        assert_each_reported_once(&place.namespace.findings().await, place.pushed);
    }
}

#[tokio::test]
async fn a_change_of_the_account_is_reported_and_the_pushes_of_both_accounts_are_found() {
    let tenant = Tenant::start().await;
    let other_account = new_account();
    let other_role = tenant.source_manifest(&[REGION]).replace(&tenant.account, &other_account);
    tenant.apply(&policy("freeze", "businessHours: [], lookback: 1s")).await;
    tenant.wait_until_applied("freeze").await;
    let push = |account: &str| tenant.push(PutImage::new("prod/api", Utc::now()).in_account(account, REGION));
    let mut expected = vec![push(&tenant.account)];
    tenant.wait_for_uploads(1).await;

    tenant.apply(&other_role).await;
    let note = tenant.wait_for_event(&tenant.source, "AccountChanged").await;
    assert!(note.contains(&tenant.account) && note.contains(&other_account), "{note}");
    expected.push(push(&other_account));
    expected.push(push(&tenant.account)); // not read now
    tenant.wait_for_uploads(2).await;
    tenant.wait_until_applied("freeze").await;

    // The change was a mistake.
    tenant.apply(&tenant.source_manifest(&[REGION])).await;
    let findings = tenant.wait_for_uploads(3).await;
    tenant.wait_until_applied("freeze").await;
    assert_each_reported_once(&findings, expected);
}

#[tokio::test]
async fn two_sources_of_one_stream_are_reported_and_report_each_push_once() {
    let tenant = Tenant::start().await;
    tenant.apply(&freeze("freeze")).await;
    tenant.wait_until_applied("freeze").await;
    let mut pushed = vec![tenant.push_now()];
    tenant.wait_for_uploads(1).await;
    let twin = format!("{}-twin", tenant.source);
    tenant.apply(&tenant.other_source_manifest("-twin", &[REGION])).await;

    let note = tenant.wait_for_event(&twin, "SharedStream").await;
    assert!(
        note.contains(&tenant.account) && note.contains(REGION) && note.replace(&twin, "").contains(&tenant.source),
        "{note}"
    );
    tenant.wait_for_polls(&twin, 2).await;
    pushed.extend([tenant.push_now(), tenant.push_now()]);
    assert_all_found_once(&tenant, &pushed).await;
    tenant.kubectl().run(&["delete", "cts", &tenant.source]).expect_success();
    pushed.push(tenant.push_now());
    assert_all_found_once(&tenant, &pushed).await;
}

#[tokio::test]
async fn a_policy_that_is_recreated_under_its_name_does_not_get_the_status_of_the_old_one() {
    let mut world = World::at_work(13).await;
    world.push();
    world.installation.wait_for_uploads(1).await;
    let old = world.installation.policy("freeze").await;
    // While the controller is stopped, so that it continues with the old policy in memory and a status to write for it.
    world.installation.controller.signal(Signal::Stop);
    world.installation.kubectl().run(&["delete", "eup", "freeze"]).expect_success();
    let made = Utc::now();
    world.installation.apply(&policy("freeze", "businessHours: [], lookback: 1s")).await;
    let version = old.metadata.resource_version.unwrap();
    let refused = apply_status(&world.installation, &version, &old.metadata.uid.unwrap()).expect_failure();
    assert!(refused.contains("the object has been modified"), "what keeps the old status out: {refused}");
    world.installation.controller.signal(Signal::Continue);

    world.installation.wait_until_applied("freeze").await;
    let status = world.installation.policy("freeze").await.status.unwrap();
    let since = status.covered_since.unwrap();
    assert!(since >= made - TimeDelta::seconds(3), "{since} is of the policy before, this one was made at {made}");
    world.push();
    world.assert_all_found_once().await;
}

/// An edit changes the resourceVersion, so the write of a status may fail, and must be repeated.
#[tokio::test]
async fn a_status_is_written_although_others_change_the_policy_all_the_time() {
    let mut world = World::at_work(15).await;
    for n in 0..10 {
        world.push();
        let label = format!("edit=number-{n}");
        world.installation.kubectl().run(&["label", "eup", "freeze", "--overwrite", &label]).expect_success();
    }
    world.assert_all_found_once().await;
    let failed = world.installation.metric(r#"offhours_errors_total{kind="PolicyStatus"}"#).await;
    assert_eq!(failed, 0.0);
}

/// Each message would be longer than the schema allows.
#[tokio::test]
async fn messages_that_are_too_long_are_still_reported() {
    let tenant = Tenant::start().await;
    let long = |n: usize| format!("{}-{n:03}", "a".repeat(240));
    let team = |team: usize| {
        let calendars = (0..8).map(|n| format!("{{configMap: {}, key: {}}}", long(8 * team + n), long(n)));
        let calendars = calendars.collect::<Vec<_>>().join(", ");
        format!("{{name: t{team}, match: {{repositories: ['{team}/*']}}, holidays: {{calendars: [{calendars}]}}}}")
    };
    let teams = (0..8).map(team).collect::<Vec<_>>().join(", ");
    tenant.apply(&policy("freeze", &format!("businessHours: [], teams: [{teams}]"))).await;
    let message = tenant.wait_for_reason("eup", "freeze", "Ready", "InvalidHolidays").await;
    println!("a message of {} characters", message.len());
    let push = tenant.push_now();
    assert_all_found_once(&tenant, &[push]).await;

    // The role, which nobody is allowed to assume, has 2,000 characters and is named in the conditions of the source and its
    // policies.
    let role = format!("arn:aws:iam::{}:role/{}", tenant.account, "a".repeat(2_000));
    tenant.fake.require_external_id(&role, "opensesame");
    let short = format!("arn:aws:iam::{}:role/offhours", tenant.account);
    tenant.apply(&tenant.source_manifest(&[REGION]).replace(&short, &role)).await;
    tenant.wait_for_reason("cts", &tenant.source, "Ready", "RoleDenied").await;
    tenant.wait_for_reason("eup", "freeze", "SourcesReady", "SourceNotReady").await;
}

/// An installation with a policy `freeze`, and the ids of what was pushed.
struct World {
    fake: FakeCloudTrail,
    installation: Installation,
    pushed: Vec<String>,
}

impl World {
    async fn at_work(seed: u64) -> Self {
        let fake = FakeCloudTrail::start(seed);
        let objects = fast_source() + &freeze("freeze");
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

    /// Kills the controller.
    fn stop(&mut self) {
        self.installation.controller.kill();
    }

    async fn assert_all_found_once(&self) {
        assert_all_found_once(&self.installation, &self.pushed).await;
    }
}

async fn assert_all_found_once(namespace: &TestNamespace, pushed: &[String]) {
    namespace.wait_for_uploads(pushed.len()).await;
    namespace.wait_until_applied("freeze").await;
    assert_each_reported_once(&namespace.findings().await, pushed.iter().cloned());
}

/// A status for the policy `freeze`, as the controller writes it.
fn apply_status(installation: &Installation, version: &str, uid: &str) -> Output {
    let status = json!({
        "apiVersion": "offhours.dev/v1alpha1", "kind": "EcrUploadPolicy", "status": {"offHoursNow": false},
        "metadata": {"name": "freeze", "uid": uid, "resourceVersion": version}
    });
    let apply = ["apply", "--server-side", "--force-conflicts", "--subresource=status", "--field-manager=offhours"];
    installation.kubectl().run_with(&apply, &status.to_string())
}

fn patch_status(namespace: &TestNamespace, kind: &str, name: &str, patch: &Value) {
    let patch = patch.to_string();
    let arguments = ["patch", kind, name, "--subresource=status", "--type=json", "-p", &patch];
    namespace.kubectl().run(&arguments).expect_success();
}
