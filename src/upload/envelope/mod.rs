//! Finding the records in a document, in any of the shapes in which CloudTrail records are delivered and exported.
//!
//! | shape | written by |
//! |---|---|
//! | `{"Records":[…]}` | a trail |
//! | `{"Events":[{"CloudTrailEvent":"…"}]}`, or its entries, or those texts alone | `aws cloudtrail lookup-events` |
//! | `{"detail-type":"AWS API Call via CloudTrail","detail":{…}}` | EventBridge |
//! | a record, also of OCSF | exporters |
//!
//! Each may stand alone, in an array, on lines of its own or one after the other. Records that cannot be read are
//! reported, and the rest is read.

mod contents;
mod cursor;
mod entry;
mod fast_path;
mod object;
mod other_call;
mod reader;
mod recovery;

pub use contents::{Broken, Contents, Unread};
