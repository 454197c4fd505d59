//! The files of public holidays: whether they are those of their source, and what another data set says of them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that can't go on fails with the reason"
)]

#[path = "../rig/mod.rs"]
mod rig;

mod second_opinion;
mod source;
