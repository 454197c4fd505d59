//! Uploads, and the decoder that makes them from CloudTrail records. Pure: no clock, no I/O.
//!
//! [`decode`] reads a record of `PutImage` into an [`Upload`], and recognizes all other records. [`Contents`] finds the records
//! in a document, and [`relate`] finds out which uploads belong to one push. The records are written by AWS, but many strings in
//! them are chosen by the caller (tags, session names, user agents, the manifest). They are kept as they are, at any length, so
//! that code that writes them elsewhere must bound and escape them.

mod arn;
mod digest;
mod envelope;
mod error;
mod fields;
mod kind;
mod ocsf;
mod other_put_image;
mod principal;
mod put_image;
mod record;
mod record_id;
mod record_time;
mod relate;
mod relation;
#[cfg(test)]
mod tests;

pub use digest::Digest;
pub use envelope::{Broken, Contents, Unread};
pub use error::RecordError;
pub use kind::Kind;
pub use other_put_image::OtherPutImage;
pub use principal::Principal;
pub(crate) use principal::service_of;
pub use put_image::{Addendum, Omitted, Registry, Upload};
pub use record::{Decoded, decode, decode_value};
pub use record_id::RecordId;
pub use relate::relate;
pub use relation::{RELATION_DISTANCE, Relation};
