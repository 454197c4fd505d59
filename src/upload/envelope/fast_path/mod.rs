//! The fast path of `scan`: documents of a trail, read without parsing the records that cannot be uploads.
//!
//! Nearly all records of a trail are of other calls, and parsing one takes longer than inflating it. This decides how fast a
//! trail is read: at nearly nine tenths of the speed of only inflating its files (docs/performance.md). The slow path
//! (`reader.rs`) reads every document, and does not know about this folder.
//!
//! # What it does
//!
//! [`read`] is the only way in. It searches the text once, 64 bytes at a time, for a few *markers*: where records begin, how they
//! name their event, and what every upload contains. They make a record either a *candidate*, which is decoded as the slow path
//! decodes it, or one that is only counted. The same pass computes the *balance* of brackets and quotes, and the caller's
//! checksum. For any other document it returns None, and the slow path reads all of it.
//!
//! # What it assumes
//!
//! - The bytes are those that the writer wrote: the caller has a checksum of them, and drops the result if that is wrong.
//! - The document is `{"Records":[…]}`, with records that begin with `{"eventVersion":"` and have no white space before them, as
//!   CloudTrail writes it. Any other document is left to the slow path.
//! - `eventName` follows directly after `eventSource`, and is in the record once. Any other record is a candidate.
//! - CloudTrail writes no object within a record that begins with `eventVersion` and follows another object: it would be counted
//!   as a record. Before each candidate this is checked: no bracket may be open.
//! - CloudTrail writes letters as they are, not as escapes such as `\u0050`. A record with such an escape is a candidate.
//!
//! # What it can miss
//!
//! Not an upload: no string in a counted record can say `PutImage`, because neither that text nor an escaped letter is in it, and
//! no candidate begins within another record. It can miss errors in counted records (docs/scan.md, "What cannot be read"):
//!
//! - mistakes that leave the brackets and quotes of the whole document in pairs: a value that is missing, a wrong escape, a quote
//!   lost in each of two records;
//! - an object without `eventName` after white space, which is taken for a part of the record before it;
//! - the errors that the slow path does not notice either (`other_call.rs`).
//!
//! Any other lost bracket or quote changes the balance, and an object after a comma may be one that is not in a record: then the
//! brackets of each record concerned are counted outside of strings, and a record that fails is a candidate.
//!
//! # How it is checked
//!
//! - `tests.rs` reads each document on both paths, and decodes each of its records: misleading documents written by hand, and
//!   random ones.
//! - `marker_search.rs` and `brackets.rs` compare the steps of 64 bytes with a look at each byte.
//! - The tests of the decoder (`upload/tests/corpus.rs`, `envelopes.rs`) read published records, and any pieces of JSON, on both.
//! - The fuzz target `document` requires the same uploads on both.
//! - `scan --parse-all` does without it: for a user in doubt, for `tests/cli/bad_input.rs`, and for `benches/scan`, which measures
//!   both.
//!
//! # How to remove it
//!
//! Replace the one call, in `Contents::of_verified` (`entry.rs`), by `check(document)` and the slow path, and delete this folder,
//! with the dependencies `fearless_simd` and `safe_arch`. `--parse-all` then changes nothing.

mod balance;
mod brackets;
mod marker;
mod marker_search;
mod parts;
mod prefetch;
mod read;
mod record_markers;
#[cfg(test)]
mod tests;

pub(super) use read::read;
