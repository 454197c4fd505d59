//! Runs the binary, and reads its summary and findings.

use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::rig::fake_cloudtrail::{Principal, PutImage};
use crate::rig::{Output, RunFolder};

/// Runs the binary in this folder, so that messages name files as the user does.
pub fn offhours(folder: &RunFolder, arguments: &[&str]) -> Output {
    Output::of(command(folder.path()).args(arguments))
}

/// Runs the binary with a file as standard input.
pub fn offhours_with_input(folder: &RunFolder, input: &str, arguments: &[&str]) -> Output {
    let script = r#"input=$1; shift; exec "$@" < "$input""#;
    let mut shell = Command::new("/bin/sh");
    shell.current_dir(folder.path()).args(["-c", script, "sh", input, env!("CARGO_BIN_EXE_offhours")]);
    Output::of(shell.args(arguments))
}

/// The binary without a terminal, and without the settings of the person who runs the tests.
pub fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_offhours"));
    command.env_remove("CLICOLOR_FORCE").env_remove("NO_COLOR");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("AWS_")) {
        command.env_remove(name);
    }
    command.current_dir(folder).env("AWS_EC2_METADATA_DISABLED", "true").env("HOME", folder);
    command
}

/// A folder with `policy.yaml`, which has no business hours: every upload is off hours.
pub fn folder_with_freeze() -> RunFolder {
    let folder = RunFolder::new("cli");
    write_policy(&folder, "policy.yaml", "freeze", json!({"businessHours": []}));
    folder
}

pub fn write_policy(folder: &RunFolder, file: &str, name: &str, spec: Value) -> PathBuf {
    let policy = json!({
        "apiVersion": "offhours.dev/v1alpha1", "kind": "EcrUploadPolicy",
        "metadata": {"name": name, "namespace": "security"}, "spec": spec,
    });
    folder.write(file, policy.to_string())
}

/// Writes a record for each push of the user ann, given with its time and repository. The numbers at the end of tags and event
/// IDs count up from 0.
pub fn write_records(folder: &RunFolder, file: &str, pushes: &[(&str, &str)]) {
    let record = |(number, (time, repository)): (u64, &(&str, &str))| {
        let record =
            PutImage::new(repository, at(time)).seed(number).by(Principal::user("ann")).tag(&format!("v{number}"));
        record.event_id(&format!("00000000-0000-4000-8000-{number:012}")).json()
    };
    folder.write(file, trail((0..).zip(pushes).map(record)));
}

pub fn at(time: &str) -> DateTime<Utc> {
    time.parse().unwrap()
}

/// This many records of pushes, a minute apart, with the event IDs `push-1` and so on.
pub fn records(count: i64) -> Vec<PutImage> {
    (1..=count)
        .map(|number| {
            let time = at("2026-11-20T18:00:00Z") + chrono::TimeDelta::minutes(number);
            PutImage::new("prod/api", time).tag(&format!("v{number}")).event_id(&format!("push-{number}"))
        })
        .collect()
}

/// A record of another call.
pub fn other_call(event_id: &str) -> Value {
    PutImage::new("prod/api", at("2026-11-20T18:00:00Z"))
        .with("/eventName", json!("BatchGetImage"))
        .event_id(event_id)
        .json()
}

/// A file of a trail.
pub fn trail(records: impl IntoIterator<Item = Value>) -> String {
    json!({"Records": records.into_iter().collect::<Vec<_>>()}).to_string()
}

/// The numbers of the summary on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    pub read: u64,
    pub judged: u64,
    pub not_uploads: u64,
    pub failed: u64,
    pub repeated: u64,
    pub outside: u64,
}

/// Finds the summary, and checks that a reader can add it up.
#[track_caller]
pub fn summary(output: &Output) -> Summary {
    let line = output.stderr.lines().find(|line| line.contains(" read") && line.contains(" other"));
    let line = line.unwrap_or_else(|| panic!("a summary in {output:?}"));
    let number = |what: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let at = words.windows(2).position(|pair| pair[1].trim_end_matches([',', ';', ':']) == what);
        at.map_or(0, |at| words[at].parse().unwrap_or_else(|_| panic!("a number before {what}: {line}")))
    };
    let (records, record) = (number("records"), number("record"));
    let (uploads, upload) = (number("uploads"), number("upload"));
    let summary = Summary {
        read: records + record,
        judged: uploads + upload,
        not_uploads: number("other"),
        failed: number("unreadable"),
        repeated: number("repeated"),
        outside: number("outside"),
    };
    let Summary { read, judged, not_uploads, failed, repeated, outside } = summary;
    assert_eq!(read, judged + not_uploads + failed + repeated + outside, "{line}");
    summary
}

/// The number of uploads in the findings that were printed.
pub fn uploads_in(findings: &str) -> usize {
    let list: Value = serde_json::from_str(findings).unwrap_or_else(|error| panic!("{error}: {findings}"));
    let items = list["items"].as_array().unwrap();
    items.iter().map(|item| item["status"]["uploads"].as_array().unwrap().len()).sum()
}
