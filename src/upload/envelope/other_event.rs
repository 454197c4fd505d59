//! Telling records of other calls from pushes without parsing them.
//!
//! Nearly all records of a trail are of other calls, so this decides how fast files are read. Both functions know one
//! layout only, the one that CloudTrail writes; for anything else they give no verdict, and the record is parsed.

use std::sync::LazyLock;

use memchr::memmem::Finder;

/// What every push contains: the value of its `eventName`. Without quotes, so that it is found as well in a record that
/// is itself a JSON string.
static PUT_IMAGE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("PutImage"));

/// How a document begins; once more in what several of them make when they are put together.
const LIST: &[u8] = br#"{"Records":["#;

/// Where one record ends and the next begins. A quote within a JSON string is escaped, so this is never a part of one.
static BOUNDARY: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(r#"},{"eventVersion":""#));

/// The end of `eventTime` and the beginning of `eventSource`, for the same reason outside of any string.
static EVENT_SOURCE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(r#"","eventSource":""#));

/// A record of a document that was split without parsing it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// Surely another call.
    OtherEvent,
    /// Perhaps a push: the text of the record.
    Unsure(&'a [u8]),
}

/// The records of a document, in order, when it is laid out as a trail writes it.
///
/// Sound: in other events the text `PutImage` is nowhere, nor a letter that is written as an escape, so that no string says
/// it. Each object in an array that begins with `eventVersion` and follows another object is taken for a record, which
/// CloudTrail has within a record nowhere; before an unsure part that is checked. The syntax of other events is not.
pub(super) fn split(document: &[u8]) -> Option<Vec<Part<'_>>> {
    let records = document.strip_prefix(LIST)?.trim_ascii_end().strip_suffix(b"]}")?;
    if !has_record_layout(records) {
        return None;
    }
    let (mut parts, mut start, mut last_unsure) = (Vec::new(), 0, 0);
    loop {
        let rest = &records[start..];
        let boundary = BOUNDARY.find(rest);
        // With the brace that ends it.
        let record = boundary.map_or(rest, |end| &rest[..=end]);
        let is_other = match rare_text(record) {
            RareText::List => return None,
            RareText::EscapedLetter => false,
            RareText::Nothing => names_its_event(record) && PUT_IMAGE.find(record).is_none(),
        };
        if !is_other {
            last_unsure = start;
        }
        parts.push(if is_other { Part::OtherEvent } else { Part::Unsure(record) });
        match boundary {
            Some(end) => start += end + "},".len(),
            None => break,
        }
    }
    is_balanced(&records[..last_unsure]).then_some(parts)
}

/// Whether a record, whose syntax was checked, is surely of another call. False is no verdict.
pub(super) fn is_other_event(record: &[u8]) -> bool {
    has_record_layout(record) && names_its_event(record) && !may_say_put_image(record)
}

fn may_say_put_image(text: &[u8]) -> bool {
    PUT_IMAGE.find(text).is_some() || rare_text(text) != RareText::Nothing
}

/// What forbids a short cut.
#[derive(Debug, PartialEq, Eq)]
enum RareText {
    Nothing,
    /// A letter, or a digit, written as `\u0041` to `\u007a`: CloudTrail does so with punctuation only (`\u003c`).
    EscapedLetter,
    /// The beginning of another document.
    List,
}

/// Looks for both at once, by bytes that are rare in records: going over them is what reading costs beside inflating.
fn rare_text(text: &[u8]) -> RareText {
    for at in memchr::memchr2_iter(b'\\', b'[', text) {
        if text[at] == b'[' {
            if text[..=at].ends_with(LIST) {
                return RareText::List;
            }
        } else if let Some(code) = text[at..].strip_prefix(br"\u00")
            && matches!(code.first(), Some(b'4'..=b'7'))
        {
            return RareText::EscapedLetter;
        }
    }
    RareText::Nothing
}

/// Whether each brace and bracket outside of strings is closed again.
fn is_balanced(text: &[u8]) -> bool {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(byte) = text.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => match depth.checked_sub(1) {
                Some(outer) => depth = outer,
                None => return false,
            },
            b'"' => match end_of_string(text, at) {
                Some(end) => at = end,
                None => return false,
            },
            _ => {}
        }
    }
    depth == 0
}

/// What follows the string whose content begins here.
fn end_of_string(text: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
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
    let end = memchr::memchr2(b'"', b'\\', text)?;
    (text[end] == b'"').then_some(end)
}
