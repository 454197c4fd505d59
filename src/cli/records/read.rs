//! Reading the records of the command line.

use chrono::{TimeDelta, Utc};

use super::arguments::RecordArguments;
use super::event_history::{HistoryError, read_event_history};
use super::files::read_files;
use super::moment::Moment;
use super::requested_range::{RangeError, RequestedRange};
use crate::cli::output::{complain, counted};
use crate::source::files::Counts;
use crate::upload::{OtherPutImage, Upload, relate};

/// How far back `--lookup` reads without `--since`.
const DEFAULT_HISTORY: TimeDelta = TimeDelta::days(30);

/// The records of PutImage in the requested range of time.
#[derive(Debug)]
pub struct Records {
    /// The uploads, ordered by time.
    pub uploads: Vec<Upload>,
    /// The records of calls that are not pushes to ECR.
    pub other_put_images: Vec<OtherPutImage>,
    /// Whether all input could be read.
    pub is_whole: bool,
    counts: Counts,
    /// How many uploads are outside the requested range.
    outside: usize,
}

/// Nothing can be read.
#[derive(Debug, thiserror::Error)]
pub enum RecordsError {
    #[error(transparent)]
    Range(#[from] RangeError),
    #[error(transparent)]
    History(#[from] HistoryError),
}

/// Reads all records, finds out which of them belong together, and prints why any of them cannot be read.
///
/// # Errors
/// When nothing can be read at all.
pub fn read_records(arguments: &RecordArguments) -> Result<Records, RecordsError> {
    let now = Utc::now();
    let since = arguments.since.or(arguments.lookup.then_some(Moment::Ago(DEFAULT_HISTORY)));
    let requested = RequestedRange::new(since, arguments.until, now)?;
    let mut reading = if arguments.lookup {
        read_event_history(arguments, requested.within_history(now)?)?
    } else {
        read_files(arguments)
    };
    // Before any are left out: the images of an index at the edge of the range stay its images.
    relate(&mut reading.uploads);
    let read = reading.uploads.len();
    reading.uploads.retain(|upload| requested.contains(upload.time));
    reading.other_put_images.retain(|other| other.time.is_none_or(|time| requested.contains(time)));
    for error in &reading.errors {
        complain(&error.to_string());
    }
    Ok(Records {
        outside: read - reading.uploads.len(),
        uploads: reading.uploads,
        other_put_images: reading.other_put_images,
        is_whole: reading.errors.is_empty(),
        counts: reading.counts,
    })
}

impl Records {
    /// One line with the numbers of records: those after the colon add up to the one before it.
    pub fn summary(&self) -> String {
        let Counts { files, failed_files, skipped_files, read, uploads, repeated, not_uploads, failed, .. } =
            self.counts;
        let mut text = format!("{} read", counted(read, "record"));
        if files > 0 {
            text.push_str(&format!(" from {}", counted(files, "file")));
        }
        let outside = self.outside as u64;
        text.push_str(&format!(": {}, {not_uploads} other", counted(uploads - outside, "upload")));
        for (count, what) in [(failed, "unreadable"), (repeated, "repeated"), (outside, "outside the time range")] {
            if count > 0 {
                text.push_str(&format!(", {count} {what}"));
            }
        }
        if failed_files > 0 {
            text.push_str(&format!("; {} could not be read", counted(failed_files, "file")));
        }
        if skipped_files > 0 {
            text.push_str(&format!("; {} skipped because of their names", counted(skipped_files, "file")));
        }
        text
    }
}
