//! The AWS side of a source, against a fake of LookupEvents and STS over HTTP.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that can't go on fails with the reason"
)]

#[path = "../rig/mod.rs"]
mod rig;

mod reading;
mod session;
mod trouble;

use chrono::{DateTime, SubsecRound as _, Utc};
use offhours::api::{AssumeRole, CloudTrailSourceSpec, LookupEvents};

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-central-1";

fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(0)
}

fn spec(assume_role: Option<AssumeRole>) -> CloudTrailSourceSpec {
    let lookup_events = LookupEvents { regions: vec![REGION.to_owned()], ..LookupEvents::default() };
    CloudTrailSourceSpec { lookup_events, assume_role, allowed_namespaces: None }
}
