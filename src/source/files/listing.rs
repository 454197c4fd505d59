//! Finding the files to read.

use std::ffi::OsStr;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::file_error::FileError;
use super::input_error::InputError;

/// The files to read, in the order of their paths, each once.
#[derive(Debug, Default)]
pub struct Files {
    pub(super) documents: Vec<Listed>,
    pub(super) errors: Vec<InputError>,
    pub(super) skipped: u64,
}

/// A file that was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Listed {
    /// None for standard input.
    pub(super) path: Option<PathBuf>,
    /// In bytes, as stored; 0 for standard input.
    pub(super) size: u64,
}

/// The extensions that CloudTrail and its exporters use. Other files in a folder are skipped.
const EXTENSIONS: [&str; 3] = ["json", "ndjson", "jsonl"];

/// The extensions before `.gz` of files that hold something else.
const OTHER_CONTENTS: [&str; 6] = ["tar", "csv", "sql", "txt", "parquet", "xml"];

/// Folders that a trail writes next to its records: digests of its files, and Insights events, which record no calls.
const OTHER_FOLDERS: [&str; 2] = ["CloudTrail-Digest", "CloudTrail-Insight"];

impl Files {
    /// Finds the files of these inputs: a file of any name, a folder with everything below it, or `-` for standard input.
    /// Links are followed. A file that is in several inputs is read once.
    pub fn list(inputs: &[PathBuf]) -> Self {
        let mut files = Self::default();
        for input in inputs {
            if input == Path::new("-") {
                files.documents.push(Listed { path: None, size: 0 });
            } else {
                files.add(input);
            }
        }
        files.documents.sort();
        files.documents.dedup_by(|a, b| a.path == b.path);
        files
    }

    /// The number of bytes to read, as stored.
    pub fn bytes(&self) -> u64 {
        self.documents.iter().map(|document| document.size).sum()
    }

    fn add(&mut self, input: &Path) {
        let before = (self.documents.len(), self.errors.len());
        for entry in WalkDir::new(input).follow_links(true).into_iter().filter_entry(is_wanted) {
            match entry {
                Ok(entry) if entry.file_type().is_dir() => {}
                Ok(entry) if entry.depth() > 0 && !is_named_like_records(entry.path()) => self.skipped += 1,
                // Reading it would wait for a writer. One that is named on the command line is read nevertheless.
                Ok(entry) if entry.depth() > 0 && !entry.file_type().is_file() => {
                    let error = FileError::NotAFile(special(&entry));
                    self.errors.push(InputError::of_file(entry.path(), &error));
                }
                Ok(entry) => {
                    let size = entry.metadata().map_or(0, |metadata| metadata.len());
                    self.documents.push(Listed { path: Some(entry.into_path()), size });
                }
                Err(error) => {
                    let path = error.path().unwrap_or(input).to_owned();
                    self.errors.push(InputError::of_file(&path, &FileError::Unlisted(error)));
                }
            }
        }
        if before == (self.documents.len(), self.errors.len()) {
            self.errors.push(InputError::of_file(input, &FileError::NoFiles));
        }
    }
}

fn is_wanted(entry: &DirEntry) -> bool {
    let name = entry.file_name();
    let is_hidden = name.as_encoded_bytes().starts_with(b".");
    let is_other = entry.file_type().is_dir() && OTHER_FOLDERS.iter().any(|other| name == OsStr::new(other));
    entry.depth() == 0 || (!is_hidden && !is_other)
}

fn is_named_like_records(path: &Path) -> bool {
    let is = |extension: Option<&OsStr>, known: &[&str]| {
        extension.is_some_and(|extension| known.iter().any(|known| extension.eq_ignore_ascii_case(known)))
    };
    if is(path.extension(), &["gz"]) {
        // The names that Firehose gives say nothing about the contents.
        let inner = path.file_stem().map(Path::new).and_then(Path::extension);
        return !is(inner, &OTHER_CONTENTS);
    }
    is(path.extension(), &EXTENSIONS)
}

fn special(entry: &DirEntry) -> &'static str {
    let kind = entry.file_type();
    if kind.is_fifo() {
        "a FIFO"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}
