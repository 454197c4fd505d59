//! Triage with kubectl, and pushes after a triage.

use chrono::{TimeDelta, Timelike as _, Utc};
use offhours::api::{OffHoursUpload, OffHoursUploadStatus};
use serde_json::{Value, json};

use crate::installation::{ACCOUNT, DEADLINE, Installation, REGION, Tenant, TestNamespace};
use crate::manifests::policy;
use crate::rig::fake_cloudtrail::{Principal, PutImage};
use crate::rig::{FakeCloudTrail, Progress, wait_for};

/// Everything is off hours, in a time zone where the local date does not change while a test runs.
fn production() -> String {
    let zone = if (10..=13).contains(&Utc::now().hour()) { "Asia/Tokyo" } else { "UTC" };
    policy("production", &format!("businessHours: [], timeZone: {zone}"))
}

fn by_release(push: PutImage, tag: &str) -> PutImage {
    push.at(Utc::now() - TimeDelta::seconds(1)).by(Principal::role("ci/release", "run-1")).tag(tag)
}

/// Sets these fields of `spec.triage` with kubectl.
fn triage(namespace: &TestNamespace, name: &str, triage: &Value) {
    let patch = json!({"spec": {"triage": triage}}).to_string();
    namespace.kubectl().run(&["patch", "ohu", name, "--type=merge", "-p", &patch]).expect_success();
}

/// Waits until the only finding has this many uploads and shows this triage in the table.
async fn wait_for_triage(namespace: &TestNamespace, uploads: usize, in_short: &str) -> OffHoursUpload {
    wait_for(&format!("{uploads} uploads, {in_short}"), DEADLINE, async || {
        let Some(finding) = namespace.findings().await.pop() else { return Progress::Waiting("none".to_owned()) };
        let status = finding.status.as_ref().map(|status| (status.uploads.len(), status.summary.triage.clone()));
        match status {
            Some((held, triage)) if held == uploads && triage == in_short => Progress::Done(finding),
            other => Progress::Waiting(format!("{other:?}")),
        }
    })
    .await
}

/// Waits until the policy counts this many open findings.
async fn wait_for_open(namespace: &TestNamespace, open: i64) {
    wait_for(&format!("{open} open findings"), DEADLINE, async || {
        let status = namespace.policy("production").await.status.unwrap_or_default();
        match status.findings {
            Some(counts) if counts.open == open => Progress::Done(()),
            counts => Progress::Waiting(format!("{counts:?}")),
        }
    })
    .await;
}

/// Waits until the finding has exactly one Event for each of these reasons, with these counts. Returns their notes.
async fn wait_for_events(namespace: &TestNamespace, name: &str, expected: &[(&str, i32)]) -> Vec<String> {
    wait_for(&format!("the Events {expected:?}"), DEADLINE, async || {
        let mut events = namespace.events_about(name).await;
        events.sort_by(|a, b| a.reason.cmp(&b.reason));
        let seen: Vec<(&str, i32)> = events
            .iter()
            .map(|event| (event.reason.as_deref().unwrap_or_default(), event.deprecated_count.unwrap_or_default()))
            .collect();
        if seen == expected {
            Progress::Done(events.into_iter().filter_map(|event| event.note).collect())
        } else {
            Progress::Waiting(format!("{seen:?}"))
        }
    })
    .await
}

fn open(namespace: &TestNamespace) -> String {
    let open = ["get", "ohu", "--field-selector", "status.untriaged!=0", "-o", "name"];
    namespace.kubectl().run(&open).expect_success()
}

/// A finding that was triaged as expected when it had one upload, `v1.4.1`.
struct Triaged {
    tenant: Tenant,
    /// The name of the finding.
    name: String,
    status: OffHoursUploadStatus,
}

impl Triaged {
    async fn as_expected() -> Self {
        let tenant = Tenant::start().await;
        tenant.apply(&production()).await;
        tenant.wait_until_applied("production").await;
        push_release(&tenant, "v1.4.1");
        let name = wait_for_triage(&tenant, 1, "New").await.metadata.name.unwrap();
        wait_for_open(&tenant, 1).await;
        triage(&tenant, &name, &json!({"state": "Expected", "note": "CHG-1234", "by": "kaori"}));
        let status = wait_for_triage(&tenant, 1, "Expected").await.status.unwrap();
        Self { tenant, name, status }
    }

    /// The same, after another push, of `v1.4.2`.
    async fn with_another_push() -> Self {
        let mut triaged = Self::as_expected().await;
        push_release(&triaged.tenant, "v1.4.2");
        triaged.status = wait_for_triage(&triaged.tenant, 2, "Expected+1").await.status.unwrap();
        triaged
    }
}

fn push_release(tenant: &Tenant, tag: &str) {
    tenant.push(by_release(tenant.put_image("prod/api", Utc::now()), tag));
}

#[tokio::test]
async fn a_triage_covers_what_its_author_saw_and_has_an_author_and_a_time() {
    let before = Utc::now() - TimeDelta::seconds(1);

    let triaged = Triaged::as_expected().await;

    let coverage = triaged.status.triage.unwrap();
    assert_eq!((triaged.status.untriaged, coverage.uploads, coverage.pushes), (0, 1, 1));
    assert_eq!(coverage.set_by.as_deref(), Some("kubectl-patch"));
    assert!(coverage.set_time.is_some_and(|time| time >= before && time <= Utc::now()), "{:?}", coverage.set_time);
}

#[tokio::test]
async fn a_triaged_finding_is_not_counted_or_selected_as_open() {
    let triaged = Triaged::as_expected().await;

    wait_for_open(&triaged.tenant, 0).await;
    assert_eq!(open(&triaged.tenant), "");
}

#[tokio::test]
async fn a_push_after_a_triage_opens_the_finding_again() {
    let triaged = Triaged::as_expected().await;
    let coverage = triaged.status.triage;

    push_release(&triaged.tenant, "v1.4.2");

    let status = wait_for_triage(&triaged.tenant, 2, "Expected+1").await.status.unwrap();
    assert_eq!((status.untriaged, status.triage), (1, coverage));
    wait_for_open(&triaged.tenant, 1).await;
    assert_eq!(open(&triaged.tenant), format!("offhoursupload.offhours.dev/{}\n", triaged.name));
}

#[tokio::test]
async fn a_push_after_a_triage_is_an_event_that_says_what_to_do() {
    let triaged = Triaged::with_another_push().await;

    let expected = [("OffHoursUpload", 2), ("PushAfterTriage", 1)];
    let notes = wait_for_events(&triaged.tenant, &triaged.name, &expected).await;

    assert!(notes[0].starts_with("1 push by role/ci/release to prod/api, v1.4.2 at "), "{notes:?}");
    let after = ": after the finding was triaged as Expected by kaori (CHG-1234); review it, then change spec.triage to \
                 cover it too (a new note is enough)";
    assert!(notes[1].starts_with("1 push by role/ci/release to prod/api, v1.4.2 at "), "{notes:?}");
    assert!(notes[1].ends_with(after), "{notes:?}");
}

#[tokio::test]
async fn a_push_after_a_triage_shows_in_a_table_of_120_columns() {
    let triaged = Triaged::with_another_push().await;

    let table = triaged.tenant.kubectl().run(&["get", "ohu"]).expect_success();

    println!("{table}");
    assert!(table.lines().all(|line| line.trim_end().len() <= 120), "{table}");
    assert!(table.contains("v1.4.2") && table.contains("Expected+1"), "{table}");
}

/// For the API server, the same values are no change.
#[tokio::test]
async fn a_triage_with_the_same_values_covers_nothing_more() {
    let triaged = Triaged::with_another_push().await;

    let again = r#"{"spec":{"triage":{"state":"Expected"}}}"#;
    let patch = ["patch", "ohu", &triaged.name, "--type=merge", "-p", again];
    let patched = triaged.tenant.kubectl().run(&patch).expect_success();

    assert!(patched.contains("patched (no change)"), "{patched}");
    triaged.tenant.wait_for_polls(&triaged.tenant.source, 1).await;
    let status = wait_for_triage(&triaged.tenant, 2, "Expected+1").await.status.unwrap();
    assert_eq!((status.untriaged, status.triage), (1, triaged.status.triage));
}

#[tokio::test]
async fn a_finding_that_is_set_back_to_new_is_open() {
    let triaged = Triaged::with_another_push().await;
    triage(&triaged.tenant, &triaged.name, &json!({"state": "Incident", "note": null}));
    let status = wait_for_triage(&triaged.tenant, 2, "Incident").await.status.unwrap();
    assert_eq!((status.untriaged, status.triage.unwrap().uploads), (0, 2));

    triage(&triaged.tenant, &triaged.name, &json!({"state": "New"}));

    let status = wait_for_triage(&triaged.tenant, 2, "New").await.status.unwrap();
    assert_eq!((status.untriaged, status.triage), (2, None));
    wait_for_open(&triaged.tenant, 1).await;
}

/// A finding of two uploads, the first of which is covered by its triage, and its name.
async fn with_two_uploads(fake: &FakeCloudTrail) -> (Installation, String) {
    let installation = Installation::start(&fake.caller(ACCOUNT, REGION)).await;
    installation.apply(&production()).await;
    installation.wait_until_applied("production").await;
    let push = |tag: &str| fake.push(by_release(PutImage::new("prod/api", Utc::now()), tag));
    push("v1.4.1");
    let name = wait_for_triage(&installation, 1, "New").await.metadata.name.unwrap();
    triage(&installation, &name, &json!({"state": "Expected", "note": "CHG-1234", "by": "kaori"}));
    wait_for_triage(&installation, 1, "Expected").await;
    push("v1.4.2");
    wait_for_triage(&installation, 2, "Expected+1").await;
    wait_for_events(&installation, &name, &[("OffHoursUpload", 2), ("PushAfterTriage", 1)]).await;
    (installation, name)
}

#[tokio::test]
async fn a_push_after_a_triage_while_no_controller_runs_opens_the_finding_again() {
    let fake = FakeCloudTrail::start(31);
    let (mut installation, name) = with_two_uploads(&fake).await;
    installation.controller.kill();
    triage(&installation, &name, &json!({"note": "CHG-1234 and v1.4.2"}));
    fake.push(by_release(PutImage::new("prod/api", Utc::now()), "v1.4.3"));

    installation.restart().await;

    let status = wait_for_triage(&installation, 3, "Expected+1").await.status.unwrap();
    assert_eq!((status.untriaged, status.triage.unwrap().uploads), (1, 2));
    wait_for_events(&installation, &name, &[("OffHoursUpload", 3), ("PushAfterTriage", 1)]).await;
    let events = installation.kubectl().run(&["describe", "ohu", &name]).expect_success();
    println!("{}", events.split("Events:").nth(1).unwrap_or_default());
    assert!(events.contains("(x3 over "), "{events}");
}

#[tokio::test]
async fn a_triage_while_no_controller_runs_covers_everything_if_nothing_is_pushed() {
    let fake = FakeCloudTrail::start(33);
    let (mut installation, name) = with_two_uploads(&fake).await;
    installation.controller.terminate(DEADLINE).await;
    triage(&installation, &name, &json!({"state": "Incident", "note": null}));

    installation.restart().await;

    let status = wait_for_triage(&installation, 2, "Incident").await.status.unwrap();
    assert_eq!((status.untriaged, status.triage.unwrap().uploads), (0, 2));
}

#[tokio::test]
async fn the_log_has_one_line_for_each_finding_written() {
    let tenant = Tenant::start().await;
    tenant.apply(&production()).await;
    push_release(&tenant, "v1.4.1");
    let name = wait_for_triage(&tenant, 1, "New").await.metadata.name.unwrap();
    push_release(&tenant, "v1.4.2");
    wait_for_triage(&tenant, 2, "New").await;

    let log = wait_for("two lines", DEADLINE, async || {
        let log = tenant.controller_log();
        let is_own = |line: &&str| line.contains("finding written") && line.contains(tenant.name());
        let lines: Vec<String> = log.lines().filter(is_own).map(str::to_owned).collect();
        if lines.len() >= 2 { Progress::Done(lines) } else { Progress::Waiting(log) }
    })
    .await;

    println!("{}", log.join("\n"));
    assert_eq!(log.len(), 2);
    for (line, tag, operation) in [(&log[0], "v1.4.1", "Create"), (&log[1], "v1.4.2", "Append")] {
        let principal = format!("arn:aws:iam::{}:role/ci/release", tenant.account);
        for word in ["production", "prod/api", &principal, &name, tag, operation, "pushes"] {
            assert!(line.contains(word), "{word} is not in {line}");
        }
    }
}
