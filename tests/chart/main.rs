//! The Helm chart: what it renders, which values it refuses, and how it installs on a real API server. No controller runs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that can't go on fails with the reason"
)]

#[path = "../rig/mod.rs"]
mod rig;

mod lifecycle;
mod manifests;
mod rendered;
mod values;

const CHART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/charts/offhours");
