//! The life of policies: edited, suspended, deleted, in trouble, and what they judge.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{TimeDelta, Utc};
use offhours::api::OffHoursUpload;

use crate::installation::{
    ACCOUNT, DEADLINE, Installation, REGION, assert_each_reported_once, fast_source, freeze, policy, source, upload_ids,
};
use crate::rig::fake_cloudtrail::PutImage;
use crate::rig::{ControlPlaneOptions, FakeCloudTrail, Progress, wait_for};

const ALWAYS_OPEN: &str =
    r#"businessHours: [{days: [Mon, Tue, Wed, Thu, Fri, Sat, Sun], start: "00:00", end: "24:00"}], lookback: 24h"#;

/// Pushes, and returns the id of the event.
fn push(fake: &FakeCloudTrail, push: PutImage) -> String {
    let before = fake.event_ids();
    fake.push(push);
    fake.event_ids().difference(&before).next().expect("a new event").clone()
}

fn ids_of(findings: &[OffHoursUpload], policy: &str) -> BTreeSet<String> {
    let own: Vec<_> = findings.iter().filter(|finding| finding.spec.policy == policy).cloned().collect();
    upload_ids(&own).into_iter().collect()
}

async fn wait_for_counts(installation: &Installation, policy: &str, open: i64, total: i64) {
    wait_for(&format!("{policy} to count {open} of {total}"), DEADLINE, async || {
        let counts = installation.policy("default", policy).await.status.and_then(|status| status.findings);
        match counts {
            Some(counts) if (counts.open, counts.total) == (open, total) => Progress::Done(()),
            counts => Progress::Waiting(format!("{counts:?}")),
        }
    })
    .await;
}

#[tokio::test]
async fn an_edited_policy_is_applied_to_its_lookback_and_reports_nothing_twice() {
    let fake = FakeCloudTrail::start(1);
    let installation = Installation::start(&fake.caller(ACCOUNT, REGION)).await;
    let kubectl = installation.control_plane.kubectl();
    let at = |hours: i64| PutImage::new("prod/api", Utc::now() - TimeDelta::hours(hours) - TimeDelta::minutes(5));
    let recent = push(&fake, at(0));
    let hours_ago = push(&fake, at(3));
    push(&fake, at(30));
    installation.apply(&policy("production", ALWAYS_OPEN)).await;
    installation.wait_until_applied("production").await;
    assert!(installation.findings().await.is_empty(), "every minute is business time");

    // Business hours end: what was pushed within the lookback becomes a finding, what is older does not.
    installation.apply(&policy("production", "businessHours: [], lookback: 24h")).await;
    installation.wait_until_applied("production").await;
    let findings = installation.findings().await;
    assert_each_reported_once(&findings, [recent.clone(), hours_ago.clone()]);

    // Another zone may give another local date: nothing is reported again for that.
    installation.apply(&policy("production", "businessHours: [], lookback: 24h, timeZone: Pacific/Kiritimati")).await;
    installation.wait_until_applied("production").await;
    assert_each_reported_once(&installation.findings().await, [recent.clone(), hours_ago.clone()]);

    // Suspended: nothing is judged, and what came meanwhile is judged afterwards.
    kubectl.run(&["patch", "eup", "production", "--type=merge", "-p", r#"{"spec":{"suspend":true}}"#]).expect_success();
    installation.wait_for_reason("eup", "production", "Ready", "Suspended").await;
    installation.wait_for_polls("default", 1).await;
    let meanwhile = push(&fake, at(0));
    installation.wait_for_polls("default", 2).await;
    assert_eq!(upload_ids(&installation.findings().await).len(), 2, "suspended");
    kubectl
        .run(&["patch", "eup", "production", "--type=merge", "-p", r#"{"spec":{"suspend":false}}"#])
        .expect_success();
    let findings = installation.wait_for_uploads(3).await;
    assert_each_reported_once(&findings, [recent.clone(), hours_ago.clone(), meanwhile.clone()]);

    // The counts in the status follow the triage.
    let total = findings.len() as i64;
    wait_for_counts(&installation, "production", total, total).await;
    let name = findings[0].metadata.name.as_deref().unwrap();
    let triage = r#"{"spec":{"triage":{"state":"Expected","note":"CHG-1234","by":"ann"}}}"#;
    kubectl.run(&["patch", "ohu", name, "--type=merge", "-p", triage]).expect_success();
    wait_for_counts(&installation, "production", total - 1, total).await;

    // Findings outlive their policy; another one of its name goes on where it was.
    kubectl.run(&["delete", "eup", "production"]).expect_success();
    installation.wait_for_polls("default", 1).await;
    let ownerless = push(&fake, at(0));
    installation.wait_for_polls("default", 2).await;
    assert_eq!(upload_ids(&installation.findings().await).len(), 3, "no policy, no new upload");
    installation.apply(&policy("production", "businessHours: [], lookback: 24h")).await;
    let findings = installation.wait_for_uploads(4).await;
    installation.wait_until_applied("production").await;
    assert_each_reported_once(&findings, [recent, hours_ago, meanwhile, ownerless]);
    let triaged = findings.iter().find(|finding| finding.metadata.name.as_deref() == Some(name)).unwrap();
    assert_eq!(triaged.spec.triage.by.as_deref(), Some("ann"), "appending leaves the triage alone");
}

#[tokio::test]
async fn each_policy_judges_what_is_in_its_scope_and_says_how_it_is() {
    let fake = FakeCloudTrail::start(2);
    let regions = source("default", &[REGION, "us-east-1"]);
    let aws = fake.caller(ACCOUNT, REGION);
    let installation = Installation::start_with(ControlPlaneOptions::default(), &aws, &regions, &[]).await;
    let kubectl = installation.control_plane.kubectl();
    let now = Utc::now() - TimeDelta::minutes(2);
    let private = push(&fake, PutImage::new("prod/api", now));
    let american = push(&fake, PutImage::new("lab/api", now).in_account(ACCOUNT, "us-east-1"));
    let public = push(&fake, PutImage::new("prod/gallery", now).public());
    let failed = push(&fake, PutImage::new("prod/api", now).failed("ImageTagAlreadyExistsException"));

    let all = [&private, &american, &public, &failed];
    let expected: [(&str, &str, Vec<&String>); 8] = [
        ("everything", "failedPushes: Report", all.to_vec()),
        ("own-account", "scope: {accounts: ['111122223333']}", all.to_vec()),
        ("other-account", "scope: {accounts: ['444455556666']}", vec![]),
        ("region", "scope: {regions: ['us-*']}", vec![&american, &public]),
        ("repository", "scope: {repositories: ['prod/*']}", vec![&private, &public, &failed]),
        ("registry", "scope: {registries: [Public]}", vec![&public]),
        ("successes", "failedPushes: Ignore", vec![&private, &american, &public]),
        ("both", "scope: {repositories: ['prod/*'], registries: [Private]}, failedPushes: Ignore", vec![&private]),
    ];
    let policies: Vec<String> =
        expected.iter().map(|(name, spec, _)| policy(name, &format!("businessHours: [], {spec}"))).collect();
    let missing = policy("misspelt", "businessHours: [], sources: [defualt]");
    installation.apply(&[policies.join("---\n"), missing, policy("reference", "timeZone: UTC")].join("---\n")).await;

    // As a script waits.
    for (name, ..) in &expected {
        for condition in ["Ready", "SourcesReady", "FindingsComplete"] {
            let condition = format!("--for=condition={condition}");
            kubectl.run(&["wait", &condition, "--timeout=60s", &format!("eup/{name}")]).expect_success();
        }
    }
    let findings = installation.findings().await;
    let found: BTreeMap<&str, BTreeSet<String>> =
        expected.iter().map(|(name, ..)| (*name, ids_of(&findings, name))).collect();
    let wanted: BTreeMap<&str, BTreeSet<String>> =
        expected.iter().map(|(name, _, ids)| (*name, ids.iter().map(|id| (*id).clone()).collect())).collect();
    assert_eq!(found, wanted);
    let attempts: i32 = findings
        .iter()
        .filter(|finding| finding.spec.policy == "everything")
        .filter_map(|finding| finding.status.as_ref())
        .map(|status| status.failed)
        .sum();
    assert_eq!(attempts, 1);

    // A policy that names a source that is not there says so, and took nothing from the others.
    let message = installation.wait_for_reason("eup", "misspelt", "Ready", "SourceNotFound").await;
    assert_eq!(message, "the CloudTrailSource defualt does not exist; create it, or correct spec.sources");
    assert!(ids_of(&findings, "misspelt").is_empty());
    let event = wait_for("an Event about it", DEADLINE, async || {
        installation.events_about("misspelt").await.into_iter().next()
    })
    .await;
    assert_eq!(event.reason.as_deref(), Some("SourceNotFound"));
    // It starts by itself once the source is there.
    installation.apply(&source("defualt", &[REGION])).await;
    installation.wait_until_applied("misspelt").await;
    assert_eq!(ids_of(&installation.findings().await, "misspelt"), BTreeSet::from([private.clone(), failed.clone()]));

    // Now and next.
    let everything = installation.policy("default", "everything").await.status.unwrap();
    assert_eq!((everything.off_hours_now, everything.next_transition), (Some(true), None), "a freeze never ends");
    installation.wait_for_condition("eup", "reference", "Ready", "True").await;
    let reference = installation.policy("default", "reference").await;
    let status = reference.status.unwrap();
    let next = status.next_transition.expect("business hours begin or end some time");
    assert!(next > Utc::now() && next < Utc::now() + TimeDelta::days(4), "{next}");
    let ends_next = next.format("%H:%M").to_string() == "20:00";
    assert_eq!(status.off_hours_now, Some(!ends_next), "next transition at {next}");
    for condition in &status.conditions {
        assert_eq!(condition.observed_generation, reference.metadata.generation, "{condition:?}");
    }
}

#[tokio::test]
async fn the_trouble_of_one_policy_takes_nothing_from_the_others() {
    let fake = FakeCloudTrail::start(3);
    let aws = fake.caller(ACCOUNT, REGION);
    let installation = Installation::start_with(ControlPlaneOptions::default(), &aws, &fast_source(), &[]).await;
    let kubectl = installation.control_plane.kubectl();
    kubectl.run(&["create", "namespace", "doomed"]).expect_success();
    let doomed = freeze("doomed").replace("namespace: default", "namespace: doomed");
    installation.apply(&[freeze("healthy"), doomed].join("---\n")).await;
    installation.wait_until_applied("healthy").await;

    // A later version of the CRD could let in what this program can't read.
    let relax = r#"[{"op": "remove", "path": "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/severity/enum"}]"#;
    kubectl.run(&["patch", "crd", "ecruploadpolicies.offhours.dev", "--type=json", "-p", relax]).expect_success();
    wait_for("the API server to take any severity", DEADLINE, async || {
        let applied = kubectl.apply(&policy("unreadable", "businessHours: [], severity: Apocalyptic"));
        if applied.success() { Ok(()) } else { Err(applied.stderr) }
    })
    .await;
    let message = installation.wait_for_reason("eup", "unreadable", "Ready", "InvalidObject").await;
    assert!(message.contains("Apocalyptic") && message.contains("correct the field"), "{message}");

    // Without a namespace controller the namespace stays Terminating, as one with a stuck finalizer does.
    kubectl.run(&["delete", "namespace", "doomed", "--wait=false"]).expect_success();
    wait_for("the policy to say that its namespace goes", DEADLINE, async || {
        let conditions = installation.policy("doomed", "doomed").await.status.unwrap_or_default().conditions;
        match conditions.iter().find(|condition| condition.type_ == "Ready") {
            Some(ready) if ready.reason == "NamespaceTerminating" => Progress::Done(()),
            other => Progress::Waiting(format!("{other:?}")),
        }
    })
    .await;

    let before = installation.source_status("default").await.streams[0].complete_through;
    let first = push(&fake, PutImage::new("prod/api", Utc::now() - TimeDelta::minutes(1)));
    let findings = installation.wait_for_uploads(1).await;
    assert_each_reported_once(&findings, [first.clone()]);
    assert_eq!(findings[0].spec.policy, "healthy");
    installation.wait_for_polls("default", 2).await;
    let after = installation.source_status("default").await.streams[0].complete_through;
    assert!(after > before, "the checkpoint goes on: {before:?}, {after:?}");

    // Corrected, it works without a restart.
    installation.apply(&policy("unreadable", "businessHours: [], severity: High")).await;
    installation.wait_until_applied("unreadable").await;
    installation.wait_for_condition("eup", "unreadable", "Ready", "True").await;
    assert_eq!(ids_of(&installation.findings().await, "unreadable"), BTreeSet::from([first]));
}
