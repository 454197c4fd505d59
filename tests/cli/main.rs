//! The command line as users run it: the real binary, without a cluster.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that can't go on fails with the reason"
)]

#[path = "../rig/mod.rs"]
mod rig;
#[path = "../snippets/mod.rs"]
mod snippets;

mod bad_input;
mod closed_output;
mod diff;
mod documentation;
mod examples;
mod explain;
mod heat_map;
mod holidays;
mod learn;
mod lookup;
mod order;
mod policy_files;
mod program;
mod table;
mod time_range;
mod usage;
