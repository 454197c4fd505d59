//! From a visible push to its finding while the findings of another namespace are refused, another Region answers in 35 s,
//! and a sweep over 90 days runs all the time.

use std::time::Duration;

use chrono::{TimeDelta, Utc};

use crate::cluster::{self, apply, freeze, push};
use crate::controller::{Controller, DEFAULT_RATE};
use crate::latency::{self, POLL_SECONDS};
use crate::rig::fake_cloudtrail::Outcome;
use crate::rig::{ControlPlane, ControlPlaneOptions, FakeCloudTrail};
use crate::{ACCOUNT, REGION};

const SLOW_REGION: &str = "us-east-1";
const SLOW: Duration = Duration::from_secs(35);
/// A sweep of 90 days with these takes about 60 requests, and the rate leaves it none that polls need.
const OLD_PUSHES: i64 = 3_000;

pub async fn measure() {
    let control_plane = cluster::start(ControlPlaneOptions::default()).await;
    apply(
        &control_plane,
        &format!(
            "{{apiVersion: offhours.dev/v1alpha1, kind: CloudTrailSource, metadata: {{name: default}}, spec: \
             {{lookupEvents: {{regions: [{REGION}, {SLOW_REGION}], pollInterval: {POLL_SECONDS}s, \
             sweeps: [{{every: 10s, back: 2160h}}]}}}}}}"
        ),
    );
    refuse_findings_in(&control_plane, "refused").await;
    for namespace in ["refused", "default"] {
        apply(&control_plane, &freeze(namespace));
    }
    let fake = FakeCloudTrail::start(5);
    fake.stall(ACCOUNT, Some(SLOW_REGION), SLOW);
    for number in 0..OLD_PUSHES {
        // Before the lookback, so that no policy judges it.
        let time = Utc::now() - TimeDelta::days(2) - TimeDelta::minutes(number * 40);
        fake.push(push("old", time));
    }
    // In the lookback, so that there is something to refuse.
    fake.push(push("recent", Utc::now() - TimeDelta::hours(3)));
    let mut controller = Controller::start(&control_plane, &fake, DEFAULT_RATE).await;
    controller.wait_for_first_poll().await;
    controller.wait_for_metric(r#"offhours_findings_written_total{operation="Create"}"#, 1.0).await;
    controller.wait_for_metric(r#"offhours_errors_total{kind="FindingNotWritten"}"#, 1.0).await;
    let began = Utc::now();
    let latency = latency::sample(&control_plane, &fake).await;
    println!("from a visible push to its finding, under trouble, poll interval {POLL_SECONDS} s: {latency}");
    let minutes = (Utc::now() - began).num_milliseconds() as f64 / 60_000.0;
    let calls: Vec<_> = fake.calls().into_iter().filter(|call| call.at >= began && call.region == REGION).collect();
    let sweeps = calls.iter().filter(|call| call.start.is_some_and(|start| began - start > TimeDelta::days(2))).count();
    let refused = calls.iter().filter(|call| matches!(call.outcome, Outcome::Refused { .. })).count();
    println!(
        "meanwhile, a minute: {:.1} requests to the Region, of which {:.1} are older parts of sweeps, {refused} refused; \
         {} attempts at findings that are refused",
        calls.len() as f64 / minutes,
        sweeps as f64 / minutes,
        controller.metric(r#"offhours_errors_total{kind="FindingNotWritten"}"#).await,
    );
    controller.stop().await;
}

async fn refuse_findings_in(control_plane: &ControlPlane, namespace: &str) {
    let kubectl = control_plane.kubectl();
    kubectl.run(&["create", "namespace", namespace]).expect_success();
    kubectl
        .apply(&format!(
            "{{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicy, metadata: {{name: review}}, \
             spec: {{failurePolicy: Fail, matchConstraints: {{resourceRules: [{{apiGroups: [offhours.dev], \
             apiVersions: ['*'], operations: [CREATE], resources: [offhoursuploads]}}]}}, \
             validations: [{{expression: 'false', message: no findings here}}]}}}}\n---\n\
             {{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicyBinding, \
             metadata: {{name: review}}, spec: {{policyName: review, validationActions: [Deny], matchResources: \
             {{namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: {namespace}}}}}}}}}}}\n"
        ))
        .expect_success();
    // An admission policy is in force some time after it was made.
    let probe = format!(
        "{{apiVersion: offhours.dev/v1alpha1, kind: OffHoursUpload, metadata: {{name: probe, namespace: {namespace}}}, \
         spec: {{policy: probe, date: '2026-11-20', timeZone: UTC, account: '{ACCOUNT}', region: {REGION}, \
         registry: Private, repository: probe, principal: {{type: IAMUser, \
         arn: 'arn:aws:iam::111122223333:user/probe'}}, part: 1}}}}"
    );
    while !kubectl.run_with(&["create", "--dry-run=server"], &probe).stderr.contains("no findings here") {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
