//! Reconciles a policy: observe it, plan its status, write the status when that is due.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use kube::api::{DynamicObject, ListParams};
use kube::core::{ApiResource, DeserializeGuard};
use kube::runtime::controller::Action;
use kube::runtime::reflector::ObjectRef;
use kube::{Api, Resource as _};
use serde_json::json;

use super::policies::Policies;
use super::positions::{checkpoint_in, positions};
use super::public_holidays::next_change;
use super::status::{is_news, plan_status};
use crate::api::{EcrUploadPolicy, PolicyReadyReason};
use crate::controller::ControllerError;
use crate::controller::cluster::{CACHE_DELAY, RequestError, StatusError, StatusTarget, apply_status, merge_status};
use crate::coverage::{Incomplete, PolicyInput, Uid};

/// The interval between two writes of the status of a complete policy, in which only times change. With a thousand policies
/// that makes 17 writes a minute.
const COMPLETE_INTERVAL: Duration = Duration::from_secs(60 * 60);

impl Policies {
    /// Reports a policy to the ledger before anything is read.
    pub fn register(&self, object: &DeserializeGuard<EcrUploadPolicy>) {
        if let Ok(policy) = &object.0 {
            // Why a policy does not compile is reported when it is reconciled.
            let _ = self.observe(policy, Utc::now());
        }
    }

    /// Reconciles one policy.
    ///
    /// # Errors
    /// When its status could not be written.
    pub async fn reconcile(
        self: Arc<Self>,
        object: Arc<DeserializeGuard<EcrUploadPolicy>>,
    ) -> Result<Action, ControllerError> {
        let meta = object.meta();
        let target = self.written.target(meta);
        let now = Utc::now();
        let policy = match &object.0 {
            Ok(policy) => policy,
            Err(error) => return self.report_invalid(&object, &target, &error.error, now).await,
        };
        self.invalid_objects.forget(meta);
        let (compiled, observed) = self.observe(policy, now);
        let (before, written) = self.written.latest(meta, policy.status.as_ref());
        let status = plan_status(policy, &before, &compiled, &observed, now);
        let rules = compiled.as_ref().map(|policy| policy.allow_rules()).unwrap_or_default();
        if let Ok(compiled) = &compiled {
            self.metrics.policy.at_work(target.namespace.as_deref().unwrap_or_default(), compiled);
        }
        self.metrics.policy.conditions.set(&target.uid, &status.conditions);
        if self.is_gone(&object) {
            // It was deleted meanwhile; neither ledger nor metrics may get it back.
            self.forget(&ObjectRef::from_obj(&*object), &target.uid);
            return Ok(Action::await_change());
        }
        let interval = match observed.coverage.incomplete {
            None => spread(COMPLETE_INTERVAL, &target.uid),
            Some(Incomplete::Hole { .. } | Incomplete::Stale { .. }) => self.checkpoint_interval,
            Some(_) => COMPLETE_INTERVAL,
        };
        let mut next_write = None;
        if is_news(&before, &status) || (before != status && written.elapsed() >= interval) {
            // Before the status, which records what was announced: better twice, and counted in one Event, than never.
            self.announce_rules(policy, &before.allow_rules, &status, rules).await;
            if let Ok(compiled) = &compiled {
                self.announce_holidays(policy, compiled, &before, &status).await;
            }
            match apply_status::<EcrUploadPolicy>(&self.client, &target, &status).await {
                Ok(version) => self.written.set(&target.uid, status.clone(), version),
                Err(StatusError::Gone) => return Ok(Action::await_change()),
                Err(StatusError::Outdated) => return Ok(Action::requeue(CACHE_DELAY)),
                Err(error @ StatusError::Request(_)) => return Err(status_error(target, error)),
            }
            if let Some(checkpoint) = &observed.checkpoint {
                self.judging
                    .ledger(|ledger| ledger.policy_checkpoint_written(&Uid::from(target.uid.as_str()), checkpoint));
            }
            self.announce(&object, &target, &before.conditions, &status.conditions).await;
        } else if before != status {
            next_write = Some(interval.saturating_sub(written.elapsed()));
        }
        self.retries.clear(&target.uid);
        let of_rules = rules.iter().filter_map(|rule| rule.next_change(now));
        let of_holidays = compiled.as_ref().ok().and_then(|policy| next_change(policy, now));
        let next_change = of_rules.chain(status.next_transition).chain(of_holidays).min();
        // A second after the change, because a timer must not fire before it.
        let next_change = next_change.map(|at| (at - now).to_std().unwrap_or_default() + Duration::from_secs(1));
        Ok(next_change.into_iter().chain(next_write).min().map_or_else(Action::await_change, Action::requeue))
    }

    fn is_gone(&self, object: &DeserializeGuard<EcrUploadPolicy>) -> bool {
        let cached = self.caches.policies.store.get(&ObjectRef::from_obj(object));
        cached.is_none_or(|cached| cached.meta().uid != object.meta().uid)
    }

    /// Forgets a policy that was deleted.
    pub fn forget(&self, object: &ObjectRef<DeserializeGuard<EcrUploadPolicy>>, uid: &str) {
        self.judging.remove_policy(&Uid::from(uid));
        self.allow_counts.forget(uid);
        self.compiled.forget(uid);
        self.retries.clear(uid);
        self.invalid_objects.forget_uid(uid);
        self.written.forget(uid);
        self.metrics.policy.conditions.remove(uid);
        if self.caches.policies.store.get(object).is_none() {
            let gone = (object.namespace.as_deref().unwrap_or_default(), object.name.as_str());
            self.metrics.policy.retain(|namespace, name| (namespace, name) != gone);
        }
    }

    /// Reports a policy that cannot be decoded. It judges nothing, but its positions must not be forgotten, so its status
    /// is read separately.
    async fn report_invalid(
        &self,
        object: &DeserializeGuard<EcrUploadPolicy>,
        target: &StatusTarget,
        error: &str,
        now: DateTime<Utc>,
    ) -> Result<Action, ControllerError> {
        let meta = object.meta();
        let Some(conditions) = self.invalid_objects.news(meta, error, PolicyReadyReason::InvalidObject, now) else {
            return Ok(Action::await_change());
        };
        let fail = |source: kube::Error| {
            self.invalid_objects.forget(meta);
            status_error(target.clone(), RequestError::Failed(source).into())
        };
        let resource = ApiResource::erase::<EcrUploadPolicy>(&());
        let api: Api<DynamicObject> =
            Api::namespaced_with(self.client.clone(), target.namespace.as_deref().unwrap_or_default(), &resource);
        // The role of the controller allows listing these objects, not getting one.
        let this = ListParams::default().fields(&format!("metadata.name={}", target.name));
        let stored = api.list(&this).await.map_err(fail)?.items.pop();
        let status = stored.and_then(|stored| stored.data.get("status").cloned()).unwrap_or_default();
        let checkpoint = serde_json::from_value(status).ok().as_ref().and_then(checkpoint_in);
        let uid = Uid::from(target.uid.as_str());
        if let Some(checkpoint) = checkpoint {
            let input = PolicyInput {
                revision: checkpoint.revision.clone(),
                revised_at: now,
                lookback: chrono::TimeDelta::zero(),
                judges: false,
                sources: checkpoint.sources.iter().map(|position| position.source.clone()).collect(),
                checkpoint: Some(checkpoint),
            };
            self.judging.set_policy(&uid, input, None, now);
        } else {
            self.judging.remove_policy(&uid);
        }
        self.metrics.policy.conditions.set(&target.uid, &conditions);
        if self.is_gone(object) {
            self.forget(&ObjectRef::from_obj(object), &target.uid);
            return Ok(Action::await_change());
        }
        let checkpoint = self.judging.ledger(|ledger| ledger.policy_checkpoint(&uid));
        let sources = positions(checkpoint.as_ref(), &self.source_names());
        let status = json!({ "observedGeneration": meta.generation, "conditions": conditions, "sources": sources });
        match merge_status::<EcrUploadPolicy>(&self.client, target, status).await {
            Ok(_) => {}
            Err(StatusError::Gone) => return Ok(Action::await_change()),
            Err(StatusError::Outdated) => {
                self.invalid_objects.forget(meta);
                return Ok(Action::requeue(CACHE_DELAY));
            }
            Err(error @ StatusError::Request(_)) => {
                self.invalid_objects.forget(meta);
                return Err(status_error(target.clone(), error));
            }
        }
        self.written.forget(&target.uid);
        if let Some(checkpoint) = &checkpoint {
            self.judging.ledger(|ledger| ledger.policy_checkpoint_written(&uid, checkpoint));
        }
        self.announce(object, target, &[], &conditions).await;
        Ok(Action::await_change())
    }
}

fn status_error(target: StatusTarget, source: StatusError) -> ControllerError {
    ControllerError::PolicyStatus { namespace: target.namespace.unwrap_or_default(), name: target.name, source }
}

/// An interval less up to a tenth, depending on the object, so that not all objects are written at the same time.
fn spread(interval: Duration, uid: &str) -> Duration {
    let mut hasher = DefaultHasher::new();
    uid.hash(&mut hasher);
    interval - interval.mul_f64((hasher.finish() % 100) as f64 / 1_000.0)
}
