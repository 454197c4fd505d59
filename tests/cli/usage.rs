//! Flags and exit statuses.

use serde_json::json;

use crate::program::{at, folder_with_freeze, offhours, trail, write_policy};
use crate::rig::fake_cloudtrail::PutImage;

#[test]
fn the_exit_status_of_scan_says_whether_there_are_findings() {
    let folder = folder_with_freeze();
    write_policy(&folder, "office.yaml", "office", json!({}));
    let night = PutImage::new("prod/api", at("2026-11-20T23:00:00Z"));
    let noon = PutImage::new("prod/api", at("2026-11-20T12:00:00Z"));
    folder.write("night.json", trail([night.json()]));
    folder.write("noon.json", trail([noon.json()]));
    for (arguments, status) in [
        (vec!["--policy", "office.yaml", "noon.json"], 0),
        (vec!["--policy", "office.yaml", "night.json"], 1),
        (vec!["--policy", "office.yaml", "--policy", "policy.yaml", "noon.json"], 1),
        (vec!["--policy", "office.yaml", "noon.json", "gone.json"], 2),
        (vec!["--policy", "office.yaml", "night.json", "gone.json"], 2),
    ] {
        for format in ["table", "wide", "json", "yaml", "csv"] {
            let output = offhours(&folder, &[&["scan", "-o", format], &arguments[..]].concat());
            assert_eq!(output.status.code(), Some(status), "{format} {arguments:?}\n{}", output.stderr);
        }
        for command in ["explain", "heatmap"] {
            let answered = offhours(&folder, &[&[command], &arguments[..]].concat());
            assert_eq!(answered.status.code(), Some(if status == 2 { 2 } else { 0 }), "{command} {arguments:?}");
        }
    }
}

#[test]
fn a_wrong_flag_is_named_with_what_it_takes_and_ends_with_status_2() {
    let folder = folder_with_freeze();
    folder.write("records.json", trail([]));
    for (arguments, message) in [
        (vec![], "the following required arguments were not provided:\n  --policy <FILE>\n  <PATH>..."),
        (vec!["records.json"], "the following required arguments were not provided:\n  --policy <FILE>"),
        (vec!["--policy", "policy.yaml"], "the following required arguments were not provided:\n  <PATH>..."),
        (vec!["--policy", "policy.yaml", "--polices", "x"], "unexpected argument '--polices' found\n\n  tip: "),
        (
            vec!["--policy", "policy.yaml", "--lookup", "records.json"],
            "the argument '--lookup' cannot be used with '[PATH]...'",
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
            vec!["--policy", "policy.yaml", "--since", "yesterday", "records.json"],
            "invalid value 'yesterday' for '--since <WHEN>': must be a duration before now such as 30d or 12h, a date such as 2026-11-20, or a time such as 2026-11-20T08:00:00Z",
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
            "invalid value '0' for '--threads <NUMBER>': must be a whole number from 1 to 256",
        ),
    ] {
        for command in ["scan", "explain", "heatmap"] {
            let output = offhours(&folder, &[&[command], &arguments[..]].concat());
            assert_eq!((output.status.code(), output.stdout.as_str()), (Some(2), ""), "{arguments:?}");
            assert!(output.stderr.starts_with(&format!("error: {message}")), "{}", output.stderr);
        }
    }
}

const COMMANDS: [&str; 8] = ["controller", "scan", "explain", "diff", "heatmap", "learn", "holidays", "crds"];

/// The help of each command.
fn helps() -> impl Iterator<Item = (&'static str, String)> {
    let folder = folder_with_freeze();
    COMMANDS.into_iter().map(move |command| (command, offhours(&folder, &[command, "--help"]).expect_success()))
}

#[test]
fn the_help_lists_every_command_with_an_example() {
    let all = offhours(&folder_with_freeze(), &["--help"]).expect_success();
    for command in COMMANDS {
        assert!(all.contains(&format!("\n  {command} ")) && all.contains(&format!("\n  offhours {command} ")), "{all}");
    }
}

#[test]
fn no_line_of_a_help_is_longer_than_110_characters() {
    for (_, help) in helps() {
        assert!(help.lines().all(|line| line.chars().count() <= 110), "{help}");
    }
}

#[test]
fn every_command_but_the_controller_has_examples_that_can_be_copied() {
    for (_, help) in helps().filter(|(command, _)| *command != "controller") {
        let (_, examples) = help.split_once("\nExamples:\n").unwrap_or_else(|| panic!("{help}"));
        // A line that is broken by a narrow terminal cannot be copied.
        assert!(examples.lines().all(|line| line.chars().count() <= 80), "{examples}");
    }
}

#[test]
fn every_command_but_the_controller_explains_its_exit_status_before_its_examples() {
    for (_, help) in helps().filter(|(command, _)| *command != "controller") {
        let (text, _) = help.split_once("\nExamples:\n").unwrap_or_else(|| panic!("{help}"));
        assert!(text.contains("\nExit status: 0"), "{help}");
    }
}

#[test]
fn every_flag_has_a_description() {
    for (command, help) in helps() {
        // It is on the line of the flag, or on the one after that.
        let lines: Vec<&str> = help.lines().collect();
        for pair in lines.windows(2).filter(|pair| pair[0].trim_start().starts_with("--")) {
            assert!(pair[1].trim().len() > 10 || pair[0].contains("  "), "{}: {:?}", command, pair);
        }
    }
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
