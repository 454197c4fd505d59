//! Reading the parts of a document.

use super::super::contents::Contents;
use super::super::cursor::Cursor;
use super::parts::{Part, split};

/// Reads a document whose checksum is valid, or is computed by `check`, which is called with all bytes in order. None if the
/// document is not laid out as a trail writes it: only the slow path can read it then.
pub(in super::super) fn read(document: &[u8], check: impl FnMut(&[u8])) -> Option<Contents> {
    let mut contents = Contents::default();
    for part in split(document, check)? {
        match part {
            Part::NotUploads(records) => contents.not_uploads += records,
            Part::Candidate(record) if is_one_value(record) => contents.add(record),
            Part::Candidate(_) => return None,
        }
    }
    Some(contents)
}

fn is_one_value(text: &[u8]) -> bool {
    Cursor::new(text, 0).value().is_ok_and(|value| value.len() == text.len())
}
