//! The `Ready` condition of policies and sources, and the metrics that alerts use.

use std::collections::BTreeSet;

use chrono::{TimeDelta, Utc};

use crate::installation::{ACCOUNT, DEADLINE, Installation, REGION, http_get};
use crate::manifests::{fast_source, freeze, policy, source};
use crate::rig::fake_cloudtrail::{PutImage, Refusal};
use crate::rig::{ControlPlaneOptions, FakeCloudTrail, Progress, wait_for};

const OTHER_REGION: &str = "us-east-1";
const WAIT: [&str; 4] = ["wait", "--for=condition=Ready", "--timeout=1s", "eup/freeze"];

#[tokio::test]
async fn a_policy_is_ready_only_while_its_source_can_be_read() {
    let fake = FakeCloudTrail::start(1);
    fake.refuse(ACCOUNT, None, Refusal::AccessDenied);
    let objects = fast_source() + &freeze("freeze");
    let aws = fake.caller(ACCOUNT, REGION);
    let installation = Installation::start_with(ControlPlaneOptions::default(), &aws, &objects, &[]).await;
    let kubectl = installation.kubectl();

    let ready = installation.watch_condition("freeze", "Ready");
    let message = installation.wait_for_reason("eup", "freeze", "Ready", "SourceNotReady").await;
    let begins = "the CloudTrailSource default is not ready (AccessDenied): arn:aws:iam::111122223333:user/rig is not ";
    assert!(message.starts_with(begins), "{message}");
    assert!(message.ends_with("allow the action in its IAM policy"), "{message}");
    assert!(!kubectl.run(&WAIT).success(), "kubectl wait must not succeed while nothing is read");
    assert!(!ready.was("True"), "it was never ready");

    fake.accept(ACCOUNT, None);
    kubectl.run(&["wait", "--for=condition=Ready", "--timeout=60s", "eup/freeze"]).expect_success();

    // A second time: there is one Event and one line for each change, however many polls fail.
    fake.refuse(ACCOUNT, None, Refusal::AccessDenied);
    installation.wait_for_reason("eup", "freeze", "Ready", "SourceNotReady").await;
    let denied = r#"offhours_polls_total{result="AccessDenied"}"#;
    let before = installation.metric(denied).await;
    installation.wait_for_metric(denied, before + 3.0).await;
    fake.accept(ACCOUNT, None);
    installation.wait_for_condition("eup", "freeze", "Ready", "True").await;
    assert_eq!(
        events(&installation, "freeze").await,
        [("SourceNotReady".to_owned(), 2), ("Judging".to_owned(), 2)].into()
    );
    let log = installation.controller.log();
    let changes = |kind: &str| {
        let mut lines = log.lines().filter(|line| line.contains(&format!("condition changed kind={kind:?}")));
        lines.by_ref().filter(|line| line.contains(r#"condition="Ready""#)).count()
    };
    // Not ready, ready, not ready, ready; before that, possibly a source that was not read yet.
    for kind in ["EcrUploadPolicy", "CloudTrailSource"] {
        assert!((4..=5).contains(&changes(kind)), "{} changes of a {kind}:\n{log}", changes(kind));
    }
}

#[tokio::test]
async fn metrics_show_policies_and_sources_that_are_deleted_suspended_or_unusable() {
    let fake = FakeCloudTrail::start(2);
    let objects = source("default", &[REGION]) + &source("twin", &[OTHER_REGION]);
    let policies = policy("named", "sources: [twin]") + &policy("everything", "timeZone: UTC");
    let aws = fake.caller(ACCOUNT, REGION);
    let installation =
        Installation::start_with(ControlPlaneOptions::default(), &aws, &(objects + &policies), &[]).await;
    let kubectl = installation.kubectl();
    let policies = |reason: &str, status: &str| state("policies", "Ready", status, reason);
    let sources = |reason: &str, status: &str| state("sources", "Ready", status, reason);
    installation.wait_for_state(&policies("Judging", "True"), 2.0).await;
    installation.wait_for_state(&sources("Reading", "True"), 2.0).await;
    installation.wait_for_state(&state("policies", "FindingsComplete", "True", "Complete"), 2.0).await;

    kubectl.run(&["delete", "cts", "twin"]).expect_success();
    installation.wait_for_state(&policies("SourceNotFound", "False"), 1.0).await;
    installation.wait_for_state(&sources("Reading", "True"), 1.0).await;
    assert!(installation.metric_exists(&sources("AccessDenied", "False")).await, "0 before it first happens");

    let suspend = r#"{"spec": {"suspend": true, "sources": null}}"#;
    kubectl.run(&["patch", "eup", "named", "--type=merge", "-p", suspend]).expect_success();
    installation.wait_for_state(&policies("Suspended", "False"), 1.0).await;
    installation.wait_for_state(&policies("SourceNotFound", "False"), 0.0).await;
    kubectl.run(&["delete", "eup", "named"]).expect_success();
    installation.wait_for_state(&policies("Suspended", "False"), 0.0).await;
    installation.wait_for_state(&policies("Judging", "True"), 1.0).await;

    installation.apply(&policy("everything", "holidays: {countries: [ZZ]}")).await;
    installation.wait_for_state(&policies("InvalidHolidays", "False"), 1.0).await;
    installation.wait_for_state(&policies("Judging", "True"), 0.0).await;

    kubectl.run(&["delete", "cts", "default"]).expect_success();
    installation.wait_for_state(&policies("NoSource", "False"), 1.0).await;
    let message = installation.wait_for_reason("eup", "everything", "Ready", "NoSource").await;
    let manifest = message.split('\'').nth(1).expect(&message);
    assert!(message.ends_with(&format!(": echo '{manifest}' | kubectl apply -f -")), "{message}");
    kubectl.apply(manifest).expect_success();
    installation.wait_for_state(&sources("Reading", "True"), 1.0).await;
    installation.wait_for_state(&policies("InvalidHolidays", "False"), 1.0).await;
}

#[tokio::test]
async fn a_source_is_complete_through_the_oldest_of_its_regions() {
    let fake = FakeCloudTrail::start(3);
    let aws = fake.caller(ACCOUNT, REGION);
    let objects = source("default", &[OTHER_REGION, REGION]) + &freeze("freeze");
    let flags = ["--stale-after", "5s"];
    let installation = Installation::start_with(ControlPlaneOptions::default(), &aws, &objects, &flags).await;
    let kubectl = installation.kubectl();
    installation.wait_until_applied("freeze").await;

    // First one Region stops, then the other.
    for (stopped, going_on) in [(OTHER_REGION, REGION), (REGION, OTHER_REGION)] {
        fake.refuse(ACCOUNT, Some(stopped), Refusal::AccessDenied);
        installation.wait_for_reason("cts", "default", "UpToDate", "Lagging").await;
        let (status, oldest) = wait_for(&format!("{stopped} to fall behind"), DEADLINE, async || {
            let status = installation.source_status("default").await;
            let head = |region: &str| {
                let stream = status.streams.iter().find(|stream| stream.region == region);
                stream.and_then(|stream| stream.complete_through)
            };
            match (head(stopped), head(going_on)) {
                (Some(oldest), Some(newest)) if oldest < newest => Progress::Done((status, oldest)),
                _ => Progress::Waiting(format!("{status:?}")),
            }
        })
        .await;
        assert_eq!(status.complete_through, Some(oldest), "{status:?}");
        let table = kubectl.run(&["get", "cts", "default"]).expect_success();
        let shown = oldest.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        assert!(table.contains(&shown), "{shown}\n{table}");
        assert!(table.contains("AccessDenied"), "{table}");
        fake.accept(ACCOUNT, Some(stopped));
        installation.wait_for_condition("eup", "freeze", "Ready", "True").await;
        installation.wait_for_condition("cts", "default", "UpToDate", "True").await;
    }
}

/// Not checked with `promtool`, which may be missing, and which does not know the labels.
#[tokio::test]
async fn each_metric_of_the_documented_alerts_is_served_with_its_labels() {
    let fake = FakeCloudTrail::start(4);
    let installation = Installation::start(&fake.caller(ACCOUNT, REGION)).await;
    let rule = "{name: nightly, reason: CHG-1, repositories: ['lab/*'], expires: '2099-01-01T00:00:00Z'}";
    installation.apply(&policy("freeze", &format!("businessHours: [], allow: [{rule}]"))).await;
    fake.push(PutImage::new("prod/api", Utc::now() - TimeDelta::minutes(1)));
    installation.wait_for_uploads(1).await;
    installation.wait_until_applied("freeze").await;

    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/metrics.md")).unwrap();
    let served = http_get(&format!("{}/metrics", installation.health)).await.unwrap();
    let served: Vec<(&str, BTreeSet<(&str, &str)>)> =
        served.lines().filter(|line| !line.starts_with('#')).filter_map(series).collect();
    let expressions: Vec<&str> = page.lines().filter_map(|line| line.trim().strip_prefix("expr: ")).collect();
    assert!(expressions.len() >= 12, "{expressions:?}");
    for expression in expressions {
        let mut rest = expression;
        let mut found = 0;
        while let Some(start) = rest.find("offhours_") {
            rest = &rest[start..];
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            let name = &rest[..end];
            rest = &rest[end..];
            let selectors =
                rest.strip_prefix('{').and_then(|rest| rest.split_once('}')).map_or("", |(inside, _)| inside);
            let is_meant = |labels: &BTreeSet<(&str, &str)>| {
                selectors.split(',').filter(|it| !it.is_empty()).all(|it| selects(it, labels))
            };
            assert!(
                served.iter().any(|(served, labels)| *served == name && is_meant(labels)),
                "{name}{{{selectors}}} of {expression} is not served"
            );
            found += 1;
        }
        assert!(found > 0, "{expression}");
    }
}

/// The name and labels of a line of `/metrics`.
fn series(line: &str) -> Option<(&str, BTreeSet<(&str, &str)>)> {
    let (series, _value) = line.rsplit_once(' ')?;
    let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
    let labels = labels.trim_end_matches('}').split("\",").filter_map(|label| label.split_once("=\""));
    Some((name, labels.map(|(name, value)| (name, value.trim_end_matches('"'))).collect()))
}

/// Whether the series has the label, and for `=` also the value.
fn selects(selector: &str, labels: &BTreeSet<(&str, &str)>) -> bool {
    let (name, value) = selector.split_once('=').expect(selector);
    let is_equal = value.starts_with('"') && !name.ends_with('!');
    let name = name.trim_end_matches('!');
    labels.iter().any(|(label, is)| *label == name && (!is_equal || value.trim_matches('"') == *is))
}

/// The name and labels of `offhours_policies` or `offhours_sources` as they are printed.
fn state(kind: &str, condition: &str, status: &str, reason: &str) -> String {
    format!(r#"offhours_{kind}{{condition="{condition}",status="{status}",reason="{reason}"}}"#)
}

/// The number of Events about a policy by reason, including repetitions.
async fn events(installation: &Installation, policy: &str) -> std::collections::BTreeMap<String, i32> {
    let mut counts = std::collections::BTreeMap::new();
    for event in installation.events_about(policy).await {
        let times = event.deprecated_count.unwrap_or(1);
        *counts.entry(event.reason.unwrap_or_default()).or_default() += times;
    }
    counts
}

impl Installation {
    /// Waits until a gauge has exactly this value.
    async fn wait_for_state(&self, name_and_labels: &str, value: f64) {
        wait_for(&format!("{name_and_labels} {value}"), DEADLINE, async || {
            let now = self.metric(name_and_labels).await;
            if now == value { Progress::Done(()) } else { Progress::Waiting(now.to_string()) }
        })
        .await;
    }
}
