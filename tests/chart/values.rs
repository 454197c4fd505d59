//! The schema names wrong values, and the README lists every value.

use std::path::Path;

use serde_json::Value;

use crate::CHART;
use crate::rig::{Helm, RunFolder};

#[test]
fn a_wrong_value_is_refused_and_named() {
    let folder = RunFolder::new("helm");
    let helm = Helm::new(Path::new("/nonexistent/kubeconfig"), folder.path());
    for (set, named) in [
        ("replicas=2", "replicas"),
        ("image.tags=x", "tags"),
        ("image.repository=", "/image/repository"),
        ("image.digest=latest", "/image/digest"),
        ("image.pullPolicy=Sometimes", "/image/pullPolicy"),
        ("lookupRate=3", "/lookupRate"),
        ("lookupRate=0", "/lookupRate"),
        ("writeConcurrency=0", "/writeConcurrency"),
        ("writeConcurrency=many", "/writeConcurrency"),
        ("staleAfter=15", "/staleAfter"),
        ("checkpointInterval=75", "/checkpointInterval"),
        ("logFormat=xml", "/logFormat"),
        ("logLevel=", "/logLevel"),
        ("logLevel=warning", "/logLevel"),
        ("logLevel=verbose", "/logLevel"),
        ("logLevel=kube=debug", "/logLevel"),
        ("logLevel=info\\,offhours=loud", "/logLevel"),
        ("listenIP=127.0.0.1", "/listenIP"),
        ("defaultSource.regions={Frankfurt}", "/defaultSource/regions/0"),
        ("defaultSource.create=maybe", "/defaultSource/create"),
        ("aws.endpointURL=emulator:4566", "/aws/endpointURL"),
        ("networkPolicy.apiServerPort=0", "/networkPolicy/apiServerPort"),
        ("commonLabels.team=not a label", "/commonLabels/team"),
        ("extraEnv[0].name=AWS_SECRET_ACCESS_KEY,extraEnv[0].value=x", "/extraEnv/0/name"),
    ] {
        let message = helm.run(&["template", "offhours", CHART, "--set", set]).expect_failure();
        let dotted = named.trim_start_matches('/').replace('/', ".");
        assert!(message.contains(named) || message.contains(&dotted), "{set}: {message}");
    }
}

#[test]
fn the_readme_lists_every_value_with_its_default() {
    let text = std::fs::read_to_string(format!("{CHART}/values.yaml")).unwrap();
    let values: Value = serde_saphyr::from_str(&text).unwrap();
    let mut expected = Vec::new();
    rows("", &values, &mut expected);
    let readme = std::fs::read_to_string(format!("{CHART}/README.md")).unwrap();
    let mut listed: Vec<String> = readme
        .lines()
        .filter(|line| line.starts_with("| `"))
        .filter_map(|line| line.rsplit_once(" | ").map(|(row, _meaning)| row.to_owned()))
        .collect();
    listed.sort();
    expected.sort();
    assert_eq!(listed, expected);
}

/// The rows of the table without their last column: one for each leaf of the values.
fn rows(path: &str, value: &Value, rows: &mut Vec<String>) {
    match value {
        // Its default is too long for a table.
        Value::Object(_) if path == "resources" => rows.push("| `resources` | see values.yaml".to_owned()),
        Value::Object(fields) if !fields.is_empty() => {
            for (name, field) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                self::rows(&path, field, rows);
            }
        }
        leaf => rows.push(format!("| `{path}` | `{leaf}`")),
    }
}
