//! CloudTrail records in files, folders and standard input, in every shape that [`upload::Contents`](crate::upload::Contents)
//! knows, plain or compressed with gzip.
//!
//! [`Files::list`] finds what there is to read, [`Files::read`] reads it on several threads. Neither the order of the inputs
//! nor the number of threads changes the result.

mod document;
mod gzip;
mod listing;
mod reading;
#[cfg(test)]
mod tests;

pub use document::Parse;
pub use listing::Files;
pub use reading::{Counts, Problem, Reading};
