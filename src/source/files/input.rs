//! The uploads of all input, and the errors.

use std::collections::BTreeMap;
use std::path::Path;

use super::file_error::FileError;
use super::input_error::InputError;
use crate::upload::{Contents, OtherPutImage, RecordId, Unread, Upload};

/// Everything in the input.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Input {
    /// Each event once, in the order of their times.
    pub uploads: Vec<Upload>,
    /// Records of PutImage calls that are not uploads, in the same order.
    pub other_put_images: Vec<OtherPutImage>,
    /// Numbers of files, bytes and records.
    pub counts: Counts,
    /// What could not be read, in the order of files and records.
    pub errors: Vec<InputError>,
}

/// Numbers of records: `read` is always the sum of `uploads`, `repeated`, `not_uploads` and `failed`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Files that were read, standard input included.
    pub files: u64,
    /// Files that could not be read, or hold no records.
    pub failed_files: u64,
    /// Files in folders that were skipped because of their names.
    pub skipped_files: u64,
    /// Bytes of text, after inflating.
    pub bytes: u64,
    /// Records of any kind.
    pub read: u64,
    /// Uploads, each event once.
    pub uploads: u64,
    /// Further records of the same uploads.
    pub repeated: u64,
    /// Records of anything else.
    pub not_uploads: u64,
    /// Records that could not be read.
    pub failed: u64,
}

impl Input {
    /// Adds the records of a file.
    pub(super) fn add(&mut self, file: &Path, contents: Contents) {
        let read = contents.read();
        self.counts.read += read;
        self.counts.not_uploads += contents.not_uploads;
        self.counts.failed += contents.failed;
        let listed = contents.broken.len() as u64;
        for broken in contents.broken {
            self.errors.push(InputError::of_record(file, broken.record, &broken.error));
        }
        if contents.failed > listed {
            self.add_file_error(file, &FileError::MoreRecords { count: contents.failed - listed });
        }
        if let Some(Unread { read: bytes, message }) = contents.unread {
            let error = match read {
                0 => FileError::NotJson { message },
                _ => FileError::Unread { read: bytes, message },
            };
            self.add_file_error(file, &error);
        }
        self.uploads.extend(contents.uploads);
        self.other_put_images.extend(contents.other_put_images);
    }

    /// Counts a file that could not be read.
    pub(super) fn fail_file(&mut self, file: &Path, error: &FileError) {
        self.counts.failed_files += 1;
        self.add_file_error(file, error);
    }

    pub(super) fn add_file_error(&mut self, file: &Path, error: &FileError) {
        self.errors.push(InputError::of_file(file, error));
    }

    /// Joins what two threads read.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.uploads.extend(other.uploads);
        self.other_put_images.extend(other.other_put_images);
        self.errors.extend(other.errors);
        self.counts.files += other.counts.files;
        self.counts.failed_files += other.counts.failed_files;
        self.counts.bytes += other.counts.bytes;
        self.counts.read += other.counts.read;
        self.counts.not_uploads += other.counts.not_uploads;
        self.counts.failed += other.counts.failed;
        self
    }

    /// Keeps one record of each event, and sorts everything, so that the order of reading makes no difference.
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
        self.errors.sort();
    }
}

/// The record with the lowest rank is kept for an event. One that names the user comes first, because the owner of a registry
/// may see only the account of a caller from another account (CloudTrail User Guide, "CloudTrail userIdentity element",
/// `AWSAccount`); then the record of the registry's own account. The rest only makes the choice the same in every run.
fn rank(upload: &Upload) -> (bool, bool, &str, String) {
    let is_nameless = upload.principal.own_arn.is_none() && upload.principal.user_name.is_none();
    let is_copy = upload.recipient_account.as_deref() != Some(upload.account.as_str());
    (is_nameless, is_copy, &upload.event_id, format!("{upload:?}"))
}
