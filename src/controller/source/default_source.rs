//! The CloudTrailSource `default`.

use kube::Api;
use kube::api::PostParams;

use super::{Context, ControllerError};
use crate::api::{CloudTrailSource, CloudTrailSourceSpec, LookupEvents};

/// Creates the source named `default` when there is none: the event history of the controller's own account. It is never
/// touched again, so an edit of it stays.
///
/// # Errors
/// When the API server refuses it.
pub async fn create_default_source(context: &Context, regions: &[String]) -> Result<(), ControllerError> {
    let sources: Api<CloudTrailSource> = Api::all(context.client.clone());
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
