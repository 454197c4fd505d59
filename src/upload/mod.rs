//! One push to a registry, and the decoder that makes it from a CloudTrail record. Pure: no clock, no I/O.
//!
//! [`decode`] tells the records of `PutImage` apart from all others and reads those into an [`Upload`].
//! The records are written by AWS, but many strings in them are chosen by the caller (tags, session names,
//! user agents, the manifest): they are kept as they are, of any length, and whoever writes them elsewhere
//! must bound and escape them.

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
pub use relation::{RELATION_WINDOW, Relation, relate};
