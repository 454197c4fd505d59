//! The test rig: a real Kubernetes control plane, an AWS emulator and a seeded fake of CloudTrail's `LookupEvents`, all
//! on loopback, in folders of their own, and ended when the process that started them ends.
//!
//! A test, an example or a benchmark includes it with `mod rig;` or `#[path = "…/tests/rig/mod.rs"] mod rig;`.
//! `make rig` builds the programs it starts.
#![allow(dead_code, reason = "each binary that includes the rig uses a part of it")]
#![allow(unused_imports, reason = "each binary that includes the rig uses a part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a rig that can't be set up fails the test with the reason"
)]

mod api_audit;
mod aws_caller;
pub mod binaries;
mod certificates;
mod control_plane;
mod emulator;
pub mod fake_cloudtrail;
mod helm;
mod http_probe;
mod kubectl;
mod manifest;
mod output;
mod ports;
mod process;
mod run_folder;
mod seed;
mod service_account;
mod wait;

pub use api_audit::ApiCall;
pub use aws_caller::AwsCaller;
pub use control_plane::{ControlPlane, ControlPlaneOptions};
pub use emulator::Emulator;
pub use fake_cloudtrail::FakeCloudTrail;
pub use helm::Helm;
pub use kubectl::Kubectl;
pub use manifest::Manifest;
pub use output::Output;
pub use ports::free_port;
pub use process::{ChildProcess, Exit, Program, Signal};
pub use run_folder::RunFolder;
pub use seed::{Seed, sha256_hex};
pub use service_account::service_account_kubeconfig;
pub use wait::{Progress, wait_for};
