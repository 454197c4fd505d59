//! `offhours holidays`, and the countries of policies in the other commands.

use std::process::Command;

use serde_json::{Value, json};

use crate::program::{folder_with_freeze, offhours, write_policy, write_records};
use crate::rig::{Output, RunFolder};

#[test]
fn the_holidays_of_a_part_are_printed_by_date_with_their_names() {
    let output = offhours(&RunFolder::new("cli"), &["holidays", "DE-BY", "--year", "2026"]);
    let table = output.stdout.as_str();
    assert!(table.starts_with("DATE         DAY   HOLIDAY                   CODE    ESTIMATE\n"), "{table}");
    for row in
        ["2026-01-06   Tue   Epiphany                  DE-BY\n", "2026-06-04   Thu   Corpus Christi            DE-BY\n"]
    {
        assert!(table.contains(row), "{table}");
    }
    assert_eq!(table.lines().count(), 13);
    assert_eq!(output.stderr, "12 holidays in 2026, 0 are estimates (data set holidays 0.109)\n");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn estimates_are_marked_in_every_format() {
    let folder = RunFolder::new("cli");
    let print = |format: &str| offhours(&folder, &["holidays", "TR", "--year", "2033", "-o", format]).expect_success();
    let table = print("table");
    assert!(
        table.contains("2033-01-02   Sun   Eid al-Fitr                                      TR     estimate\n"),
        "{table}"
    );
    assert!(table.contains("2033-04-23   Sat   National Sovereignty and Children's Day          TR\n"), "{table}");
    let object: Value = serde_json::from_str(&print("json")).unwrap();
    let expected = json!({"date": "2033-01-02", "name": "Eid al-Fitr", "codes": ["TR"], "estimate": true});
    assert!(object["holidays"].as_array().unwrap().contains(&expected), "{object}");
    assert_eq!((&object["dataSet"], &object["version"]), (&json!("holidays"), &json!("0.109")));
    let feed = print("ical");
    let event = "BEGIN:VEVENT\r\nDTSTAMP:20200101T000000Z\r\nDTSTART;VALUE=DATE:20330102\r\nSTATUS:TENTATIVE\r\n\
                 SUMMARY:Eid al-Fitr (TR)\r\nUID:2033-01-02-0-TR@offhours.dev\r\nEND:VEVENT\r\n";
    assert!(feed.contains(event), "{feed}");
}

#[test]
fn a_note_says_that_parts_of_a_country_have_more_holidays() {
    let folder = RunFolder::new("cli");
    let note = |code: &str| {
        let output = offhours(&folder, &["holidays", code, "--year", "2026"]);
        output.stderr.lines().find(|line| line.starts_with("note: ")).map(str::to_owned)
    };
    let expected = "note: 17 of 17 parts of Germany have holidays that DE does not include; to list the parts, run: offhours \
                    holidays --parts DE";
    assert_eq!(note("DE").as_deref(), Some(expected));
    // Poland has parts without holidays of their own; Japan has none.
    assert_eq!((note("DE-BY"), note("PL"), note("JP")), (None, None, None));
}

#[test]
fn the_parts_of_a_country_are_listed_with_the_number_of_their_holidays() {
    let folder = RunFolder::new("cli");
    let parts = offhours(&folder, &["holidays", "--parts", "DE", "--year", "2026"]).expect_success();
    assert!(parts.contains("\nDE            9          Germany\n"), "{parts}");
    assert!(parts.contains("\nDE-BY         12         Bavaria; Bayern\n"), "{parts}");
}

#[test]
fn all_countries_are_listed_without_a_code_or_flag() {
    let folder = RunFolder::new("cli");
    let list = offhours(&folder, &["holidays"]).expect_success();
    assert_eq!(list.lines().count(), 1 + 250);
    assert!(list.contains("\nIN     36      India\n") && list.contains("\nJP             Japan\n"), "{list}");
}

#[test]
fn all_countries_and_parts_are_listed_without_a_code() {
    let folder = RunFolder::new("cli");
    let all = offhours(&folder, &["holidays", "--parts", "-o", "json"]).expect_success();
    let all: Value = serde_json::from_str(&all).unwrap();
    assert_eq!(all["countries"].as_array().unwrap().len(), 250 + 651);
}

#[test]
fn an_error_says_what_to_do_and_ends_with_status_2() {
    let folder = RunFolder::new("cli");
    for (arguments, message) in [
        (&["DE", "Bavaria"][..], "error: \"Bavaria\" is not a code of ISO 3166; write \"DE-BY\" (Bavaria)\n"),
        (
            &["-o", "ical"],
            "error: -o ical prints holidays: name the countries or parts, such as DE-BY, and leave out --parts\n",
        ),
        (
            &["DE", "--year", "2019"],
            "error: invalid value '2019' for '--year <YEARS>': must be a year or a range of years from 2020 to 2035, such \
             as 2035 or 2020-2035\n",
        ),
    ] {
        let output = offhours(&folder, &[&["holidays"], arguments].concat());
        assert!(output.stderr.starts_with(message), "{}", output.stderr);
        assert_eq!((output.stdout.as_str(), output.status.code()), ("", Some(2)));
    }
}

/// docs/policies.md: a calendar of one's own from the holidays of a country, with corrections.
#[test]
fn the_feed_that_is_printed_is_a_calendar_for_policies() {
    let folder = RunFolder::new("cli");
    let feed = offhours(&folder, &["holidays", "DE-BY", "--year", "2026", "-o", "ical"]).expect_success();
    let config_map = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "data": {"bavaria.ics": feed},
        "metadata": {"name": "holidays", "namespace": "security", "labels": {"offhours.dev/calendar": "true"}},
    });
    folder.write("calendars.json", config_map.to_string());
    let calendars = json!([{"configMap": "holidays", "key": "bavaria.ics"}]);
    write_policy(&folder, "policy.yaml", "munich", json!({"holidays": {"calendars": calendars}}));
    write_records(
        &folder,
        "records.json",
        &[("2026-06-04T12:00:00Z", "prod/api"), ("2026-06-05T12:00:00Z", "prod/api")],
    );
    let explained = offhours(
        &folder,
        &["explain", "--policy", "policy.yaml", "--config-map", "calendars.json", "-o", "json", "records.json"],
    );
    let why: Vec<String> = explained
        .expect_success()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["message"].as_str().unwrap().to_owned())
        .collect();
    assert!(why[0].ends_with("; holiday: Corpus Christi (DE-BY)"), "{why:?}");
    assert!(why[1].contains("; within the business hours"), "{why:?}");
}

fn scan_with_countries(countries: Value) -> Output {
    let folder = folder_with_freeze();
    write_policy(&folder, "policy.yaml", "production", json!({"holidays": {"countries": countries}}));
    write_records(&folder, "records.json", &[("2026-10-05T12:00:00Z", "prod/api")]);
    offhours(&folder, &["scan", "--policy", "policy.yaml", "records.json"])
}

#[test]
fn codes_that_are_refused_say_what_to_write_for_each_kind_of_mistake() {
    let refused = "must be an ISO 3166 code in capitals: a country such as DE, or a part of one such as DE-BY";
    for (code, is_refused, message) in [
        ("de-by", true, "\"de-by\" is not a code of ISO 3166; write \"DE-BY\" (Bavaria)"),
        ("Karnataka", true, "\"Karnataka\" is not a code of ISO 3166; write \"IN-KA\" (Karnataka)"),
        ("SU", false, "\"SU\" is no longer a code of ISO 3166; write \"RU\" or \"UA\" or "),
        ("DE-CA", false, "\"DE-CA\": the holiday data has no such part of Germany; did you mean "),
        ("JP-13", false, "\"JP-13\": the holiday data has no parts of Japan; write \"JP\" for the whole country"),
        ("XX", false, "\"XX\" is not a country of the holiday data"),
    ] {
        let output = scan_with_countries(json!(["FR", code]));
        let place = "error: policy.yaml: spec.holidays.countries";
        assert!(output.stderr.contains(&format!("{place}[1]: {message}")), "{code}: {}", output.stderr);
        assert_eq!(output.stderr.contains(refused), is_refused, "{code}: {}", output.stderr);
        assert_eq!(output.status.code(), Some(2), "{code}");
    }
}

#[test]
fn the_code_of_a_team_is_named_with_its_field() {
    let team = json!({"name": "a", "match": {"repositories": ["x"]}, "holidays": {"countries": ["de"]}});
    let folder = folder_with_freeze();
    write_policy(&folder, "policy.yaml", "production", json!({"teams": [team]}));
    write_records(&folder, "records.json", &[]);
    let output = offhours(&folder, &["scan", "--policy", "policy.yaml", "records.json"]);
    let message =
        "error: policy.yaml: spec.teams[0].holidays.countries[0]: \"de\" is not a code of ISO 3166; write \"DE\"";
    assert!(output.stderr.contains(message), "{}", output.stderr);
}

/// `germany.yaml` with holidays, `none.yaml` without, and `records.json`, in which most uploads are in years outside of the data.
fn folder_with_unknown_years() -> RunFolder {
    let folder = folder_with_freeze();
    write_policy(&folder, "germany.yaml", "germany", json!({"holidays": {"countries": ["DE", "DE-BY"]}}));
    write_policy(&folder, "none.yaml", "none", json!({}));
    let pushes = [
        ("2019-10-03T12:00:00Z", "prod/api"),
        ("2019-12-31T23:30:00Z", "prod/api"),
        IN_A_KNOWN_YEAR,
        ("2036-01-02T12:00:00Z", "prod/api"),
    ];
    write_records(&folder, "records.json", &pushes);
    folder
}

const IN_A_KNOWN_YEAR: (&str, &str) = ("2020-01-02T12:00:00Z", "prod/api");

const BOTH_POLICIES: [&str; 5] = ["--policy", "germany.yaml", "--policy", "none.yaml", "records.json"];

const UNKNOWN_YEARS: &str = "note: policy germany: the public holidays of DE, DE-BY are known for 2020 to 2035 only, so 3 uploads \
                             from 2019-10-03 to 2036-01-02 were judged without them\n";

#[test]
fn uploads_in_years_without_known_holidays_are_counted_by_scan_and_explain() {
    let folder = folder_with_unknown_years();
    for command in ["scan", "explain"] {
        let output = offhours(&folder, &[&[command], &BOTH_POLICIES[..]].concat());
        assert_eq!(output.stderr.matches("note: ").count(), 1, "{}", output.stderr);
        assert!(output.stderr.contains(UNKNOWN_YEARS), "{}", output.stderr);
    }
}

#[test]
fn uploads_in_years_without_known_holidays_are_counted_by_diff() {
    let folder = folder_with_unknown_years();
    let diff = offhours(&folder, &["diff", "--policy", "none.yaml", "--with", "germany.yaml", "records.json"]);
    assert!(diff.stderr.contains(UNKNOWN_YEARS), "{}", diff.stderr);
}

#[test]
fn uploads_in_years_with_known_holidays_need_no_note() {
    let folder = folder_with_unknown_years();
    write_records(&folder, "records.json", &[IN_A_KNOWN_YEAR]);
    let output = offhours(&folder, &[&["scan"], &BOTH_POLICIES[..]].concat());
    assert!(!output.stderr.contains("note: "), "{}", output.stderr);
}

#[test]
fn the_page_about_policies_shows_what_the_program_prints() {
    let root = env!("CARGO_MANIFEST_DIR");
    let page = std::fs::read_to_string(format!("{root}/docs/policies.md")).unwrap();
    let mut holidays = Command::new(env!("CARGO_BIN_EXE_offhours"));
    let printed = Output::of(holidays.args(["holidays", "DE-BY", "--year", "2027"])).expect_success();
    let shown =
        page.split("$ offhours holidays DE-BY --year 2027\n").nth(1).and_then(|rest| rest.split("\n```").next());
    let shown: Vec<&str> = shown.unwrap().lines().filter(|line| *line != "…").collect();
    assert!(shown.len() >= 4, "{shown:?}");
    for line in shown {
        assert!(printed.lines().any(|row| row == line), "not printed: {line}\n{printed}");
    }
}
