//! The CustomResourceDefinitions themselves: their schema, and the files that hold them.

use std::path::Path;
use std::process::Command;

use kube::core::cel::compile_schema;
use offhours::api::{crds, to_yaml};
use serde_json::{Value, json};

use crate::cluster::CRDS;
use crate::rig::{Output, binaries};

const CHART_CRDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/charts/offhours/files/crds");

/// All schemas in the definitions, with their paths.
fn schemas() -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for crd in crds() {
        let crd = serde_json::to_value(crd).unwrap();
        for version in crd["spec"]["versions"].as_array().unwrap() {
            let kind = crd["spec"]["names"]["kind"].as_str().unwrap();
            walk(kind.to_owned(), &version["schema"]["openAPIV3Schema"], &mut found);
        }
    }
    assert!(found.len() > 100, "the walk missed most of the schema: {}", found.len());
    found
}

fn walk(path: String, schema: &Value, found: &mut Vec<(String, Value)>) {
    found.push((path.clone(), schema.clone()));
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        walk(format!("{path}.{name}"), property, found);
    }
    if schema["items"].is_object() {
        walk(format!("{path}[]"), &schema["items"], found);
    }
    if schema["additionalProperties"].is_object() {
        walk(format!("{path}{{}}"), &schema["additionalProperties"], found);
    }
}

fn assert_all(what: &str, holds: impl Fn(&str, &Value) -> bool) {
    let schemas = schemas();
    let wrong: Vec<&str> =
        schemas.iter().filter(|(path, schema)| !holds(path, schema)).map(|(path, _)| path.as_str()).collect();
    assert!(wrong.is_empty(), "{what}: {wrong:#?}");
}

#[test]
fn every_field_has_a_description() {
    assert_all("no description", |path, schema| {
        path.ends_with("[]")
            || path.ends_with("{}")
            || schema["description"].as_str().is_some_and(|description| !description.trim().is_empty())
    });
}

#[test]
fn every_string_list_and_map_is_bounded() {
    assert_all("a string without maxLength, enum or date", |_, schema| {
        schema["type"] != "string"
            || schema["maxLength"].is_number()
            || schema["enum"].is_array()
            || ["date", "date-time"].iter().any(|format| schema["format"] == *format)
    });
    assert_all("a list without maxItems", |_, schema| schema["type"] != "array" || schema["maxItems"].is_number());
    assert_all("a map without maxProperties", |_, schema| {
        !schema["additionalProperties"].is_object() || schema["maxProperties"].is_number()
    });
}

#[test]
fn every_list_says_how_it_is_merged() {
    assert_all("a list without x-kubernetes-list-type", |_, schema| {
        schema["type"] != "array" || schema["x-kubernetes-list-type"].is_string() || schema["default"].is_array()
    });
}

#[test]
fn no_number_is_unsigned() {
    assert_all("an unsigned number", |_, schema| !schema["format"].as_str().unwrap_or_default().starts_with("uint"));
}

#[test]
fn every_rule_is_valid_cel_and_says_what_is_wrong() {
    for (path, schema) in schemas() {
        let errors = compile_schema(&schema);
        assert!(errors.compilation_errors().is_empty(), "{path}: {:?}", errors.compilation_errors());
        for rule in schema["x-kubernetes-validations"].as_array().into_iter().flatten() {
            assert!(rule["message"].as_str().is_some_and(|message| message.len() > 20), "{path}: {rule}");
        }
    }
}

#[test]
fn a_rule_that_is_not_valid_cel_is_noticed() {
    let broken = json!({"type": "string", "x-kubernetes-validations": [{"rule": "self.(", "message": "x"}]});
    assert_eq!(compile_schema(&broken).compilation_errors().len(), 1);
}

fn printed() -> String {
    Output::of(Command::new(env!("CARGO_BIN_EXE_offhours")).arg("crds")).expect_success()
}

#[test]
fn the_files_are_what_the_program_prints() {
    let printed = printed();
    for folder in [CRDS, CHART_CRDS] {
        let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let texts: Vec<String> = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
        let all: String = texts.iter().map(|text| format!("---\n{}\n", text.trim_end())).collect();
        assert!(all == printed, "{folder} is stale: run `make generate`");
    }
}

#[test]
fn the_output_folder_of_the_program_is_crds() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    Output::of(Command::new(env!("CARGO_BIN_EXE_offhours")).args(["crds", "--output-dir", path])).expect_success();
    for entry in std::fs::read_dir(CRDS).unwrap() {
        let file = entry.unwrap().file_name();
        let read = |folder: &Path| std::fs::read_to_string(folder.join(&file)).unwrap_or_default();
        assert!(read(folder.path()) == read(Path::new(CRDS)), "{} is stale: run `make generate`", file.display());
    }
}

/// YAML 1.1, which PyYAML and Ansible read, knows numbers to the base of 60: `20:00` is 1200 there.
#[test]
fn a_reader_of_yaml_1_1_sees_the_same_definitions() {
    let python = binaries::ministack().with_file_name("python");
    let program = "import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)";
    let folder = tempfile::tempdir().unwrap();
    for crd in crds() {
        let file = folder.path().join("crd.yaml");
        std::fs::write(&file, to_yaml(&crd).unwrap()).unwrap();
        let json = Output::of(Command::new(&python).args(["-c", program]).arg(&file)).expect_success();
        let read: Value = serde_json::from_str(&json).unwrap();
        assert!(read == serde_json::to_value(&crd).unwrap(), "{} differs", crd.spec.names.kind);
    }
}
