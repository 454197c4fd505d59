//! Findings without evidence.
//!
//! A finding is created first and gets its evidence with the second request. A process that is killed in between leaves an
//! object without evidence, which is filled when its records are read again; but if the policy was edited meanwhile and does
//! not report them any more, nobody would ever fill it.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use kube::api::{Api, DeleteParams, Preconditions};
use tokio::time::{sleep, timeout};

use super::Findings;
use super::write::REQUEST_LIMIT;
use crate::api::ErrorKind;
use crate::api::OffHoursUpload;
use crate::controller::cluster::api_error;
use crate::controller::metrics::WriteOperation;

/// How often abandoned findings are looked for. The index knows them, so this costs no request.
const EVERY: Duration = Duration::from_secs(60);

/// No write takes as long, and a controller that was restarted at once has read the last pushes again by then.
const ABANDONED_AFTER: TimeDelta = TimeDelta::minutes(10);

/// A finding without evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unfinished {
    pub namespace: String,
    pub name: String,
    pub uid: String,
    pub resource_version: String,
    pub created: DateTime<Utc>,
}

impl Unfinished {
    /// None for an object that the controller did not make: it is not the controller's to delete.
    pub fn new(finding: &OffHoursUpload) -> Option<Self> {
        let meta = &finding.metadata;
        let manager = meta.labels.as_ref()?.get("app.kubernetes.io/managed-by")?;
        (manager == "offhours").then_some(())?;
        Some(Self {
            namespace: meta.namespace.clone()?,
            name: meta.name.clone()?,
            uid: meta.uid.clone()?,
            resource_version: meta.resource_version.clone()?,
            created: DateTime::from_timestamp(meta.creation_timestamp.as_ref()?.0.as_second(), 0)?,
        })
    }

    /// Whether whoever created it will not come back to it.
    pub fn is_abandoned(&self, now: DateTime<Utc>) -> bool {
        now - self.created >= ABANDONED_AFTER
    }
}

impl Findings {
    /// Deletes, every minute, the findings that were left without evidence. Runs until the controller stops.
    pub async fn remove_unfinished(&self) {
        loop {
            tokio::select! {
                () = self.stopping.cancelled() => return,
                () = sleep(EVERY) => self.remove_abandoned(Utc::now()).await,
            }
        }
    }

    pub(super) async fn remove_abandoned(&self, now: DateTime<Utc>) {
        for unfinished in self.index.abandoned(now) {
            if self.stopping.is_cancelled() {
                return;
            }
            if let Err(error) = self.remove(&unfinished).await {
                self.metrics.errors.count(ErrorKind::FindingNotDeleted);
                let Unfinished { namespace, name, .. } = &unfinished;
                if !self.reachability.is_down() {
                    tracing::warn!(
                        namespace,
                        name,
                        error,
                        "cannot delete a finding without evidence; trying again later"
                    );
                }
                // The others would most likely meet the same error, and there may be many.
                return;
            }
        }
    }

    async fn remove(&self, unfinished: &Unfinished) -> Result<(), String> {
        let Unfinished { namespace, name, uid, resource_version, .. } = unfinished;
        let api: Api<OffHoursUpload> = Api::namespaced(self.client.clone(), namespace);
        // Whoever gives it evidence in this moment changes its resourceVersion.
        let preconditions = Preconditions { uid: Some(uid.clone()), resource_version: Some(resource_version.clone()) };
        let params = DeleteParams { preconditions: Some(preconditions), ..DeleteParams::background() };
        match timeout(REQUEST_LIMIT, api.delete(name, &params)).await {
            Ok(Ok(_)) => {
                self.metrics.finding.written(WriteOperation::Delete);
                tracing::info!(namespace, name, "deleted a finding that was left without evidence");
                Ok(())
            }
            // It has evidence now, or is gone; the watch will say so.
            Ok(Err(kube::Error::Api(status))) if status.is_conflict() || status.is_not_found() => Ok(()),
            Ok(Err(error)) => Err(api_error(&error)),
            Err(_) => Err(format!("no answer within {} s", REQUEST_LIMIT.as_secs())),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn finding(labels: serde_json::Value) -> OffHoursUpload {
        serde_json::from_value(json!({
            "apiVersion": "offhours.dev/v1alpha1", "kind": "OffHoursUpload",
            "metadata": {"name": "a", "namespace": "security", "uid": "u", "resourceVersion": "7", "labels": labels,
                         "creationTimestamp": "2026-11-20T10:00:00Z"},
            "spec": {
                "policy": "production", "date": "2026-11-18", "timeZone": "UTC", "account": "111122223333",
                "region": "eu-central-1", "registry": "Private", "repository": "prod/api", "part": 1,
                "principal": {"type": "Root", "arn": "arn:aws:iam::111122223333:root"}
            }
        }))
        .unwrap()
    }

    #[test]
    fn a_finding_is_abandoned_ten_minutes_after_its_creation() {
        let unfinished = Unfinished::new(&finding(json!({"app.kubernetes.io/managed-by": "offhours"}))).unwrap();
        let at = |time: &str| time.parse().unwrap();
        assert!(!unfinished.is_abandoned(at("2026-11-20T10:09:59Z")));
        assert!(unfinished.is_abandoned(at("2026-11-20T10:10:00Z")));
        assert!(!unfinished.is_abandoned(at("2026-11-20T09:00:00Z")), "the API server's clock may be ahead");
    }

    #[test]
    fn what_others_made_is_never_abandoned() {
        for labels in [json!({}), json!({"app.kubernetes.io/managed-by": "helm"})] {
            assert_eq!(Unfinished::new(&finding(labels)), None);
        }
    }
}
