//! `offhours diff`.

use serde_json::{Value, json};

use crate::program::{offhours, write_policy, write_records};
use crate::rig::{Output, RunFolder};

/// Policies with business hours until 20:00 and until 18:00, and records of pushes at noon, at 19:00 and at 23:00.
fn folder() -> RunFolder {
    let folder = RunFolder::new("diff");
    let until = |end: &str| json!({"businessHours": [{"days": ["Mon", "Tue", "Wed", "Thu", "Fri"], "start": "08:00", "end": end}]});
    write_policy(&folder, "today.yaml", "production", until("20:00"));
    write_policy(&folder, "tomorrow.yaml", "production", until("18:00"));
    write_policy(&folder, "trial.yaml", "trial", until("18:00"));
    write_policy(&folder, "freeze.yaml", "freeze", json!({"businessHours": []}));
    let pushes = [
        ("2026-11-18T12:00:00Z", "prod/api"),
        ("2026-11-18T19:00:00Z", "prod/api"),
        ("2026-11-18T23:00:00Z", "prod/api"),
        ("2026-11-18T19:00:00Z", "prod/web"),
    ];
    write_records(&folder, "records.json", &pushes);
    folder
}

fn diff(before: &str, after: &str, more: &[&str]) -> Output {
    let diff = ["diff", "--policy", before, "--with", after, "records.json"];
    offhours(&folder(), &[&diff[..], more].concat())
}

#[test]
fn findings_are_named_with_their_pushes_and_the_reasons_of_both_sides() {
    let run = diff("today.yaml", "tomorrow.yaml", &[]);
    let names: Vec<&str> =
        run.stdout.split("(finding ").skip(1).filter_map(|rest| rest.split([')', ',']).next()).collect();
    let [api, web] = names[..] else { panic!("{}", run.stdout) };
    let ann = "arn:aws:iam::111122223333:user/ann";
    let reasons = "      before: BusinessHours, within the business hours, Mon-Fri 08:00-20:00\n      \
                   after:  OffHours, business hours are Mon-Fri 08:00-18:00\n";
    let expected = format!(
        "~ Changed 2026-11-18 prod/api by {ann} (finding {api}, 1 push unchanged)\n  \
         + v1 at Wed 2026-11-18 19:00:00 +00:00 (00000000-0000-4000-8000-000000000001)\n{reasons}\n\
         + Added 2026-11-18 prod/web by {ann} (finding {web})\n  \
         + v3 at Wed 2026-11-18 19:00:00 +00:00 (00000000-0000-4000-8000-000000000003)\n{reasons}"
    );
    assert_eq!(run.stdout, expected);
    assert_eq!(
        run.stderr,
        "4 records read from 1 file: 4 uploads, 0 other\n\
         findings: 1 added, 0 removed, 1 with other pushes, 0 unchanged\n\
         pushes: 2 added, 0 removed, 0 moved to another finding, 1 unchanged\n"
    );
    assert_eq!(run.status.code(), Some(1));
}

#[test]
fn the_findings_are_those_that_scan_prints_by_either_policy() {
    let printed: Value = serde_json::from_str(&diff("today.yaml", "tomorrow.yaml", &["-o", "json"]).stdout).unwrap();
    let names = |policy: &str| {
        let run = offhours(&folder(), &["scan", "--policy", policy, "-o", "json", "records.json"]);
        let list: Value = serde_json::from_str(&run.stdout).unwrap();
        list["items"].as_array().unwrap().iter().map(|item| item["metadata"]["name"].clone()).collect::<Vec<_>>()
    };
    let (before, after) = (names("today.yaml"), names("tomorrow.yaml"));
    for finding in printed["differences"].as_array().unwrap() {
        let is_changed = finding["change"] == "Changed";
        assert!(is_changed == before.contains(&finding["name"]) && after.contains(&finding["name"]), "{finding}");
    }
    assert_eq!(printed["findings"], json!({"added": 1, "removed": 0, "changed": 1, "same": 0}));
}

#[test]
fn a_policy_with_another_name_is_compared_in_the_same_way() {
    for (before, after, status) in [
        ("today.yaml", "today.yaml", 0),
        ("tomorrow.yaml", "trial.yaml", 0),
        ("today.yaml", "trial.yaml", 1),
        ("freeze.yaml", "today.yaml", 1),
    ] {
        let run = diff(before, after, &[]);
        assert_eq!(run.status.code(), Some(status), "{before} {after}: {}{}", run.stdout, run.stderr);
        assert_eq!(run.stdout.is_empty(), status == 0);
    }
}

#[test]
fn of_several_policies_those_of_the_same_name_are_replaced_and_one_of_another_name_is_new() {
    let alone = diff("today.yaml", "tomorrow.yaml", &[]);
    let beside = diff("today.yaml", "tomorrow.yaml", &["--policy", "freeze.yaml"]);
    assert_eq!((alone.status, alone.stdout), (beside.status, beside.stdout));
    let new = diff("today.yaml", "trial.yaml", &["--policy", "freeze.yaml"]);
    assert_eq!(new.status.code(), Some(1));
    assert!(new.stdout.contains("      before: no policy\n      after:  OffHours, "), "{}", new.stdout);
    let both = diff("today.yaml", "tomorrow.yaml", &["--policy", "freeze.yaml", "--with", "trial.yaml", "-o", "json"]);
    let printed: Value = serde_json::from_str(&both.stdout).unwrap();
    let policies = json!([{"before": "production", "after": "production"}, {"before": null, "after": "trial"}]);
    assert_eq!(printed["policies"], policies);
}

#[test]
fn an_error_on_either_side_ends_with_status_2() {
    for (before, after, more) in [
        ("today.yaml", "missing.yaml", &[][..]),
        ("missing.yaml", "today.yaml", &[]),
        ("today.yaml", "trial.yaml", &["-o", "csv"]),
        ("today.yaml", "-", &["--policy", "-"]),
    ] {
        let run = diff(before, after, more);
        assert_eq!((run.status.code(), run.stdout.as_str()), (Some(2), ""), "{}", run.stderr);
    }
    let partly = diff("today.yaml", "tomorrow.yaml", &["gone.json"]);
    assert_eq!(partly.status.code(), Some(2), "a difference, and a file that cannot be read");
    assert!(partly.stdout.contains("+ Added"), "{}", partly.stdout);
}
