//! The product as users install it: the real binary with the chart's own ServiceAccount and roles, on a real control plane,
//! against an AWS endpoint that speaks HTTP.

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

mod allow_rules;
mod bad_input;
mod calendar_feed;
mod calendars;
mod catch_up;
mod copies;
mod countries;
mod crash;
mod emulator;
mod findings;
mod hours;
mod installation;
mod late;
mod lifecycle;
mod logs;
mod manifests;
mod outages;
mod policies;
mod quiet;
mod readiness;
mod regions;
mod rejections;
mod roles;
mod scan;
mod sources;
mod streams;
mod triage;
mod wrong_status;
