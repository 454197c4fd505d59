//! The commands that need neither a cluster nor an account, as a user runs them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that can't go on fails with the reason"
)]

mod compare;
mod heat_map;
mod run;
