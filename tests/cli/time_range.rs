//! `--since` and `--until` on files.

use chrono::{SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::program::{folder_with_freeze, offhours, summary, write_records};
use crate::rig::RunFolder;

fn folder() -> RunFolder {
    let folder = folder_with_freeze();
    let pushes = [
        ("2026-11-19T23:59:59Z", "prod/a"),
        ("2026-11-20T00:00:00Z", "prod/b"),
        ("2026-11-20T12:00:00Z", "prod/c"),
        ("2026-11-20T23:59:59Z", "prod/d"),
        ("2026-11-21T00:00:00Z", "prod/e"),
    ];
    write_records(&folder, "records.json", &pushes);
    folder
}

/// The repositories of the pushes that are explained.
fn explained(folder: &RunFolder, arguments: &[&str]) -> String {
    let explain = ["explain", "--policy", "policy.yaml", "-o", "wide", "records.json"];
    let output = offhours(folder, &[&explain[..], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", output.stderr);
    let repository = |line: &str| line.split("prod/").nth(1).unwrap().chars().next().unwrap();
    output.stdout.lines().map(repository).collect()
}

#[test]
fn the_start_is_inclusive_and_the_end_exclusive_as_dates_and_as_times() {
    let folder = folder();
    for (arguments, expected) in [
        (&[][..], "abcde"),
        (&["--since", "2026-11-20"], "bcde"),
        (&["--until", "2026-11-21"], "abcd"),
        (&["--since", "2026-11-20", "--until", "2026-11-21"], "bcd"),
        (&["--since", "2026-11-20T13:00:00+01:00"], "cde"),
        (&["--since", "2026-11-20T12:00:00.5Z", "--until", "2026-11-20T23:59:59Z"], ""),
        (&["--until", "2020-01-01"], ""),
    ] {
        assert_eq!(explained(&folder, arguments), expected, "{arguments:?}");
    }
}

#[test]
fn durations_count_back_from_now_and_may_be_longer_than_the_history_of_cloudtrail() {
    let folder = folder_with_freeze();
    let ago = |hours: i64| (Utc::now() - TimeDelta::hours(hours)).to_rfc3339_opts(SecondsFormat::Secs, true);
    let times = [ago(200 * 24), ago(50), ago(5)];
    let pushes: Vec<(&str, &str)> = times.iter().map(String::as_str).zip(["prod/a", "prod/b", "prod/c"]).collect();
    write_records(&folder, "records.json", &pushes);
    for (arguments, expected) in [
        (&["--since", "2d"][..], "c"),
        (&["--since", "400d"], "abc"),
        (&["--since", "2d6h", "--until", "6h"], "b"),
        (&["--until", "90d"], "a"),
    ] {
        assert_eq!(explained(&folder, arguments), expected, "{arguments:?}");
    }
}

#[test]
fn every_command_that_reads_records_has_both_flags_and_counts_what_is_outside() {
    let folder = folder();
    crate::program::write_policy(&folder, "office.yaml", "office", json!({}));
    let range = ["--since", "2026-11-20", "--until", "2026-11-21", "records.json"];
    for command in [
        &["scan", "--policy", "policy.yaml"][..],
        &["explain", "--policy", "policy.yaml"],
        &["heatmap", "--policy", "policy.yaml"],
        &["diff", "--policy", "policy.yaml", "--with", "office.yaml"],
        &["learn", "--office", "Europe/Berlin"],
    ] {
        let output = offhours(&folder, &[command, &range].concat());
        let summary = summary(&output);
        assert_eq!((summary.read, summary.judged, summary.outside), (5, 3, 2), "{command:?}: {}", output.stderr);
    }
    let scan = offhours(&folder, &[&["scan", "--policy", "policy.yaml", "-o", "json"][..], &range].concat());
    let list: Value = serde_json::from_str(&scan.stdout).unwrap();
    assert_eq!(list["items"].as_array().unwrap().len(), 3);
}

#[test]
fn a_range_that_ends_where_it_begins_is_refused() {
    let folder = folder();
    let range = ["--since", "2026-11-20", "--until", "2026-11-20T00:00:00Z"];
    let output = offhours(&folder, &[&["scan", "--policy", "policy.yaml", "records.json"][..], &range].concat());
    let expected =
        "error: --since 2026-11-20T00:00:00Z is not before --until 2026-11-20T00:00:00Z, so the time range is empty\n";
    assert_eq!((output.status.code(), output.stderr.as_str()), (Some(2), expected));
}
