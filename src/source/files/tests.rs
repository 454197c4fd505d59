//! Files that nobody writes by accident. What a user sees is tested with the program, in `tests/cli/`.

use std::io::Write as _;

use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use serde_json::{Value, json};

use super::{Files, Input, Parse};

fn record(event_id: &str, event_name: &str) -> Value {
    json!({
        "eventVersion": "1.08", "eventID": event_id, "eventTime": "2026-11-20T22:00:00Z", "eventSource": "ecr.amazonaws.com",
        "eventName": event_name, "awsRegion": "eu-central-1", "recipientAccountId": "111122223333",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ann"},
        "requestParameters": {"repositoryName": "prod/api", "registryId": "111122223333"},
    })
}

fn trail(records: &[Value]) -> String {
    json!({ "Records": records }).to_string()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Reads a file with these bytes.
fn read(bytes: &[u8]) -> (Input, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.gz");
    std::fs::write(&path, bytes).unwrap();
    let reading = Files::list(&[path]).read(Parse::Candidates, 1, &|_| {});
    let errors = reading.errors.iter().map(ToString::to_string);
    let errors = errors.map(|error| error.rsplit_once("file.gz: ").unwrap().1.to_owned()).collect();
    let counts = reading.counts;
    assert_eq!(counts.read, counts.uploads + counts.repeated + counts.not_uploads + counts.failed);
    (reading, errors)
}

#[test]
fn gzip_of_several_members_is_read_to_its_end() {
    let first = gzip(&trail(&[record("1", "PutImage"), record("2", "BatchGetImage")]));
    let second = gzip(&trail(&[record("3", "BatchGetImage"), record("4", "PutImage")]));
    let (reading, errors) = read(&[first, second].concat());
    assert_eq!((reading.counts.uploads, reading.counts.not_uploads), (2, 2));
    assert_eq!(errors, [""; 0]);
}

/// The end of the stream is that of its first member too.
#[test]
fn a_member_between_two_that_are_the_same_is_read() {
    let same = gzip(&trail(&[record("1", "BatchGetImage")]));
    let (reading, errors) = read(&[same.clone(), gzip(&trail(&[record("2", "PutImage")])), same].concat());
    assert_eq!((reading.counts.uploads, reading.counts.not_uploads), (1, 2));
    assert_eq!(errors, [""; 0]);
}

/// `gzip FILE` writes the name of the file there.
#[test]
fn a_header_with_fields_is_read() {
    for fill in [0, 1, 300] {
        let mut encoder = GzBuilder::new()
            .filename("events.json")
            .comment("a comment")
            .extra(vec![7; fill])
            .write(Vec::new(), Compression::default());
        encoder.write_all(trail(&[record("1", "PutImage")]).as_bytes()).unwrap();
        let (reading, errors) = read(&encoder.finish().unwrap());
        assert_eq!((reading.counts.uploads, errors.len()), (1, 0), "{errors:?}");
    }
}

#[test]
fn a_checksum_that_is_wrong_is_an_error() {
    let mut bytes = gzip(&trail(&[record("1", "PutImage")]));
    let at = bytes.len() - 8;
    bytes[at] ^= 1;
    let (_, errors) = read(&bytes);
    assert!(errors[0].starts_with("the gzip data is damaged ("), "{errors:?}");
}

#[test]
fn members_without_a_push_are_counted_whole() {
    let member = |id: &str| gzip(&trail(&[record(id, "BatchGetImage"), record(id, "DescribeImages")]));
    let (reading, errors) = read(&[member("1"), member("2"), gzip(""), member("3")].concat());
    assert_eq!((reading.counts.not_uploads, reading.counts.failed), (6, 0));
    assert_eq!(errors, [""; 0]);
}

#[test]
fn a_size_in_the_trailer_that_is_a_lie_takes_no_memory_and_loses_nothing() {
    let text = trail(&[record("1", "PutImage")]);
    for size in [0, 1, u32::MAX, u32::try_from(text.len()).unwrap() + 1] {
        let mut bytes = gzip(&text);
        let at = bytes.len() - 4;
        bytes[at..].copy_from_slice(&size.to_le_bytes());
        let (reading, errors) = read(&bytes);
        assert_eq!(reading.counts.uploads, 1, "{size}");
        assert!(errors[0].starts_with("the gzip data is damaged ("), "{errors:?}");
    }
}

#[test]
fn what_follows_the_gzip_data_is_an_error_and_the_records_are_read() {
    let (reading, errors) = read(&[gzip(&trail(&[record("1", "PutImage")])), b"trailing".to_vec()].concat());
    assert_eq!(reading.counts.uploads, 1);
    assert_eq!(errors.len(), 1, "{errors:?}");
}

#[test]
fn of_the_records_of_one_event_that_of_the_owner_stands_for_it_whatever_the_order() {
    let mut own = record("own", "PutImage");
    own["sharedEventID"] = json!("shared");
    let mut copy = own.clone();
    copy["eventID"] = json!("a-copy");
    copy["recipientAccountId"] = json!("444455556666");
    for records in [[own.clone(), copy.clone()], [copy, own]] {
        let (reading, _) = read(trail(&records).as_bytes());
        assert_eq!((reading.uploads.len(), reading.counts.repeated), (1, 1));
        assert_eq!(reading.uploads[0].event_id, "own");
    }
}

#[test]
fn what_is_given_twice_is_read_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.json");
    std::fs::write(&path, trail(&[record("1", "PutImage")])).unwrap();
    let files = Files::list(&[path.clone(), folder.path().to_owned(), path]);
    let reading = files.read(Parse::Candidates, 2, &|_| {});
    assert_eq!((reading.counts.files, reading.counts.read), (1, 1));
}
