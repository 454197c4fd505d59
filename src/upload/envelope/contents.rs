//! The records of one document, decoded and counted.

use super::super::error::RecordError;
use super::super::other_put_image::OtherPutImage;
use super::super::put_image::Upload;
use super::super::record::{Decoded, decode};

/// The records of one document.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Contents {
    /// The uploads, in the order of the document. Repeated records of one push are all here.
    pub uploads: Vec<Upload>,
    /// The number of records of anything else.
    pub not_uploads: u64,
    /// Those of them that record a PutImage call.
    pub other_put_images: Vec<OtherPutImage>,
    /// The number of records that could not be read.
    pub failed: u64,
    /// The first [`Self::MAX_BROKEN`] of those.
    pub broken: Vec<Broken>,
    /// The part of the document that was not read.
    pub unread: Option<Unread>,
}

/// A record that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The number of the record in the document, from 1.
    pub record: u64,
    /// What is wrong with it.
    pub error: RecordError,
}

/// The end of a document that was not read: there is text that is not JSON, and after it nothing looks like the beginning of a
/// record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// The number of bytes before it.
    pub read: usize,
    /// What is wrong, with line and column.
    pub message: String,
}

impl Contents {
    /// The number of broken records that are kept for one document; the others are only counted.
    pub const MAX_BROKEN: usize = 100;

    /// The number of records of any kind.
    pub fn read(&self) -> u64 {
        self.uploads.len() as u64 + self.not_uploads + self.failed
    }

    /// Adds a record, or anything else that stands in the place of one.
    pub(super) fn add(&mut self, record: &[u8]) {
        match std::str::from_utf8(record) {
            Ok(text) => self.add_text(text),
            Err(error) => {
                let message = format!("invalid UTF-8 at byte {} of the record", error.valid_up_to() + 1);
                self.fail(|| RecordError::NotJson { message });
            }
        }
    }

    /// As [`Self::add`], for text that is known to be UTF-8.
    pub(super) fn add_text(&mut self, record: &str) {
        match decode(record) {
            Ok(Decoded::Upload(upload)) => self.uploads.push(*upload),
            Ok(Decoded::NotAnUpload) => {
                self.not_uploads += 1;
                self.other_put_images.extend(OtherPutImage::of(record));
            }
            Err(error) => self.fail(|| error),
        }
    }

    /// Counts a record that could not be read.
    pub(super) fn fail(&mut self, error: impl FnOnce() -> RecordError) {
        self.failed += 1;
        if self.broken.len() < Self::MAX_BROKEN {
            let record = self.read();
            self.broken.push(Broken { record, error: error() });
        }
    }
}
