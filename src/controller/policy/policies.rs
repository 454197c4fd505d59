//! The policies, with everything that is needed to compile them and to write their statuses.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use kube::Client;
use kube::core::DeserializeGuard;
use kube::runtime::reflector::ObjectRef;

use super::calendar_feeds::CalendarFeeds;
use super::compiled_policies::CompiledPolicies;
use crate::api::{EcrUploadPolicy, EcrUploadPolicyStatus};
use crate::controller::cluster::{Caches, Events, InvalidObjects, Retries, Triggers, WrittenStatuses};
use crate::controller::finding::{AllowCounts, Findings};
use crate::controller::judging::Judging;
use crate::controller::metrics::Metrics;

/// The policies, and everything that is needed to compile them and to write their statuses.
pub struct Policies {
    pub client: Client,
    pub metrics: Arc<Metrics>,
    pub events: Events,
    pub caches: Arc<Caches>,
    pub judging: Arc<Judging>,
    pub findings: Arc<Findings>,
    pub allow_counts: Arc<AllowCounts>,
    pub triggers: Arc<Triggers<DeserializeGuard<EcrUploadPolicy>>>,
    /// The interval between two writes of a status in which only times change, while something behind the head is read.
    pub checkpoint_interval: Duration,
    pub feeds: CalendarFeeds,
    pub compiled: CompiledPolicies,
    pub written: WrittenStatuses<EcrUploadPolicyStatus>,
    pub invalid_objects: InvalidObjects,
    pub retries: Retries,
}

impl Policies {
    /// Forgets a ConfigMap with calendars that was deleted.
    pub fn forget_calendar(&self, calendar: &ObjectRef<ConfigMap>) {
        self.feeds.forget(calendar);
    }
}
