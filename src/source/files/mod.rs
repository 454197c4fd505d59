//! CloudTrail records in files, folders and standard input, in every shape that [`upload::Contents`](crate::upload::Contents)
//! knows, plain or compressed with gzip.
//!
//! [`Files::list`] finds the files, and [`Files::read`] reads them on several threads. Neither the order of the inputs nor the
//! number of threads changes the result.

mod document;
mod file_error;
mod gzip;
mod input;
mod input_error;
mod listing;
mod parallel;
#[cfg(test)]
mod tests;

pub use document::Parse;
pub use input::{Counts, Input};
pub use input_error::InputError;
pub use listing::Files;
