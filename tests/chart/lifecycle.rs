//! Install, upgrade, uninstall and install again, on a real API server.

use serde_json::json;

use crate::CHART;
use crate::rendered::EVERYTHING_ON;
use crate::rig::{ControlPlane, Kubectl, Progress, wait_for};

const IN: [&str; 2] = ["--namespace", "offhours-system"];
const DEADLINE: std::time::Duration = std::time::Duration::from_secs(60);

async fn apply_when_served(kubectl: &Kubectl, object: &serde_json::Value) {
    wait_for("the CRDs to be served", DEADLINE, async || {
        let applied = kubectl.apply(&object.to_string());
        if applied.success() { Ok(()) } else { Err(applied.stderr) }
    })
    .await;
}

#[tokio::test]
async fn findings_survive_an_upgrade_an_uninstall_and_another_install() {
    let control_plane = ControlPlane::start().await;
    let (helm, kubectl) = (control_plane.helm(), control_plane.kubectl());
    let notes = helm.run(&[&["install", "offhours", CHART, "--create-namespace"][..], &IN].concat()).expect_success();
    for words in
        ["kubectl wait cloudtrailsource/default", "kubectl get offhoursuploads", "No image of that name is published"]
    {
        assert!(notes.contains(words), "{words} is not in {notes}");
    }
    let policy = json!({
        "apiVersion": "offhours.dev/v1alpha1", "kind": "EcrUploadPolicy",
        "metadata": {"name": "production", "namespace": "default"},
    });
    apply_when_served(&kubectl, &policy).await;
    let finding = json!({
        "apiVersion": "offhours.dev/v1alpha1", "kind": "OffHoursUpload",
        "metadata": {"name": "evidence", "namespace": "default"},
        "spec": {
            "policy": "production", "date": "2026-11-20", "timeZone": "UTC", "account": "111122223333",
            "region": "eu-central-1", "registry": "Private", "repository": "prod/api", "part": 1,
            "principal": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/kaori"},
        },
    });
    apply_when_served(&kubectl, &finding).await;

    // An upgrade brings the CRDs up to date: a field that somebody's old version lacks comes back.
    let crd = "offhoursuploads.offhours.dev";
    let older =
        r#"[{"op": "remove", "path": "/spec/versions/0/schema/openAPIV3Schema/properties/status/properties/pushes"}]"#;
    let required = r#"[{"op": "replace", "path": "/spec/versions/0/schema/openAPIV3Schema/properties/status/required", "value": ["count"]}]"#;
    kubectl.run(&["patch", "crd", crd, "--type=json", "-p", required]).expect_success();
    kubectl.run(&["patch", "crd", crd, "--type=json", "-p", older]).expect_success();
    // The ServiceMonitor needs a CRD that is not here.
    let values = control_plane.folder().write(
        "values.yaml",
        EVERYTHING_ON.replace("enabled: true, interval", "enabled: false, interval").replace("nameOverride: hours", ""),
    );
    // Another name would change the selector of the Deployment, which is immutable.
    let values = values.to_str().unwrap().to_owned();
    let upgrade = ["upgrade", "offhours", CHART, "--force-conflicts", "--values", &values];
    helm.run(&[&upgrade[..], &IN].concat()).expect_success();
    let pushes = "jsonpath={.spec.versions[0].schema.openAPIV3Schema.properties.status.properties.pushes.type}";
    assert_eq!(kubectl.run(&["get", "crd", crd, "-o", pushes]).expect_success(), "integer");
    kubectl
        .run(&["get", "networkpolicy", "-n", "offhours-system", "-l", "team=platform", "-o", "name"])
        .expect_success();
    kubectl.run(&["get", "ohu/evidence"]).expect_success();

    helm.run(&[&["uninstall", "offhours"][..], &IN].concat()).expect_success();
    wait_for("the controller to be gone", DEADLINE, async || {
        let left = kubectl.run(&[
            "get",
            "deployment,service,clusterrole,clusterrolebinding",
            "-A",
            "-l",
            "app.kubernetes.io/managed-by=Helm",
            "-o",
            "name",
        ]);
        if left.success() && left.stdout.is_empty() {
            Progress::Done(())
        } else {
            Progress::Waiting(format!("{left:?}"))
        }
    })
    .await;
    let crds = kubectl.run(&["get", "crd", "-o", "name"]).expect_success();
    assert_eq!(crds.matches("offhours.dev").count(), 3, "CRDs are kept: {crds}");
    kubectl.run(&["get", "ohu/evidence", "eup/production"]).expect_success();

    helm.run(&[&["install", "offhours", CHART][..], &IN].concat()).expect_success();
    kubectl.run(&["get", "ohu/evidence", "eup/production"]).expect_success();
    kubectl.run(&["get", "deployment", "offhours", "-n", "offhours-system"]).expect_success();
}

#[tokio::test]
async fn editors_write_policies_and_triage_while_viewers_only_read() {
    let control_plane = ControlPlane::start().await;
    let kubectl = control_plane.kubectl();
    control_plane
        .helm()
        .run(&[&["install", "offhours", CHART, "--create-namespace"][..], &IN].concat())
        .expect_success();
    // Aggregation is the controller manager's; what it would add is bound directly here.
    for who in ["view", "edit"] {
        let role = format!("--clusterrole=offhours-system:offhours:{who}");
        let user = format!("--user={who}er");
        kubectl.run(&["create", "clusterrolebinding", who, &role, &user]).expect_success();
    }
    for (user, verb, resource, expected) in [
        ("viewer", "list", "offhoursuploads", "yes"),
        ("viewer", "get", "ecruploadpolicies", "yes"),
        ("viewer", "get", "cloudtrailsources", "yes"),
        ("viewer", "patch", "offhoursuploads", "no"),
        ("viewer", "create", "ecruploadpolicies", "no"),
        ("editer", "create", "ecruploadpolicies", "yes"),
        ("editer", "patch", "offhoursuploads", "yes"),
        ("editer", "create", "offhoursuploads", "no"),
        ("editer", "patch", "offhoursuploads/status", "no"),
        ("editer", "patch", "cloudtrailsources", "no"),
    ] {
        let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        let (qualified, subresource_flag) =
            (format!("{resource}.offhours.dev"), format!("--subresource={subresource}"));
        let arguments = ["auth", "can-i", verb, &qualified, &subresource_flag, "--as", user, "-n", "default"];
        let answer = kubectl.run(&arguments);
        assert_eq!(answer.stdout.trim(), expected, "{user} {verb} {resource} {subresource}: {}", answer.stderr);
    }
}
