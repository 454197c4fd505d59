//! Telling records of other calls from pushes without parsing them.
//!
//! In nearly all files of a trail there is no push, so this decides how fast files are read. Both functions know one
//! layout only, the one that CloudTrail writes; for anything else they give no verdict, and the record is parsed.

use std::sync::LazyLock;

use memchr::memmem::Finder;

/// What every push contains: the value of its `eventName`. Without quotes, so that it is found as well in a record that
/// is itself a JSON string.
static PUT_IMAGE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("PutImage"));

/// How a letter of it would be written otherwise: `\u0050`. CloudTrail does so with punctuation only (`\u003c`).
static ESCAPED: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(r"\u00"));

/// How a document begins; once more in what several of them make when they are put together.
static LIST: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(r#"{"Records":["#));

/// Where one record ends and the next begins. A quote within a JSON string is escaped, so this is never a part of one.
static BOUNDARY: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(r#"},{"eventVersion":""#));

/// The end of `eventTime` and the beginning of `eventSource`, for the same reason outside of any string.
static EVENT_SOURCE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(r#"","eventSource":""#));

/// How many records a document has when it is laid out as a trail writes it, and when all of them are surely of other calls.
///
/// Sound: the text `PutImage` is nowhere, nor a letter that is written as an escape, so that no string of the document says
/// it. The count takes each object in an array that begins with `eventVersion` and follows another object for a record,
/// which CloudTrail has within a record nowhere. The syntax of what lies between is not checked.
pub(super) fn count(document: &[u8]) -> Option<u64> {
    let records = document.strip_prefix(LIST.needle())?.trim_ascii_end().strip_suffix(b"]}")?;
    if !has_record_layout(records) || may_say_put_image(records) || LIST.find(records).is_some() {
        return None;
    }
    let (mut count, mut rest) = (0, records);
    while let Some(end) = BOUNDARY.find(rest) {
        if !names_its_event(&rest[..end]) {
            return None;
        }
        count += 1;
        rest = &rest[end + "},".len()..];
    }
    names_its_event(rest).then_some(count + 1)
}

/// Whether a record, whose syntax was checked, is surely of another call. False is no verdict.
pub(super) fn is_other_event(record: &[u8]) -> bool {
    has_record_layout(record) && names_its_event(record) && !may_say_put_image(record)
}

fn may_say_put_image(text: &[u8]) -> bool {
    PUT_IMAGE.find(text).is_some() || has_escaped_letter(text)
}

/// Letters are `\u0041` to `\u007a`.
fn has_escaped_letter(text: &[u8]) -> bool {
    ESCAPED.find_iter(text).any(|found| matches!(text.get(found + ESCAPED.needle().len()), Some(b'4'..=b'7')))
}

fn has_record_layout(text: &[u8]) -> bool {
    text.starts_with(br#"{"eventVersion":""#) && text.ends_with(b"}")
}

/// Whether the text of a record has both names by which a push is told from other calls, so that parsing it would make no
/// error of it. A backslash may hide a name, and is left to the parser.
fn names_its_event(record: &[u8]) -> bool {
    let Some(found) = EVENT_SOURCE.find(record) else {
        return false;
    };
    let value = &record[found + EVENT_SOURCE.needle().len()..];
    let Some(source) = plain_string(value) else {
        return false;
    };
    let name = value[source..].strip_prefix(br#"","eventName":""#).and_then(plain_string);
    source > 0 && name.is_some_and(|length| length > 0)
}

/// The length of the string that begins here, when it has no escapes.
fn plain_string(text: &[u8]) -> Option<usize> {
    let end = text.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
    (text[end] == b'"').then_some(end)
}
