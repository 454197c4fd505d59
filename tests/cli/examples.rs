//! `examples/`: for every policy, the output over the sample records is in a file.
//!
//! `make generate` writes the expected files again: it runs these tests with `OFFHOURS_UPDATE_EXAMPLES=1`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc, Weekday};
use offhours::api::EcrUploadPolicy;
use offhours::calendar::Hours;
use offhours::detect::{Calendars, Policy};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::rig::{Output, RunFolder};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

/// The files of a folder, without their extension, sorted.
fn stems(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).into_iter().flatten().map(|file| file.unwrap().path());
    let mut stems: Vec<String> = files.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    stems.sort();
    stems
}

/// The names of the examples.
pub fn names() -> Vec<String> {
    stems(&folder().join("policies"))
}

/// The command in `examples/README.md`.
fn offhours(command: &str, example: &str, more: &[&str]) -> Output {
    let policy = format!("examples/policies/{example}.yaml");
    let mut offhours = Command::new(env!("CARGO_BIN_EXE_offhours"));
    offhours.current_dir(env!("CARGO_MANIFEST_DIR")).args([command, "--policy", &policy]);
    Output::of(offhours.args(["--config-map", "examples/calendars/company.yaml"]).args(more).arg("examples/records"))
}

/// Compares the output for each example with `examples/KIND/NAME.txt`, or writes it there.
fn assert_expected(kind: &str, printed: impl Fn(&str) -> String) {
    let folder = folder().join(kind);
    let is_update = std::env::var_os("OFFHOURS_UPDATE_EXAMPLES").is_some();
    if is_update {
        std::fs::create_dir_all(&folder).unwrap();
    }
    for name in names() {
        let path = folder.join(format!("{name}.txt"));
        let printed = printed(&name);
        if is_update {
            std::fs::write(&path, &printed).unwrap();
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(printed == expected, "examples/{kind}/{name}.txt is stale: run `make generate`. Printed:\n{printed}");
    }
    assert_eq!(stems(&folder), names(), "examples/{kind} has a file without a policy");
}

#[test]
fn every_example_has_exactly_the_findings_in_its_file() {
    assert_expected("findings", |example| {
        let output = offhours("scan", example, &["--color", "never"]);
        assert_eq!(output.status.code(), Some(1), "{example}: {}", output.stderr);
        output.stdout
    });
}

#[test]
fn every_example_explains_each_push_as_in_its_file() {
    assert_expected("explanations", |example| offhours("explain", example, &[]).expect_success());
}

/// It is shown in README.md and docs/scan.md.
#[test]
fn the_picture_of_the_heat_map_is_that_of_the_example() {
    let folder = RunFolder::new("heat-map");
    let picture = folder.path().join("heat-map.svg");
    offhours("heatmap", "one-office", &["--svg", picture.to_str().unwrap()]).expect_success();
    let drawn = std::fs::read_to_string(picture).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/images/heat-map.svg");
    if std::env::var_os("OFFHOURS_UPDATE_EXAMPLES").is_some() {
        std::fs::write(&path, &drawn).unwrap();
    }
    let shown = std::fs::read_to_string(path).unwrap_or_default();
    assert!(drawn == shown, "docs/images/heat-map.svg is stale: run `make generate`");
}

#[test]
fn the_examples_together_show_every_verdict_and_reason() {
    let mut shown = BTreeSet::new();
    for example in names() {
        for line in offhours("explain", &example, &["-o", "json"]).expect_success().lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let text = |field: &str| line[field].as_str().unwrap_or_default().to_owned();
            let is_off_hours = line["verdict"] == "OffHours";
            shown.insert((text("verdict"), if is_off_hours { text("reason") } else { text("allowRule") }));
        }
    }
    let expected = [
        ("Allowed", "before-the-freeze"),
        ("Allowed", "hotfixes"),
        ("Allowed", "nightly-release"),
        ("BusinessHours", ""),
        ("OffHours", "Freeze"),
        ("OffHours", "Holiday"),
        ("OffHours", "NonWorkingDay"),
        ("OffHours", "OutsideHours"),
        ("OutOfScope", ""),
    ];
    let shown: Vec<_> = shown.iter().map(|(verdict, why)| (verdict.as_str(), why.as_str())).collect();
    assert_eq!(shown, expected);
}

#[test]
fn the_digests_of_the_sample_records_are_those_of_their_manifests() {
    let mut pushed = 0;
    for name in stems(&folder().join("records")) {
        let text = std::fs::read_to_string(folder().join(format!("records/{name}.json"))).unwrap();
        let file: Value = serde_json::from_str(&text).unwrap();
        for record in file["Records"].as_array().unwrap() {
            let Some(image) = record["responseElements"].get("image") else { continue };
            let manifest = record["requestParameters"]["imageManifest"].as_str().unwrap();
            let digest = format!("sha256:{}", hex::encode(Sha256::digest(manifest)));
            assert_eq!(image["imageId"]["imageDigest"], digest.as_str(), "{}", record["eventID"]);
            pushed += 1;
        }
    }
    assert!(pushed > 40, "{pushed}");
}

#[test]
fn the_shifts_that_follow_the_sun_leave_no_gap_from_monday_to_friday_in_any_season() {
    let text = std::fs::read_to_string(folder().join("policies/follow-the-sun.yaml")).unwrap();
    let manifest: EcrUploadPolicy = serde_saphyr::from_str(&text).unwrap();
    let policy = Policy::compile("follow-the-sun", &manifest.spec, &Calendars::default()).unwrap();
    let mut at: DateTime<Utc> = "2025-01-01T00:00:00Z".parse().unwrap();
    let end: DateTime<Utc> = "2027-01-01T00:00:00Z".parse().unwrap();
    while at < end {
        let is_business = |schedule: &offhours::calendar::Schedule| schedule.hours(at) == Hours::Business;
        let somebody_works = policy.teams().any(|team| is_business(team.schedule()));
        let is_weekday = match at.weekday() {
            Weekday::Sat | Weekday::Sun => false,
            Weekday::Fri => at.hour() < 23,
            _ => true,
        };
        assert!(somebody_works || !is_weekday, "nobody works at {at}");
        assert!(is_business(policy.hours().schedule()) || !is_weekday, "the rota does not cover {at}");
        at += TimeDelta::minutes(15);
    }
}
