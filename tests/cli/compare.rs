//! `offhours scan --compare`.

use serde_json::{Value, json};

use crate::program::{offhours, write_policy, write_pushes};
use crate::rig::{Output, RunFolder};

/// Policies that end at 20:00 and at 18:00, and pushes at noon, at 19:00 and at 23:00.
fn folder() -> RunFolder {
    let folder = RunFolder::new("compare");
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
    write_pushes(&folder, "records.json", &pushes);
    folder
}

fn compare(before: &str, after: &str, more: &[&str]) -> Output {
    let scan = ["scan", "--policy", before, "--compare", after, "records.json"];
    offhours(&folder(), &[&scan[..], more].concat())
}

#[test]
fn findings_are_named_with_their_pushes_and_the_reasons_of_both_sides() {
    let run = compare("today.yaml", "tomorrow.yaml", &[]);
    let names: Vec<&str> =
        run.stdout.split("(finding ").skip(1).filter_map(|rest| rest.split([')', ',']).next()).collect();
    let [api, web] = names[..] else { panic!("{}", run.stdout) };
    let ann = "arn:aws:iam::111122223333:user/ann";
    let reasons = "      before: BusinessHours, within the business hours, Mon-Fri 08:00-20:00\n      \
                   after:  OffHours, business hours are Mon-Fri 08:00-18:00\n";
    let expected = format!(
        "~ Changed 2026-11-18 prod/api by {ann} (finding {api}, 1 of its pushes stay)\n  \
         + v1 at Wed 2026-11-18 19:00:00 +00:00 (00000000-0000-4000-8000-000000000001)\n{reasons}\n\
         + Added 2026-11-18 prod/web by {ann} (finding {web})\n  \
         + v3 at Wed 2026-11-18 19:00:00 +00:00 (00000000-0000-4000-8000-000000000003)\n{reasons}"
    );
    assert_eq!(run.stdout, expected);
    assert_eq!(
        run.stderr,
        "findings: 1 added, 0 removed, 1 with other pushes, 0 the same\n\
         pushes: 2 added, 0 removed, 0 in another finding, 1 the same\n"
    );
    assert_eq!(run.status.code(), Some(2));
}

#[test]
fn the_findings_are_those_that_scan_prints_by_either_policy() {
    let printed: Value = serde_json::from_str(&compare("today.yaml", "tomorrow.yaml", &["-o", "json"]).stdout).unwrap();
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
fn a_policy_of_another_name_is_compared_alike() {
    for (before, after, status) in [
        ("today.yaml", "today.yaml", 0),
        ("tomorrow.yaml", "trial.yaml", 0),
        ("today.yaml", "trial.yaml", 2),
        ("freeze.yaml", "today.yaml", 2),
    ] {
        let run = compare(before, after, &[]);
        assert_eq!(run.status.code(), Some(status), "{before} {after}: {}{}", run.stdout, run.stderr);
        assert_eq!(run.stdout.is_empty(), status == 0);
    }
}

#[test]
fn of_several_policies_the_one_of_the_same_name_is_replaced() {
    let alone = compare("today.yaml", "tomorrow.yaml", &[]);
    let beside = compare("today.yaml", "tomorrow.yaml", &["--policy", "freeze.yaml"]);
    assert_eq!((alone.status, alone.stdout), (beside.status, beside.stdout));
    let unknown = compare("today.yaml", "trial.yaml", &["--policy", "freeze.yaml"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(unknown.stderr.contains("--compare trial: none of the policies"), "{}", unknown.stderr);
}

#[test]
fn errors_end_with_status_1() {
    for (after, more) in [("missing.yaml", &[][..]), ("trial.yaml", &["-o", "csv"])] {
        let run = compare("today.yaml", after, more);
        assert_eq!((run.status.code(), run.stdout.as_str()), (Some(1), ""), "{}", run.stderr);
    }
}
