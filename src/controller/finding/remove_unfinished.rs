//! Deleting findings that were left without evidence.

use std::time::Duration;

use chrono::{DateTime, Utc};
use kube::api::{Api, DeleteParams, Preconditions};
use tokio::time::sleep;

use super::findings::Findings;
use super::unfinished::Unfinished;
use crate::api::{ErrorKind, OffHoursUpload};
use crate::controller::cluster::{RequestError, answer};
use crate::controller::metrics::WriteOperation;

/// The interval between two searches for abandoned findings. The index knows them, so a search costs no request.
const INTERVAL: Duration = Duration::from_secs(60);

impl Findings {
    /// Deletes, every minute, the findings that were left without evidence. Runs until the controller stops.
    pub async fn remove_unfinished(&self) {
        loop {
            tokio::select! {
                () = self.stopping.cancelled() => return,
                () = sleep(INTERVAL) => self.remove_abandoned(Utc::now()).await,
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
                let error = error.to_string();
                if !self.reachability.is_down() {
                    tracing::warn!(
                        namespace,
                        name,
                        error,
                        "cannot delete a finding without evidence; trying again later"
                    );
                }
                // The others would most likely fail with the same error, and there may be many.
                return;
            }
        }
    }

    async fn remove(&self, unfinished: &Unfinished) -> Result<(), RequestError> {
        let Unfinished { namespace, name, uid, resource_version, .. } = unfinished;
        let api: Api<OffHoursUpload> = Api::namespaced(self.client.clone(), namespace);
        // A writer that gives it evidence at this moment changes its resourceVersion.
        let preconditions = Preconditions { uid: Some(uid.clone()), resource_version: Some(resource_version.clone()) };
        let params = DeleteParams { preconditions: Some(preconditions), ..DeleteParams::background() };
        match answer(api.delete(name, &params)).await {
            Ok(_) => {
                self.metrics.finding.written(WriteOperation::Delete);
                tracing::info!(namespace, name, "deleted a finding that was left without evidence");
                Ok(())
            }
            // It has evidence now, or was deleted; the watch will deliver that.
            Err(RequestError::Failed(kube::Error::Api(status))) if status.is_conflict() || status.is_not_found() => {
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}
