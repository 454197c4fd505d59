//! `offhours` finds container images that were pushed to Amazon ECR outside business hours.
//!
//! One record flows one way: [`source`] reads it, [`upload`] decodes it, [`detect`] judges it by a policy's [`calendar`], and
//! [`controller`] writes the finding. [`learn`] proposes a policy from past uploads. [`calendar`], [`upload`], [`detect`] and
//! [`learn`] are pure: they know no Kubernetes client, no AWS client and no clock.

#![forbid(unsafe_code)]

pub mod api;
pub mod calendar;
pub mod cli;
pub mod controller;
pub mod coverage;
pub mod detect;
mod error_chain;
pub mod learn;
pub mod source;
pub mod telemetry;
pub mod upload;
