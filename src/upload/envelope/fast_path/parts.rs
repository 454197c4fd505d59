//! Splitting a document into the records that must be parsed and the numbers of those between them.

use std::ops::Range;

use super::balance::Balance;
use super::brackets;
use super::marker::Marker;
use super::marker_search;
use super::record_markers::RecordMarkers;

/// The beginning of a document.
const LIST: &str = r#"{"Records":["#;

/// Bytes of a document that are searched at a time. The nearest cache of a core, at least 32 KiB, holds them and the next, and
/// searching them takes long enough for memory to deliver the next.
const PIECE: usize = 16 << 10;

/// A part of a document.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// This many records in a row that are not uploads.
    NotUploads(u64),
    /// The text of a record that may be an upload.
    Candidate(&'a [u8]),
}

/// The parts of a document in order; None if it is not laid out as a trail writes it, or a candidate may be within another
/// record. `check` is called with all bytes in order, whatever the layout, each piece directly before it is searched: reading
/// it from memory twice would take more time than anything else here.
pub(super) fn split(document: &[u8], mut check: impl FnMut(&[u8])) -> Option<Vec<Part<'_>>> {
    let Some(records) = records(document) else {
        check(document);
        return None;
    };
    let mut splitter = Splitter::new(document, records.start);
    let balance = splitter.search(records.end, check);
    if !balance.is_zero() {
        splitter = Splitter { is_suspect: true, ..Splitter::new(document, records.start) };
        splitter.search(records.end, |_| {});
    }
    splitter.are_closed.then_some(splitter.parts)
}

/// The range of a document that has its records, if it is laid out as a trail writes it.
fn records(document: &[u8]) -> Option<Range<usize>> {
    let records = document.strip_prefix(LIST.as_bytes())?.trim_ascii_end().strip_suffix(b"]}")?;
    let has_layout = records.starts_with(br#"{"eventVersion":""#) && records.ends_with(b"}");
    has_layout.then_some(LIST.len()..LIST.len() + records.len())
}

/// The parts of a document up to a record that is not complete yet.
struct Splitter<'a> {
    document: &'a [u8],
    parts: Vec<Part<'a>>,
    /// Where the incomplete record begins.
    start: usize,
    /// The markers of the incomplete record.
    markers: RecordMarkers,
    /// Where the last candidate begins; the first record before there is one.
    last_candidate: usize,
    /// Whether no bracket is open where each candidate begins.
    are_closed: bool,
    /// Whether the brackets of each record are checked, because those of the document do not come in pairs.
    is_suspect: bool,
}

impl<'a> Splitter<'a> {
    /// No parts yet of a document whose first record begins at `start`.
    fn new(document: &'a [u8], start: usize) -> Self {
        Self {
            document,
            parts: Vec::new(),
            start,
            markers: RecordMarkers::default(),
            last_candidate: start,
            are_closed: true,
            is_suspect: false,
        }
    }

    /// Adds all parts of the document, whose last record ends at `end`. Returns the balance of the document.
    fn search(&mut self, end: usize, mut check: impl FnMut(&[u8])) -> Balance {
        let document = self.document;
        let mut balance = Balance::default();
        for start in (0..document.len()).step_by(PIECE) {
            let piece = start..document.len().min(start + PIECE);
            check(&document[piece.clone()]);
            balance += marker_search::find_in(document, piece, |marker, place| match marker {
                // There is a comma between the two records.
                Marker::NextRecord => self.end(place - 1, place),
                marker => self.markers.add(marker),
            });
        }
        self.end(end, end);
        balance
    }

    /// A record ends at `end`, and the next one begins at `next`.
    fn end(&mut self, end: usize, next: usize) {
        let record = &self.document[self.start..end];
        let markers = std::mem::take(&mut self.markers);
        let is_whole = || !(markers.has_objects() || self.is_suspect) || is_one_object(record);
        if markers.is_candidate() || !is_whole() {
            self.are_closed &= brackets::are_closed(&self.document[self.last_candidate..self.start]);
            self.last_candidate = self.start;
            self.parts.push(Part::Candidate(record));
        } else if let Some(Part::NotUploads(records)) = self.parts.last_mut() {
            *records += 1;
        } else {
            self.parts.push(Part::NotUploads(1));
        }
        self.start = next;
    }
}

/// Whether the first bracket of a text is closed by its last byte, and not before.
fn is_one_object(text: &[u8]) -> bool {
    matches!(text, [b'{', inside @ .., b'}'] if brackets::are_closed(inside))
}
