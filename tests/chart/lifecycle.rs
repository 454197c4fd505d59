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
async fn a_release_that_finds_the_crds_of_another_says_how_to_take_them_over() {
    let control_plane = ControlPlane::start().await;
    let (helm, kubectl) = (control_plane.helm(), control_plane.kubectl());
    helm.run(&[&["install", "first", CHART, "--create-namespace"][..], &IN].concat()).expect_success();
    helm.run(&[&["upgrade", "first", CHART][..], &IN].concat()).expect_success();

    let install = ["install", "second", CHART, "--namespace", "elsewhere", "--create-namespace"];
    let message = helm.run(&install).expect_failure();
    let expected = "The CRDs belong to the release first in the namespace offhours-system. If that is where they are \
                    upgraded, install this release with --set crds.install=false. To hand them over to this release, run \
                    this and install again:\n\nkubectl annotate crd ";
    assert!(message.contains(expected), "{message}");
    assert!(message.len() < 1_000, "{message}");

    // The one way out.
    helm.run(&[&install[..], &["--set", "crds.install=false"]].concat()).expect_success();
    helm.run(&["uninstall", "second", "--namespace", "elsewhere"]).expect_success();

    // The other.
    helm.run(&[&["uninstall", "first"][..], &IN].concat()).expect_success();
    run_command_in(&message, &kubectl);
    helm.run(&install).expect_success();
    helm.run(&["upgrade", "second", CHART, "--namespace", "elsewhere"]).expect_success();
    let message = helm.run(&[&["install", "first", CHART][..], &IN].concat()).expect_failure();
    assert!(message.contains("The CRDs belong to the release second in the namespace elsewhere."), "{message}");
}

#[tokio::test]
async fn a_release_that_finds_crds_of_kubectl_says_how_to_take_them_over() {
    let control_plane = ControlPlane::start().await;
    let (helm, kubectl) = (control_plane.helm(), control_plane.kubectl());
    kubectl.run(&["apply", "-f", concat!(env!("CARGO_MANIFEST_DIR"), "/crds")]).expect_success();
    let install = [&["install", "offhours", CHART, "--create-namespace"][..], &IN].concat();
    let message = helm.run(&install).expect_failure();
    assert!(message.contains("The CRDs were not installed by Helm. "), "{message}");
    run_command_in(&message, &kubectl);
    helm.run(&install).expect_success();
}

/// Runs the commands that a message of the chart gives, as somebody does who copies them.
fn run_command_in(message: &str, kubectl: &Kubectl) {
    let line = message.lines().find(|line| line.starts_with("kubectl ")).unwrap_or_else(|| panic!("{message}"));
    for command in line.split(" && ") {
        let arguments: Vec<&str> = command.split_whitespace().skip(1).collect();
        kubectl.run(&arguments).expect_success();
    }
}

#[tokio::test]
async fn the_notes_say_that_changed_regions_do_not_reach_the_source_that_exists() {
    let control_plane = ControlPlane::start().await;
    let (helm, kubectl) = (control_plane.helm(), control_plane.kubectl());
    let regions = ["--set", "defaultSource.regions={eu-central-1,us-east-1}"];
    let notes = |command: &str, regions: &[&str]| {
        let arguments = [command, "offhours", CHART, "--create-namespace"];
        helm.run(&[&arguments[..], &IN, regions].concat()).expect_success()
    };
    assert!(!notes("install", &regions).contains("WARNING"));
    let source = json!({
        "apiVersion": "offhours.dev/v1alpha1", "kind": "CloudTrailSource", "metadata": {"name": "default"},
        "spec": {"lookupEvents": {"regions": ["us-east-1", "eu-central-1"]}},
    });
    apply_when_served(&kubectl, &source).await;
    let upgrade =
        |regions: &[&str]| helm.run(&[&["upgrade", "offhours", CHART][..], &IN, regions].concat()).expect_success();
    assert!(!upgrade(&regions).contains("WARNING"), "in whatever order");

    let text = upgrade(&["--set", "defaultSource.regions={eu-west-1}"]);
    let command = r#"kubectl patch cloudtrailsource default --type=merge --patch='{"spec":{"lookupEvents":{"regions":["eu-west-1"]}}}'"#;
    assert!(
        text.contains("WARNING: defaultSource.regions has no effect on the source \"default\", which exists and reads")
    );
    assert!(text.contains("us-east-1, eu-central-1. To change it:") && text.contains(command), "{text}");
    assert!(!upgrade(&["--set-json", "defaultSource.regions=[]"]).contains("WARNING"), "the value is not set");
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
