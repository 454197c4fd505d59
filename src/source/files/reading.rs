//! What was read, and what could not be.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::ThreadPoolBuilder;

use super::document::{DocumentReader, Parse};
use super::listing::{Files, Listed};
use crate::upload::{Contents, OtherPutImage, RecordError, RecordId, Upload};

/// Everything in the input.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Reading {
    /// Pushes to ECR, each event once, in the order of their times.
    pub uploads: Vec<Upload>,
    /// Records of calls of the same name, in the same order.
    pub other_put_images: Vec<OtherPutImage>,
    /// How much of what there was.
    pub counts: Counts,
    /// What could not be read, in the order of files and records.
    pub problems: Vec<Problem>,
}

/// Numbers of records: `read` is always the sum of `uploads`, `repeated`, `not_uploads` and `failed`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Files that were read, standard input included.
    pub files: u64,
    /// Files that could not be read, and those that hold no records.
    pub failed_files: u64,
    /// Files in folders that are named like something else.
    pub skipped_files: u64,
    /// Bytes of text, after inflating.
    pub bytes: u64,
    /// Records.
    pub read: u64,
    /// Pushes to ECR.
    pub uploads: u64,
    /// Records of pushes that another record stands for.
    pub repeated: u64,
    /// Records of something else.
    pub not_uploads: u64,
    /// Records that could not be read.
    pub failed: u64,
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    place: String,
    record: Option<u64>,
    message: String,
}

impl Problem {
    /// A file as a whole.
    pub fn of_file(path: PathBuf, message: String) -> Self {
        Self { place: path.display().to_string(), record: None, message }
    }

    /// A record of a file or stream: `record` counts from 1.
    pub fn of_record(place: &str, record: u64, error: &RecordError) -> Self {
        let id = error.record_id().map(|id| format!("eventID {}: ", id.chars().take(64).collect::<String>()));
        let id = id.unwrap_or_default();
        Self { place: place.to_owned(), record: Some(record), message: format!("{id}{}", error.problem()) }
    }

    /// A stream of records, such as an account and Region, as a whole.
    pub fn of_stream(place: String, message: String) -> Self {
        Self { place, record: None, message }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.record {
            Some(record) => write!(f, "{}: record {record}: {}", self.place, self.message),
            None => write!(f, "{}: {}", self.place, self.message),
        }
    }
}

impl Files {
    /// Reads all files on this many threads; `progress` hears of each with its bytes as they are stored.
    pub fn read(&self, parse: Parse, threads: usize, progress: &(dyn Fn(u64) + Sync)) -> Reading {
        let mut files: Vec<&Listed> = self.documents.iter().collect();
        // The largest first, so that no thread ends long after the others.
        files.sort_by_key(|file| std::cmp::Reverse(file.size));
        let next = AtomicUsize::new(0);
        // Each thread keeps its buffers, which rayon's parallel iterators would make anew for each file.
        let read = || {
            let (mut reader, mut reading) = (DocumentReader::new(parse), Reading::default());
            while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                reader.read(file, &mut reading);
                progress(file.size);
            }
            reading
        };
        let readings = match ThreadPoolBuilder::new().num_threads(threads).build() {
            Ok(pool) => pool.broadcast(|_| read()),
            // Without more threads, this one reads all.
            Err(_) => vec![read()],
        };
        let mut reading = readings.into_iter().fold(Reading::default(), Reading::and);
        reading.counts.skipped_files = self.skipped;
        reading.counts.failed_files += self.problems.len() as u64;
        reading.problems.extend(self.problems.iter().cloned());
        reading.finish();
        reading
    }
}

impl Reading {
    /// Adds the records of a file.
    pub(super) fn add(&mut self, file: &Path, contents: Contents) {
        let read = contents.read();
        self.counts.read += read;
        self.counts.not_uploads += contents.not_uploads;
        self.counts.failed += contents.failed;
        let place = file.display().to_string();
        let told = contents.broken.len() as u64;
        for broken in contents.broken {
            self.problems.push(Problem::of_record(&place, broken.record, &broken.error));
        }
        if contents.failed > told {
            let message = match contents.failed - told {
                1 => "1 more record could not be read".to_owned(),
                more => format!("{more} more records could not be read"),
            };
            self.problems.push(Problem::of_file(file.to_owned(), message));
        }
        if let Some(unread) = contents.unread {
            let message = match read {
                0 => format!("is not JSON: {}", unread.message),
                _ => format!("records after byte {} could not be read: {}", unread.read, unread.message),
            };
            self.problems.push(Problem::of_file(file.to_owned(), message));
        }
        self.uploads.extend(contents.uploads);
        self.other_put_images.extend(contents.other_put_images);
    }

    /// Adds a file that could not be read.
    pub(super) fn fail_file(&mut self, file: PathBuf, message: String) {
        self.counts.failed_files += 1;
        self.problems.push(Problem::of_file(file, message));
    }

    fn and(mut self, other: Self) -> Self {
        self.uploads.extend(other.uploads);
        self.other_put_images.extend(other.other_put_images);
        self.problems.extend(other.problems);
        self.counts.files += other.counts.files;
        self.counts.failed_files += other.counts.failed_files;
        self.counts.bytes += other.counts.bytes;
        self.counts.read += other.counts.read;
        self.counts.not_uploads += other.counts.not_uploads;
        self.counts.failed += other.counts.failed;
        self
    }

    /// Keeps each event once, and brings all into an order that does not depend on that of reading.
    pub(crate) fn finish(&mut self) {
        let records = self.uploads.len() as u64;
        let mut kept: BTreeMap<RecordId, Upload> = BTreeMap::new();
        for upload in self.uploads.drain(..) {
            match kept.get(&upload.id) {
                Some(other) if rank(other) <= rank(&upload) => {}
                _ => drop(kept.insert(upload.id.clone(), upload)),
            }
        }
        self.uploads = kept.into_values().collect();
        self.uploads.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
        self.counts.uploads = self.uploads.len() as u64;
        self.counts.repeated = records - self.counts.uploads;
        self.other_put_images.sort();
        self.other_put_images.dedup();
        self.problems.sort();
    }
}

/// Which of several records of one event stands for it: the lowest. One that says who pushed comes first, since the owner of
/// a registry may see only the account of a caller from another one (CloudTrail User Guide, "CloudTrail userIdentity
/// element", `AWSAccount`); then that of the registry's own account. The rest only makes the choice the same on every run.
fn rank(upload: &Upload) -> (bool, bool, &str, String) {
    let is_nameless = upload.principal.own_arn.is_none() && upload.principal.user_name.is_none();
    let is_copy = upload.recipient_account.as_deref() != Some(upload.account.as_str());
    (is_nameless, is_copy, &upload.event_id, format!("{upload:?}"))
}
