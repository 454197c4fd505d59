//! `offhours` finds container images that were pushed to Amazon ECR outside business hours.
//!
//! # Who uses this library
//! The program in `src/main.rs`, and the tests, benchmarks, fuzz targets and the demo of this repository. Only what these
//! use is public. It is no stable API: it changes without notice, and nothing outside of this repository should depend on
//! it.
//!
//! # How it fits together
//! One record flows one way: [`source`] reads it, [`upload`] decodes it, [`detect`] judges it by a policy with the hours of
//! its [`calendar`], and the controller writes the finding. [`coverage`] decides what is read next and what may be claimed.
//! [`learn`] proposes a policy from past uploads. [`api`] has the resources, and [`cli`] the commands. `calendar`,
//! `upload`, `detect`, `coverage` and `learn` are pure: they know no Kubernetes client, no AWS client and no clock.

#![forbid(unsafe_code)]

pub mod api;
pub mod calendar;
pub mod cli;
mod controller;
pub mod coverage;
pub mod detect;
mod error_chain;
pub mod learn;
pub mod source;
mod telemetry;
pub mod upload;
