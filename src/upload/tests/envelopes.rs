//! Documents in all shapes, intact and damaged.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::Contents;
use super::shapes::{MARK, as_written, documents, records};

fn ids(contents: &Contents) -> Vec<&str> {
    contents.uploads.iter().map(|upload| upload.event_id.as_str()).collect()
}

/// The numbers of uploads, of other records, and of those that failed.
fn counts(contents: &Contents) -> (usize, u64, u64) {
    (contents.uploads.len(), contents.not_uploads, contents.failed)
}

/// The document with a record that is not JSON. Where records are text in a string, that text is not JSON.
fn with_broken_record(document: &str, number: usize) -> String {
    let (plain, in_string) = (format!("\"{MARK}\""), format!("\\\"{MARK}\\\""));
    let needle = if document.contains(&in_string) { in_string } else { plain };
    let at = document.match_indices(&needle).nth(number - 1).unwrap_or_else(|| panic!("no mark: {document}")).0;
    format!("{}{MARK}{}", &document[..at], &document[at + needle.len()..])
}

#[test]
fn every_shape_gives_the_same_records() {
    let expected = Contents::of(documents(&records())[0].1.as_bytes());
    assert_eq!(ids(&expected), ["push-1", "push-2", "push-3"]);
    for (shape, document) in documents(&records()) {
        let contents = Contents::of(document.as_bytes());
        assert_eq!((ids(&contents), counts(&contents)), (ids(&expected), (3, 2, 0)), "{shape}");
        assert_eq!((&contents.broken[..], &contents.unread), (&[][..], &None), "{shape}");
        if !shape.starts_with("OCSF") {
            assert_eq!(contents.uploads, expected.uploads, "{shape}");
        }
    }
}

#[test]
fn a_document_may_be_a_single_record_of_any_kind() {
    for record in &records()[..2] {
        for (shape, document) in documents(&[record.clone(), record.clone()]) {
            let twice = Contents::of(document.as_bytes());
            assert_eq!((twice.read(), twice.failed), (2, 0), "{shape}");
        }
        let once = Contents::of(serde_json::to_string_pretty(record).unwrap().as_bytes());
        assert_eq!((once.read(), once.failed), (1, 0));
    }
}

#[test]
fn one_broken_record_is_named_and_the_others_are_read() {
    for (shape, document) in documents(&records()) {
        for (number, others) in [(1, ["push-2", "push-3"]), (3, ["push-1", "push-3"]), (5, ["push-1", "push-2"])] {
            let contents = Contents::of(with_broken_record(&document, number).as_bytes());
            assert_eq!(ids(&contents), others, "{shape}, record {number}");
            assert_eq!(counts(&contents), (2, 2, 1), "{shape}, record {number}");
            assert_eq!(contents.broken[0].record, number as u64, "{shape}");
            assert!(contents.broken[0].error.message().starts_with("not JSON: "), "{shape}");
            // After the last one, nothing looks like a record, but there may be more.
            assert!(contents.unread.is_none() || number == 5, "{shape}, record {number}");
        }
    }
}

#[test]
fn an_error_says_where_it_is() {
    let document = "{\"Records\":[\n  {\"eventVersion\": oops}\n]}";
    let contents = Contents::of(document.as_bytes());
    assert_eq!(contents.broken[0].error.message(), "not JSON: expected value at line 2 column 20");
}

#[test]
fn a_record_that_is_cut_off_is_one_that_failed() {
    let text = as_written(&records()[0]);
    for (document, expected) in [
        (text[..100].to_owned(), (0, 0, 1)),
        (format!(r#"{{"Records":[{text},{}"#, &text[..100]), (1, 0, 1)),
        (format!("{text}\n{}", &text[..1]), (1, 0, 1)),
    ] {
        let contents = Contents::of(document.as_bytes());
        assert_eq!((counts(&contents), &contents.unread), (expected, &None), "{document}");
    }
}

#[test]
fn what_is_no_json_from_the_start_is_unread_and_no_record() {
    let contents = Contents::of(b"time=2024 level=info msg=hello");
    assert_eq!(counts(&contents), (0, 0, 0));
    assert_eq!(contents.unread.unwrap().message, "expected ident at line 1 column 2");
}

#[test]
fn text_after_the_records_that_holds_none_is_unread() {
    let contents = Contents::of(format!("{}\nwrote 1 event", as_written(&records()[0])).as_bytes());
    assert_eq!(counts(&contents), (1, 0, 1));
    assert!(contents.unread.is_some());
}

#[test]
fn values_in_the_place_of_records_are_named() {
    for (document, error) in [
        ("5", "expected an object, found a number"),
        ("null", "expected an object, found null"),
        (r#"{"Records":"none"}"#, "Records: expected an array, found a string"),
        (r#"{"Events":{}}"#, "Events: expected an array, found an object"),
        (r#"{"EventId":"x","CloudTrailEvent":{}}"#, "CloudTrailEvent: expected a string, found an object"),
        (r#"{"EventId":"x","CloudTrailEvent":""}"#, "not JSON: EOF while parsing a value at line 1 column 0"),
        (r#"{"detail":[]}"#, "expected an object, found an array"),
        ("{}", "eventSource: expected a string, found nothing"),
        (r#"{"Records":[5]}"#, "expected an object, found a number"),
    ] {
        let contents = Contents::of(document.as_bytes());
        let errors: Vec<String> = contents.broken.iter().map(|broken| broken.error.message()).collect();
        assert_eq!((counts(&contents), errors), ((0, 0, 1), vec![error.to_owned()]), "{document}");
    }
}

#[test]
fn empty_lists_hold_no_records() {
    for document in [r#"{"Records":[]}"#, r#"{ "Events": [ ] }"#, "[]", "[[],[]]", "", " \n", "\u{feff}"] {
        let contents = Contents::of(document.as_bytes());
        assert_eq!(contents, Contents::default(), "{document:?}");
    }
}

#[test]
fn events_of_eventbridge_that_are_not_from_cloudtrail_are_no_uploads() {
    let event = json!({
        "version": "0", "detail-type": "ECR Image Action", "source": "aws.ecr",
        "detail": {"action-type": "PUSH", "result": "SUCCESS", "repository-name": "a", "image-tag": "v1"},
    });
    assert_eq!(counts(&Contents::of(event.to_string().as_bytes())), (0, 1, 0));
}

#[test]
fn nesting_without_end_is_an_error_and_no_overflow() {
    for opening in ["[", r#"{"a":"#, r#"{"Records":["#, r#"{"detail":"#] {
        let deep = opening.repeat(200_000);
        assert!(Contents::of(deep.as_bytes()).uploads.is_empty(), "{opening}");
        let record = as_written(&records()[0]);
        let after = Contents::of(format!("{deep}\n{record}").as_bytes());
        assert!(ids(&after) == ["push-1"] || after.unread.is_some(), "{opening}");
    }
    let mut record = as_written(&records()[1]);
    record.insert_str(1, &format!(r#""x":{}{},"#, "[".repeat(100_000), "]".repeat(100_000)));
    assert_eq!(counts(&Contents::of(record.as_bytes())), (0, 1, 0), "no verdict rests on what is that deep");
}

#[test]
fn broken_records_are_all_counted_and_some_are_kept() {
    let document = "{\"eventVersion\": oops}\n".repeat(5_000) + &as_written(&records()[0]);
    let contents = Contents::of(document.as_bytes());
    assert_eq!(counts(&contents), (1, 0, 5_000));
    assert_eq!(contents.broken.len(), Contents::MAX_BROKEN);
}

#[test]
fn bytes_that_are_no_text_cost_their_record_only() {
    for (shape, document) in documents(&records()) {
        let at = document.match_indices(MARK).nth(2).unwrap().0;
        let mut bytes = document.into_bytes();
        bytes[at] = 0xff;
        let contents = Contents::of(&bytes);
        assert_eq!((ids(&contents), counts(&contents)), (vec!["push-1", "push-3"], (2, 2, 1)), "{shape}");
    }
}

#[test]
fn calls_of_the_same_name_are_kept_for_the_explanation() {
    let mut other = records().remove(0);
    other["eventSource"] = json!("rekognition.amazonaws.com");
    for (shape, document) in documents(&[other.clone(), records().remove(1)]) {
        let contents = Contents::of(document.as_bytes());
        assert_eq!(counts(&contents), (0, 2, 0), "{shape}");
        let [put_image] = &contents.other_put_images[..] else { panic!("{shape}: {:?}", contents.other_put_images) };
        assert_eq!(put_image.event_id.as_deref(), Some("push-1"), "{shape}");
        assert_eq!(put_image.time, "2021-08-18T23:17:30Z".parse().ok(), "{shape}");
        assert_eq!(put_image.why, "PutImage of rekognition.amazonaws.com is not a push to ECR");
    }
}

/// Each record with the place where it begins and ends in a trail.
fn trail() -> (String, Vec<(usize, usize, Value)>) {
    let (mut text, mut places) = (r#"{"Records":["#.to_owned(), Vec::new());
    for record in records() {
        let start = text.len();
        text.push_str(&as_written(&record));
        places.push((start, text.len(), record["eventID"].clone()));
        text.push(',');
    }
    text.pop();
    (text + "]}", places)
}

proptest! {
    #[test]
    fn what_comes_before_a_cut_is_read(cut in any::<prop::sample::Index>()) {
        let (text, places) = trail();
        let cut = cut.index(text.len());
        let contents = Contents::of(&text.as_bytes()[..cut]);
        let whole = places.iter().filter(|(_, end, _)| *end <= cut).count() as u64;
        prop_assert_eq!(contents.uploads.len() as u64 + contents.not_uploads, whole);
        prop_assert!(contents.failed <= 1);
    }

    #[test]
    fn a_changed_byte_costs_its_record_only(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let (text, places) = trail();
        let at = at.index(text.len());
        // The name of the list is what makes its records records.
        prop_assume!(at >= places[0].0 - 1);
        let mut bytes = text.into_bytes();
        bytes[at] = byte;
        let contents = Contents::of(&bytes);
        let found = ids(&contents);
        for (start, end, id) in places {
            let id = id.as_str().unwrap().to_owned();
            if !(start..end).contains(&at) && id.starts_with("push") {
                prop_assert!(found.contains(&id.as_str()), "{} is lost: {:?}", id, contents.broken);
            }
        }
    }

    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let contents = Contents::of(&bytes);
        prop_assert_eq!(contents.broken.len() as u64, contents.failed);
    }

    #[test]
    fn any_pieces_of_json_are_answered(pieces in proptest::collection::vec(prop::sample::select(vec![
        "{", "}", "[", "]", ",", ":", "\"", "\n", "\"Records\"", "\"Events\"", "\"CloudTrailEvent\"", "\"detail\"",
        "\"eventVersion\"", "\"1\"", "null", "\\", "{\"eventVersion\":\"", "},{\"eventVersion\":\"", "PutImage",
    ]), 0..24)) {
        let document = pieces.concat();
        let contents = Contents::of(document.as_bytes());
        prop_assert_eq!(contents.broken.len() as u64, contents.failed);
        prop_assert_eq!(Contents::of_verified(document.as_bytes(), |_| {}).uploads.len(), contents.uploads.len());
    }
}
