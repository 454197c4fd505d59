//! `offhours learn` proposes a policy that `offhours scan` accepts. All records are synthetic.

use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

use crate::rig::fake_cloudtrail::{Principal, PutImage};
use crate::rig::{Output, RunFolder, Seed};

const BERLIN: &str = "arn:aws:iam::111122223333:role/people/hanna";
const NEW_YORK: &str = "arn:aws:iam::111122223333:user/john";
const TOKYO: &str = "arn:aws:iam::111122223333:role/people/kaori";
const BOT: &str = "arn:aws:iam::111122223333:role/ci/nightly";
const OFFICES: [&str; 6] = ["--office", "Europe/Berlin", "--office", "America/New_York", "--office", "Asia/Tokyo"];

/// Sixty days from a Monday in summer, over the changes of the clocks in New York and Berlin.
fn dates() -> impl Iterator<Item = NaiveDate> {
    let first = NaiveDate::from_ymd_opt(2026, 9, 21).unwrap();
    (0..60).map(move |day| first + TimeDelta::days(day))
}

fn local(zone: Tz, date: NaiveDate, hour: f64) -> DateTime<Utc> {
    let midnight = date.and_hms_opt(0, 0, 0).unwrap();
    zone.from_local_datetime(&(midnight + TimeDelta::seconds((hour * 3600.0) as i64))).unwrap().to_utc()
}

/// A person's pushes: on working days between about 9:00 and 17:30, now and then late in the evening.
fn person(seed: &mut Seed, principal: &Principal, zone: Tz) -> Vec<PutImage> {
    let mut pushes = Vec::new();
    for date in dates().filter(|date| date.weekday().number_from_monday() <= 5) {
        let start = 8.7 + 0.6 * seed.fraction();
        let mut hours: Vec<f64> = (0..3).map(|_| start + 8.5 * seed.fraction()).collect();
        if seed.chance(0.05) {
            hours.push(22.5);
        }
        for hour in hours {
            let push = PutImage::new("prod/api", local(zone, date, hour)).by(principal.clone()).seed(seed.next());
            pushes.extend(push.multi_platform(2, false));
        }
    }
    pushes
}

fn records() -> Vec<Value> {
    let mut seed = Seed::new(20);
    let mut pushes = person(&mut seed, &Principal::role("people/hanna", "hanna"), Tz::Europe__Berlin);
    pushes.extend(person(&mut seed, &Principal::user("john"), Tz::America__New_York));
    pushes.extend(person(&mut seed, &Principal::role("people/kaori", "kaori"), Tz::Asia__Tokyo));
    pushes.extend(dates().map(|date| {
        let hour = 2.1 + 0.1 * seed.fraction();
        PutImage::new("prod/nightly", local(Tz::UTC, date, hour))
            .by(Principal::role("ci/nightly", "cron"))
            .seed(seed.next())
    }));
    pushes.iter().map(PutImage::json).collect()
}

fn learn(arguments: &[&str], records: &Path) -> Output {
    let mut learn = Command::new(env!("CARGO_BIN_EXE_offhours"));
    Output::of(learn.arg("learn").args(arguments).arg(records))
}

fn written(folder: &RunFolder, records: &[Value]) -> PathBuf {
    folder.write("records.json", json!({ "Records": records }).to_string())
}

#[test]
fn scan_accepts_the_proposed_policy_and_has_the_findings_of_the_backtest() {
    let folder = RunFolder::new("learn");
    let records = written(&folder, &records());
    let learned = learn(&OFFICES, &records);
    assert!(learned.success(), "{learned:?}");
    let policy = folder.write("proposed.yaml", &learned.stdout);

    for (policy, line) in [
        (policy, "  the proposed policy gives "),
        (folder.write("default.yaml", DEFAULT), "  the default policy (Mon-Fri 08:00-20:00 UTC) gives "),
    ] {
        let mut scan = Command::new(env!("CARGO_BIN_EXE_offhours"));
        let scanned = Output::of(scan.args(["scan", "-o", "json", "--policy"]).arg(policy).arg(&records));
        assert_eq!(scanned.status.code(), Some(1), "{scanned:?}");
        let findings: Value = serde_json::from_str(&scanned.stdout).unwrap();
        let findings = findings["items"].as_array().unwrap();
        let pushes: i64 = findings.iter().map(|finding| finding["status"]["count"].as_i64().unwrap()).sum();
        let expected = format!("{line}{} findings from {pushes} off-hours uploads", findings.len());
        assert!(learned.stderr.lines().any(|line| line == expected), "{expected}\n{}", learned.stderr);
    }
}

const DEFAULT: &str = "apiVersion: offhours.dev/v1alpha1\nkind: EcrUploadPolicy\nmetadata: {name: default}\n";

#[test]
fn three_people_get_the_hours_of_their_offices_and_the_nightly_job_gets_a_reason() {
    let folder = RunFolder::new("learn");
    let records = written(&folder, &records());
    let json = learn(&[&OFFICES[..], &["-o", "json"]].concat(), &records).expect_success();
    let proposals: Vec<Value> = serde_json::from_str(&json).unwrap();
    let of = |principal: &str| proposals.iter().find(|proposal| proposal["principal"] == principal).unwrap();
    for (principal, zone, offset, team) in [
        (BERLIN, "Europe/Berlin", "+01:00", "europe-berlin"),
        (NEW_YORK, "America/New_York", "-05:00", "america-new-york"),
        (TOKYO, "Asia/Tokyo", "+09:00", "asia-tokyo"),
    ] {
        let proposal = of(principal);
        let place = [&proposal["zone"], &proposal["offset"], &proposal["team"], &proposal["rhythm"]];
        assert_eq!(place, [zone, offset, team, "WorkingHours"], "{proposal}");
        assert!(proposal["confidence"].as_f64().unwrap() > 0.9, "{proposal}");
        assert_eq!(proposal["hours"][0]["days"], json!(["Mon", "Tue", "Wed", "Thu", "Fri"]));
        assert_eq!(proposal["reason"], Value::Null);
    }
    let bot = of(BOT);
    assert_eq!(bot["rhythm"], "Timetable");
    assert_eq!((&bot["zone"], &bot["team"], &bot["pushes"]), (&Value::Null, &Value::Null, &json!(60)));
    assert_eq!(proposals.len(), 4);
}

#[test]
fn comments_say_how_certain_each_team_is_and_which_principals_are_in_none() {
    let folder = RunFolder::new("learn");
    let records = written(&folder, &records());
    let yaml = learn(&[&OFFICES[..], &["--name", "people"]].concat(), &records).expect_success();
    let policy: Value = serde_saphyr::from_str(&yaml).unwrap();
    assert_eq!(policy["metadata"]["name"], "people");
    let teams = policy["spec"]["teams"].as_array().unwrap();
    assert_eq!(teams.len(), 3);
    for team in teams {
        let principal = team["match"]["principals"][0].as_str().unwrap();
        let comment =
            yaml.lines().find(|line| line.trim_start().starts_with(&format!("#   {principal}: UTC"))).unwrap();
        assert!(comment.contains(" % certainty, 9") && comment.contains(" pushes on "), "{comment}");
    }
    assert!(yaml.contains(&format!("#   {BOT}: pushes at the same few times of the day")), "{yaml}");
}

#[test]
fn failed_and_repeated_pushes_and_the_images_of_an_index_count_for_nothing() {
    let folder = RunFolder::new("learn");
    let once = records();
    let mut more = once.clone();
    more.extend(once.iter().take(50).cloned());
    let failed = PutImage::new("prod/api", local(Tz::Europe__Berlin, dates().next().unwrap(), 3.0));
    more.push(failed.by(Principal::role("people/hanna", "hanna")).failed("ImageTagAlreadyExistsException").json());
    let once = learn(&[&OFFICES[..], &["-o", "json"]].concat(), &written(&folder, &once)).expect_success();
    let more = learn(&[&OFFICES[..], &["-o", "json"]].concat(), &written(&folder, &more)).expect_success();
    assert_eq!(once, more);
    let proposals: Vec<Value> = serde_json::from_str(&once).unwrap();
    let tokyo = proposals.iter().find(|proposal| proposal["principal"] == TOKYO).unwrap();
    let pushes = tokyo["pushes"].as_i64().unwrap();
    let working_days = 44;
    assert!((3 * working_days..4 * working_days).contains(&pushes), "{pushes}: two images and an index are one push");
}

#[test]
fn an_error_says_what_to_do() {
    let folder = RunFolder::new("learn");
    let empty = folder.write("empty.json", r#"{"Records": []}"#);
    let other =
        json!({"Records": [{"eventName": "DescribeImages", "eventSource": "ecr.amazonaws.com", "eventID": "1"}]});
    let other = folder.write("other.json", other.to_string());
    let one = written(&folder, &[PutImage::new("prod/api", Utc::now()).json()]);
    let berlin = ["--office", "Europe/Berlin"];
    for (arguments, records, expected) in [
        (&berlin[..], &empty, "no pushes to learn from (0 records read from 1 file: 0 uploads, 0 other)"),
        (&berlin, &other, "no pushes to learn from (1 record read from 1 file: 0 uploads, 1 other)"),
        (&berlin, &one, "pushed in 1 half hour on 1 day, so --min-pushes 1 --min-days 1 would give"),
        (
            &[],
            &one,
            "--office <ZONE>\n\n  tip: give the time zone of each office, such as '--office Europe/Berlin --office",
        ),
        (&["--office", "Berlin"], &one, "write Area/Location"),
        (&["--office", "Europe/berlin"], &one, "write Europe/Berlin"),
        (&[berlin[0], berlin[1], "--name", "My Policy"], &one, "lower-case letters"),
        (&berlin, &folder.path().join("nowhere"), "nowhere"),
    ] {
        let output = learn(arguments, records);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(output.stderr.contains(expected), "{expected}: {output:?}");
    }
}

#[test]
fn only_offices_are_proposed_and_principals_elsewhere_are_named() {
    let folder = RunFolder::new("learn");
    let records = written(&folder, &records());
    let output = learn(&["--office", "Europe/Berlin", "-o", "json"], &records);
    let proposals: Vec<Value> = serde_json::from_str(&output.expect_success()).unwrap();
    let rhythms: Vec<(&Value, &Value)> = proposals.iter().map(|found| (&found["rhythm"], &found["zone"])).collect();
    let (none, elsewhere, berlin) = (Value::Null, json!("Elsewhere"), json!("Europe/Berlin"));
    assert_eq!(
        rhythms,
        [(&json!("Timetable"), &none), (&json!("WorkingHours"), &berlin), (&elsewhere, &none), (&elsewhere, &none),]
    );
    let reason = proposals[2]["reason"].as_str().unwrap();
    assert!(reason.starts_with("pushes like a person who works in none of the offices, but about UTC+0"), "{reason}");
}

#[test]
fn the_sample_records_give_each_person_with_enough_pushes_their_office() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/records");
    let output = learn(&[&OFFICES[..], &["--office", "Asia/Riyadh"]].concat(), &samples);
    let policy: Value = serde_saphyr::from_str(&output.stdout).unwrap();
    let teams = policy["spec"]["teams"].as_array().unwrap();
    let zones: Vec<&str> = teams.iter().map(|team| team["timeZone"].as_str().unwrap()).collect();
    assert_eq!((zones, output.status.code()), (vec!["America/New_York", "Europe/Berlin", "Europe/Berlin"], Some(0)));
    assert!(
        output
            .stdout
            .contains("role/ci/release: pushes at the same few times of the day: a scheduled job; 7 pushes on 6 days")
    );
    assert!(output.stdout.contains("role/ci/hotfix: too few pushes: in 1 half hour on 1 day, where 6 on 4 are needed; 1 push on 1 day, 2025-12-22\n"));
}

#[test]
fn an_unreadable_record_is_an_error_and_the_others_are_learned_from() {
    let folder = RunFolder::new("learn");
    let mut records = records();
    records.push(json!({"eventName": "PutImage", "eventSource": "ecr.amazonaws.com", "eventID": "broken"}));
    let output = learn(&OFFICES, &written(&folder, &records));
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(output.stderr.contains("error: ") && output.stderr.contains("eventTime"), "{}", output.stderr);
    assert!(output.stdout.contains("asia-tokyo"), "{}", output.stdout);
}
