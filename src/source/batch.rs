//! What a window held.

use std::collections::HashSet;

use crate::coverage::TimeRange;
use crate::upload::{Decoded, OtherPutImage, RecordError, RecordId, Upload, decode, relate};

/// The decoded records of a window, each event once.
#[derive(Debug, Default)]
pub struct Batch {
    /// Pushes to ECR, in the order of their times.
    pub uploads: Vec<Upload>,
    /// How many records are something else.
    pub not_uploads: usize,
    /// Those of them that are of a call of the same name.
    pub other_put_images: Vec<OtherPutImage>,
    /// Records that could not be decoded, each with the id that LookupEvents gave.
    pub broken: Vec<(String, RecordError)>,
    seen: HashSet<RecordId>,
    seen_broken: HashSet<String>,
}

impl Batch {
    /// Adds a record: `event_id` is LookupEvents' name for it, `text` the record itself.
    pub fn add(&mut self, event_id: &str, text: &str) {
        match decode(text) {
            Ok(Decoded::Upload(upload)) => {
                if self.seen.insert(upload.id.clone()) {
                    self.uploads.push(*upload);
                }
            }
            Ok(Decoded::NotAnUpload) => {
                self.not_uploads += 1;
                self.other_put_images.extend(OtherPutImage::of(text));
            }
            Err(error) => {
                if self.seen_broken.insert(event_id.to_owned()) {
                    self.broken.push((event_id.to_owned(), error));
                }
            }
        }
    }

    /// Finds out how the uploads relate to each other, and then keeps those of a window: what was read around it was for that.
    pub fn relate_within(&mut self, window: TimeRange) {
        relate(&mut self.uploads);
        self.uploads.retain(|upload| window.start <= upload.time && upload.time <= window.end);
    }

    /// Brings the uploads into the order of their times, so that the order of pages and repeats changes nothing.
    pub fn sort(&mut self) {
        self.uploads.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
    }
}
