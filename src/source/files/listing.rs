//! What there is to read.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::reading::Problem;

/// The files to read, in the order of their paths, each once.
#[derive(Debug, Default)]
pub struct Files {
    pub(super) documents: Vec<Listed>,
    pub(super) problems: Vec<Problem>,
    pub(super) skipped: u64,
}

/// A file that was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Listed {
    /// None for standard input.
    pub(super) path: Option<PathBuf>,
    /// In bytes as it is stored; 0 for standard input.
    pub(super) size: u64,
}

/// What CloudTrail and exporters of it call their files. In a folder, others are left alone.
const EXTENSIONS: [&str; 4] = ["json", "ndjson", "jsonl", "gz"];

/// Folders that a trail writes beside its records: checksums of files, and unusual activity, which are no records of calls.
const OTHER_FOLDERS: [&str; 2] = ["CloudTrail-Digest", "CloudTrail-Insight"];

impl Files {
    /// Finds the files of these inputs: a file whatever its name, a folder with all that is below it, or `-` for standard
    /// input. Links are followed. What is in several inputs is read once.
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

    /// How many bytes there are to read, as they are stored.
    pub fn bytes(&self) -> u64 {
        self.documents.iter().map(|document| document.size).sum()
    }

    fn add(&mut self, input: &Path) {
        let before = (self.documents.len(), self.problems.len());
        for entry in WalkDir::new(input).follow_links(true).into_iter().filter_entry(is_wanted) {
            match entry {
                Ok(entry) if entry.file_type().is_dir() => {}
                Ok(entry) if entry.depth() == 0 || has_extension(entry.path()) => {
                    let size = entry.metadata().map_or(0, |metadata| metadata.len());
                    self.documents.push(Listed { path: Some(entry.into_path()), size });
                }
                Ok(_) => self.skipped += 1,
                Err(error) => {
                    let path = error.path().unwrap_or(input).to_owned();
                    let message = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                    self.problems.push(Problem::of_file(path, format!("cannot be read: {message}")));
                }
            }
        }
        if before == (self.documents.len(), self.problems.len()) {
            let message = "holds no CloudTrail files: none is named *.json, *.ndjson, *.jsonl or *.gz";
            self.problems.push(Problem::of_file(input.to_owned(), message.to_owned()));
        }
    }
}

fn is_wanted(entry: &DirEntry) -> bool {
    let name = entry.file_name();
    let is_hidden = name.as_encoded_bytes().starts_with(b".");
    let is_other = entry.file_type().is_dir() && OTHER_FOLDERS.iter().any(|other| name == OsStr::new(other));
    entry.depth() == 0 || (!is_hidden && !is_other)
}

fn has_extension(path: &Path) -> bool {
    path.extension().is_some_and(|extension| EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known)))
}
