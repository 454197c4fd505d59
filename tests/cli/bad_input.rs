//! Input that cannot be read: the error says where and why, the rest is read, and the exit status is 2.

use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::process::Command;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::program::{
    Summary, folder_with_freeze, offhours, offhours_with_input, other_call, records, summary, trail, uploads_in,
};
use crate::rig::fake_cloudtrail::PutImage;
use crate::rig::{Output, RunFolder};

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn scan(folder: &RunFolder, paths: &[&str]) -> Output {
    offhours(folder, &[&["scan", "--policy", "policy.yaml", "-o", "json"], paths].concat())
}

/// Asserts that a scan failed in part, with these errors and no others, and with these numbers of records.
#[track_caller]
fn assert_partly_read(output: &Output, errors: &[&str], judged: u64, not_uploads: u64, failed: u64) {
    let found: Vec<&str> = output.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(found, errors);
    let expected =
        Summary { read: judged + not_uploads + failed, judged, not_uploads, failed, repeated: 0, outside: 0 };
    assert_eq!(summary(output), expected, "{}", output.stderr);
    assert_eq!(uploads_in(&output.stdout) as u64, judged, "what was read is judged");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn truncated_gzip_is_read_up_to_the_cut() {
    let folder = folder_with_freeze();
    // Random digests do not compress well: the first two thirds of the file hold most of the records.
    let compressed = gzip(&trail(records(200).iter().map(PutImage::json)));
    folder.write("cut.json.gz", &compressed[..compressed.len() * 2 / 3]);
    let output = scan(&folder, &["cut.json.gz"]);
    let Summary { read, judged, failed, .. } = summary(&output);
    assert!(judged > 50 && failed == 1 && read == judged + 1, "{}", output.stderr);
    let errors: Vec<&str> = output.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(
        errors[0],
        "error: cut.json.gz: the gzip data is truncated; only the records before that point were read"
    );
    assert!(errors[1].starts_with(&format!("error: cut.json.gz: record {read}: not JSON: EOF while ")), "{errors:?}");
    assert_eq!((errors.len(), uploads_in(&output.stdout) as u64, output.status.code()), (2, judged, Some(2)));
}

#[test]
fn gzip_that_is_damaged_says_so_and_the_other_files_are_read() {
    let folder = folder_with_freeze();
    let mut compressed = gzip(&trail([records(1)[0].json()]));
    let end = compressed.len() - 6;
    compressed[end] ^= 0xff; // the checksum
    folder.write("damaged.json.gz", &compressed);
    folder.write("nothing.gz", &gzip("")[..12]);
    folder.write("good.json.gz", gzip(&trail([records(2)[1].json()])));
    let output = scan(&folder, &["."]);
    assert_partly_read(
        &output,
        &[
            "error: ./damaged.json.gz: the gzip data is damaged (corrupt gzip stream does not have a matching checksum); \
             only the records before that point were read",
            "error: ./nothing.gz: the gzip data is truncated; only the records before that point were read",
        ],
        2,
        0,
        0,
    );
}

#[test]
fn a_file_that_is_no_json_is_named_and_the_others_are_read() {
    let folder = folder_with_freeze();
    folder.write("good.json", trail([records(1)[0].json(), other_call("pull")]));
    folder.write("notes.json", "remember to rotate the keys\n");
    folder.write("windows.json", b"\xff\xfe{\0}\0");
    let output = scan(&folder, &["good.json", "notes.json", "windows.json"]);
    assert_partly_read(
        &output,
        &[
            "error: notes.json: is not JSON: expected value at line 1 column 1",
            "error: windows.json: is UTF-16, as PowerShell writes it; save it as UTF-8",
        ],
        1,
        1,
        0,
    );
    assert!(output.stderr.contains("read from 1 file: 1 upload, 1 other; 2 files could not be read\n"));
}

#[test]
fn one_broken_record_among_many_is_named_by_its_number() {
    let folder = folder_with_freeze();
    let records: Vec<Value> = records(40).iter().flat_map(|record| [record.json(), other_call(&record.id())]).collect();
    let broken = |text: String| text.replacen(r#""eventID":"push-21""#, r#""eventID":push-21"#, 1);
    folder.write("trail.json", broken(trail(records.clone())));
    folder.write("trail.json.gz", gzip(&broken(trail(records.clone()))));
    let lines: String = records.iter().map(|record| format!("{record}\n")).collect();
    folder.write("lines.ndjson", broken(lines));
    for (file, place) in
        [("trail.json", "line 1 column "), ("trail.json.gz", "line 1 column "), ("lines.ndjson", "line 41 column ")]
    {
        let output = scan(&folder, &[file]);
        let error = output.stderr.lines().next().unwrap().to_owned();
        assert!(
            error.starts_with(&format!("error: {file}: record 41: not JSON: expected value at {place}")),
            "{error}"
        );
        assert_partly_read(&output, &[&error], 39, 40, 1);
    }
}

/// docs/scan.md, "What cannot be read": in files with a checksum, these records are only counted.
#[test]
fn a_mistake_in_a_record_of_another_call_is_named_with_parse_all() {
    let folder = folder_with_freeze();
    let record = |wrong: &str| {
        format!(
            r#"{{"eventVersion":"1.08","userIdentity":{{"type":"Root"}},"eventTime":"2026-11-20T18:00:00Z","eventSource":"ecr.amazonaws.com","eventName":"BatchGetImage"{wrong},"eventID":"1"}}"#
        )
    };
    let trail = |wrong: &str| format!(r#"{{"Records":[{},{},{}]}}"#, record(""), record(wrong), record(""));
    for wrong in [",", r#","x":"#, r#","x":tru"#, r#","x":{]"#, r#","x":"\x""#, r#","x" 5"#] {
        folder.write("trail.json", trail(wrong));
        folder.write("trail.json.gz", gzip(&trail(wrong)));
        folder.write("members.json.gz", [gzip(&trail("")), gzip(&trail(wrong))].concat());
        let plain = scan(&folder, &["trail.json"]);
        let error = plain.stderr.lines().next().unwrap();
        assert!(error.starts_with("error: trail.json: record 2: not JSON: "), "{wrong}: {error}");
        assert_partly_read(&plain, &[error], 0, 2, 1);
        let parsed = scan(&folder, &["--parse-all", "trail.json.gz"]);
        assert_partly_read(&parsed, &[&error.replace("trail.json:", "trail.json.gz:")], 0, 2, 1);
        let members = scan(&folder, &["--parse-all", "members.json.gz"]);
        let error = members.stderr.lines().next().unwrap();
        assert!(error.starts_with("error: members.json.gz: record 5: not JSON: "), "{wrong}: {error}");
        assert_partly_read(&members, &[error], 0, 5, 1);
        let spared = summary(&scan(&folder, &["trail.json.gz"]));
        assert_eq!((spared.not_uploads, spared.failed), (3, 0), "{wrong}");
    }
}

#[test]
fn a_field_of_an_unknown_type_or_none_at_all_is_named_with_its_record() {
    let folder = folder_with_freeze();
    let [first, second, third, fourth, fifth, sixth] = &records(6)[..] else { panic!("six") };
    let records = [
        first.clone().with("/userIdentity", json!(5)),
        second.clone().with("/requestParameters/repositoryName", json!(["prod/api"])),
        third.clone().without("/eventTime"),
        fourth.clone().with("/eventTime", json!("yesterday")),
        fifth.clone().without("/eventID"),
        sixth.clone(),
    ];
    let mut records: Vec<Value> = records.iter().map(PutImage::json).collect();
    records.push(json!(["no record"]));
    records.push(json!({"eventSource": "ecr.amazonaws.com"}));
    folder.write("records.json", trail(records));
    let output = scan(&folder, &["records.json"]);
    assert_partly_read(
        &output,
        &[
            "error: records.json: record 1: eventID push-1: userIdentity: expected an object, found a number",
            "error: records.json: record 2: eventID push-2: requestParameters.repositoryName: expected a string, found an array",
            "error: records.json: record 3: eventID push-3: eventTime: expected an RFC 3339 time such as 2024-01-31T09:30:00Z, found nothing",
            "error: records.json: record 4: eventID push-4: eventTime: expected an RFC 3339 time such as 2024-01-31T09:30:00Z, found \"yesterday\"",
            "error: records.json: record 5: eventID: expected a string, found nothing",
            "error: records.json: record 7: not JSON: expected ident at line 1 column 2",
            "error: records.json: record 8: eventName: expected a string, found nothing",
        ],
        1,
        0,
        7,
    );
}

#[test]
fn a_manifest_of_four_megabytes_is_read_like_any_other() {
    let folder = folder_with_freeze();
    let [mut huge, small] = <[PutImage; 2]>::try_from(records(2)).unwrap();
    let manifest = json!({"schemaVersion": 2, "annotations": {"note": "\"padding\" ".repeat(4 << 20)[..4 << 20]}});
    huge = huge.with("/requestParameters/imageManifest", json!(manifest.to_string()));
    folder.write("huge.json", trail([huge.json(), small.json()]));
    let start = Instant::now();
    let output = scan(&folder, &["huge.json"]);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    assert_eq!((uploads_in(&output.stdout), output.status.code()), (2, Some(1)), "{}", output.stderr);
    assert!(output.stdout.len() < 10_000, "the manifest is not part of a finding");
    assert_eq!(summary(&output).judged, 2);
}

#[test]
fn a_folder_is_read_with_what_is_below_it_and_other_files_are_left_alone() {
    let folder = folder_with_freeze();
    let [first, second, third] = <[PutImage; 3]>::try_from(records(3)).unwrap();
    for path in ["AWSLogs/CloudTrail/eu-central-1", "AWSLogs/CloudTrail-Digest", "AWSLogs/.cache"] {
        std::fs::create_dir_all(folder.path().join(path)).unwrap();
    }
    folder.write("AWSLogs/CloudTrail/eu-central-1/a.json.gz", gzip(&trail([first.json()])));
    folder.write("AWSLogs/CloudTrail/b.NDJSON", second.json().to_string());
    folder.write("AWSLogs/firehose-1-2026-11-20-00-00-00.gz", gzip(&third.json().to_string()));
    for other in ["readme.txt", "policy.yaml", "backup.tar.gz", "noextension"] {
        folder.write(&format!("AWSLogs/{other}"), "no record");
    }
    folder.write("AWSLogs/CloudTrail-Digest/d.json.gz", "no record");
    folder.write("AWSLogs/.cache/c.json", "no record");
    let output = scan(&folder, &["AWSLogs"]);
    assert_eq!((output.status.code(), uploads_in(&output.stdout)), (Some(1), 3), "{}", output.stderr);
    assert!(
        output
            .stderr
            .starts_with("3 records read from 3 files: 3 uploads, 0 other; 4 files skipped because of their names\n")
    );
}

#[test]
fn a_path_that_is_not_a_file_is_named_and_never_waited_for() {
    let folder = folder_with_freeze();
    let path = |name: &str| folder.path().join("logs").join(name);
    std::fs::create_dir_all(path("sub")).unwrap();
    std::fs::write(path("good.json"), trail([records(1)[0].json()])).unwrap();
    assert!(Command::new("mkfifo").arg(path("pipe.json")).status().unwrap().success());
    let _socket = UnixListener::bind(path("socket.json")).unwrap();
    symlink("/dev/zero", path("zero.json")).unwrap();
    symlink("nowhere.json", path("dangling.json")).unwrap();
    symlink("..", path("sub/loop")).unwrap();
    let output = scan(&folder, &["logs", "gone.json"]);
    assert_partly_read(
        &output,
        &[
            "error: gone.json: cannot be read: No such file or directory (os error 2)",
            "error: logs/dangling.json: cannot be read: No such file or directory (os error 2)",
            "error: logs/pipe.json: cannot be read: it is a FIFO, not a file",
            "error: logs/socket.json: cannot be read: it is a socket, not a file",
            "error: logs/sub/loop: cannot be read: File system loop found: logs/sub/loop points to an ancestor logs",
            "error: logs/zero.json: cannot be read: it is a device, not a file",
        ],
        1,
        0,
        0,
    );
    assert!(output.stderr.contains("; 6 files could not be read\n"), "{}", output.stderr);
}

#[test]
fn a_file_that_the_system_refuses_to_read_is_named() {
    let folder = folder_with_freeze();
    folder.write("good.json", trail([records(1)[0].json()]));
    // Reading it is an error even for root.
    let output = scan(&folder, &["good.json", "/proc/self/mem"]);
    assert_partly_read(&output, &["error: /proc/self/mem: cannot be read: Input/output error (os error 5)"], 1, 0, 0);
}

#[test]
fn a_pipe_that_an_argument_names_is_read() {
    let folder = folder_with_freeze();
    folder.write("records.json", trail([records(1)[0].json()]));
    let script = r#""$0" scan --policy policy.yaml -o json <(cat records.json)"#;
    let mut bash = Command::new("bash");
    let output = Output::of(bash.current_dir(folder.path()).args(["-c", script, env!("CARGO_BIN_EXE_offhours")]));
    assert_eq!((output.status.code(), uploads_in(&output.stdout)), (Some(1), 1), "{}", output.stderr);
}

#[test]
fn empty_files_and_folders_are_errors() {
    let folder = folder_with_freeze();
    folder.write("empty.json", "");
    folder.write("blank.json", "\u{feff}\n");
    folder.write("empty.json.gz", gzip(""));
    std::fs::create_dir(folder.path().join("folder")).unwrap();
    let output = scan(&folder, &["empty.json", "blank.json", "empty.json.gz", "folder"]);
    assert_partly_read(
        &output,
        &[
            "error: blank.json: is empty",
            "error: empty.json: is empty",
            "error: empty.json.gz: is empty",
            "error: folder: contains no CloudTrail files (*.json, *.ndjson, *.jsonl or *.gz)",
        ],
        0,
        0,
        0,
    );
    assert!(output.stderr.ends_with("no findings in the records that could be read\n"));
    assert_eq!(output.stdout, "{\n  \"apiVersion\": \"v1\",\n  \"items\": [],\n  \"kind\": \"List\"\n}\n");
}

const FROM_STANDARD_INPUT: [&str; 6] = ["scan", "--policy", "policy.yaml", "-o", "json", "-"];

#[test]
fn empty_standard_input_is_an_error() {
    let folder = folder_with_freeze();
    folder.write("empty.json", "");
    let output = offhours_with_input(&folder, "empty.json", &FROM_STANDARD_INPUT);
    assert_partly_read(&output, &["error: standard input: is empty"], 0, 0, 0);
}

#[test]
fn an_empty_list_is_no_error() {
    let folder = folder_with_freeze();
    folder.write("none.json", r#"{"Events": []}"#);
    let output = offhours_with_input(&folder, "none.json", &FROM_STANDARD_INPUT);
    assert_eq!(output.status.code(), Some(0), "{}", output.stderr);
    assert!(output.stderr.ends_with("no findings\n"));
}

#[test]
fn a_repeated_record_is_judged_once_and_its_repeats_are_counted() {
    let folder = folder_with_freeze();
    let [first, second] = <[PutImage; 2]>::try_from(records(2)).unwrap();
    folder.write("a.json", trail([first.json(), second.json(), other_call("pull")]));
    folder.write("b.json", trail([second.json(), second.json()]));
    let output = scan(&folder, &["a.json", "b.json", "a.json"]);
    assert_eq!(summary(&output), Summary { read: 5, judged: 2, not_uploads: 1, failed: 0, repeated: 2, outside: 0 });
    assert_eq!((uploads_in(&output.stdout), output.status.code()), (2, Some(1)));
}

#[test]
fn text_of_a_record_does_nothing_to_the_terminal() {
    let folder = folder_with_freeze();
    let record = records(1).remove(0).with("/eventTime", json!("\u{1b}]0;owned\u{7}\n2026"));
    folder.write("evil\u{1b}[2J.json", trail([record.json(), records(2)[1].clone().tag("\u{1b}[31mv1").json()]));
    for command in ["scan", "explain"] {
        let output = offhours(&folder, &[command, "--policy", "policy.yaml", "evil\u{1b}[2J.json"]);
        assert!(!(output.stdout + &output.stderr).contains(['\u{1b}', '\u{7}']), "{command}");
    }
}
