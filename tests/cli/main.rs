//! The commands that need no cluster, as a user runs them.

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

mod documentation;
mod examples;
