//! The shapes in which CloudTrail records come: all records of one document, whatever is around them.
//!
//! | shape | written by |
//! |---|---|
//! | `{"Records":[…]}` | a trail |
//! | `{"Events":[{"CloudTrailEvent":"…"}]}`, or its entries, or those texts alone | `aws cloudtrail lookup-events` |
//! | `{"detail-type":"AWS API Call via CloudTrail","detail":{…}}` | EventBridge |
//! | a record, also of OCSF | exporters |
//!
//! Each may stand alone, in an array, on lines of its own or one after the other. Records that cannot be read are
//! named, and the rest is read.

mod balance;
mod brackets;
mod contents;
mod cursor;
mod other_event;
mod prefetch;
mod resume;
mod signs;

pub use contents::{Broken, Contents, Unread};
