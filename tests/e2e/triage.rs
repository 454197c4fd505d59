//! A push after a triage is not silent: a person triages with kubectl, and pushes go on.

use chrono::{TimeDelta, Timelike as _, Utc};
use offhours::api::OffHoursUpload;
use serde_json::{Value, json};

use crate::installation::{ACCOUNT, DEADLINE, Installation, REGION, policy};
use crate::rig::fake_cloudtrail::{Principal, PutImage};
use crate::rig::{FakeCloudTrail, Progress, wait_for};

/// Everything is off hours, on one local date: none turns while a test runs, since it is not noon anywhere near.
fn production() -> String {
    let zone = if (10..=13).contains(&Utc::now().hour()) { "Asia/Tokyo" } else { "UTC" };
    policy("production", &format!("businessHours: [], timeZone: {zone}"))
}

fn push(fake: &FakeCloudTrail, tag: &str) {
    let release = Principal::role("ci/release", "run-1");
    fake.push(PutImage::new("prod/api", Utc::now() - TimeDelta::seconds(1)).by(release).tag(tag));
}

/// As a person does it.
fn triage(installation: &Installation, name: &str, triage: &Value) {
    let patch = json!({"spec": {"triage": triage}}).to_string();
    installation.control_plane.kubectl().run(&["patch", "ohu", name, "--type=merge", "-p", &patch]).expect_success();
}

/// Waits until the table shows this triage of the only finding, which has this many uploads.
async fn wait_for_triage(installation: &Installation, uploads: usize, in_short: &str) -> OffHoursUpload {
    wait_for(&format!("{uploads} uploads, {in_short}"), DEADLINE, async || {
        let Some(finding) = installation.findings().await.pop() else { return Progress::Waiting("none".to_owned()) };
        let status = finding.status.as_ref().map(|status| (status.uploads.len(), status.summary.triage.clone()));
        match status {
            Some((held, triage)) if held == uploads && triage == in_short => Progress::Done(finding),
            other => Progress::Waiting(format!("{other:?}")),
        }
    })
    .await
}

/// Waits until the policy counts this many open findings.
async fn wait_for_open(installation: &Installation, open: i64) {
    wait_for(&format!("{open} open findings"), DEADLINE, async || {
        let status = installation.policy("default", "production").await.status.unwrap_or_default();
        match status.findings {
            Some(counts) if counts.open == open => Progress::Done(()),
            counts => Progress::Waiting(format!("{counts:?}")),
        }
    })
    .await;
}

/// Waits until the finding has one Event for each of these reasons, with these counts; their messages.
async fn wait_for_events(installation: &Installation, name: &str, expected: &[(&str, i32)]) -> Vec<String> {
    wait_for(&format!("the Events {expected:?}"), DEADLINE, async || {
        let mut events = installation.events_about(name).await;
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

fn open(installation: &Installation) -> String {
    let open = ["get", "ohu", "--field-selector", "status.untriaged!=0", "-o", "name"];
    installation.control_plane.kubectl().run(&open).expect_success()
}

#[tokio::test]
async fn a_push_after_a_triage_opens_the_finding_again_also_when_it_was_triaged_while_nothing_ran() {
    let fake = FakeCloudTrail::start(31);
    let mut installation = Installation::start(&fake.caller(ACCOUNT, REGION)).await;
    let kubectl = installation.control_plane.kubectl();
    installation.apply(&production()).await;
    installation.wait_until_applied("production").await;
    push(&fake, "v1.4.1");
    let finding = wait_for_triage(&installation, 1, "New").await;
    let name = finding.metadata.name.unwrap();
    wait_for_open(&installation, 1).await;

    // It covers what its author saw, and the cluster knows who set it and when.
    let before = Utc::now() - TimeDelta::seconds(1);
    triage(&installation, &name, &json!({"state": "Expected", "note": "CHG-1234", "by": "kaori"}));
    let status = wait_for_triage(&installation, 1, "Expected").await.status.unwrap();
    let coverage = status.triage.unwrap();
    assert_eq!((status.untriaged, coverage.uploads, coverage.pushes), (0, 1, 1));
    assert_eq!(coverage.set_by.as_deref(), Some("kubectl-patch"));
    assert!(coverage.set_time.is_some_and(|time| time >= before && time <= Utc::now()), "{:?}", coverage.set_time);
    wait_for_open(&installation, 0).await;
    assert_eq!(open(&installation), "");

    // A later push opens it again, in words, in a column, and by a selector.
    push(&fake, "v1.4.2");
    let status = wait_for_triage(&installation, 2, "Expected+1").await.status.unwrap();
    assert_eq!((status.untriaged, status.triage.unwrap()), (1, coverage));
    wait_for_open(&installation, 1).await;
    assert_eq!(open(&installation), format!("offhoursupload.offhours.dev/{name}\n"));
    let notes = wait_for_events(&installation, &name, &[("OffHoursUpload", 2), ("PushAfterTriage", 1)]).await;
    assert!(notes[0].starts_with("1 push by role/ci/release to prod/api, v1.4.2 at "), "{notes:?}");
    let after = ": after the finding was triaged as Expected by kaori (CHG-1234); review it, then change spec.triage to \
                 cover it too (a new note is enough)";
    assert!(notes[1].starts_with("1 push by role/ci/release to prod/api, v1.4.2 at "), "{notes:?}");
    assert!(notes[1].ends_with(after), "{notes:?}");
    let table = kubectl.run(&["get", "ohu"]).expect_success();
    println!("{table}");
    assert!(table.lines().all(|line| line.trim_end().len() <= 120), "{table}");
    assert!(table.contains("v1.4.2") && table.contains("Expected+1"), "{table}");

    // The same values again are no change for the API server.
    let again = r#"{"spec":{"triage":{"state":"Expected"}}}"#;
    let patched = kubectl.run(&["patch", "ohu", &name, "--type=merge", "-p", again]).expect_success();
    assert!(patched.contains("patched (no change)"), "{patched}");

    // Triaged anew while no controller runs, and then another push: the triage covers two.
    installation.controller.kill();
    triage(&installation, &name, &json!({"note": "CHG-1234 and v1.4.2"}));
    push(&fake, "v1.4.3");
    installation.restart().await;
    let status = wait_for_triage(&installation, 3, "Expected+1").await.status.unwrap();
    assert_eq!((status.untriaged, status.triage.unwrap().uploads), (1, 2));
    wait_for_events(&installation, &name, &[("OffHoursUpload", 3), ("PushAfterTriage", 1)]).await;
    let events = kubectl.run(&["describe", "ohu", &name]).expect_success();
    println!("{}", events.split("Events:").nth(1).unwrap_or_default());
    assert!(events.contains("(x3 over "), "{events}");

    // Triaged while nothing is pushed and nothing runs.
    installation.controller.terminate(DEADLINE).await;
    triage(&installation, &name, &json!({"state": "Incident", "note": null}));
    installation.restart().await;
    let status = wait_for_triage(&installation, 3, "Incident").await.status.unwrap();
    assert_eq!((status.untriaged, status.triage.unwrap().uploads), (0, 3));

    triage(&installation, &name, &json!({"state": "New"}));
    let status = wait_for_triage(&installation, 3, "New").await.status.unwrap();
    assert_eq!((status.untriaged, status.triage), (3, None));
    wait_for_open(&installation, 1).await;
}

#[tokio::test]
async fn the_log_has_one_line_for_each_finding_written() {
    let fake = FakeCloudTrail::start(32);
    let installation = Installation::start(&fake.caller(ACCOUNT, REGION)).await;
    installation.apply(&production()).await;
    push(&fake, "v1.4.1");
    let name = wait_for_triage(&installation, 1, "New").await.metadata.name.unwrap();
    push(&fake, "v1.4.2");
    wait_for_triage(&installation, 2, "New").await;
    let log = wait_for("two lines", DEADLINE, async || {
        let log = installation.controller.log();
        let lines: Vec<String> =
            log.lines().filter(|line| line.contains("finding written")).map(str::to_owned).collect();
        if lines.len() >= 2 { Progress::Done(lines) } else { Progress::Waiting(log) }
    })
    .await;
    println!("{}", log.join("\n"));
    assert_eq!(log.len(), 2);
    for (line, tag, operation) in [(&log[0], "v1.4.1", "Create"), (&log[1], "v1.4.2", "Append")] {
        for word in
            ["production", "prod/api", "arn:aws:iam::111122223333:role/ci/release", &name, tag, operation, "pushes"]
        {
            assert!(line.contains(word), "{word} is not in {line}");
        }
    }
}
