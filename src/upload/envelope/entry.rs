//! The two ways to read a document.

use super::contents::Contents;
use super::{fast_path, reader};

impl Contents {
    /// Reads a document of UTF-8 text, with or without a byte order mark.
    pub fn of(document: &[u8]) -> Self {
        reader::read(document)
    }

    /// As [`Self::of`], for a document whose checksum says that its bytes are those that were written. If it is laid out as a
    /// trail writes it, records that cannot be uploads are only counted: errors in them may go unnoticed, uploads do not.
    ///
    /// `check` is called with all bytes in order, piece by piece, right before each piece is read, where computing a checksum
    /// costs least. If the checksum turns out to be wrong, the contents must not be used.
    pub fn of_verified(document: &[u8], check: impl FnMut(&[u8])) -> Self {
        fast_path::read(document, check).unwrap_or_else(|| reader::read(document))
    }
}
