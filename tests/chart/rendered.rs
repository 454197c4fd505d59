//! The objects that the chart renders.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::CHART;
use crate::rig::{Helm, RunFolder};

/// Everything that can be turned on, and every list and map filled.
pub const EVERYTHING_ON: &str = r#"
nameOverride: hours
commonLabels: {team: platform}
image: {repository: registry.example.com/offhours, digest: "sha256:98c8b060c21d9adbb6b8c41b916e95e6307102786973ab93a41e8b86d1fc6d3e"}
imagePullSecrets: [{name: registry}]
defaultSource: {regions: [eu-central-1, us-east-1]}
aws: {region: eu-central-1, endpointURL: "http://emulator:4566"}
lookupRate: 0.5
logFormat: text
listenIP: "[::]"
serviceAccount: {annotations: {"eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/offhours"}}
metrics: {annotations: {"prometheus.io/scrape": "true"}, serviceMonitor: {enabled: true, interval: 30s, labels: {release: prometheus}}}
networkPolicy:
  enabled: true
  metricsFrom: [{namespaceSelector: {matchLabels: {name: monitoring}}}]
  instanceMetadata: true
  extraEgress: [{ports: [{port: 3128}]}]
extraEnv: [{name: HTTPS_PROXY, value: "http://proxy:3128"}]
extraVolumes: [{name: certificates, configMap: {name: certificates}}]
extraVolumeMounts: [{name: certificates, mountPath: /etc/ssl/certs}]
podAnnotations: {note: "true"}
podLabels: {tier: backend}
nodeSelector: {kubernetes.io/os: linux}
tolerations: [{key: dedicated, operator: Exists}]
affinity: {nodeAffinity: {}}
topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway}]
priorityClassName: system-cluster-critical
"#;

/// helm without a cluster.
pub fn helm() -> (Helm, RunFolder) {
    let folder = RunFolder::new("helm");
    (Helm::new(Path::new("/nonexistent/kubeconfig"), folder.path()), folder)
}

fn render(arguments: &[&str]) -> Vec<Value> {
    let (helm, _folder) = helm();
    let template = ["template", "offhours", CHART, "--namespace", "offhours-system"];
    let text = helm.run(&[&template, arguments].concat()).expect_success();
    serde_saphyr::from_multiple(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn of_kind<'a>(objects: &'a [Value], kind: &str) -> Vec<&'a Value> {
    objects.iter().filter(|object| object["kind"] == kind).collect()
}

#[test]
fn helm_lint_finds_nothing() {
    let (helm, folder) = helm();
    let everything = folder.write("values.yaml", EVERYTHING_ON);
    helm.run(&["lint", "--strict", CHART]).expect_success();
    helm.run(&["lint", "--strict", CHART, "--values", everything.to_str().unwrap()]).expect_success();
}

#[test]
fn the_defaults_render_the_controller_its_rights_and_the_crds() {
    let objects = render(&[]);
    let kinds: BTreeSet<&str> = objects.iter().map(|object| object["kind"].as_str().unwrap()).collect();
    let expected =
        ["ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "Deployment", "Service", "ServiceAccount"];
    assert_eq!(kinds, BTreeSet::from(expected));
    assert_eq!(of_kind(&objects, "CustomResourceDefinition").len(), 3);
}

#[test]
fn an_uninstall_keeps_every_crd() {
    for crd in of_kind(&render(&[]), "CustomResourceDefinition") {
        assert_eq!(crd["metadata"]["annotations"]["helm.sh/resource-policy"], "keep", "{}", crd["metadata"]["name"]);
    }
}

#[test]
fn the_crds_can_be_left_out() {
    assert!(of_kind(&render(&["--set", "crds.install=false"]), "CustomResourceDefinition").is_empty());
}

#[test]
fn the_image_has_the_version_of_the_crate() {
    let objects = render(&[]);
    let container = &of_kind(&objects, "Deployment")[0]["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(container["image"], format!("offhours:{}", env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_crds_are_rendered_as_they_were_generated() {
    for crd in of_kind(&render(&[]), "CustomResourceDefinition") {
        let name = crd["metadata"]["name"].as_str().unwrap();
        let generated =
            offhours::api::crds().into_iter().find(|generated| generated.metadata.name.as_deref() == Some(name));
        let generated = serde_json::to_value(generated.unwrap()).unwrap();
        assert!(
            whole_numbers(&crd["spec"]) == whole_numbers(&generated["spec"]),
            "{name} differs: run `make generate`"
        );
    }
}

fn everything_on() -> Vec<Value> {
    let (_, folder) = helm();
    let values = folder.write("values.yaml", EVERYTHING_ON);
    render(&["--values", values.to_str().unwrap()])
}

#[test]
fn optional_objects_are_rendered_when_they_are_on() {
    let objects = everything_on();
    for kind in ["ServiceMonitor", "NetworkPolicy"] {
        assert_eq!(of_kind(&objects, kind).len(), 1, "{kind}");
    }
}

#[test]
fn common_labels_are_on_every_object() {
    for object in everything_on() {
        assert_eq!(object["metadata"]["labels"]["team"], "platform", "{object}");
    }
}

#[test]
fn the_values_of_the_controller_reach_its_pod() {
    let objects = everything_on();
    let pod = &of_kind(&objects, "Deployment")[0]["spec"]["template"];
    let container = &pod["spec"]["containers"][0];
    let image = container["image"].as_str().unwrap();
    assert!(image.starts_with("registry.example.com/offhours@sha256:98c8"), "the digest wins: {image}");
    let arguments: Vec<&str> = container["args"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    for argument in [
        "--lookup-rate=0.5",
        "--log-format=text",
        "--listen-address=[::]:8080",
        "--default-source-regions=eu-central-1,us-east-1",
    ] {
        assert!(arguments.contains(&argument), "{argument} is not in {arguments:?}");
    }
    assert_eq!(pod["metadata"]["labels"]["tier"], "backend");
    assert_eq!(pod["spec"]["priorityClassName"], "system-cluster-critical");
}

#[test]
fn the_program_accepts_the_arguments_that_the_chart_writes() {
    for object in render(&["--set", "defaultSource.regions={eu-central-1,us-east-1}"]) {
        if object["kind"] != "Deployment" {
            continue;
        }
        let arguments = object["spec"]["template"]["spec"]["containers"][0]["args"].clone();
        let arguments: Vec<String> = serde_json::from_value(arguments).unwrap();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_offhours"));
        // The program reports the first wrong argument, which must be the one that the chart did not write.
        let output = crate::rig::Output::of(command.args(arguments).arg("--no-such-flag").env_clear());
        let message = output.expect_failure();
        assert!(message.contains("--no-such-flag"), "{message}");
        return;
    }
    panic!("no Deployment");
}

#[test]
fn the_controller_has_exactly_the_rights_it_uses() {
    let objects = render(&[]);
    let roles = of_kind(&objects, "ClusterRole");
    let role = roles.iter().find(|role| role["metadata"]["name"] == "offhours-system:offhours").unwrap();
    let mut rules: Vec<String> = role["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| {
            let texts = |field: &str| {
                rule[field].as_array().unwrap().iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",")
            };
            assert!(rule.get("nonResourceURLs").is_none());
            format!("{}/{}: {}", texts("apiGroups"), texts("resources"), texts("verbs"))
        })
        .collect();
    rules.sort();
    assert_eq!(
        rules,
        [
            "/configmaps: list,watch",
            "/events: create,patch",
            "/namespaces: list,watch",
            "offhours.dev/cloudtrailsources/status: patch",
            "offhours.dev/cloudtrailsources: list,watch,create",
            "offhours.dev/ecruploadpolicies/status: patch",
            "offhours.dev/ecruploadpolicies: list,watch",
            "offhours.dev/offhoursuploads/status: update",
            "offhours.dev/offhoursuploads: get,list,watch,create,delete",
        ]
    );
}

#[test]
fn no_role_has_wildcards_secrets_or_escalation() {
    let objects = render(&[]);
    for role in of_kind(&objects, "ClusterRole") {
        let text = role["rules"].to_string();
        assert!(!text.contains('*') && !text.contains("secrets") && !text.contains("escalate"), "{text}");
    }
}

#[test]
fn the_pod_is_within_the_restricted_pod_security_standard() {
    let objects = render(&[]);
    let pod = &of_kind(&objects, "Deployment")[0]["spec"]["template"]["spec"];
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    assert_eq!(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
    let container = &pod["containers"][0]["securityContext"];
    assert_eq!(container["allowPrivilegeEscalation"], false);
    assert_eq!(container["readOnlyRootFilesystem"], true);
    assert_eq!(container["capabilities"]["drop"][0], "ALL");
}

/// Helm writes `0` where serde writes `0.0`, which are the same number.
fn whole_numbers(value: &Value) -> Value {
    match value {
        Value::Number(number) => match number.as_f64() {
            Some(whole) if whole.fract() == 0.0 => Value::from(whole as i64),
            _ => value.clone(),
        },
        Value::Array(items) => items.iter().map(whole_numbers).collect(),
        Value::Object(fields) => fields.iter().map(|(name, field)| (name.clone(), whole_numbers(field))).collect(),
        other => other.clone(),
    }
}
