//! The API server refuses findings: only those whom it refuses wait, they say so, and get all later.

use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use offhours::api::OffHoursUpload;

use crate::installation::{
    ACCOUNT, DEADLINE, Installation, REGION, assert_each_reported_once, freeze, policy_in, source, upload_ids,
};
use crate::rig::fake_cloudtrail::PutImage;
use crate::rig::{ControlPlaneOptions, FakeCloudTrail, Output, Progress, wait_for};

const OTHER_REGION: &str = "us-east-1";
const MESSAGE: &str = "no findings here before the review: ask the platform team";
/// A poll interval and a second are promised, and the machine is busy.
const PROMPTLY: Duration = Duration::from_secs(4);

#[tokio::test]
async fn a_namespace_whose_findings_are_refused_keeps_no_other_waiting_and_gets_all_later() {
    let fake = FakeCloudTrail::start(1);
    let now = Utc::now();
    let push = |hour: i64| PutImage::new("prod/api", now - TimeDelta::hours(hour));
    let mut expected: Vec<String> =
        (1..=70).map(push).inspect(|push| fake.push(push.clone())).map(|p| p.id()).collect();
    let installation = Installation::start(&fake.caller(ACCOUNT, REGION)).await;
    refuse_findings(&installation, "refused", "false").await;
    installation.apply("{apiVersion: v1, kind: Namespace, metadata: {name: works}}").await;
    for namespace in ["refused", "works"] {
        installation.apply(&policy_in(namespace, "freeze", "businessHours: [], lookback: 72h")).await;
    }

    installation.wait_for_policy("works", "freeze", "FindingsComplete", "Complete").await;
    let message = installation.wait_for_policy("refused", "freeze", "FindingsComplete", "FindingsNotWritten").await;
    assert!(message.contains(MESSAGE), "{message}");
    for _ in 0..6 {
        let push = PutImage::new("prod/api", Utc::now());
        expected.push(push.id());
        let shown = Instant::now();
        fake.push(push);
        installation.wait_for_uploads(expected.len()).await;
        assert!(shown.elapsed() < PROMPTLY, "{:?}", shown.elapsed());
    }
    assert_each_reported_once(&findings_in(&installation, "works").await, expected.clone());
    assert_eq!(findings_in(&installation, "refused").await.len(), 0);

    allow_findings(&installation);
    installation.wait_for_uploads_within(3 * DEADLINE, 2 * expected.len()).await;
    installation.wait_for_policy("refused", "freeze", "FindingsComplete", "Complete").await;
    for namespace in ["refused", "works"] {
        assert_each_reported_once(&findings_in(&installation, namespace).await, expected.clone());
    }
}

#[tokio::test]
async fn a_refused_policy_is_not_complete_while_another_stream_delivers() {
    let fake = FakeCloudTrail::start(2);
    let objects = source("default", &[REGION, OTHER_REGION]) + &freeze("freeze");
    let aws = fake.caller(ACCOUNT, REGION);
    let installation = Installation::start_with(ControlPlaneOptions::default(), &aws, &objects, &[]).await;
    installation.wait_until_applied("freeze").await;
    refuse_findings(&installation, "default", "object.spec.region != 'eu-central-1'").await;
    let refused = PutImage::new("prod/api", Utc::now());
    fake.push(refused.clone());
    installation.wait_for_reason("eup", "freeze", "FindingsComplete", "FindingsNotWritten").await;

    let complete = installation.watch_condition("freeze", "FindingsComplete");
    let mut expected = vec![refused.id()];
    for n in 1..=4 {
        let push = PutImage::new("prod/api", Utc::now()).in_account(ACCOUNT, OTHER_REGION);
        expected.push(push.id());
        fake.push(push);
        installation.wait_for_uploads(n).await;
        installation.wait_for_polls("default", 3).await;
    }
    assert!(complete.was("False") && !complete.was("True"), "a push of the other Region is in no finding");

    allow_findings(&installation);
    assert_each_reported_once(&installation.wait_for_uploads(5).await, expected);
    installation.wait_until_applied("freeze").await;
}

/// A kill between the two requests that make a finding leaves it without evidence.
#[tokio::test]
async fn a_finding_that_a_kill_left_empty_is_completed_after_an_edit_of_the_policy() {
    let fake = FakeCloudTrail::start(3);
    let mut installation = Installation::start(&fake.caller(ACCOUNT, REGION)).await;
    installation.apply(&freeze("freeze")).await;
    installation.wait_until_applied("freeze").await;
    refuse_evidence(&installation).await;
    let push = PutImage::new("prod/api", Utc::now());
    fake.push(push.clone());
    wait_for("an empty finding", DEADLINE, async || installation.findings().await.pop()).await;
    installation.controller.kill();
    allow_findings(&installation);
    installation.apply(&policy_in("default", "freeze", "businessHours: [], lookback: 1h, severity: High")).await;
    assert_eq!(upload_ids(&installation.findings().await).len(), 0, "it is empty");

    installation.restart().await;

    assert_each_reported_once(&installation.wait_for_uploads(1).await, [push.id()]);
    installation.wait_until_applied("freeze").await;
    assert_eq!(installation.findings().await.len(), 1);
}

async fn findings_in(installation: &Installation, namespace: &str) -> Vec<OffHoursUpload> {
    let findings = installation.findings().await.into_iter();
    findings.filter(|finding| finding.metadata.namespace.as_deref() == Some(namespace)).collect()
}

/// Refuses the creation of findings in a namespace, unless `allowed` (CEL) holds; returns when that is in force for those of
/// eu-central-1.
async fn refuse_findings(installation: &Installation, namespace: &str, allowed: &str) {
    let namespace_object = format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: {namespace}}}}}\n");
    installation.apply(&(namespace_object + &admission_policy(namespace, "CREATE", "offhoursuploads", allowed))).await;
    let kubectl = installation.control_plane.kubectl();
    wait_until_refused(|| kubectl.run_with(&["create", "--dry-run=server"], &probe(namespace))).await;
}

/// Refuses every write of evidence in the namespace `default`; returns when that is in force.
async fn refuse_evidence(installation: &Installation) {
    let kubectl = installation.control_plane.kubectl();
    kubectl.apply(&probe("default")).expect_success();
    installation.apply(&admission_policy("default", "UPDATE", "offhoursuploads/status", "false")).await;
    let patch = ["patch", "ohu", "probe", "--subresource=status", "--dry-run=server", "--type=merge", "-p"];
    wait_until_refused(|| {
        kubectl.run(&[&patch[..], &[r#"{"metadata": {"annotations": {"probe": "here"}}}"#]].concat())
    })
    .await;
    kubectl.run(&["delete", "ohu", "probe"]).expect_success();
}

async fn wait_until_refused(mut attempt: impl FnMut() -> Output) {
    wait_for("the admission policy to be in force", DEADLINE, async || {
        let output = attempt();
        match output.stderr.contains(MESSAGE) {
            true => Progress::Done(()),
            false => Progress::Waiting(output.stdout + &output.stderr),
        }
    })
    .await;
}

/// A finding that the schema takes.
fn probe(namespace: &str) -> String {
    format!(
        "{{apiVersion: offhours.dev/v1alpha1, kind: OffHoursUpload, metadata: {{name: probe, namespace: {namespace}}}, \
         spec: {{policy: probe, date: '2026-11-20', timeZone: UTC, account: '{ACCOUNT}', region: {REGION}, registry: Private, \
         repository: probe, principal: {{type: IAMUser, arn: 'arn:aws:iam::111122223333:user/probe'}}, part: 1}}}}"
    )
}

fn admission_policy(namespace: &str, operation: &str, resource: &str, allowed: &str) -> String {
    format!(
        "---\n{{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicy, metadata: {{name: review}}, \
         spec: {{failurePolicy: Fail, matchConstraints: {{resourceRules: [{{apiGroups: [offhours.dev], \
         apiVersions: ['*'], operations: [{operation}], resources: [{resource}]}}]}}, \
         validations: [{{expression: \"{allowed}\", message: '{MESSAGE}'}}]}}}}\n\
         ---\n{{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicyBinding, \
         metadata: {{name: review}}, spec: {{policyName: review, validationActions: [Deny], matchResources: \
         {{namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: {namespace}}}}}}}}}}}\n"
    )
}

/// The end of either.
fn allow_findings(installation: &Installation) {
    let kubectl = installation.control_plane.kubectl();
    for kind in ["validatingadmissionpolicybinding", "validatingadmissionpolicy"] {
        kubectl.run(&["delete", kind, "review"]).expect_success();
    }
}
