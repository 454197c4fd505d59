//! The CloudTrailSource named `default`.

use std::collections::BTreeSet;

use kube::Client;
use kube::api::{Api, PostParams};
use serde_json::json;

use crate::api::{CloudTrailSource, CloudTrailSourceSpec, LookupEvents};
use crate::controller::ControllerError;

/// The name of the source that the controller creates.
const DEFAULT: &str = "default";

/// Creates the source named `default` if there is none: the event history of the controller's own account. It is never
/// touched again, so that edits of it stay.
///
/// # Errors
/// When the API server rejects it.
pub async fn create_default_source(client: &Client, regions: &[String]) -> Result<(), ControllerError> {
    let sources: Api<CloudTrailSource> = Api::all(client.clone());
    let spec = CloudTrailSourceSpec {
        lookup_events: LookupEvents { regions: regions.to_vec(), ..LookupEvents::default() },
        assume_role: None,
        allowed_namespaces: None,
    };
    match sources.create(&PostParams::default(), &CloudTrailSource::new(DEFAULT, spec)).await {
        Ok(_) => {
            tracing::info!(regions = regions.join(", "), "created the CloudTrailSource default");
            Ok(())
        }
        Err(kube::Error::Api(status)) if status.is_already_exists() => Ok(()),
        Err(source) => Err(ControllerError::DefaultSource(source)),
    }
}

/// The warning that the Regions of `--default-source-regions` are not those of an existing source `default`; None if they
/// are, or if the flag names none. Without it, a changed value of the chart would silently have no effect.
pub(super) fn unapplied_regions(name: &str, source: &CloudTrailSourceSpec, flag: &[String]) -> Option<String> {
    let regions = &source.lookup_events.regions;
    let differ = regions.iter().collect::<BTreeSet<_>>() != flag.iter().collect::<BTreeSet<_>>();
    (name == DEFAULT && !flag.is_empty() && differ).then(|| {
        let reads = if regions.is_empty() { "the Region of the controller".to_owned() } else { regions.join(", ") };
        let patch = json!({ "spec": { "lookupEvents": { "regions": flag } } });
        format!(
            "--default-source-regions={} does not change the existing source, which reads {reads}; to change it: kubectl patch \
             cloudtrailsource {DEFAULT} --type=merge --patch='{patch}'",
            flag.join(",")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(regions: &[&str]) -> CloudTrailSourceSpec {
        let lookup_events = LookupEvents { regions: names(regions), ..LookupEvents::default() };
        CloudTrailSourceSpec { lookup_events, assume_role: None, allowed_namespaces: None }
    }

    fn names(regions: &[&str]) -> Vec<String> {
        regions.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn regions_of_the_flag_that_the_default_source_lacks_are_reported_with_the_command_that_sets_them() {
        let flag = names(&["eu-central-1", "us-east-1"]);
        let expected = "--default-source-regions=eu-central-1,us-east-1 does not change the existing source, which reads \
                        eu-central-1; to change it: kubectl patch cloudtrailsource default --type=merge \
                        --patch='{\"spec\":{\"lookupEvents\":{\"regions\":[\"eu-central-1\",\"us-east-1\"]}}}'";
        assert_eq!(unapplied_regions("default", &source(&["eu-central-1"]), &flag).as_deref(), Some(expected));
        let own = unapplied_regions("default", &source(&[]), &flag).unwrap();
        assert!(own.contains("which reads the Region of the controller;"), "{own}");
    }

    #[test]
    fn the_same_regions_another_source_and_an_empty_flag_are_no_difference() {
        let flag = names(&["eu-central-1", "us-east-1"]);
        assert_eq!(unapplied_regions("default", &source(&["us-east-1", "eu-central-1"]), &flag), None);
        assert_eq!(unapplied_regions("other", &source(&["eu-west-1"]), &flag), None);
        assert_eq!(unapplied_regions("default", &source(&["eu-west-1"]), &[]), None);
    }
}
