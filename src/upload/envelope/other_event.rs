//! Telling records of other calls from pushes without parsing them.
//!
//! Nearly all records of a trail are of other calls, so this decides how fast files are read. Both functions know one
//! layout only, the one that CloudTrail writes; for anything else they give no verdict, and the record is parsed.

use std::sync::LazyLock;

use aho_corasick::packed::Searcher;

/// How a document begins; once more in what several of them make when they are put together.
const LIST: &str = r#"{"Records":["#;

/// Where one record ends and the next begins. A quote within a JSON string is escaped, so this is never a part of one.
const BOUNDARY: &str = r#"},{"eventVersion":""#;

/// The end of `eventTime` and the beginning of `eventSource`, for the same reason outside of any string.
const EVENT_SOURCE: &str = r#"","eventSource":""#;

/// What every push contains: the value of its `eventName`. Without quotes, so that it is found as well in a record that
/// is itself a JSON string.
const PUT_IMAGE: &str = "PutImage";

/// How a letter of that may be written otherwise: `\u0050`.
const ESCAPE: &str = r"\u00";

/// All of these in one pass: going over the text is what reading costs beside inflating. No end of one is a beginning of
/// another but for a quote, which can hide an [`EVENT_SOURCE`] only, and a record without that is parsed. None where the
/// processor has no such search.
static SIGNS: LazyLock<Option<Searcher>> =
    LazyLock::new(|| Searcher::new([BOUNDARY, EVENT_SOURCE, PUT_IMAGE, ESCAPE, LIST]));

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
    let records = document.strip_prefix(LIST.as_bytes())?.trim_ascii_end().strip_suffix(b"]}")?;
    if !has_record_layout(records) {
        return None;
    }
    let (mut parts, mut start, mut last_unsure) = (Vec::new(), 0, 0);
    let mut signs = Signs::default();
    for found in SIGNS.as_ref()?.find_iter(records) {
        match Sign::of(found.pattern().as_usize()) {
            Sign::Boundary => {
                // With the brace that ends it.
                let record = &records[start..=found.start()];
                if !signs.are_of_another_event(record) {
                    last_unsure = start;
                    parts.push(Part::Unsure(record));
                } else {
                    parts.push(Part::OtherEvent);
                }
                start = found.start() + "},".len();
                signs = Signs::default();
            }
            Sign::List => return None,
            sign => signs.note(sign, found.start() - start, records, found.end()),
        }
    }
    let record = &records[start..];
    if signs.are_of_another_event(record) {
        parts.push(Part::OtherEvent);
    } else {
        last_unsure = start;
        parts.push(Part::Unsure(record));
    }
    is_balanced(&records[..last_unsure]).then_some(parts)
}

/// Whether a record, whose syntax was checked, is surely of another call. False is no verdict.
pub(super) fn is_other_event(record: &[u8]) -> bool {
    let Some(searcher) = SIGNS.as_ref().filter(|_| has_record_layout(record)) else { return false };
    let mut signs = Signs::default();
    for found in searcher.find_iter(record) {
        match Sign::of(found.pattern().as_usize()) {
            Sign::Boundary => {}
            sign => signs.note(sign, found.start(), record, found.end()),
        }
    }
    signs.are_of_another_event(record)
}

/// The patterns of [`SIGNS`], in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Boundary,
    EventSource,
    PutImage,
    Escape,
    List,
}

impl Sign {
    fn of(pattern: usize) -> Self {
        [Self::Boundary, Self::EventSource, Self::PutImage, Self::Escape][..]
            .get(pattern)
            .copied()
            .unwrap_or(Self::List)
    }
}

/// What was found within one record.
#[derive(Debug, Default)]
struct Signs {
    /// Where its first `eventSource` begins.
    event_source: Option<usize>,
    may_say_put_image: bool,
}

impl Signs {
    /// A sign at this place in the record; it ends at that place in the text.
    fn note(&mut self, sign: Sign, at: usize, text: &[u8], end: usize) {
        match sign {
            Sign::EventSource => self.event_source = self.event_source.or(Some(at)),
            // Letters and digits are `\u0041` to `\u007a`. CloudTrail writes punctuation so (`\u003c`), and nothing else.
            Sign::Escape => self.may_say_put_image |= matches!(text.get(end), Some(b'4'..=b'7')),
            Sign::PutImage | Sign::List => self.may_say_put_image = true,
            Sign::Boundary => {}
        }
    }

    /// Whether the record also has both names by which a push is told from other calls, so that parsing it would make no
    /// error of it. A backslash may hide a name, and is left to the parser.
    fn are_of_another_event(&self, record: &[u8]) -> bool {
        let Some(found) = self.event_source.filter(|_| !self.may_say_put_image) else {
            return false;
        };
        let value = &record[found + EVENT_SOURCE.len()..];
        let Some(source) = plain_string(value) else {
            return false;
        };
        let name = value[source..].strip_prefix(br#"","eventName":""#).and_then(plain_string);
        source > 0 && name.is_some_and(|length| length > 0)
    }
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

/// The length of the string that begins here, when it has no escapes.
fn plain_string(text: &[u8]) -> Option<usize> {
    let end = memchr::memchr2(b'"', b'\\', text)?;
    (text[end] == b'"').then_some(end)
}
