//! Parity with the two Splunk searches that offhours replaces, and every difference from them.
//!
//! [`cloudtrail_search`] and [`security_lake_search`] do what those searches do, written from the definition of their search
//! language and without a line of the product. The product is its binary: `scan` and `explain` read the same records from
//! files. The results of the searches must be in its output, field by field. Where the product differs, [`defect`] must name the
//! documented reason, or the test fails. The numbers D1 to D16 are those of docs/from-splunk.md, whose policies the tests use.
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
mod record;
mod security_lake_parity;
mod security_lake_search;
