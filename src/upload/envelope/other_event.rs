//! Telling records of other calls from pushes without parsing them.
//!
//! Nearly all records of a trail are of other calls, so this decides how fast files are read. Both functions know one
//! layout only, the one that CloudTrail writes; for anything else they give no verdict, and the record is parsed.

use std::ops::Range;

use super::balance::Balance;
use super::brackets;
use super::signs::{self, Sign};

/// How a document begins.
const LIST: &str = r#"{"Records":["#;

/// Bytes of a document that are gone over at once: few enough that the nearest cache of a core, which has at least 32 KiB, holds
/// them and the next, and so many that memory has answered for the next when they are done.
const PIECE: usize = 16 << 10;

/// A part of a document that was split without parsing it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// So many records one after the other that are surely of other calls.
    OtherEvents(u64),
    /// A record that is perhaps a push: its text.
    Unsure(&'a [u8]),
}

/// The parts of a document, in order, when it is laid out as a trail writes it.
///
/// Calls `check` with all bytes in order, whatever the layout, piece by piece, and looks at each piece right after that, while
/// it is in the cache: going to memory for it twice is what would take the time.
///
/// Sound: in other events the text `PutImage` is nowhere, nor a letter that is written as an escape, so that no string says
/// it; and each names its event once. Each object that begins with `eventVersion` and follows another object is taken for a
/// record, which CloudTrail has within a record nowhere; before an unsure part that is checked. So is that any other object
/// behind a comma is within a record, and, where the balance of the document is not 0, the brackets of each record. The rest of
/// the syntax of other events is not.
pub(super) fn split(document: &[u8], mut check: impl FnMut(&[u8])) -> Option<Vec<Part<'_>>> {
    let Some(records) = records(document) else {
        check(document);
        return None;
    };
    let mut parts = Parts::new(document, records.start);
    let balance = go_over(&mut parts, records.end, check);
    if !balance.is_zero() {
        parts = Parts { is_suspect: true, ..Parts::new(document, records.start) };
        go_over(&mut parts, records.end, |_| {});
    }
    parts.are_closed.then_some(parts.parts)
}

/// Adds the parts of a document whose last record ends there, and gives the balance of the document.
fn go_over(parts: &mut Parts<'_>, end: usize, mut check: impl FnMut(&[u8])) -> Balance {
    let document = parts.document;
    let mut balance = Balance::default();
    for start in (0..document.len()).step_by(PIECE) {
        let piece = start..document.len().min(start + PIECE);
        check(&document[piece.clone()]);
        balance += signs::find_in(document, piece, |sign, place| match sign {
            // With the comma before it.
            Sign::NextRecord => parts.end(place - 1, place),
            sign => parts.seen.add(sign),
        });
    }
    parts.end(end, end);
    balance
}

/// Where the records of a document are that may be laid out so.
fn records(document: &[u8]) -> Option<Range<usize>> {
    let records = document.strip_prefix(LIST.as_bytes())?.trim_ascii_end().strip_suffix(b"]}")?;
    has_record_layout(records).then_some(LIST.len()..LIST.len() + records.len())
}

/// The parts of a document, up to a record that is not yet whole.
struct Parts<'a> {
    document: &'a [u8],
    parts: Vec<Part<'a>>,
    /// Where the record that is not yet whole begins.
    start: usize,
    /// What was seen of that one.
    seen: Seen,
    /// Where the last of those begins that may be pushes; the first record before there is one.
    last_unsure: usize,
    /// Whether no bracket is open where each of those begins.
    are_closed: bool,
    /// Whether the brackets of each record are to be checked.
    is_suspect: bool,
}

impl<'a> Parts<'a> {
    /// No part of a document whose first record begins there.
    fn new(document: &'a [u8], start: usize) -> Self {
        Self {
            document,
            parts: Vec::new(),
            start,
            seen: Seen::default(),
            last_unsure: start,
            are_closed: true,
            is_suspect: false,
        }
    }

    /// A record ends here, and the next begins there.
    fn end(&mut self, end: usize, next: usize) {
        let record = &self.document[self.start..end];
        let seen = std::mem::take(&mut self.seen);
        let is_whole = || !(seen.has_objects || self.is_suspect) || is_one_object(record);
        if !(seen.is_other_event() && is_whole()) {
            self.are_closed &= brackets::are_closed(&self.document[self.last_unsure..self.start]);
            self.last_unsure = self.start;
            self.parts.push(Part::Unsure(record));
        } else if let Some(Part::OtherEvents(records)) = self.parts.last_mut() {
            *records += 1;
        } else {
            self.parts.push(Part::OtherEvents(1));
        }
        self.start = next;
    }
}

/// The signs of one record.
#[derive(Default)]
struct Seen {
    /// How often it names its event.
    names: u32,
    /// Whether it may be a push, or names its event as CloudTrail does not.
    is_unsure: bool,
    /// Whether there are objects behind commas, in lists or behind the record.
    has_objects: bool,
}

impl Seen {
    fn add(&mut self, sign: Sign) {
        match sign {
            Sign::Names => self.names += 1,
            Sign::OtherName | Sign::PutImage | Sign::EscapedLetter => self.is_unsure = true,
            Sign::OtherObject => self.has_objects = true,
            Sign::NextRecord => {}
        }
    }

    /// Whether parsing the record would make no push of it, and no error but one of syntax.
    fn is_other_event(&self) -> bool {
        self.names == 1 && !self.is_unsure
    }
}

/// Whether a record, whose syntax was checked, is surely of another call. False is no verdict.
pub(super) fn is_other_event(record: &[u8]) -> bool {
    if !has_record_layout(record) {
        return false;
    }
    let mut seen = Seen::default();
    signs::find(record, |sign, _| seen.add(sign));
    seen.is_other_event()
}

/// Whether the first bracket of a text is closed by its last byte, and not before.
fn is_one_object(text: &[u8]) -> bool {
    matches!(text, [b'{', inside @ .., b'}'] if brackets::are_closed(inside))
}

fn has_record_layout(text: &[u8]) -> bool {
    text.starts_with(br#"{"eventVersion":""#) && text.ends_with(b"}")
}
