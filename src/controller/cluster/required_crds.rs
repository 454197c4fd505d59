//! Waiting for the CustomResourceDefinitions, which may be installed after the controller.

use std::time::Duration;

use kube::{Client, Resource};

use super::api_error::{api_error, is_connection_error};
use crate::api::{CloudTrailSource, EcrUploadPolicy, ErrorKind, GROUP, OffHoursUpload};
use crate::controller::metrics::Metrics;
use crate::telemetry::{Gate, Readiness};

const INTERVAL: Duration = Duration::from_secs(1);

/// Returns once the API server serves all of them. While one is missing, or the API server cannot be reached, this is on
/// `/readyz` and in a metric; each change is logged once, except for an outage, which is logged elsewhere.
///
/// # Errors
/// When the API server rejects the credentials of the controller.
pub async fn await_crds(client: &Client, metrics: &Metrics, readiness: &Readiness) -> Result<(), kube::Error> {
    let mut reported = String::new();
    loop {
        let (waits_for, is_outage) = match missing(client).await {
            Ok(missing) if missing.is_empty() => break,
            Ok(missing) => {
                metrics.cluster.set_missing_crds(missing.len());
                let missing = missing.join(", ");
                (format!("CustomResourceDefinitions {missing}; install them: kubectl apply -f crds/"), false)
            }
            Err(error) if is_rejection(&error) => return Err(error),
            Err(error) => {
                metrics.errors.count(ErrorKind::ApiServer);
                (format!("the API server: {}", api_error(&error)), is_connection_error(&error))
            }
        };
        if waits_for != reported {
            if !is_outage {
                tracing::warn!("waiting for {waits_for}");
            }
            readiness.wait_for(Gate::CustomResourceDefinitions, waits_for.clone());
            reported = waits_for;
        }
        tokio::time::sleep(INTERVAL).await;
    }
    metrics.cluster.set_missing_crds(0);
    readiness.open(Gate::CustomResourceDefinitions);
    Ok(())
}

/// Whether the API server rejects the credentials of the controller, so that waiting would not help.
fn is_rejection(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if matches!(status.code, 401 | 403))
}

/// The names of the definitions that are not served. Every authenticated client is allowed to list what is served.
async fn missing(client: &Client) -> Result<Vec<String>, kube::Error> {
    let served = match client.list_api_group_resources(&EcrUploadPolicy::api_version(&())).await {
        Ok(list) => list.resources.into_iter().map(|resource| resource.name).collect(),
        // Recognised by the code: for a group without any resource the API server sends a plain "404 page not found", not a
        // Status with a reason.
        Err(kube::Error::Api(status)) if status.code == 404 => Vec::new(),
        Err(error) => return Err(error),
    };
    let needed = [EcrUploadPolicy::plural(&()), CloudTrailSource::plural(&()), OffHoursUpload::plural(&())];
    Ok(needed
        .iter()
        .filter(|plural| !served.iter().any(|name| name == *plural))
        .map(|plural| format!("{plural}.{GROUP}"))
        .collect())
}
