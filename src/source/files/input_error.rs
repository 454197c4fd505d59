//! Errors in the input, as they are reported to the user.

use std::path::Path;

use super::file_error::FileError;
use crate::upload::RecordError;

/// A file, a record or a stream that could not be used, or not all of it. Sorted by place and record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{place}: {}{message}", record_number(*record))]
pub struct InputError {
    place: String,
    record: Option<u64>,
    message: String,
}

impl InputError {
    /// An error of a file as a whole.
    pub(super) fn of_file(path: &Path, error: &FileError) -> Self {
        Self { place: path.display().to_string(), record: None, message: error.to_string() }
    }

    /// An error of one record of a file: `record` counts from 1.
    pub(super) fn of_record(path: &Path, record: u64, error: &RecordError) -> Self {
        let id = error.record_id().map(|id| format!("eventID {}: ", id.chars().take(64).collect::<String>()));
        let message = format!("{}{}", id.unwrap_or_default(), error.message());
        Self { place: path.display().to_string(), record: Some(record), message }
    }

    /// An error of a stream of records, such as an account and Region.
    pub fn of_stream(place: String, message: String) -> Self {
        Self { place, record: None, message }
    }
}

fn record_number(record: Option<u64>) -> String {
    record.map_or_else(String::new, |record| format!("record {record}: "))
}
