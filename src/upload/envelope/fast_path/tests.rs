//! The fast path against decoding every record, which it must not contradict; and the slow path with its own shortcut.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::upload::Contents;
use crate::upload::tests::shapes::{as_written, records};

/// The same document in a layout that neither path has a shortcut for.
fn in_another_layout(document: &str) -> String {
    document.replace(r#"{"eventVersion":"#, r#"{ "eventVersion":"#)
}

/// How many records are of other calls, and how many could not be read.
fn numbers(contents: &Contents) -> (u64, u64) {
    (contents.not_uploads, contents.failed)
}

/// Reads a document on both paths, and requires the uploads and numbers that decoding every record gives. The checksum must be
/// given every byte once.
fn check(document: &str) -> Contents {
    let decoded = Contents::of(in_another_layout(document).as_bytes());
    let mut checked = Vec::new();
    let verified = Contents::of_verified(document.as_bytes(), |piece| checked.extend_from_slice(piece));
    assert_eq!(checked, document.as_bytes());
    for contents in [Contents::of(document.as_bytes()), verified] {
        assert_eq!(contents.uploads, decoded.uploads, "{document}");
        assert_eq!(numbers(&contents), numbers(&decoded), "{document}");
    }
    decoded
}

fn trail(records: &[String]) -> String {
    format!(r#"{{"Records":[{}]}}"#, records.join(","))
}

fn push() -> String {
    as_written(&records()[0])
}

fn pull() -> String {
    as_written(&records()[1])
}

/// Documents are searched in pieces of 16 KiB.
#[test]
fn a_push_is_found_wherever_it_lies_in_a_long_document() {
    let pulls = vec![pull(); (16 << 10) / pull().len()];
    for filler in (0..2 * push().len()).step_by(7) {
        let first = pull_with("userAgent", &format!("\"{}\"", "x".repeat(filler)));
        let contents = check(&trail(&[std::slice::from_ref(&first), &pulls, &[push(), pull()]].concat()));
        assert_eq!((contents.uploads.len(), contents.not_uploads), (1, pulls.len() as u64 + 2), "{filler}");
    }
}

/// Found by fuzzing: brackets were checked only before the last candidate, where all were closed again.
#[test]
fn a_push_within_another_record_is_none_though_one_follows() {
    let nested = pull_with("requestParameters", &format!(r#"{{"a":[{{"b":1}},{},{}]}}"#, push(), pull()));
    for records in
        [vec![nested.clone(), push()], vec![push(), nested.clone(), push()], vec![nested, pull(), push(), pull()]]
    {
        let contents = check(&trail(&records));
        assert_eq!(contents.read(), records.len() as u64);
    }
}

/// A pull with another value of a field, as it is written.
fn pull_with(field: &str, value: &str) -> String {
    let mut record = records().remove(1);
    record[field] = json!("here");
    as_written(&record).replace(r#""here""#, value)
}

#[test]
fn a_trail_of_other_events_is_counted() {
    let contents = check(&trail(&[pull(), pull(), pull()]));
    assert_eq!(numbers(&contents), (3, 0));
}

#[test]
fn a_push_is_found_however_its_name_is_written() {
    for name in
        [r"PutImage", r"Put\u0049mage", r"\u0050utImage", r"PutImag\u0065", r"Put\u0049\u006d\u0061\u0067\u0065"]
    {
        let push = push().replace(r#""eventName":"PutImage""#, &format!(r#""eventName":"{name}""#));
        assert_eq!(check(&trail(&[pull(), push.clone(), pull()])).uploads.len(), 1, "{name}");
        assert_eq!(check(&push).uploads.len(), 1, "{name}");
    }
}

#[test]
fn a_push_is_found_behind_fields_that_look_like_another_event() {
    let decoys = [
        r#""userIdentity":{"type":"IAMUser","userName":"x","eventSource":"s3.amazonaws.com","eventName":"GetObject"}"#,
        r#""userIdentity":{"type":"IAMUser","a":"b","eventSource":"s3.amazonaws.com","eventName":"GetObject","c":"d"}"#,
        r#""additionalEventData":{"a":"b","eventSource":"s3.amazonaws.com","eventName":"GetObject"}"#,
    ];
    for decoy in decoys {
        for name in ["PutImage", r"Put\u0049mage"] {
            let rest = push().replace(r#""eventName":"PutImage""#, &format!(r#""eventName":"{name}""#));
            let rest = rest.strip_prefix(r#"{"eventVersion":"1.08","#).expect("the layout of a trail");
            let rest = if decoy.contains("userIdentity") {
                rest.replacen("userIdentity", "formerIdentity", 1)
            } else {
                rest.to_owned()
            };
            let push = format!(r#"{{"eventVersion":"1.08",{decoy},{rest}"#);
            assert_eq!(check(&trail(&[pull(), push.clone(), pull()])).uploads.len(), 1, "{push}");
            assert_eq!(check(&push).uploads.len(), 1, "{push}");
        }
    }
}

#[test]
fn text_that_looks_like_a_boundary_is_none() {
    for value in [
        r#""},{\"eventVersion\":\"""#,
        r#""\"},{\"eventVersion\":\"1\",\"eventSource\":\"x\",\"eventName\":\"y\"""#,
        r#"["},{",{"eventName":"a"},{"eventSource":"x"}]"#,
        r#""\\""#,
        r#""\",\"eventSource\":\"s3\",\"eventName\":\"x""#,
        r#""PutImage""#,
        r#"{"PutImage":"PutImage"}"#,
    ] {
        for field in ["requestParameters", "additionalEventData", "userIdentity", "responseElements", "eventID"] {
            let contents = check(&trail(&[pull(), pull_with(field, value), pull()]));
            assert_eq!(numbers(&contents), (3, 0), "{field} {value}");
            check(&pull_with(field, value));
        }
    }
}

#[test]
fn a_record_that_names_no_event_fails() {
    for (old, new) in [
        (r#""eventName":"BatchGetImage""#, r#""eventName":"""#),
        (r#""eventName":"BatchGetImage""#, r#""eventName":null"#),
        (r#""eventName":"BatchGetImage""#, r#""eventName":["BatchGetImage"]"#),
        (r#""eventName":"BatchGetImage","#, ""),
        (r#""eventSource":"ecr.amazonaws.com","#, ""),
        (r#""eventSource":"ecr.amazonaws.com""#, r#""eventSource":"""#),
        (r#""eventSource":"ecr.amazonaws.com""#, r#""eventSource":5"#),
    ] {
        let pull = pull();
        assert!(pull.contains(old), "{old}");
        let document = trail(&[pull.clone(), pull.replace(old, new)]);
        let contents = check(&document);
        assert_eq!(numbers(&contents), (1, 1), "{new}");
    }
}

#[test]
fn what_is_left_of_a_record_is_not_taken_for_a_part_of_another() {
    let pull = pull();
    let behind_its_source = pull.split_once(r#""eventSource":"ecr.amazonaws.com","#).expect("a source").1;
    for rest in
        [format!("{{{behind_its_source}"), r#"{"eventName":"BatchGetImage"}"#.into(), r#"{"eventName":5}"#.into()]
    {
        let contents = check(&trail(&[pull.clone(), rest.clone(), pull.clone()]));
        assert_eq!(numbers(&contents), (2, 1), "{rest}");
    }
}

#[test]
fn what_is_no_record_is_noticed_among_records() {
    let objects = pull_with("requestParameters", r#"{"a":[{"b":"}},{"},{"c":[{},{}]}]}"#);
    for other in [r#"{"a":1}"#, "{}", r#"{"a":[{},{}]}"#, "[]", "[{},{}]", r#""x""#, "5", "null"] {
        for records in [
            vec![pull(), other.to_owned(), pull()],
            vec![other.to_owned(), pull()],
            vec![pull(), other.to_owned()],
            vec![objects.clone(), other.to_owned(), objects.clone()],
            vec![push(), other.to_owned(), pull()],
        ] {
            let contents = check(&trail(&records));
            assert!(contents.failed > 0 || other.starts_with('['), "{records:?}");
        }
    }
}

#[test]
fn a_lost_bracket_or_quote_is_noticed() {
    let objects = pull_with("requestParameters", r#"{"a":[{"b":"}},{"},{"c":[{},[]]}]}"#);
    for whole in [pull(), objects, pull_with("userAgent", r#""a [{ browser""#)] {
        for (place, _) in whole.match_indices(['{', '}', '[', ']', '"']) {
            let broken = [&whole[..place], &whole[place + 1..]].concat();
            let contents = check(&trail(&[pull(), whole.clone(), broken.clone(), whole.clone()]));
            // A bracket within a string is no loss.
            assert!(contents.failed > 0 || contents.read() == 4, "{broken}");
        }
    }
}

#[test]
fn brackets_in_strings_are_no_reason_to_parse_a_record() {
    let contents = check(&trail(&[pull_with("userAgent", r#""[{\"""#), pull(), pull_with("userAgent", r#""}""#)]));
    assert_eq!(numbers(&contents), (3, 0));
}

/// The price of the speed: docs/scan.md, "What cannot be read".
#[test]
fn a_mistake_that_leaves_brackets_and_quotes_in_pairs_is_noticed_unless_a_checksum_holds() {
    for broken in [pull_with("requestID", ""), pull_with("requestID", r#"{]"#), pull_with("requestID", r#""\x""#)] {
        let document = trail(&[pull(), broken.clone(), pull()]);
        assert_eq!(numbers(&Contents::of(document.as_bytes())), (2, 1), "{broken}");
        assert_eq!(numbers(&Contents::of_verified(document.as_bytes(), |_| {})), (3, 0), "{broken}");
    }
    // The pairs are those of the whole file: what one record lost makes up for what another lost.
    let (lost, other) = (pull_with("requestID", r#""x"#), pull_with("requestID", r#"x""#));
    let document = trail(&[pull(), lost, pull(), other]);
    assert!(Contents::of(document.as_bytes()).failed > 0);
    assert_eq!(numbers(&Contents::of_verified(document.as_bytes(), |_| {})), (4, 0));
}

#[test]
fn an_object_behind_white_space_is_noticed_unless_a_checksum_holds() {
    let document = trail(&[pull(), r#" {"a":1}"#.to_owned(), pull()]);
    assert_eq!(numbers(&Contents::of(document.as_bytes())), (2, 1));
    assert_eq!(numbers(&Contents::of_verified(document.as_bytes(), |_| {})), (2, 0));
}

#[test]
fn the_last_name_of_an_event_counts_when_it_has_two() {
    let twice =
        pull().replace(r#""eventName":"BatchGetImage""#, r#""eventName":"BatchGetImage","eventName":"Put\u0049mage""#);
    check(&trail(&[pull(), twice.clone()]));
    check(&twice);
}

#[test]
fn a_layout_that_differs_in_one_byte_is_read_on_the_slow_path() {
    for document in [
        trail(&[]),
        trail(&[pull()]) + "\n",
        trail(&[pull()]) + "{}",
        trail(&[pull(), "5".to_owned()]),
        trail(&["5".to_owned(), pull()]),
        trail(&[format!(" {}", pull())]),
        trail(&[pull()]).replace("[", "[ "),
        trail(&[pull()]).replace("]}", r#"],"x":1}"#),
        format!("{}{}", trail(&[pull()]), trail(&[pull()])),
        format!("{}\n{}", trail(&[pull()]), trail(&[push()])),
        trail(&[format!("[{}]", pull())]),
    ] {
        check(&document);
    }
}

/// Records of other calls and of uploads, with text that is likely to mislead in any string.
fn any_record() -> impl Strategy<Value = String> {
    let misleading = prop::sample::select(vec![
        "x",
        "PutImage",
        "},{\"eventVersion\":\"",
        "\",\"eventSource\":\"s3\",\"eventName\":\"x",
        "\\",
        "\\u0050",
        "{\"Records\":[",
        "é\u{1f600}\u{7f}\n",
    ]);
    let field =
        prop::sample::select(vec!["userAgent", "sourceIPAddress", "eventID", "eventName", "requestID", "extra"]);
    (any::<bool>(), proptest::collection::vec((field, misleading), 0..4)).prop_map(|(is_push, changes)| {
        let mut record = records().remove(usize::from(!is_push));
        for (field, text) in changes {
            record[field] = json!(text);
            record["userIdentity"]["sessionContext"] = json!({ field: Value::from(text) });
        }
        as_written(&record)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn neither_path_ever_contradicts_the_decoder(records in proptest::collection::vec(any_record(), 1..5)) {
        check(&trail(&records));
        check(&records.join("\n"));
    }
}

#[test]
fn a_push_within_another_record_is_none() {
    for list in [
        format!(r#"[{{"a":1}},{},{{"eventVersion":"1"}}]"#, push()),
        format!(r#"[{{"a":"]}}}}]\\"}},{},{{"eventVersion":"1"}}]"#, push()),
    ] {
        let contents = check(&trail(&[pull(), pull_with("requestParameters", &list), pull()]));
        assert_eq!((contents.uploads.len(), contents.not_uploads), (0, 3), "{list}");
    }
}
