//! Standard output and standard error that take no more: the reader closed its end, or the disk is full.

use std::process::Command;

use crate::program::{at, folder_with_freeze, trail, write_policy};
use crate::rig::fake_cloudtrail::PutImage;
use crate::rig::{Output, RunFolder};

use serde_json::json;

/// Every command with its status when nothing goes wrong. Where possible, it prints more than fits into a pipe.
const COMMANDS: [(&str, i32); 9] = [
    ("scan --policy policy.yaml records.json", 1),
    ("scan --policy policy.yaml -o csv records.json", 1),
    ("explain --policy policy.yaml records.json", 0),
    ("diff --policy policy.yaml --with office.yaml records.json", 1),
    ("heatmap --policy policy.yaml records.json", 0),
    ("learn --office Europe/Berlin --min-pushes 1 --min-days 1 learned.json", 0),
    ("crds", 0),
    ("--help", 0),
    ("scan --help", 0),
];

fn folder() -> RunFolder {
    let folder = folder_with_freeze();
    write_policy(&folder, "office.yaml", "office", json!({}));
    let records = (0..2_000)
        .map(|number| PutImage::new(&format!("prod/r{number}"), at("2026-11-20T12:00:00Z")).seed(number).json());
    folder.write("records.json", trail(records));
    let days = (0..5).flat_map(|day| (8..16).map(move |hour| (16 + day, hour)));
    let learned = days.map(|(day, hour)| PutImage::new("prod/api", at(&format!("2026-11-{day}T{hour:02}:10:00Z"))));
    folder.write("learned.json", trail(learned.map(|record| record.json())));
    folder
}

/// Runs `offhours ARGUMENTS BEHIND` in a shell.
fn run(folder: &RunFolder, arguments: &str, behind: &str) -> Output {
    let script = format!("\"$0\" {arguments} {behind}");
    let mut bash = Command::new("bash");
    Output::of(bash.current_dir(folder.path()).args(["-c", &script, env!("CARGO_BIN_EXE_offhours")]))
}

#[test]
fn a_reader_that_closes_its_end_is_no_error() {
    let folder = folder();
    for (arguments, status) in COMMANDS {
        // The reader is gone before anything is written.
        let output = run(&folder, arguments, "2>errors | true; echo ${PIPESTATUS[0]}");
        let errors = std::fs::read_to_string(folder.path().join("errors")).unwrap();
        assert_eq!(output.stdout, format!("{status}\n"), "{arguments}: {errors}");
        assert!(!errors.contains("panicked") && !errors.contains("error: "), "{arguments}: {errors}");
        let output = run(&folder, arguments, "2>errors | head -1; echo ${PIPESTATUS[0]}");
        let errors = std::fs::read_to_string(folder.path().join("errors")).unwrap();
        assert!(output.stdout.ends_with(&format!("\n{status}\n")), "{arguments}: {}{errors}", output.stdout);
        assert!(!errors.contains("panicked") && !errors.contains("error: "), "{arguments}: {errors}");
    }
}

#[test]
fn a_full_disk_is_an_error_with_status_2() {
    let folder = folder();
    for (arguments, _) in COMMANDS {
        let output = run(&folder, arguments, ">/dev/full");
        let expected = "error: cannot write standard output: No space left on device (os error 28)\n";
        assert_eq!((output.status.code(), output.stderr.as_str()), (Some(2), expected), "{arguments}");
    }
}

#[test]
fn a_standard_error_that_takes_nothing_changes_no_status() {
    let folder = folder();
    for (arguments, status) in COMMANDS {
        for closed in ["2>/dev/full", "2>&-"] {
            let output = run(&folder, arguments, &format!("{closed} >printed"));
            assert_eq!(output.status.code(), Some(status), "{arguments} {closed}");
        }
    }
}

#[test]
fn a_standard_error_that_takes_nothing_does_not_hide_an_error() {
    let folder = folder();
    for wrong in ["scan --policy gone.yaml records.json", "scan --wrong", "learn records.json", "nothing"] {
        assert_eq!(run(&folder, wrong, "2>/dev/full").status.code(), Some(2), "{wrong}");
    }
}
