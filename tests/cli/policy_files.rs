//! Policies are read as kubectl reads them, and all errors in a policy are reported.

use serde_json::{Value, json};

use crate::program::{folder_with_freeze, offhours, offhours_with_input, records, trail, uploads_in, write_policy};
use crate::rig::{Output, RunFolder};

const HEAD: &str = "apiVersion: offhours.dev/v1alpha1\nkind: EcrUploadPolicy\nmetadata: {name: other}\n";

fn folder() -> RunFolder {
    let folder = folder_with_freeze();
    folder.write("records.json", trail([records(1)[0].json()]));
    folder
}

fn policy(name: &str) -> Value {
    json!({
        "apiVersion": "offhours.dev/v1alpha1", "kind": "EcrUploadPolicy",
        "metadata": {"name": name, "namespace": "security", "uid": "1", "managedFields": [{"manager": "kubectl"}]},
        "spec": {"businessHours": []}, "status": {"observedGeneration": 1},
    })
}

/// The names of the policies that have findings, from a command that ended with this status.
#[track_caller]
fn judging(output: &Output, status: i32) -> Vec<String> {
    assert_eq!(output.status.code(), Some(status), "{}", output.stderr);
    let list: Value = serde_json::from_str(&output.stdout).unwrap();
    let items = list["items"].as_array().unwrap();
    items.iter().map(|item| item["spec"]["policy"].as_str().unwrap().to_owned()).collect()
}

fn errors(output: &Output) -> Vec<&str> {
    output.stderr.lines().filter(|line| line.starts_with("error: ") || line.starts_with("note: ")).collect()
}

/// `scan` with these files of policies.
fn scan(folder: &RunFolder, files: &[&str]) -> Output {
    let policies = files.iter().flat_map(|file| ["--policy", file]);
    let arguments: Vec<&str> = ["scan", "-o", "json", "records.json"].into_iter().chain(policies).collect();
    offhours(folder, &arguments)
}

/// `documents.yaml` with the policies a and b.
fn write_documents(folder: &RunFolder) {
    folder.write("documents.yaml", format!("---\n{}\n---\n# nothing\n---\n{}\n", policy("a"), policy("b")));
}

#[test]
fn documents_lists_and_folders_are_read() {
    let folder = folder();
    write_documents(&folder);
    folder.write(
        "list.json",
        json!({"apiVersion": "v1", "kind": "List", "items": [policy("c"), policy("d")]}).to_string(),
    );
    let api = json!({"apiVersion": "offhours.dev/v1alpha1", "kind": "EcrUploadPolicyList", "items": [policy("e")]});
    folder.write("api.json", api.to_string());
    std::fs::create_dir_all(folder.path().join("folder/deeper")).unwrap();
    for (file, name) in [("f.yaml", "f"), ("g.yml", "g"), ("h.json", "h"), ("notes.txt", "x"), ("deeper/i.yaml", "i")] {
        folder.write(&format!("folder/{file}"), policy(name).to_string());
    }
    for (files, expected) in [
        (&["documents.yaml"][..], "ab"),
        (&["list.json"], "cd"),
        (&["api.json"], "e"),
        (&["folder"], "fgh"),
        (&["folder", "list.json", "documents.yaml"], "abcdfgh"),
    ] {
        assert_eq!(judging(&scan(&folder, files), 1).concat(), expected, "{files:?}");
    }
}

#[test]
fn standard_input_is_read() {
    let folder = folder();
    write_documents(&folder);
    let scan = ["scan", "-o", "json", "--policy", "-", "records.json"];
    assert_eq!(judging(&offhours_with_input(&folder, "documents.yaml", &scan), 1), ["a", "b"]);
}

#[test]
fn standard_input_for_policies_and_records_is_an_error() {
    let folder = folder();
    write_documents(&folder);
    let twice = offhours_with_input(&folder, "documents.yaml", &["scan", "--policy", "-", "-"]);
    assert_eq!(errors(&twice), ["error: standard input (-) can be read only once: give it to --policy or to PATH"]);
    assert_eq!(twice.status.code(), Some(2));
}

#[test]
fn explain_heatmap_and_diff_read_the_same() {
    let folder = folder();
    folder.write("both.yaml", format!("{}\n---\n{}\n", policy("a"), policy("b")));
    let explained = offhours(&folder, &["explain", "--policy", "both.yaml", "records.json"]);
    assert_eq!(explained.stdout.lines().count(), 3, "{}", explained.stdout);
    let drawn = offhours(&folder, &["heatmap", "--policy", "both.yaml", "records.json"]);
    assert_eq!(drawn.stdout.matches("Policy security/").count(), 2, "{}", drawn.stdout);
    let same = offhours(&folder, &["diff", "--policy", "both.yaml", "--with", "both.yaml", "records.json"]);
    assert_eq!((same.stdout.as_str(), same.status.code()), ("", Some(0)), "{}", same.stderr);
}

const OTHER_KINDS: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: holidays}\n---\n\
                           apiVersion: offhours.dev/v1alpha1\nkind: CloudTrailSource\nmetadata: {name: default}\n";

#[test]
fn objects_of_other_kinds_are_skipped_with_a_note() {
    let folder = folder();
    folder.write("all.yaml", format!("{OTHER_KINDS}---\n{}\n", policy("a")));
    let output = scan(&folder, &["all.yaml"]);
    assert_eq!(judging(&output, 1), ["a"]);
    assert_eq!(
        errors(&output),
        [
            "note: all.yaml: skipped ConfigMap holidays, which is not an EcrUploadPolicy; give calendars with --config-map",
            "note: all.yaml: skipped CloudTrailSource default, which is not an EcrUploadPolicy",
        ]
    );
}

#[test]
fn a_file_with_objects_of_other_kinds_alone_is_an_error() {
    let folder = folder();
    folder.write("others.yaml", OTHER_KINDS);
    let none = offhours(&folder, &["scan", "--policy", "others.yaml", "records.json"]);
    assert!(none.stderr.ends_with("error: --policy: no EcrUploadPolicy found\n"), "{}", none.stderr);
    assert_eq!(none.status.code(), Some(2));
}

#[test]
fn null_counts_as_absent() {
    let folder = folder();
    let spec = "spec:\n  teams:\n  allow: null\n  lookback: null\n  timeZone: null\n  businessHours: null\n  holidays: {dates: null}\n";
    folder.write("nulls.yaml", format!("{HEAD}{spec}"));
    folder.write("spec.yaml", format!("{HEAD}spec:\nstatus:\n"));
    for file in ["nulls.yaml", "spec.yaml"] {
        let output = offhours(&folder, &["explain", "--policy", file, "records.json"]);
        assert_eq!(output.status.code(), Some(0), "{}", output.stderr);
        assert!(output.stdout.contains("Mon-Fri 08:00-20:00"), "the default hours: {}", output.stdout);
    }
}

#[test]
fn all_errors_of_a_file_are_shown_with_what_to_write() {
    let folder = folder();
    let spec = r#"spec:
  lookback: 7d
  timeZone: Europe/Bonn
  holidays:
    dates: ["2026-12-24"]
    countries: DE
  teams:
    - {name: web, match: {principal: ["*"]}}
    - {name: tokyo, match: {principals: ["*"]}, timeZone: Asia/Tokio}
  allow:
    - {name: night, reason: CHG-1, tags: [x], expires: "2027-01-31"}
"#;
    folder.write("wrong.yaml", format!("{HEAD}{spec}"));
    let output = offhours(&folder, &["scan", "--policy", "wrong.yaml", "records.json"]);
    assert_eq!(
        errors(&output),
        [
            r#"error: wrong.yaml: spec.allow[0].expires: Invalid value: "2027-01-31": spec.allow[0].expires in body must be of type date-time: "2027-01-31"; write a time, such as "2027-01-31T00:00:00Z""#,
            r#"error: wrong.yaml: spec.holidays.countries: Invalid value: "string": spec.holidays.countries in body must be of type array: "string"; write a list: ["DE"]"#,
            r#"error: wrong.yaml: spec.holidays.dates[0]: Invalid value: "string": spec.holidays.dates[0] in body must be of type object: "string"; write {date: "2026-12-24", name: …}"#,
            r#"error: wrong.yaml: spec.lookback: Invalid value: "7d": must be a duration such as 24h or 90m, of at most 2160h (the 90 days that CloudTrail keeps)"#,
            r#"error: wrong.yaml: unknown field "spec.teams[0].match.principal"; the fields here are accounts, principals, repositories"#,
            r#"error: wrong.yaml: spec.teams[0].match: Invalid value: a team must match something: list principals, repositories or accounts; the hours of everyone else belong in the policy itself"#,
            r#"error: wrong.yaml: spec.teams[1].timeZone: there is no time zone "Asia/Tokio" in the tz database 2025b: write Area/Location as the IANA database spells it, such as Europe/Berlin or America/New_York, or UTC"#,
            r#"error: wrong.yaml: spec.timeZone: there is no time zone "Europe/Bonn" in the tz database 2025b: write Area/Location as the IANA database spells it, such as Europe/Berlin or America/New_York, or UTC"#,
            "error: --policy: no policy is valid; correct the errors above",
        ]
    );
    assert_eq!(output.status.code(), Some(2));
}

/// Files without a policy that could judge, and why.
fn unusable_files() -> Vec<(&'static str, String, &'static str)> {
    vec![
        (
            "kind.yaml",
            HEAD.replace("EcrUploadPolicy", "EcrUploadPolicies"),
            "kind: \"EcrUploadPolicies\" is not known; write EcrUploadPolicy",
        ),
        (
            "version.yaml",
            HEAD.replace("v1alpha1", "v1"),
            "apiVersion: \"offhours.dev/v1\" is not known; write offhours.dev/v1alpha1",
        ),
        ("kindless.yaml", "metadata: {name: other}\n".to_owned(), "kind is missing; write kind: EcrUploadPolicy"),
        (
            "account.yaml",
            format!("{HEAD}spec: {{scope: {{accounts: [\"1111\"]}}}}\n"),
            "spec.scope.accounts: Invalid value: each account must be an AWS account id of exactly 12 digits",
        ),
        (
            "twice.yaml",
            format!("{HEAD}spec: {{scope: {{regions: [eu-*, eu-*]}}}}\n"),
            "spec.scope.regions[1]: Duplicate value: \"eu-*\"",
        ),
        (
            "quotes.yaml",
            format!("{HEAD}spec: {{scope: {{accounts: [111122223333]}}}}\n"),
            r#"spec.scope.accounts[0]: Invalid value: "integer": spec.scope.accounts[0] in body must be of type string: "integer"; write it in quotes: "111122223333""#,
        ),
        ("top.yaml", format!("{HEAD}specs: {{}}\n"), "unknown field \"specs\""),
        (
            "name.yaml",
            HEAD.replace("name: other", "name: Other"),
            "metadata.name: Invalid value: \"Other\": must be at most 63 lower-case letters, digits, '-' and '.'",
        ),
        ("number.yaml", HEAD.replace("name: other", "name: 5"), "metadata.name: expected a string, found integer `5`"),
        ("nameless.yaml", HEAD.replace("name: other", ""), "metadata.name: Required value"),
        ("empty.yaml", "# nothing\n".to_owned(), "contains no objects"),
        ("text.yaml", "{".to_owned(), "is not valid YAML or JSON: line 1 column "),
        (
            "keys.yaml",
            format!("{HEAD}spec: {{}}\nspec: {{}}\n"),
            "is not valid YAML or JSON: line 5 column 1: duplicate mapping key: spec\n",
        ),
    ]
}

/// Paths without a policy that could judge, and why, in a folder that also has `policy.yaml` and `records.json`.
fn folder_with_unusable_paths() -> (RunFolder, Vec<(&'static str, &'static str)>) {
    let folder = folder();
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    let mut paths = vec![
        ("empty", "contains no *.yaml, *.yml or *.json files"),
        ("gone.yaml", "cannot be read: No such file or directory (os error 2)"),
    ];
    for (file, text, message) in unusable_files() {
        folder.write(file, text);
        paths.push((file, message));
    }
    (folder, paths)
}

#[test]
fn a_path_without_a_valid_policy_is_named_with_the_reason() {
    let (folder, paths) = folder_with_unusable_paths();
    for (path, message) in paths {
        let output = scan(&folder, &["policy.yaml", path]);
        let expected = format!("error: {path}: {message}");
        assert!(output.stderr.starts_with(&expected), "{}\n{expected}", output.stderr);
    }
}

#[track_caller]
fn assert_no_words_of_libraries(output: &Output) {
    assert!(!output.stderr.contains("serde") && !output.stderr.contains("untagged"), "{}", output.stderr);
}

#[test]
fn the_reasons_do_not_mention_the_libraries_of_the_program() {
    let (folder, paths) = folder_with_unusable_paths();
    for (path, _) in paths {
        let output = scan(&folder, &["policy.yaml", path]);
        assert_no_words_of_libraries(&output);
    }
}

#[test]
fn beside_a_path_without_a_valid_policy_the_others_judge() {
    let (folder, paths) = folder_with_unusable_paths();
    for (path, _) in paths {
        let output = scan(&folder, &["policy.yaml", path]);
        assert_eq!((uploads_in(&output.stdout), output.status.code()), (1, Some(2)), "{path}");
    }
}

#[test]
fn without_any_valid_policy_nothing_is_judged() {
    let (folder, paths) = folder_with_unusable_paths();
    for (path, _) in paths {
        let alone = offhours(&folder, &["scan", "--policy", path, "records.json"]);
        assert!(alone.stderr.ends_with("error: --policy: no policy is valid; correct the errors above\n"));
        assert_eq!((alone.stdout.as_str(), alone.status.code()), ("", Some(2)), "{path}");
    }
}

#[test]
fn of_two_policies_in_a_file_the_valid_one_judges() {
    let folder = folder();
    folder.write("two.yaml", format!("{HEAD}spec: {{lookback: 5}}\n---\n{}\n", policy("good")));
    let output = scan(&folder, &["policy.yaml", "two.yaml"]);
    let expected = r#"error: two.yaml: EcrUploadPolicy other: spec.lookback: Invalid value: "integer": spec.lookback in body must be of type string: "integer"; write it in quotes: "5""#;
    assert!(output.stderr.starts_with(expected), "{}", output.stderr);
    assert_no_words_of_libraries(&output);
    assert_eq!(uploads_in(&output.stdout), 2);
    assert_eq!(judging(&output, 2), ["freeze", "good"]);
}

#[test]
fn a_policy_that_is_given_twice_is_an_error_and_judges_once() {
    let folder = folder();
    write_policy(&folder, "again.yaml", "freeze", json!({}));
    let output = scan(&folder, &["policy.yaml", "again.yaml"]);
    let expected = "error: again.yaml: the policy security/freeze is given more than once; remove one\n";
    assert!(output.stderr.starts_with(expected), "{}", output.stderr);
    assert_no_words_of_libraries(&output);
    assert_eq!((uploads_in(&output.stdout), output.status.code()), (1, Some(2)));
}

#[test]
fn a_calendar_that_is_not_given_names_the_flag_that_gives_it() {
    let folder = folder();
    let calendars = json!([{"configMap": "holidays", "key": "company.ics"}]);
    write_policy(&folder, "policy.yaml", "freeze", json!({"businessHours": [], "holidays": {"calendars": calendars}}));
    let config_map = |labels: Value, data: Value| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "holidays", "labels": labels}, "data": data});
    let (label, ics) =
        (json!({"offhours.dev/calendar": "true"}), "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n");
    let good = config_map(label.clone(), json!({"company.ics": ics}));
    folder.write("good.yaml", format!("{}\n---\n{good}\n", policy("a")));
    folder.write("label.yaml", config_map(json!({}), json!({"company.ics": ics})).to_string());
    folder.write("key.yaml", config_map(label, json!({"other.ics": ics})).to_string());
    let field = "policy.yaml: spec.holidays.calendars[0] (ConfigMap holidays, key company.ics)";
    let missing = format!("error: {field}: not found; give the file of the ConfigMap with --config-map");
    for (arguments, expected, status) in [
        (&[][..], vec![missing.clone()], 2),
        (
            &["--config-map", "label.yaml"],
            vec![
                "error: label.yaml: the ConfigMap holidays does not have the label offhours.dev/calendar=true, without which the controller ignores it".to_owned(),
                missing,
            ],
            2,
        ),
        (&["--config-map", "key.yaml"], vec![format!("error: {field}: the ConfigMap has no such key")], 2),
        (
            &["--config-map", "good.yaml"],
            vec!["note: good.yaml: skipped EcrUploadPolicy security/a, which is not a ConfigMap".to_owned()],
            1,
        ),
    ] {
        let scan = ["scan", "--policy", "policy.yaml", "records.json"];
        let output = offhours(&folder, &[&scan[..], arguments].concat());
        assert_eq!(errors(&output), expected, "{}", output.stderr);
        assert_eq!(output.status.code(), Some(status));
    }
}
