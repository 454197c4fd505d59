//! `scan --lookup` reads the event history of an account, here that of a fake and of an emulator.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use serde_json::Value;

use crate::program::{command, folder_with_freeze, summary, trail};
use crate::rig::fake_cloudtrail::{Delivery, Faults, LookupCall, PutImage, Refusal};
use crate::rig::{
    AwsCaller, Emulator, FakeCloudTrail, Manifest, Output, Program, Progress, RunFolder, Signal, wait_for,
};

const ACCOUNT: &str = "111122223333";
const REGIONS: [&str; 2] = ["eu-central-1", "us-east-1"];
const DEADLINE: Duration = Duration::from_secs(60);

fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(0)
}

/// Records of pushes, the last one now, this many minutes apart and alternating between the Regions.
fn records(count: i64, minutes: i64) -> Vec<PutImage> {
    (1..=count)
        .map(|number| {
            let time = now() - TimeDelta::minutes(number * minutes);
            let region = REGIONS[usize::try_from(number).unwrap() % REGIONS.len()];
            PutImage::new("prod/api", time).in_account(ACCOUNT, region).event_id(&format!("push-{number}"))
        })
        .collect()
}

fn lookup(folder: &RunFolder, aws: &AwsCaller, arguments: &[&str]) -> Output {
    let mut offhours = command(folder.path());
    offhours.envs(aws.environment()).args(["scan", "--policy", "policy.yaml", "-o", "json", "--lookup"]);
    Output::of(offhours.args(arguments))
}

fn both() -> [&'static str; 2] {
    ["--region", "eu-central-1,us-east-1"]
}

/// The event IDs of all uploads in the findings of an output, which may have other lines around the findings.
fn event_ids(output: &str) -> BTreeSet<String> {
    let start = output.find("{\n").expect("a list of findings");
    let mut lists = serde_json::Deserializer::from_str(&output[start..]).into_iter::<Value>();
    let list = lists.next().expect("a list").expect("JSON");
    let items = list["items"].as_array().unwrap();
    let uploads = items.iter().flat_map(|item| item["status"]["uploads"].as_array().unwrap());
    uploads.map(|upload| upload["eventID"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_account_is_read_whole_through_pages_repeats_throttling_and_failures() {
    let folder = folder_with_freeze();
    let fake = FakeCloudTrail::start(11);
    let records = records(260, 10);
    folder.write("records.json", trail(records.iter().map(PutImage::json)));
    fake.set_delivery(Delivery { late: 0.0, late_by: Duration::ZERO, repeated: 0.3 });
    fake.push_all(records);
    fake.set_faults(Faults { throttled: 0.15, failed: 0.1, slow: 0.5, slow_by: Duration::from_millis(50) });
    let aws = fake.caller(ACCOUNT, "eu-central-1");
    let from_account = lookup(&folder, &aws, &[&both()[..], &["--since", "3d", "--lookup-rate", "2"]].concat());
    let mut from_files = command(folder.path());
    let from_files = Output::of(from_files.args(["scan", "--policy", "policy.yaml", "-o", "json", "records.json"]));
    assert_eq!(from_account.stdout, from_files.stdout, "{}", from_account.stderr);
    assert_eq!((event_ids(&from_account.stdout).len(), from_account.status.code()), (260, Some(1)));
    assert_eq!(summary(&from_account).judged, 260);
    assert!(fake.calls().iter().any(|call| !call.first_page));
}

#[test]
fn each_region_gets_no_more_requests_than_the_rate() {
    let folder = folder_with_freeze();
    let fake = FakeCloudTrail::start(12);
    fake.push_all(records(4, 60));
    let aws = fake.caller(ACCOUNT, "eu-central-1");
    let output = lookup(&folder, &aws, &[&both()[..], &["--since", "5d", "--lookup-rate", "2"]].concat());
    assert_eq!(output.status.code(), Some(1), "{}", output.stderr);
    for region in REGIONS {
        let calls: Vec<LookupCall> = fake.calls().into_iter().filter(|call| call.region == region).collect();
        assert_eq!(calls.len(), 5, "a page a day");
        let took = calls[4].at - calls[0].at;
        assert!(took >= TimeDelta::milliseconds(1_900), "{took}");
        assert!(calls.iter().all(|call| call.attribute == Some(("EventName".to_owned(), "PutImage".to_owned()))));
    }
}

#[test]
fn a_region_that_fails_is_named_with_the_way_to_continue_and_the_others_are_judged() {
    let folder = folder_with_freeze();
    let fake = FakeCloudTrail::start(13);
    fake.push_all(records(10, 60));
    fake.refuse(ACCOUNT, Some("us-east-1"), Refusal::AccessDenied);
    let aws = fake.caller(ACCOUNT, "eu-central-1");
    let output = lookup(&folder, &aws, &[&both()[..], &["--since", "20h"]].concat());
    assert_eq!((event_ids(&output.stdout).len(), output.status.code()), (5, Some(2)));
    let error = output.stderr.lines().next().unwrap();
    let denied = "error: 111122223333 in us-east-1: arn:aws:iam::111122223333:user/rig is not allowed to call cloudtrail:LookupEvents in us-east-1 (";
    assert!(error.starts_with(denied), "{error}");
    let (_, resume) = error.rsplit_once("; records from ").unwrap();
    let (from, flags) = resume.split_once(" on are missing: continue with ").unwrap();
    assert_eq!(flags, format!("--lookup --since {from} --region us-east-1"));

    fake.accept(ACCOUNT, Some("us-east-1"));
    let flags: Vec<&str> = flags.split(' ').skip(1).collect();
    let rest = lookup(&folder, &aws, &flags);
    let all = &event_ids(&output.stdout) | &event_ids(&rest.stdout);
    assert_eq!((all.len(), rest.status.code()), (10, Some(1)), "{}", rest.stderr);
}

#[test]
fn the_history_is_read_up_to_the_end_of_the_range_and_what_is_missing_keeps_that_end() {
    let folder = folder_with_freeze();
    let fake = FakeCloudTrail::start(18);
    fake.push_all(records(10, 60));
    fake.refuse(ACCOUNT, Some("us-east-1"), Refusal::AccessDenied);
    let aws = fake.caller(ACCOUNT, "eu-central-1");
    let until = (now() - TimeDelta::minutes(330)).to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let output = lookup(&folder, &aws, &[&both()[..], &["--since", "510m", "--until", &until]].concat());
    assert_eq!(event_ids(&output.stdout), ["push-6", "push-8"].map(str::to_owned).into());
    let until_of_the_rest = format!(" --until {until} --region us-east-1");
    assert!(output.stderr.lines().next().unwrap().ends_with(&until_of_the_rest), "{}", output.stderr);
    assert!(fake.calls().iter().all(|call| call.end.unwrap() <= until.parse::<DateTime<Utc>>().unwrap()));
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_record_that_cannot_be_decoded_is_named_by_its_event() {
    let folder = folder_with_freeze();
    let fake = FakeCloudTrail::start(14);
    let [good, broken] = <[PutImage; 2]>::try_from(records(2, 60)).unwrap();
    fake.push(good);
    fake.push(broken.without("/eventTime"));
    let aws = fake.caller(ACCOUNT, "eu-central-1");
    let output = lookup(&folder, &aws, &[&both()[..], &["--since", "5h"]].concat());
    let expected = "error: 111122223333 in eu-central-1: eventID push-2: eventTime: expected ";
    assert!(output.stderr.starts_with(expected), "{}", output.stderr);
    assert_eq!((summary(&output).judged, summary(&output).failed, output.status.code()), (1, 1, Some(2)));
}

#[tokio::test]
async fn what_was_read_before_ctrl_c_is_judged_and_the_rest_can_be_read_later() {
    let folder = folder_with_freeze();
    let fake = FakeCloudTrail::start(15);
    let records = records(60, 8 * 60);
    let all: BTreeSet<String> = records.iter().map(PutImage::id).collect();
    fake.push_all(records);
    let aws = fake.caller(ACCOUNT, "eu-central-1");
    let mut process = Program::new("lookup", env!("CARGO_BIN_EXE_offhours"))
        .args(["scan", "-o", "json", "--lookup", "--since", "21d"])
        .args(both())
        .arg("--policy")
        .arg(folder.path().join("policy.yaml"))
        .envs(aws.environment())
        .spawn(folder.path());
    wait_for("some days to be read", DEADLINE, async || {
        let calls = REGIONS.map(|region| fake.call_count(ACCOUNT, region));
        if calls.iter().all(|calls| *calls >= 4) { Progress::Done(()) } else { Progress::Waiting(format!("{calls:?}")) }
    })
    .await;
    process.signal(Signal::Interrupt);
    let exit = process.wait(DEADLINE).await;
    let log = process.log();
    assert_eq!(exit.status.code(), Some(2), "{log}");
    let first = event_ids(&log);
    assert!(!first.is_empty() && first.len() < all.len(), "{} of {}", first.len(), all.len());

    let mut found = first;
    for region in REGIONS {
        let begin = format!("error: {ACCOUNT} in {region}: interrupted; records from ");
        let message = log.lines().find(|line| line.starts_with(&begin)).unwrap_or_else(|| panic!("{region}: {log}"));
        let flags: Vec<&str> = message.rsplit_once("continue with --lookup ").unwrap().1.split(' ').collect();
        let rest = lookup(&folder, &aws, &[&flags[..], &["--lookup-rate", "2"]].concat());
        assert_eq!(rest.status.code(), Some(1), "{}", rest.stderr);
        let rest = event_ids(&rest.stdout);
        assert!(rest.len() < all.len() / 2, "what was read already is not read again");
        found.extend(rest);
    }
    assert_eq!(found, all);
}

#[tokio::test]
async fn the_second_ctrl_c_ends_the_program_at_once() {
    let folder = folder_with_freeze();
    let fake = FakeCloudTrail::start(16);
    // More findings in the first day than a pipe holds that nobody reads, and days to go.
    fake.push_all((0..300_u32).map(|number| {
        let time = now() - TimeDelta::days(40) + TimeDelta::minutes(number.into());
        PutImage::new(&format!("prod/r{number}"), time).in_account(ACCOUNT, "eu-central-1")
    }));
    let mut child = command(folder.path())
        .envs(fake.caller(ACCOUNT, "eu-central-1").environment())
        .args(["scan", "--policy", "policy.yaml", "-o", "json", "--lookup", "--since", "41d", "--lookup-rate", "2"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let interrupt = |id: u32| assert!(Command::new("kill").args(["-INT", &id.to_string()]).status().unwrap().success());
    wait_for("the first days to be read", DEADLINE, async || {
        let first_pages = fake.calls().iter().filter(|call| call.first_page).count();
        if first_pages >= 3 { Progress::Done(()) } else { Progress::Waiting(first_pages.to_string()) }
    })
    .await;
    interrupt(child.id());
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let stopped = lines.next().unwrap().unwrap();
    assert!(stopped.starts_with("error: 111122223333 in eu-central-1: interrupted; "), "{stopped}");
    assert!(child.try_wait().unwrap().is_none(), "it waits for the reader of its output");
    interrupt(child.id());
    let status = wait_for("the program to end", DEADLINE, async || {
        child.try_wait().unwrap().map_or_else(|| Progress::Waiting("running".to_owned()), Progress::Done)
    })
    .await;
    assert_eq!(status.code(), Some(130));
}

#[test]
fn a_time_outside_of_the_history_is_refused_before_any_request() {
    let folder = folder_with_freeze();
    let fake = FakeCloudTrail::start(17);
    let aws = fake.caller(ACCOUNT, "eu-central-1");
    for (since, message) in [
        (
            "2020-01-01T00:00:00Z",
            "error: --since 2020-01-01T00:00:00Z: CloudTrail keeps 90 days of event history; use --since 90d, and read older records from the files of a trail\n",
        ),
        ("2100-01-01T00:00:00Z", "error: --since 2100-01-01T00:00:00Z: this time is in the future\n"),
    ] {
        let output = lookup(&folder, &aws, &["--since", since]);
        assert_eq!((output.stderr.as_str(), output.status.code()), (message, Some(2)));
    }
    assert!(fake.calls().is_empty());
}

#[test]
fn all_90_days_of_the_history_can_be_read() {
    let folder = folder_with_freeze();
    let fake = FakeCloudTrail::start(19);
    let aws = fake.caller(ACCOUNT, "eu-central-1");
    let output = lookup(&folder, &aws, &["--since", "90d", "--lookup-rate", "2", "--region", "eu-central-1"]);
    assert_eq!(output.status.code(), Some(0), "{}", output.stderr);
    assert_eq!(fake.calls().len(), 90);
}

#[test]
fn without_credentials_or_a_region_the_error_says_what_to_set() {
    let folder = folder_with_freeze();
    for (variables, expected) in [
        (
            vec![],
            "error: cannot read the event history: no Region; name those to read with --region, or set AWS_REGION\n",
        ),
        (
            vec![("AWS_REGION", "eu-central-1")],
            "error: cannot read the event history: no AWS credentials; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and \
             AWS_SECRET_ACCESS_KEY, which eval \"$(aws configure export-credentials --format env)\" does for any profile \
             of the AWS CLI\n",
        ),
    ] {
        let mut offhours = command(folder.path());
        let output = Output::of(offhours.envs(variables).args(["scan", "--policy", "policy.yaml", "--lookup"]));
        assert_eq!((output.stderr.as_str(), output.status.code()), (expected, Some(2)));
    }
}

#[tokio::test]
async fn pushes_to_the_emulator_are_found_in_every_region() {
    let folder = folder_with_freeze();
    let emulator = Emulator::start().await;
    for (number, region) in (1..).zip(REGIONS) {
        emulator.create_repository(ACCOUNT, region, "prod/api").await;
        emulator.put_image(ACCOUNT, region, "prod/api", Some("v1"), &Manifest::image(number)).await;
    }
    // An event is in the history up to the second before the last that is over.
    let found = wait_for("both pushes to be found", DEADLINE, async || {
        let output =
            lookup(&folder, &emulator.caller(ACCOUNT, "eu-central-1"), &[&both()[..], &["--since", "1h"]].concat());
        let found = event_ids(&output.stdout);
        if found.len() == 2 { Progress::Done(output) } else { Progress::Waiting(output.stderr) }
    })
    .await;
    let list: Value = serde_json::from_str(&found.stdout).unwrap();
    let regions: BTreeSet<&str> =
        list["items"].as_array().unwrap().iter().map(|item| item["spec"]["region"].as_str().unwrap()).collect();
    assert_eq!((regions, found.status.code()), (BTreeSet::from(REGIONS), Some(1)));
}

#[test]
fn a_misspelt_region_is_a_warning_with_the_nearest_one_and_is_still_read() {
    let folder = folder_with_freeze();
    let fake = FakeCloudTrail::start(18);
    let aws = fake.caller(ACCOUNT, "eu-central-1");
    let output = lookup(&folder, &aws, &["--since", "1h", "--region", "us-est-1"]);
    let warning = "warning: --region: us-est-1 is not an AWS Region known to this version; did you mean us-east-1?\n";
    assert!(output.stderr.starts_with(warning), "{}", output.stderr);
    assert_eq!((output.status.code(), fake.call_count(ACCOUNT, "us-est-1")), (Some(0), 1));
}
