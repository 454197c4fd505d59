//! What the API server refuses in a policy that comes from a file: what is beyond the limits of its schema, or breaks one of
//! the rules there.
//!
//! Types, choices and fields that are missing or unknown are no part of this: reading the object into its type tells those.

use std::collections::HashSet;

use kube::core::cel::{ValidationError, ValidationErrors, Validator};
use kube::core::schema::{OptionalEnum, OptionalIntOrString, StructuralSchemaRewriter};
use schemars::generate::SchemaSettings;
use schemars::transform::AddNullable;
use serde_json::{Map, Value};

use super::EcrUploadPolicySpec;

/// Why the API server would refuse a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct Refusal {
    /// The path of the field, such as `spec.scope.accounts[0]`.
    pub field: String,
    /// What is wrong with it, in the words of the API server and of the rules.
    pub problem: String,
}

/// Whether the API server would store an `EcrUploadPolicy` with this spec, as it is written.
///
/// # Errors
/// With one field that it would refuse.
pub fn admit(spec: &Value) -> Result<(), Refusal> {
    let schema = schema();
    within_limits("spec", spec, &schema)?;
    match Validator::new().validate(&schema, spec, None).map_err(ValidationErrors::into_vec) {
        Err(errors) => errors.into_iter().next().map_or(Ok(()), |error| Err(Refusal::from(error))),
        Ok(()) => Ok(()),
    }
}

impl From<ValidationError> for Refusal {
    fn from(error: ValidationError) -> Self {
        let field = if error.field_path.is_empty() { "spec".to_owned() } else { format!("spec.{}", error.field_path) };
        Self { field, problem: error.message }
    }
}

/// The schema of the spec as it is in the CustomResourceDefinition. Making the whole definition takes eight times as long.
fn schema() -> Value {
    let settings = SchemaSettings::openapi3().with(|settings| settings.inline_subschemas = true);
    let settings = settings.with_transform(AddNullable::default()).with_transform(StructuralSchemaRewriter);
    let settings = settings.with_transform(OptionalEnum).with_transform(OptionalIntOrString);
    settings.into_generator().into_root_schema_for::<EcrUploadPolicySpec>().to_value()
}

/// The limits come before the rules, as in the API server: they bound what a rule costs.
fn within_limits(field: &str, value: &Value, schema: &Value) -> Result<(), Refusal> {
    let refuse = |problem: String| Err(Refusal { field: field.to_owned(), problem });
    let limit = |name: &str| schema[name].as_u64();
    match value {
        Value::String(text) => {
            let length = text.chars().count() as u64;
            if let Some(limit) = limit("maxLength").filter(|limit| length > *limit) {
                return refuse(format!("Too long: may not be more than {limit} characters"));
            }
            if let Some(limit) = limit("minLength").filter(|limit| length < *limit) {
                return refuse(format!("should be at least {limit} chars long"));
            }
        }
        Value::Array(items) => {
            let length = items.len() as u64;
            if let Some(limit) = limit("maxItems").filter(|limit| length > *limit) {
                return refuse(format!("Too many: {length}: must have at most {limit} items"));
            }
            if let Some(limit) = limit("minItems").filter(|limit| length < *limit) {
                return refuse(format!("should have at least {limit} items"));
            }
            for (index, item) in items.iter().enumerate() {
                within_limits(&format!("{field}[{index}]"), item, &schema["items"])?;
            }
            are_unique(field, items, schema)?;
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                within_limits(&format!("{field}.{name}"), value, &schema["properties"][name])?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// The items of a set, and the keys of those of a map: both are lists (Kubernetes documentation, "Server-Side Apply",
/// "Custom resources and server-side apply").
fn are_unique(field: &str, items: &[Value], schema: &Value) -> Result<(), Refusal> {
    let keys = schema["x-kubernetes-list-map-keys"].as_array();
    let identity = |item: &Value| match (schema["x-kubernetes-list-type"].as_str(), keys) {
        (Some("set"), _) => Some(item.to_string()),
        (Some("map"), Some(keys)) => {
            let keys = keys.iter().filter_map(Value::as_str).map(|key| (key.to_owned(), item[key].clone()));
            Some(Value::Object(keys.collect::<Map<_, _>>()).to_string())
        }
        _ => None,
    };
    let mut seen = HashSet::new();
    for (index, identity) in items.iter().filter_map(identity).enumerate() {
        if seen.contains(&identity) {
            let field = format!("{field}[{index}]");
            return Err(Refusal { field, problem: format!("Duplicate value: {identity}") });
        }
        seen.insert(identity);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::crds;

    #[test]
    fn the_schema_is_that_of_the_definition() {
        let definition = serde_json::to_value(&crds()[1]).unwrap();
        let mut of_definition =
            definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"].clone();
        let mut own = schema();
        // What the field `spec` has besides its type.
        for of_field in ["$schema", "title", "description", "default", "nullable"] {
            let _ = (
                own.as_object_mut().unwrap().remove(of_field),
                of_definition.as_object_mut().unwrap().remove(of_field),
            );
        }
        assert_eq!(own, of_definition);
    }
}
