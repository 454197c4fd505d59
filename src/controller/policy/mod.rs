//! The room of the policies: a reconcile compiles each, tells the ledger, and writes its status.

mod announce;
mod assignment;
mod calendar_feeds;
mod compiled_policies;
mod observe;
mod public_holidays;
mod ready;
mod reconcile;
mod status;

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use kube::Client;
use kube::core::DeserializeGuard;
use kube::runtime::reflector::ObjectRef;

pub use calendar_feeds::CalendarFeeds;
pub use compiled_policies::CompiledPolicies;

use super::cluster::{Caches, Events, InvalidObjects, Retries, Triggers, WrittenStatuses};
use super::finding::{AllowCounts, Findings};
use super::judging::Judging;
use super::metrics::Metrics;
use crate::api::{EcrUploadPolicy, EcrUploadPolicyStatus};

impl Policies {
    /// A ConfigMap with calendars is gone.
    pub fn forget_calendar(&self, calendar: &ObjectRef<ConfigMap>) {
        self.feeds.forget(calendar);
    }
}

/// Everything that the policies need.
pub struct Policies {
    pub client: Client,
    pub metrics: Arc<Metrics>,
    pub events: Events,
    pub caches: Arc<Caches>,
    pub judging: Arc<Judging>,
    pub findings: Arc<Findings>,
    pub allow_counts: Arc<AllowCounts>,
    pub triggers: Arc<Triggers<DeserializeGuard<EcrUploadPolicy>>>,
    /// How often a status is written when nothing in it changed but times, while something behind the head is read.
    pub checkpoint_interval: Duration,
    pub feeds: CalendarFeeds,
    pub compiled: CompiledPolicies,
    pub written: WrittenStatuses<EcrUploadPolicyStatus>,
    pub invalid_objects: InvalidObjects,
    pub retries: Retries,
}
