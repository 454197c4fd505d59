//! What can be wrong with a file or folder as a whole.

use std::io;

use super::gzip::GzipError;

/// Why a file or folder could not be used, or not all of it. The text follows the path and a colon.
#[derive(Debug, thiserror::Error)]
pub(super) enum FileError {
    #[error("cannot be read: {0}")]
    Unreadable(#[source] io::Error),
    #[error("cannot be read: {}", without_path(.0))]
    Unlisted(#[source] walkdir::Error),
    #[error("cannot be read: it is {0}, not a file")]
    NotAFile(&'static str),
    #[error("contains no CloudTrail files (*.json, *.ndjson, *.jsonl or *.gz)")]
    NoFiles,
    #[error("is larger than 2 GiB; split it into smaller files")]
    TooLarge,
    #[error("is Parquet, which is not supported; convert the records to JSON")]
    Parquet,
    #[error("is UTF-16, as PowerShell writes it; save it as UTF-8")]
    Utf16,
    #[error("is empty")]
    Empty,
    #[error("{0}; only the records before that point were read")]
    Gzip(#[source] GzipError),
    #[error("is not JSON: {message}")]
    NotJson { message: String },
    #[error("records after byte {read} could not be read: {message}")]
    Unread { read: usize, message: String },
    /// Broken records beyond those that have an error of their own.
    #[error("{count} more record{} could not be read", if *count == 1 { "" } else { "s" })]
    MoreRecords { count: u64 },
}

/// The error of the operating system, which does not repeat the path. A loop of links has none.
fn without_path(error: &walkdir::Error) -> String {
    error.io_error().map_or_else(|| error.to_string(), ToString::to_string)
}
