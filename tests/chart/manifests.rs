//! `deploy/`: the chart as plain manifests.

use std::path::Path;

use crate::CHART;
use crate::rendered::helm;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/offhours.yaml");

const HEAD: &str = "\
# Generated from charts/offhours with its default values: run `make generate`. The CRDs are in crds/.
apiVersion: v1
kind: Namespace
metadata:
  name: offhours
  labels:
    pod-security.kubernetes.io/enforce: restricted
";

/// The rendered chart without the labels that say that Helm manages the objects.
fn manifests() -> String {
    let (helm, _folder) = helm();
    let arguments = ["template", "offhours", CHART, "--namespace", "offhours", "--set", "crds.install=false"];
    let rendered = helm.run(&arguments).expect_success();
    let is_of_helm = |line: &str| {
        let line = line.trim_start();
        line.starts_with("helm.sh/chart:") || line == "app.kubernetes.io/managed-by: Helm"
    };
    let lines = rendered.lines().filter(|line| !is_of_helm(line)).map(|line| format!("{line}\n"));
    std::iter::once(HEAD.to_owned()).chain(lines).collect()
}

#[test]
fn the_plain_manifests_are_those_of_the_chart() {
    let manifests = manifests();
    if std::env::var_os("OFFHOURS_UPDATE_MANIFESTS").is_some() {
        std::fs::create_dir_all(Path::new(PATH).parent().unwrap()).unwrap();
        std::fs::write(PATH, &manifests).unwrap();
    }
    let committed = std::fs::read_to_string(PATH).unwrap_or_default();
    assert!(manifests == committed, "deploy/offhours.yaml is stale: run `make generate`");
}
