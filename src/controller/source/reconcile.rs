//! Reconciles a source: observe it, report it to the ledger, keep its tasks running, plan its status, write the status when
//! that is due.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::Resource as _;
use kube::core::DeserializeGuard;
use kube::runtime::controller::Action;
use kube::runtime::reflector::ObjectRef;
use serde_json::json;

use super::observed::Observed;
use super::sources::Sources;
use super::status::{checkpoint_in, is_news, plan_status};
use crate::api::{
    CloudTrailSource, CloudTrailSourceSpec, CloudTrailSourceStatus, ConditionType, Occurrence, SourceReadyReason,
};
use crate::controller::ControllerError;
use crate::controller::cluster::{
    CACHE_DELAY, StatusError, StatusTarget, apply_status, changed, edited_at, log_condition_changes, merge_status,
};
use crate::controller::metrics::StreamLabels;
use crate::coverage::{SourceInput, Sweep, Uid};

/// The shortest pause before the next reconcile, when the heads moved on and the status is due.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);

impl Sources {
    /// Reconciles one source.
    ///
    /// # Errors
    /// When its status could not be written.
    pub async fn reconcile(
        self: Arc<Self>,
        object: Arc<DeserializeGuard<CloudTrailSource>>,
    ) -> Result<Action, ControllerError> {
        let meta = object.meta();
        let target = self.written.target(meta);
        let uid = Uid::from(target.uid.as_str());
        let now = Utc::now();
        let source = match &object.0 {
            Ok(source) => source,
            Err(error) => {
                self.tasks.stop(&uid);
                self.report_invalid(&object, &target, &error.error, now).await?;
                return Ok(Action::await_change());
            }
        };
        self.invalid_objects.forget(meta);
        let regions = self.regions(&source.spec);
        let future_heads = self.judging.ledger(|ledger| ledger.set_source(&uid, input(source, &regions, now), now));
        let future_heads = future_heads.len().max(self.judging.take_future_heads(&uid));
        if future_heads > 0 {
            self.announce_future_heads(source, future_heads).await;
        }
        let warnings = self.warnings(&target.name, &source.spec, &regions);
        if self.run_tasks(&uid, &target.name, source, &regions) {
            for warning in &warnings {
                tracing::warn!(source = target.name, "{warning}");
            }
        }

        let Some(checkpoint) = self.judging.ledger(|ledger| ledger.source_checkpoint(&uid)) else {
            return Ok(Action::await_change());
        };
        let health = self.tasks.health(&uid).map(|health| health.regions()).unwrap_or_default();
        let (before, written) = self.written.latest(meta, source.status.as_ref());
        let observed = Observed {
            regions: &regions,
            health: &health,
            checkpoint: &checkpoint,
            existing: &before,
            warnings: &warnings,
        };
        let status = plan_status(&observed, meta.generation, self.stale_after, now);
        self.retain_streams(&target.name, &status);
        self.metrics.source.conditions.set(&target.uid, &status.conditions);
        if self.is_gone(&object) {
            // It was deleted meanwhile; neither ledger nor metrics may get it back.
            self.forget(&target.name, &target.uid);
            return Ok(Action::await_change());
        }
        let ready = |status: &CloudTrailSourceStatus| {
            status.conditions.iter().find(|condition| condition.type_ == ConditionType::Ready.as_str()).cloned()
        };
        // Policies get it even if the status cannot be written.
        if let Some(ready) = ready(&status) {
            self.judging.set_source_ready(&uid, &ready);
        }
        let is_due = written.elapsed() >= self.checkpoint_interval;
        if is_news(&before, &status) || (is_due && before != status) {
            match apply_status::<CloudTrailSource>(&self.client, &target, &status).await {
                Ok(version) => self.written.set(&target.uid, status.clone(), version),
                Err(StatusError::Gone) => return Ok(Action::await_change()),
                Err(StatusError::Outdated) => return Ok(Action::requeue(CACHE_DELAY)),
                Err(source @ StatusError::Request(_)) => {
                    return Err(ControllerError::SourceStatus { name: target.name, source });
                }
            }
            self.announce_ready(&object, &target, &before.conditions, &status.conditions).await;
        }
        self.retries.clear(&target.uid);
        let (latest, written) = self.written.latest(meta, source.status.as_ref());
        let wait = match latest == status {
            true => self.checkpoint_interval,
            false => self.checkpoint_interval.saturating_sub(written.elapsed()),
        };
        Ok(Action::requeue(wait.max(SHORTEST_PAUSE)))
    }

    /// Reports a source to the ledger before any policy reports what it covers.
    pub fn register(&self, object: &DeserializeGuard<CloudTrailSource>) {
        if let Ok(source) = &object.0 {
            let uid = Uid::from(source.metadata.uid.as_deref().unwrap_or_default());
            let now = Utc::now();
            self.judging.register_source(&uid, input(source, &self.regions(&source.spec), now), now);
        }
    }

    /// Forgets a source that was deleted.
    pub fn forget(&self, name: &str, uid: &str) {
        let key = Uid::from(uid);
        self.tasks.stop(&key);
        self.judging.remove_source(&key);
        self.retries.clear(uid);
        self.invalid_objects.forget_uid(uid);
        self.written.forget(uid);
        self.metrics.source.remove(name);
        self.metrics.source.conditions.remove(uid);
    }

    fn is_gone(&self, object: &DeserializeGuard<CloudTrailSource>) -> bool {
        let cached = self.caches.sources.store.get(&ObjectRef::from_obj(object));
        cached.is_none_or(|cached| cached.meta().uid != object.meta().uid)
    }

    /// The Regions that a source reads: those in its spec, else the Region of the controller's own AWS configuration.
    fn regions(&self, spec: &CloudTrailSourceSpec) -> Vec<String> {
        let own = self.aws.region().map(ToString::to_string);
        let named = &spec.lookup_events.regions;
        if named.is_empty() { own.into_iter().collect() } else { named.clone() }
    }

    /// Removes streams that are no longer read from the metrics, where their lag would grow.
    fn retain_streams(&self, name: &str, status: &CloudTrailSourceStatus) {
        let named = status.streams.iter().filter(|stream| stream.removed_at.is_none());
        let labels = named.map(|stream| StreamLabels {
            source: name.to_owned(),
            account: stream.account.clone(),
            region: stream.region.clone(),
        });
        self.metrics.source.retain_streams(name, &labels.collect::<Vec<_>>());
    }

    async fn report_invalid(
        &self,
        object: &DeserializeGuard<CloudTrailSource>,
        target: &StatusTarget,
        error: &str,
        now: DateTime<Utc>,
    ) -> Result<(), ControllerError> {
        let meta = object.meta();
        let Some(conditions) = self.invalid_objects.news(meta, error, SourceReadyReason::InvalidObject, now) else {
            return Ok(());
        };
        self.metrics.source.conditions.set(&target.uid, &conditions);
        if self.is_gone(object) {
            self.forget(&target.name, &target.uid);
            return Ok(());
        }
        let status = json!({ "observedGeneration": meta.generation, "conditions": conditions });
        match merge_status::<CloudTrailSource>(&self.client, target, status).await {
            Ok(_) => {
                self.announce_ready(object, target, &[], &conditions).await;
                Ok(())
            }
            Err(StatusError::Gone) => Ok(()),
            Err(StatusError::Outdated) => {
                self.invalid_objects.forget(meta);
                self.triggers.trigger(ObjectRef::new(&target.name));
                Ok(())
            }
            Err(source @ StatusError::Request(_)) => {
                self.invalid_objects.forget(meta);
                Err(ControllerError::SourceStatus { name: target.name.clone(), source })
            }
        }
    }

    /// Announces changed conditions: a line in the log for each, an Event when the source stops being readable, and one
    /// when it is readable again, but none for each failed read.
    async fn announce_ready(
        &self,
        object: &DeserializeGuard<CloudTrailSource>,
        target: &StatusTarget,
        before: &[Condition],
        after: &[Condition],
    ) {
        log_condition_changes("CloudTrailSource", target, before, after);
        let is_ready = |condition: &&Condition| condition.type_ == ConditionType::Ready.as_str();
        let Some(now) = changed(before, after).find(is_ready) else { return };
        let Some(reason) = SourceReadyReason::parse(&now.reason) else { return };
        let was_false = before.iter().find(is_ready).is_some_and(|was| was.status == "False");
        match now.status.as_str() {
            "False" => self.events.warn(&object.object_ref(&()), reason, "Read", &now.message).await,
            "True" if was_false => self.events.inform(&object.object_ref(&()), reason, "Read", &now.message).await,
            _ => {}
        }
    }

    /// Announces heads in the future: the clock that wrote them was wrong, or somebody edited the status.
    async fn announce_future_heads(&self, source: &CloudTrailSource, streams: usize) {
        let note = format!(
            "status.streams has a completeThrough in the future for {streams} streams, so what they cover is read again; check \
             the time synchronisation of the nodes, and who is allowed to edit the status"
        );
        tracing::warn!(source = source.metadata.name, note);
        self.events.warn(&source.object_ref(&()), Occurrence::ClockWentBack, "Read", &note).await;
    }
}

/// The source in the form that the ledger takes.
fn input(source: &CloudTrailSource, regions: &[String], now: DateTime<Utc>) -> SourceInput {
    let delta = |duration: crate::api::Duration| TimeDelta::from_std(duration.into()).unwrap_or(TimeDelta::days(90));
    let lookup_events = &source.spec.lookup_events;
    let sweeps = lookup_events.sweeps.iter();
    SourceInput {
        regions: regions.to_vec(),
        poll_interval: delta(lookup_events.poll_interval),
        overlap: delta(lookup_events.overlap),
        sweeps: sweeps.map(|sweep| Sweep { every: delta(sweep.every), back: delta(sweep.back) }).collect(),
        revised_at: edited_at(&source.metadata).unwrap_or(now),
        checkpoint: source.status.as_ref().map(checkpoint_in),
    }
}
