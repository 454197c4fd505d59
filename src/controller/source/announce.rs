//! Announces what happens to a stream in Events, logs and metrics, each once.

use chrono::{DateTime, SecondsFormat, Utc};
use k8s_openapi::api::core::v1::ObjectReference;
use kube::Resource as _;
use kube::runtime::reflector::ObjectRef;

use super::stream_task::StreamTask;
use crate::api::{CloudTrailSource, EcrUploadPolicy, ErrorKind, Occurrence};
use crate::controller::metrics::StreamLabels;
use crate::coverage::{Lost, PollRead, StreamKey};

impl StreamTask {
    /// Announces that a stream is open, if it belongs to another account than before, or if another source reads it too.
    pub async fn announce_opened(&self, account: &str, before: Option<&str>) {
        let (name, region) = (&self.name, &self.region);
        if let Some(before) = before {
            let note = format!(
                "the credentials of the source now belong to account {account} instead of {before}, which is no longer read in \
                 {region}; if this was not intended, correct spec.assumeRole or the credentials"
            );
            tracing::warn!(source = name, note);
            self.warn(Occurrence::AccountChanged, &note).await;
        }
        let stream = StreamKey { account: account.to_owned(), region: region.clone() };
        let others = self.sources.judging.ledger(|ledger| ledger.other_readers(&self.source, &stream));
        if !others.is_empty() {
            let sources = self.sources.caches.sources.store.state();
            let is_other = |uid: Option<&String>| others.iter().any(|other| uid.is_some_and(|uid| **other == **uid));
            let names = sources.iter().filter(|source| is_other(source.meta().uid.as_ref()));
            let names: Vec<String> = names.filter_map(|source| source.meta().name.clone()).collect();
            let note = format!(
                "{account}/{region} is also read by the CloudTrailSource {}, which doubles the requests to AWS (no push is \
                 reported twice); remove the Region from one of them",
                names.join(", ")
            );
            tracing::warn!(source = name, note);
            self.warn(Occurrence::SharedStream, &note).await;
        }
    }

    /// Announces what the plan of a poll found: a gap, or a clock that went back.
    pub async fn announce_poll(&self, poll: &PollRead) {
        let name = &self.name;
        if let Some(gap) = &poll.gap {
            self.sources.metrics.errors.count(ErrorKind::Gap);
            let note = format!(
                "the records of {}/{} from {} to {} can no longer be read, because CloudTrail keeps 90 days; if a trail delivers \
                 to S3, run offhours scan on its files",
                gap.stream.account,
                gap.stream.region,
                seconds(gap.from),
                seconds(gap.to)
            );
            tracing::error!(source = name, note);
            self.warn(Occurrence::Gap, &note).await;
            self.trigger();
        }
        if let Some(head) = poll.clock_went_back_from {
            let note = format!(
                "the clock of the controller's node went back: {} had been read through {}, which is now in the future, so it is \
                 read again from {}; check the time synchronisation of the node",
                self.region,
                seconds(head),
                seconds(poll.head)
            );
            tracing::warn!(source = name, note);
            self.warn(Occurrence::ClockWentBack, &note).await;
            self.trigger();
        }
    }

    /// Announces the time ranges that policies did not judge before they left CloudTrail's history.
    pub async fn announce_lost(&self, stream: &StreamKey, lost: &[Lost]) {
        for lost in lost {
            self.sources.metrics.errors.count(ErrorKind::Gap);
            let note = format!(
                "the pushes in {}/{} from {} to {} were not judged and can no longer be read, because CloudTrail keeps 90 days and \
                 the policy did not judge for longer; if a trail delivers to S3, run offhours scan on its files",
                stream.account,
                stream.region,
                seconds(lost.from),
                seconds(lost.to)
            );
            let policies = self.sources.caches.policies.store.state();
            let policy = policies.iter().find(|policy| policy.meta().uid.as_deref() == Some(&*lost.policy));
            let Some(meta) = policy.map(|policy| policy.meta()) else { continue };
            tracing::error!(namespace = meta.namespace, policy = meta.name, note);
            let reference = ObjectRef::<EcrUploadPolicy>::new(meta.name.as_deref().unwrap_or_default());
            let mut regarding = ObjectReference::from(reference);
            (regarding.namespace, regarding.uid) = (meta.namespace.clone(), meta.uid.clone());
            self.sources.events.warn(&regarding, Occurrence::Gap, "Read", &note).await;
        }
    }

    /// Updates the metric of the lag.
    pub fn update_lag(&self, stream: &StreamKey) {
        let head = self.sources.judging.ledger(|ledger| ledger.head(&self.source, stream));
        // A source may be deleted while it is read; its lag must not come back then.
        let is_there = self.sources.tasks.health(&self.source).is_some();
        if let Some(head) = head.filter(|_| is_there) {
            let (account, region) = (stream.account.clone(), stream.region.clone());
            self.sources
                .metrics
                .source
                .complete_through(StreamLabels { source: self.name.clone(), account, region }, head);
        }
    }

    async fn warn(&self, reason: Occurrence, note: &str) {
        let mut regarding = ObjectReference::from(ObjectRef::<CloudTrailSource>::new(&self.name));
        regarding.uid = Some(self.source.to_string());
        regarding.api_version = Some(CloudTrailSource::api_version(&()).into_owned());
        self.sources.events.warn(&regarding, reason, "Read", note).await;
    }
}

/// A time in the format of the status of a source.
fn seconds(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}
