//! Install, upgrade, uninstall and install again, on a real API server.

use serde_json::json;

use crate::CHART;
use crate::rendered::EVERYTHING_ON;
use crate::rig::{ControlPlane, Helm, Kubectl, Progress, wait_for};

const IN: [&str; 2] = ["--namespace", "offhours-system"];
const DEADLINE: std::time::Duration = std::time::Duration::from_secs(60);

async fn apply_when_served(kubectl: &Kubectl, object: &serde_json::Value) {
    wait_for("the CRDs to be served", DEADLINE, async || {
        let applied = kubectl.apply(&object.to_string());
        if applied.success() { Ok(()) } else { Err(applied.stderr) }
    })
    .await;
}

/// A control plane with the chart, a policy and a finding.
struct Installed {
    control_plane: ControlPlane,
    helm: Helm,
    kubectl: Kubectl,
    /// The notes that helm printed after the installation.
    notes: String,
}

impl Installed {
    async fn new() -> Self {
        let control_plane = ControlPlane::start().await;
        let (helm, kubectl) = (control_plane.helm(), control_plane.kubectl());
        let install = [&["install", "offhours", CHART, "--create-namespace"][..], &IN].concat();
        let notes = helm.run(&install).expect_success();
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
        Self { control_plane, helm, kubectl, notes }
    }

    /// Upgrades to values with everything on that this control plane has.
    fn upgrade(&self) {
        // The ServiceMonitor needs a CRD that is not here. Another name would change the selector of the Deployment, which is
        // immutable.
        let values = EVERYTHING_ON
            .replace("enabled: true, interval", "enabled: false, interval")
            .replace("nameOverride: hours", "");
        let values = self.control_plane.folder().write("values.yaml", values);
        let values = values.to_str().unwrap().to_owned();
        let upgrade = ["upgrade", "offhours", CHART, "--force-conflicts", "--values", &values];
        self.helm.run(&[&upgrade[..], &IN].concat()).expect_success();
    }

    fn uninstall(&self) {
        self.helm.run(&[&["uninstall", "offhours"][..], &IN].concat()).expect_success();
    }
}

#[tokio::test]
async fn the_notes_say_how_to_continue_after_the_installation() {
    let Installed { notes, .. } = Installed::new().await;
    for words in
        ["kubectl wait cloudtrailsource/default", "kubectl get offhoursuploads", "No image of that name is published"]
    {
        assert!(notes.contains(words), "{words} is not in {notes}");
    }
}

#[tokio::test]
async fn an_upgrade_brings_the_crds_up_to_date() {
    let installed = Installed::new().await;
    let kubectl = &installed.kubectl;
    // A field that somebody's older version lacks comes back.
    let crd = "offhoursuploads.offhours.dev";
    let older =
        r#"[{"op": "remove", "path": "/spec/versions/0/schema/openAPIV3Schema/properties/status/properties/pushes"}]"#;
    let required = r#"[{"op": "replace", "path": "/spec/versions/0/schema/openAPIV3Schema/properties/status/required", "value": ["count"]}]"#;
    kubectl.run(&["patch", "crd", crd, "--type=json", "-p", required]).expect_success();
    kubectl.run(&["patch", "crd", crd, "--type=json", "-p", older]).expect_success();
    installed.upgrade();
    let pushes = "jsonpath={.spec.versions[0].schema.openAPIV3Schema.properties.status.properties.pushes.type}";
    assert_eq!(kubectl.run(&["get", "crd", crd, "-o", pushes]).expect_success(), "integer");
}

#[tokio::test]
async fn an_upgrade_keeps_findings_and_adds_what_its_values_turn_on() {
    let installed = Installed::new().await;
    installed.upgrade();
    let added = ["get", "networkpolicy", "-n", "offhours-system", "-l", "team=platform", "-o", "name"];
    let added = installed.kubectl.run(&added).expect_success();
    assert_eq!(added.lines().count(), 1, "{added}");
    installed.kubectl.run(&["get", "ohu/evidence"]).expect_success();
}

#[tokio::test]
async fn an_uninstall_removes_everything_but_the_crds_and_their_objects() {
    let installed = Installed::new().await;
    installed.upgrade();
    installed.uninstall();
    let kubectl = &installed.kubectl;
    let removed = "deployment,service,clusterrole,clusterrolebinding";
    wait_for("the controller to be gone", DEADLINE, async || {
        let left = kubectl.run(&["get", removed, "-A", "-l", "app.kubernetes.io/managed-by=Helm", "-o", "name"]);
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
}

#[tokio::test]
async fn another_installation_finds_the_findings_of_the_first_one() {
    let installed = Installed::new().await;
    installed.upgrade();
    installed.uninstall();
    installed.helm.run(&[&["install", "offhours", CHART][..], &IN].concat()).expect_success();
    installed.kubectl.run(&["get", "ohu/evidence", "eup/production"]).expect_success();
    installed.kubectl.run(&["get", "deployment", "offhours", "-n", "offhours-system"]).expect_success();
}

const SECOND: [&str; 6] = ["install", "second", CHART, "--namespace", "elsewhere", "--create-namespace"];

/// A control plane with the release first, which was upgraded, and the error of installing a second one.
async fn two_releases() -> (ControlPlane, Helm, String) {
    let control_plane = ControlPlane::start().await;
    let helm = control_plane.helm();
    helm.run(&[&["install", "first", CHART, "--create-namespace"][..], &IN].concat()).expect_success();
    helm.run(&[&["upgrade", "first", CHART][..], &IN].concat()).expect_success();
    let message = helm.run(&SECOND).expect_failure();
    (control_plane, helm, message)
}

#[tokio::test]
async fn a_release_that_finds_the_crds_of_another_offers_to_do_without_them() {
    let (_control_plane, helm, message) = two_releases().await;
    let expected = "The CRDs belong to the release first in the namespace offhours-system. If that is where they are \
                    upgraded, install this release with --set crds.install=false. To hand them over to this release, run \
                    this and install again:\n\nkubectl annotate crd ";
    assert!(message.contains(expected), "{message}");
    assert!(message.len() < 1_000, "{message}");
    helm.run(&[&SECOND[..], &["--set", "crds.install=false"]].concat()).expect_success();
    helm.run(&["uninstall", "second", "--namespace", "elsewhere"]).expect_success();
}

#[tokio::test]
async fn a_release_that_finds_the_crds_of_another_says_how_to_take_them_over() {
    let (control_plane, helm, message) = two_releases().await;
    helm.run(&[&["uninstall", "first"][..], &IN].concat()).expect_success();
    run_command_in(&message, &control_plane.kubectl());
    helm.run(&SECOND).expect_success();
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

/// Runs the commands in a message of the chart, as a user who copies them does.
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
    // The controller manager, which aggregates roles, does not run here: the roles are bound directly.
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
