//! Findings that the API server rejects: only their policies wait, say so, and get everything later.

use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};

use crate::findings::{assert_each_reported_once, upload_ids};
use crate::installation::{ACCOUNT, DEADLINE, Installation, REGION, Tenant, TestNamespace, Yardstick};
use crate::manifests::{freeze, policy};
use crate::rig::fake_cloudtrail::PutImage;
use crate::rig::{FakeCloudTrail, Output, Progress, wait_for};

const OTHER_REGION: &str = "us-east-1";
const MESSAGE: &str = "no findings here before the review: ask the platform team";
/// A poll interval and a second are promised.
const PROMPTLY: Duration = Duration::from_secs(4);

#[tokio::test]
async fn a_namespace_whose_findings_are_rejected_delays_no_other_and_gets_everything_later() {
    let tenant = Tenant::start().await;
    let rejected = tenant.another("-rejected").await;
    let works: &TestNamespace = &tenant;
    let now = Utc::now();
    let old = |hour: i64| tenant.push(tenant.put_image("prod/api", now - TimeDelta::hours(hour)));
    let mut expected: Vec<String> = (1..=70).map(old).collect();
    reject_findings(&rejected, "false").await;
    for namespace in [&rejected, works] {
        namespace.apply(&policy("freeze", "businessHours: [], lookback: 72h")).await;
    }

    works.wait_for_reason("eup", "freeze", "FindingsComplete", "Complete").await;
    let message = rejected.wait_for_reason("eup", "freeze", "FindingsComplete", "FindingsNotWritten").await;
    assert!(message.contains(MESSAGE), "{message}");
    let yardstick = Yardstick::start(works);
    for _ in 0..6 {
        let shown = Instant::now();
        expected.push(tenant.push_now());
        works.wait_for_uploads(expected.len()).await;
        yardstick.assert_within(PROMPTLY, shown.elapsed(), "from the push to the finding");
    }
    drop(yardstick);
    assert_each_reported_once(&works.findings().await, expected.clone());
    assert_eq!(rejected.findings().await.len(), 0);

    end_rejection(&rejected);
    rejected.wait_for_uploads_within(3 * DEADLINE, expected.len()).await;
    rejected.wait_for_reason("eup", "freeze", "FindingsComplete", "Complete").await;
    for namespace in [&rejected, works] {
        assert_each_reported_once(&namespace.findings().await, expected.clone());
    }
}

#[tokio::test]
async fn a_policy_whose_findings_are_rejected_is_not_complete_while_another_stream_delivers() {
    let tenant = Tenant::without_source().await;
    tenant.apply(&(tenant.source_manifest(&[REGION, OTHER_REGION]) + &freeze("freeze"))).await;
    tenant.wait_until_applied("freeze").await;
    reject_findings(&tenant, "object.spec.region != 'eu-central-1'").await;
    let mut expected = vec![tenant.push_now()];
    tenant.wait_for_reason("eup", "freeze", "FindingsComplete", "FindingsNotWritten").await;

    let complete = tenant.watch_condition("freeze", "FindingsComplete");
    for n in 1..=4 {
        let push = tenant.put_image("prod/api", Utc::now()).in_account(&tenant.account, OTHER_REGION);
        expected.push(tenant.push(push));
        tenant.wait_for_uploads(n).await;
        tenant.wait_for_polls(&tenant.source, 3).await;
    }
    assert!(complete.was("False") && !complete.was("True"), "a push of the other Region is in no finding");

    end_rejection(&tenant);
    assert_each_reported_once(&tenant.wait_for_uploads(5).await, expected);
    tenant.wait_until_applied("freeze").await;
}

/// A finding is written by two requests. A kill between them leaves it without evidence.
#[tokio::test]
async fn a_finding_that_a_kill_left_empty_is_completed_after_an_edit_of_the_policy() {
    let fake = FakeCloudTrail::start(3);
    let mut installation = Installation::start(&fake.caller(ACCOUNT, REGION)).await;
    installation.apply(&freeze("freeze")).await;
    installation.wait_until_applied("freeze").await;
    reject_evidence(&installation).await;
    let push = PutImage::new("prod/api", Utc::now());
    fake.push(push.clone());
    wait_for("an empty finding", DEADLINE, async || installation.findings().await.pop()).await;
    installation.controller.kill();
    end_rejection(&installation);
    installation.apply(&policy("freeze", "businessHours: [], lookback: 1h, severity: High")).await;
    assert_eq!(upload_ids(&installation.findings().await).len(), 0, "it is empty");

    installation.restart().await;

    assert_each_reported_once(&installation.wait_for_uploads(1).await, [push.id()]);
    installation.wait_until_applied("freeze").await;
    assert_eq!(installation.findings().await.len(), 1);
}

/// Rejects new findings in a namespace unless `allowed` (CEL) is true. Returns when this is in force for findings of
/// eu-central-1.
async fn reject_findings(namespace: &TestNamespace, allowed: &str) {
    namespace.apply(&admission_policy(namespace, "CREATE", "offhoursuploads", allowed)).await;
    wait_until_rejected(|| namespace.kubectl().run_with(&["create", "--dry-run=server"], &probe())).await;
}

/// Rejects every write of evidence in a namespace. Returns when this is in force.
async fn reject_evidence(namespace: &TestNamespace) {
    let kubectl = namespace.kubectl();
    kubectl.apply(&probe()).expect_success();
    namespace.apply(&admission_policy(namespace, "UPDATE", "offhoursuploads/status", "false")).await;
    let patch = ["patch", "ohu", "probe", "--subresource=status", "--dry-run=server", "--type=merge", "-p"];
    wait_until_rejected(|| {
        kubectl.run(&[&patch[..], &[r#"{"metadata": {"annotations": {"probe": "here"}}}"#]].concat())
    })
    .await;
    kubectl.run(&["delete", "ohu", "probe"]).expect_success();
}

async fn wait_until_rejected(mut attempt: impl FnMut() -> Output) {
    wait_for("the admission policy to be in force", DEADLINE, async || {
        let output = attempt();
        match output.stderr.contains(MESSAGE) {
            true => Progress::Done(()),
            false => Progress::Waiting(output.stdout + &output.stderr),
        }
    })
    .await;
}

/// A finding that the schema accepts.
fn probe() -> String {
    format!(
        "{{apiVersion: offhours.dev/v1alpha1, kind: OffHoursUpload, metadata: {{name: probe}}, \
         spec: {{policy: probe, date: '2026-11-20', timeZone: UTC, account: '{ACCOUNT}', region: {REGION}, registry: Private, \
         repository: probe, principal: {{type: IAMUser, arn: 'arn:aws:iam::111122223333:user/probe'}}, part: 1}}}}"
    )
}

/// Rejects what is not `allowed` in a namespace. Named after the namespace, because other tests may use the cluster.
fn admission_policy(namespace: &TestNamespace, operation: &str, resource: &str, allowed: &str) -> String {
    let name = namespace.name();
    format!(
        "---\n{{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicy, metadata: {{name: {name}}}, \
         spec: {{failurePolicy: Fail, matchConstraints: {{resourceRules: [{{apiGroups: [offhours.dev], \
         apiVersions: ['*'], operations: [{operation}], resources: [{resource}]}}]}}, \
         validations: [{{expression: \"{allowed}\", message: '{MESSAGE}'}}]}}}}\n\
         ---\n{{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicyBinding, \
         metadata: {{name: {name}}}, spec: {{policyName: {name}, validationActions: [Deny], matchResources: \
         {{namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: {name}}}}}}}}}}}\n"
    )
}

/// Ends both kinds of rejection.
fn end_rejection(namespace: &TestNamespace) {
    for kind in ["validatingadmissionpolicybinding", "validatingadmissionpolicy"] {
        namespace.kubectl().run(&["delete", kind, namespace.name()]).expect_success();
    }
}
