//! Reading one file.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use libdeflater::Crc;

use super::gzip::{Inflated, Inflater, MAX_DOCUMENT, is_gzip};
use super::listing::Listed;
use super::reading::{Problem, Reading};
use crate::upload::Contents;

/// The byte order marks of UTF-16: what `aws … > events.json` gives in PowerShell.
const UTF_16_MARKS: [&[u8]; 2] = [b"\xFF\xFE", b"\xFE\xFF"];

/// Which records of a gzip file whose checksum holds are parsed. In all other files, all are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parse {
    /// Those that may be pushes; others in a trail's layout are counted. See [`Contents::of_verified`].
    Candidates,
    /// All of them, so that whatever is wrong with one is told.
    All,
}

impl Parse {
    /// The records of a text whose checksum holds, as far as is known; `check` computes it, as of [`Contents::of_verified`].
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

/// What a thread uses for one file after the other.
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
    pub(super) fn read(&mut self, file: &Listed, reading: &mut Reading) {
        let name = file.path.clone().unwrap_or_else(|| PathBuf::from("standard input"));
        self.stored.clear();
        if let Err(error) = load(file.path.as_deref(), &mut self.stored) {
            reading.fail_file(name, format!("cannot be read: {error}"));
            return;
        }
        if self.stored.len() > MAX_DOCUMENT {
            reading.fail_file(name, "is larger than 2 GiB; split it into smaller files".to_owned());
            return;
        }
        if self.stored.starts_with(b"PAR1") {
            reading.fail_file(name, "is Parquet, which is not supported; convert the records to JSON".to_owned());
            return;
        }
        if UTF_16_MARKS.iter().any(|mark| self.stored.starts_with(mark)) {
            reading.fail_file(name, "is UTF-16, as PowerShell writes it; save it as UTF-8".to_owned());
            return;
        }
        let Document { contents, bytes, is_blank, problem } = self.document();
        reading.counts.bytes += bytes as u64;
        let is_whole = problem.is_none();
        match problem {
            Some(problem) => {
                let message = format!("{problem}; only the records before that point were read");
                reading.problems.push(Problem::of_file(name.clone(), message));
            }
            None if is_blank => {
                reading.fail_file(name, "is empty".to_owned());
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

    /// What the stored bytes are.
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
        let Inflated { text, problem } = self.inflater.inflate(&self.stored);
        let contents = if problem.is_none() { self.parse.verified(text, |_| {}) } else { Contents::of(text) };
        Document::new(text, contents, problem)
    }
}

/// What a file holds.
struct Document {
    contents: Contents,
    /// How long the text is.
    bytes: usize,
    is_blank: bool,
    /// What is wrong with the rest of the file.
    problem: Option<String>,
}

impl Document {
    fn new(text: &[u8], contents: Contents, problem: Option<String>) -> Self {
        Self { contents, bytes: text.len(), is_blank: is_blank(text), problem }
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
    // The size of a file that is whole already is known without the limit, so that it is read at once.
    let is_small = metadata.is_file() && metadata.len() < limit;
    if is_small { file.read_to_end(into) } else { file.take(limit).read_to_end(into) }.map(drop)
}
