//! Parity with the two Splunk searches that offhours replaces, and every difference from them.
//!
//! [`cloudtrail_search`] and [`security_lake_search`] do what those searches do, written here from what their search language
//! means and without a line of the product. The product is its binary: `scan` and `explain` read the same records from
//! files. What the searches give must be there, field by field; where the product says something else, [`defect`] must name
//! the documented reason, or the test fails. The numbers D1 to D16 are those of docs/from-splunk.md, whose policies the tests use.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that can't go on fails with the reason"
)]

#[path = "../snippets/mod.rs"]
mod snippets;

mod clock;
mod cloudtrail_parity;
mod cloudtrail_search;
mod comparison;
mod corpus;
mod defect;
mod defects;
mod fields;
mod filter_macro;
mod identities;
mod ocsf;
mod ours;
mod page;
mod properties;
mod push;
mod security_lake_parity;
mod security_lake_search;
