//! The CloudTrailSource `default`.

use kube::Client;
use kube::api::{Api, PostParams};

use crate::api::{CloudTrailSource, CloudTrailSourceSpec, LookupEvents};
use crate::controller::ControllerError;

/// Creates the source named `default` when there is none: the event history of the controller's own account. It is never
/// touched again, so an edit of it stays.
///
/// # Errors
/// When the API server refuses it.
pub async fn create_default_source(client: &Client, regions: &[String]) -> Result<(), ControllerError> {
    let sources: Api<CloudTrailSource> = Api::all(client.clone());
    let spec = CloudTrailSourceSpec {
        lookup_events: LookupEvents { regions: regions.to_vec(), ..LookupEvents::default() },
        assume_role: None,
        allowed_namespaces: None,
    };
    match sources.create(&PostParams::default(), &CloudTrailSource::new("default", spec)).await {
        Ok(_) => {
            tracing::info!(?regions, "created the CloudTrailSource default");
            Ok(())
        }
        Err(kube::Error::Api(status)) if status.is_already_exists() => Ok(()),
        Err(source) => Err(ControllerError::DefaultSource(source)),
    }
}
