//! `offhours heatmap`.

use serde_json::json;

use crate::program::{offhours, write_policy, write_records};
use crate::rig::RunFolder;

/// Records of two pushes in the business hours of Berlin, of one at night, and of one out of scope.
fn folder() -> RunFolder {
    let folder = RunFolder::new("heat-map");
    write_policy(
        &folder,
        "policy.yaml",
        "production",
        json!({"timeZone": "Europe/Berlin", "scope": {"repositories": ["prod/*"]}}),
    );
    let pushes = [
        ("2026-11-18T09:10:00Z", "prod/api"),
        ("2026-11-18T09:50:00Z", "prod/web"),
        ("2026-11-18T23:30:00Z", "prod/api"),
        ("2026-11-18T23:30:00Z", "lab/api"),
    ];
    write_records(&folder, "records.json", &pushes);
    folder
}

#[test]
fn the_terminal_shows_pushes_by_local_hour_within_the_hours_of_the_policy() {
    let run = offhours(&folder(), &["heatmap", "--policy", "policy.yaml", "records.json"]);
    let rows: Vec<&str> = run.stdout.lines().skip(3).take(8).collect();
    assert_eq!(
        rows,
        [
            "    0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17 18 19 20 21 22 23   sum",
            "Mon ·  ·  ·  ·  ·  ·  ·  · [·][·][·][·][·][·][·][·][·][·][·][·] ·  ·  ·  ·     0",
            "Tue ·  ·  ·  ·  ·  ·  ·  · [·][·][·][·][·][·][·][·][·][·][·][·] ·  ·  ·  ·     0",
            "Wed ·  ·  ·  ·  ·  ·  ·  · [·][·][█][·][·][·][·][·][·][·][·][·] ·  ·  ·  ·     2",
            "Thu ▓  ·  ·  ·  ·  ·  ·  · [·][·][·][·][·][·][·][·][·][·][·][·] ·  ·  ·  ·     1",
            "Fri ·  ·  ·  ·  ·  ·  ·  · [·][·][·][·][·][·][·][·][·][·][·][·] ·  ·  ·  ·     0",
            "Sat ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·     0",
            "Sun ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·     0",
        ],
        "{}",
        run.stderr
    );
    assert!(run.stdout.contains("3 pushes in scope: 2 in business hours, 0 allowed, 1 off hours"), "{}", run.stdout);
    assert_eq!(run.status.code(), Some(0), "a heat map is an answer, whatever it shows");
}

#[test]
fn colours_are_printed_on_request_and_not_into_a_pipe() {
    let folder = folder();
    for command in [&["heatmap"][..], &["scan"], &["scan", "-o", "wide"], &["explain"]] {
        let run = |color: &[&str]| {
            offhours(&folder, &[command, &["--policy", "policy.yaml", "records.json"], color].concat()).stdout
        };
        assert!(run(&["--color", "always"]).contains("\u{1b}["), "{command:?}");
        assert!(!run(&[]).contains('\u{1b}'), "{command:?}");
        assert!(!run(&["--color", "never"]).contains('\u{1b}'), "{command:?}");
    }
}

#[test]
fn a_picture_is_written_beside_what_is_printed_and_is_the_same_each_time() {
    let folder = folder();
    let heatmap = ["heatmap", "--policy", "policy.yaml", "records.json"];
    let plain = offhours(&folder, &heatmap);
    let with_picture = offhours(&folder, &[&heatmap[..], &["--svg", "one.svg"]].concat());
    offhours(&folder, &[&heatmap[..], &["--svg", "two.svg"]].concat());
    assert_eq!((plain.status.code(), &plain.stdout), (with_picture.status.code(), &with_picture.stdout));
    let [one, two] = ["one.svg", "two.svg"].map(|name| std::fs::read_to_string(folder.path().join(name)).unwrap());
    assert_eq!(one, two);
    assert!(
        one.contains("<title>Thu 00:00-01:00: 1 push: 0 in business hours, 0 allowed, 1 off hours</title>"),
        "{one}"
    );
}

#[test]
fn what_cannot_be_drawn_or_written_is_an_error() {
    let folder = folder();
    let heatmap = ["heatmap", "--policy", "policy.yaml", "records.json"];
    for (more, reason) in [
        (&["-o", "json"][..], "unexpected argument '-o' found"),
        (&["--svg", "missing/one.svg"], "cannot write missing/one.svg"),
        (&["--svg", "/dev/full"], "cannot write /dev/full: No space left on device"),
    ] {
        let run = offhours(&folder, &[&heatmap[..], more].concat());
        assert_eq!((run.status.code(), run.stdout.as_str()), (Some(2), ""), "{more:?}");
        assert!(run.stderr.contains(reason), "{}", run.stderr);
    }
    let partly = offhours(&folder, &[&heatmap[..], &["gone.json"]].concat());
    assert!(partly.status.code() == Some(2) && partly.stdout.contains("3 pushes in scope"), "{}", partly.stdout);
}
