//! Input one file.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use libdeflater::Crc;

use super::file_error::FileError;
use super::gzip::{GzipError, Inflated, Inflater, MAX_DOCUMENT, is_gzip};
use super::input::Input;
use super::listing::Listed;
use crate::upload::Contents;

/// The byte order marks of UTF-16, with which `aws … > events.json` begins in PowerShell.
const UTF_16_MARKS: [&[u8]; 2] = [b"\xFF\xFE", b"\xFE\xFF"];

/// Which records are parsed in a gzip file with a valid checksum. In all other files, every record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parse {
    /// Those that may be uploads. Others are only counted, if the file is laid out as a trail writes it: see
    /// [`Contents::of_verified`].
    Candidates,
    /// Every record, so that every error is reported.
    All,
}

impl Parse {
    /// Reads a text whose checksum is valid, or is computed by `check`: see [`Contents::of_verified`].
    fn verified(self, text: &[u8], mut check: impl FnMut(&[u8])) -> Contents {
        match self {
            Self::Candidates => Contents::of_verified(text, check),
            Self::All => {
                check(text);
                Contents::of(text)
            }
        }
    }
}

/// Reads one file after the other on one thread, with the same buffers.
pub(super) struct DocumentReader {
    parse: Parse,
    inflater: Inflater,
    stored: Vec<u8>,
}

impl DocumentReader {
    pub(super) fn new(parse: Parse) -> Self {
        Self { parse, inflater: Inflater::new(), stored: Vec::new() }
    }

    /// Reads all records of a file into `reading`.
    pub(super) fn read(&mut self, file: &Listed, reading: &mut Input) {
        let name = file.path.clone().unwrap_or_else(|| PathBuf::from("standard input"));
        self.stored.clear();
        if let Err(error) = load(file.path.as_deref(), &mut self.stored) {
            reading.fail_file(&name, &FileError::Unreadable(error));
            return;
        }
        if let Some(error) = unsupported(&self.stored) {
            reading.fail_file(&name, &error);
            return;
        }
        let Document { contents, bytes, is_blank, error } = self.document();
        reading.counts.bytes += bytes as u64;
        let is_whole = error.is_none();
        match error {
            Some(error) => reading.add_file_error(&name, &FileError::Gzip(error)),
            None if is_blank => {
                reading.fail_file(&name, &FileError::Empty);
                return;
            }
            None => {}
        }
        if contents.read() == 0 && (contents.unread.is_some() || !is_whole) {
            reading.counts.failed_files += 1;
        } else {
            reading.counts.files += 1;
        }
        reading.add(&name, contents);
    }

    /// Reads the records in the stored bytes.
    fn document(&mut self) -> Document {
        if !is_gzip(&self.stored) {
            return Document::new(&self.stored, Contents::of(&self.stored), None);
        }
        if let Some(member) = self.inflater.inflate_member(&self.stored) {
            let mut checksum = Crc::new();
            let contents = self.parse.verified(member.text, |piece| checksum.update(piece));
            if checksum.sum() == member.checksum {
                return Document::new(member.text, contents, None);
            }
        }
        let Inflated { text, error } = self.inflater.inflate(&self.stored);
        let contents = if error.is_none() { self.parse.verified(text, |_| {}) } else { Contents::of(text) };
        Document::new(text, contents, error)
    }
}

/// The error of a file that is not JSON, as its first bytes or its size show.
fn unsupported(stored: &[u8]) -> Option<FileError> {
    if stored.len() > MAX_DOCUMENT {
        Some(FileError::TooLarge)
    } else if stored.starts_with(b"PAR1") {
        Some(FileError::Parquet)
    } else if UTF_16_MARKS.iter().any(|mark| stored.starts_with(mark)) {
        Some(FileError::Utf16)
    } else {
        None
    }
}

/// The records of one file.
struct Document {
    contents: Contents,
    /// The length of the text.
    bytes: usize,
    is_blank: bool,
    /// Why the rest of the file could not be inflated.
    error: Option<GzipError>,
}

impl Document {
    fn new(text: &[u8], contents: Contents, error: Option<GzipError>) -> Self {
        Self { contents, bytes: text.len(), is_blank: is_blank(text), error }
    }
}

fn is_blank(text: &[u8]) -> bool {
    text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text).trim_ascii().is_empty()
}

fn load(path: Option<&Path>, into: &mut Vec<u8>) -> io::Result<()> {
    let limit = MAX_DOCUMENT as u64 + 1;
    let Some(path) = path else {
        return io::stdin().lock().take(limit).read_to_end(into).map(drop);
    };
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    // Without the limit, `read_to_end` knows the size of the file and reads it in one piece.
    let is_small = metadata.is_file() && metadata.len() < limit;
    if is_small { file.read_to_end(into) } else { file.take(limit).read_to_end(into) }.map(drop)
}
