//! Flags and exit statuses.

use serde_json::json;

use crate::program::{at, folder_with_freeze, offhours, trail, write_policy};
use crate::rig::fake_cloudtrail::PutImage;

#[test]
fn the_exit_status_of_scan_says_whether_something_was_found() {
    let folder = folder_with_freeze();
    write_policy(&folder, "office.yaml", "office", json!({}));
    let night = PutImage::new("prod/api", at("2026-11-20T23:00:00Z"));
    let noon = PutImage::new("prod/api", at("2026-11-20T12:00:00Z"));
    folder.write("night.json", trail([night.json()]));
    folder.write("noon.json", trail([noon.json()]));
    for (arguments, status) in [
        (vec!["--policy", "office.yaml", "noon.json"], 0),
        (vec!["--policy", "office.yaml", "night.json"], 2),
        (vec!["--policy", "office.yaml", "--policy", "policy.yaml", "noon.json"], 2),
        (vec!["--policy", "office.yaml", "noon.json", "gone.json"], 1),
        (vec!["--policy", "office.yaml", "night.json", "gone.json"], 1),
    ] {
        for format in ["table", "wide", "json", "yaml", "csv"] {
            let output = offhours(&folder, &[&["scan", "-o", format], &arguments[..]].concat());
            assert_eq!(output.status.code(), Some(status), "{format} {arguments:?}\n{}", output.stderr);
        }
        let explained = offhours(&folder, &[&["explain"], &arguments[..]].concat());
        assert_eq!(explained.status.code(), Some(if status == 1 { 1 } else { 0 }), "explain {arguments:?}");
    }
}

#[test]
fn wrong_flags_are_one_line_that_says_where_the_right_ones_are() {
    let folder = folder_with_freeze();
    folder.write("records.json", trail([]));
    for (arguments, message) in [
        (vec![], "the following required arguments were not provided: --policy <FILE> <PATH>..."),
        (vec!["records.json"], "the following required arguments were not provided: --policy <FILE>"),
        (vec!["--policy", "policy.yaml"], "the following required arguments were not provided: <PATH>..."),
        (vec!["--policy", "policy.yaml", "-o", "xml", "records.json"], "invalid value 'xml' for '--output <FORMAT>'"),
        (vec!["--policy", "policy.yaml", "--polices", "x"], "unexpected argument '--polices' found"),
        (
            vec!["--policy", "policy.yaml", "--lookup", "records.json"],
            "the argument '--lookup' cannot be used with '[PATH]...'",
        ),
        (
            vec!["--policy", "policy.yaml", "--since", "3d", "records.json"],
            "the argument '--since <WHEN>' cannot be used with '[PATH]...'",
        ),
        (
            vec!["--policy", "policy.yaml", "--region", "eu-central-1", "records.json"],
            "the argument '--region <REGIONS>' cannot be used with '[PATH]...'",
        ),
        (
            vec!["--policy", "policy.yaml", "--lookup-rate", "1", "records.json"],
            "the argument '--lookup-rate <RATE>' cannot be used with '[PATH]...'",
        ),
        (
            vec!["--policy", "policy.yaml", "--lookup", "--since", "91d"],
            "invalid value '91d' for '--since <WHEN>': must be a duration such as 30d or 12h, of at most 90d, or a time such as 2026-11-20T00:00:00Z",
        ),
        (
            vec!["--policy", "policy.yaml", "--lookup", "--region", "Frankfurt"],
            "invalid value 'Frankfurt' for '--region <REGIONS>': must be the code of an AWS Region, such as eu-central-1",
        ),
        (
            vec!["--policy", "policy.yaml", "--lookup", "--lookup-rate", "9"],
            "invalid value '9' for '--lookup-rate <RATE>': must be a number from 0.01 to 2",
        ),
        (
            vec!["--policy", "policy.yaml", "--threads", "0", "records.json"],
            "invalid value '0' for '--threads <NUMBER>': 0 is not in 1..=256",
        ),
    ] {
        for command in ["scan", "explain"] {
            let output = offhours(&folder, &[&[command], &arguments[..]].concat());
            assert_eq!((output.status.code(), output.stdout.as_str()), (Some(1), ""), "{arguments:?}");
            assert!(output.stderr.starts_with(&format!("error: {message}")), "{}", output.stderr);
            assert!(output.stderr.ends_with(&format!(" (see offhours {command} --help)\n")), "{}", output.stderr);
            assert_eq!(output.stderr.lines().count(), 1, "{}", output.stderr);
        }
    }
}

#[test]
fn a_reader_that_has_enough_is_no_error() {
    let folder = folder_with_freeze();
    let records = (0..3_000).map(|number| PutImage::new(&format!("prod/r{number}"), at("2026-11-20T23:00:00Z")).json());
    folder.write("records.json", trail(records));
    let script = r#""$0" scan --policy policy.yaml records.json 2> errors | head -1; echo "${PIPESTATUS[0]}""#;
    let mut bash = std::process::Command::new("bash");
    let output =
        crate::rig::Output::of(bash.current_dir(folder.path()).args(["-c", script, env!("CARGO_BIN_EXE_offhours")]));
    let lines: Vec<&str> = output.stdout.lines().collect();
    assert!(lines[0].starts_with("POLICY"), "{lines:?}");
    assert_eq!(lines[1], "2");
    assert_eq!(std::fs::read_to_string(folder.path().join("errors")).unwrap(), "");
}

#[test]
fn colours_are_for_terminals_and_for_those_who_ask() {
    let folder = folder_with_freeze();
    folder.write("records.json", trail([PutImage::new("prod/api", at("2026-11-20T23:00:00Z")).json()]));
    let scan = |color: &[&str]| {
        offhours(&folder, &[&["scan", "--policy", "policy.yaml", "records.json"], color].concat()).stdout
    };
    assert!(!scan(&[]).contains('\u{1b}'));
    assert!(scan(&["--color", "always"]).contains('\u{1b}'));
    assert!(!scan(&["--color", "never"]).contains('\u{1b}'));
}
