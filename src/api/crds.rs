//! The CustomResourceDefinitions, generated from the types.

use std::collections::BTreeMap;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSON, JSONSchemaProps, JSONSchemaPropsOrArray,
};
use kube::CustomResourceExt;
use serde::Serialize;
use serde_json::json;

use super::cloud_trail_source::CloudTrailSource;
use super::ecr_upload_policy::EcrUploadPolicy;
use super::off_hours_upload::OffHoursUpload;

/// An object could not be written as YAML.
#[derive(Debug, thiserror::Error)]
#[error("cannot write YAML: {0}")]
pub struct YamlError(#[from] serde_saphyr::SerializeError);

/// The definitions of the three resources, in the order of their names.
pub fn crds() -> Vec<CustomResourceDefinition> {
    let mut crds = vec![CloudTrailSource::crd(), policy_definition(), OffHoursUpload::crd()];
    for version in crds.iter_mut().flat_map(|crd| &mut crd.spec.versions) {
        let schema = version.schema.as_mut().and_then(|schema| schema.open_api_v3_schema.as_mut());
        schema.into_iter().for_each(unwrap_descriptions);
    }
    crds
}

/// Joins the lines of each paragraph: `kubectl explain` wraps descriptions to its own width, but keeps line breaks.
fn unwrap_descriptions(schema: &mut JSONSchemaProps) {
    if let Some(description) = &mut schema.description {
        let paragraphs: Vec<String> = description.split("\n\n").map(|paragraph| paragraph.replace('\n', " ")).collect();
        *description = paragraphs.join("\n\n");
    }
    schema.properties.iter_mut().flat_map(BTreeMap::values_mut).for_each(unwrap_descriptions);
    if let Some(JSONSchemaPropsOrArray::Schema(items)) = &mut schema.items {
        unwrap_descriptions(items);
    }
}

/// The definition of the policies.
pub(super) fn policy_definition() -> CustomResourceDefinition {
    let mut policies = EcrUploadPolicy::crd();
    make_spec_optional(&mut policies);
    policies
}

/// An object as a YAML document, without a leading `---`. Text that is a number in YAML 1.1, such as `20:00`, is quoted:
/// PyYAML, and with it Ansible, would read it as 1200.
///
/// # Errors
/// [`YamlError`] if serialization fails, which does not happen for the objects of this program.
pub fn to_yaml(object: &impl Serialize) -> Result<String, YamlError> {
    Ok(serde_saphyr::to_string(object)?)
}

/// Makes a policy without a spec valid: it is the detection that offhours replaces. The derived root type requires a
/// spec, so the default is an empty one, which the API server completes with the defaults of the fields.
fn make_spec_optional(crd: &mut CustomResourceDefinition) {
    let schemas = crd.spec.versions.iter_mut().filter_map(|version| version.schema.as_mut());
    for schema in schemas.filter_map(|schema| schema.open_api_v3_schema.as_mut()) {
        if let Some(required) = &mut schema.required {
            required.retain(|field| field != "spec");
        }
        schema.required = schema.required.take().filter(|required| !required.is_empty());
        if let Some(spec) = schema.properties.as_mut().and_then(|properties| properties.get_mut("spec")) {
            spec.default = Some(JSON(json!({})));
        }
    }
}
