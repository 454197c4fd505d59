//! The three resources on a real API server: their schemas, rules, columns and sizes. No controller runs.

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

mod cluster;
mod columns;
mod definitions;
mod examples;
mod explain;
mod findings;
mod largest_finding;
mod largest_status;
mod patterns;
mod policies;
mod sources;
