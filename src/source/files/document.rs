//! Reading one file.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::gzip::{Inflater, MAX_DOCUMENT, is_gzip};
use super::listing::Listed;
use super::reading::{Problem, Reading};
use crate::upload::Contents;

/// What a thread uses for one file after the other.
pub(super) struct DocumentReader {
    inflater: Inflater,
    stored: Vec<u8>,
}

impl DocumentReader {
    pub(super) fn new() -> Self {
        Self { inflater: Inflater::new(), stored: Vec::new() }
    }

    /// Reads all records of a file into `reading`.
    pub(super) fn read(&mut self, file: &Listed, reading: &mut Reading) {
        let name = file.path.clone().unwrap_or_else(|| PathBuf::from("standard input"));
        self.stored.clear();
        if let Err(error) = load(file.path.as_deref(), &mut self.stored) {
            reading.problems.push(Problem::of_file(name, format!("cannot be read: {error}")));
            return;
        }
        reading.counts.files += 1;
        if self.stored.len() > MAX_DOCUMENT {
            reading.problems.push(Problem::of_file(name, "is larger than 2 GiB; split it".to_owned()));
            return;
        }
        if self.stored.starts_with(b"PAR1") {
            let message = "is Parquet, which is not read yet: give the records as JSON";
            reading.problems.push(Problem::of_file(name, message.to_owned()));
            return;
        }
        let (contents, size, problem) = if is_gzip(&self.stored) {
            let inflated = self.inflater.inflate(&self.stored);
            let contents = match inflated.problem {
                None => Contents::of_verified(inflated.text),
                Some(_) => Contents::of(inflated.text),
            };
            (contents, inflated.text.len(), inflated.problem)
        } else {
            (Contents::of(&self.stored), self.stored.len(), None)
        };
        reading.counts.bytes += size as u64;
        if let Some(problem) = problem {
            let read = contents.read();
            reading
                .problems
                .push(Problem::of_file(name.clone(), format!("{problem}; {read} records were read before that")));
        } else if size == 0 || (contents.read() == 0 && self.stored.trim_ascii().is_empty()) {
            reading.problems.push(Problem::of_file(name.clone(), "is empty".to_owned()));
        }
        reading.add(&name, contents);
    }
}

fn load(path: Option<&Path>, into: &mut Vec<u8>) -> io::Result<()> {
    let limit = MAX_DOCUMENT as u64 + 1;
    match path {
        Some(path) => File::open(path)?.take(limit).read_to_end(into),
        None => io::stdin().lock().take(limit).read_to_end(into),
    }
    .map(drop)
}
