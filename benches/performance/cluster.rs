//! A control plane with our resources, and the objects that the measurements share.

use std::time::Duration;

use kube::api::{Api, ListParams};
use offhours::api::{EcrUploadPolicy, Scope};

use crate::rig::{ControlPlane, ControlPlaneOptions};
use crate::{ACCOUNT, REGION};

/// A repository that no policy of [`out_of_scope`] judges has another name.
pub const IN_SCOPE: &str = "found";

pub async fn start(options: ControlPlaneOptions) -> ControlPlane {
    let control_plane = options.start().await;
    let crds = concat!(env!("CARGO_MANIFEST_DIR"), "/crds");
    control_plane.kubectl().run(&["apply", "--server-side", "-f", crds]).expect_success();
    control_plane.kubectl().run(&["wait", "--for=condition=Established", "crd", "--all"]).expect_success();
    control_plane
}

pub fn apply(control_plane: &ControlPlane, text: &str) {
    control_plane.kubectl().apply(text).expect_success();
}

/// The CloudTrailSource `default`, with these fields of `lookupEvents` beside its Region.
pub fn source(lookup_events: &str) -> String {
    format!(
        "{{apiVersion: offhours.dev/v1alpha1, kind: CloudTrailSource, metadata: {{name: default}}, \
         spec: {{lookupEvents: {{regions: [{REGION}], {lookup_events}}}}}}}\n"
    )
}

/// A policy by which every push is off hours.
pub fn freeze(namespace: &str) -> String {
    format!(
        "{{apiVersion: offhours.dev/v1alpha1, kind: EcrUploadPolicy, \
         metadata: {{name: freeze, namespace: {namespace}}}, spec: {{businessHours: []}}}}\n"
    )
}

/// Policies that judge only repositories whose names begin with [`IN_SCOPE`].
pub async fn create_policies(control_plane: &ControlPlane, names: impl Iterator<Item = String>, lookback_hours: u64) {
    let policies: Api<EcrUploadPolicy> = Api::default_namespaced(control_plane.client());
    for name in names {
        let mut policy = EcrUploadPolicy::new(&name, Default::default());
        policy.spec.business_hours = Vec::new();
        policy.spec.scope = Some(Scope { repositories: vec![format!("{IN_SCOPE}*")], ..Scope::default() });
        policy.spec.lookback = offhours::api::Duration::from_secs(lookback_hours * 60 * 60);
        policies.create(&Default::default(), &policy).await.expect("created");
    }
}

/// Waits until the controller says of every policy that its findings are complete.
pub async fn wait_until_complete(control_plane: &ControlPlane) {
    while !all_are_complete(control_plane).await {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

pub async fn all_are_complete(control_plane: &ControlPlane) -> bool {
    let policies: Api<EcrUploadPolicy> = Api::all(control_plane.client());
    policies.list(&ListParams::default()).await.expect("policies").items.iter().all(is_complete)
}

fn is_complete(policy: &EcrUploadPolicy) -> bool {
    let conditions = policy.status.iter().flat_map(|status| &status.conditions);
    conditions.into_iter().any(|condition| condition.type_ == "FindingsComplete" && condition.status == "True")
}

/// A push into the account and Region that the controller reads.
pub fn push(repository: &str, time: chrono::DateTime<chrono::Utc>) -> crate::rig::fake_cloudtrail::PutImage {
    crate::rig::fake_cloudtrail::PutImage::new(repository, time).in_account(ACCOUNT, REGION).tag("v1")
}
