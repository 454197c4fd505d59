//! What the API server refuses in a policy that comes from a file: what is beyond the limits of its schema, or breaks one of
//! the rules there.
//!
//! Types, choices and fields that are missing or unknown are no part of this: reading the object into its type tells those.

use std::cell::LazyCell;
use std::collections::HashSet;

use kube::core::cel::{ValidationErrors, Validator};
use schemars::generate::SchemaSettings;
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

/// Whether the API server would store an `EcrUploadPolicy` with this spec. What is not written needs no look: the defaults
/// keep the rules.
///
/// # Errors
/// With one field that it would refuse.
pub fn admit(spec: &Value) -> Result<(), Refusal> {
    let schema = LazyCell::new(schema);
    let spec = without_nulls(spec);
    for (name, value) in spec.as_object().into_iter().flatten() {
        let (field, schema) = (format!("spec.{name}"), &schema["properties"][name]);
        within_limits(&field, value, schema)?;
        keeps_the_rules(&field, value, schema)?;
    }
    Ok(())
}

/// As the API server does with what may be null.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let set = fields.iter().filter(|(_, value)| !value.is_null());
            Value::Object(set.map(|(name, value)| (name.clone(), without_nulls(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(without_nulls).collect()),
        other => other.clone(),
    }
}

fn keeps_the_rules(field: &str, value: &Value, schema: &Value) -> Result<(), Refusal> {
    let broken = Validator::new().validate(schema, value, None).map_err(ValidationErrors::into_vec);
    let Some(error) = broken.err().unwrap_or_default().into_iter().next() else { return Ok(()) };
    let dot = if error.field_path.is_empty() || error.field_path.starts_with('[') { "" } else { "." };
    Err(Refusal { field: format!("{field}{dot}{}", error.field_path), problem: error.message })
}

/// The schema of the spec. What the definition has besides, which takes many times as long to make, is of types and choices.
fn schema() -> Value {
    let settings = SchemaSettings::openapi3().with(|settings| settings.inline_subschemas = true);
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
    use serde_json::json;

    use super::*;
    use crate::api::crds;

    /// The limits and rules of a schema, each with the path of the field.
    fn limits(path: &str, schema: &Value, found: &mut Vec<(String, Value)>) {
        let keywords = ["maxLength", "minLength", "maxItems", "minItems", "x-kubernetes-list-type"];
        for keyword in keywords.into_iter().chain(["x-kubernetes-list-map-keys", "x-kubernetes-validations"]) {
            found.extend(schema.get(keyword).map(|limit| (format!("{path} {keyword}"), limit.clone())));
        }
        for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
            limits(&format!("{path}.{name}"), schema, found);
        }
        schema.get("items").into_iter().for_each(|items| limits(&format!("{path}[]"), items, found));
    }

    #[test]
    fn the_limits_and_rules_are_those_of_the_definition() {
        let definition = serde_json::to_value(&crds()[1]).unwrap();
        let definition = &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"];
        let (mut own, mut expected) = (Vec::new(), Vec::new());
        limits("spec", &schema(), &mut own);
        limits("spec", definition, &mut expected);
        assert_eq!(own, expected);
        assert!(own.len() > 100, "{}", own.len());
        assert!(
            !own.iter().any(|(path, _)| path == "spec x-kubernetes-validations"),
            "fields are looked at one by one"
        );
    }

    #[test]
    fn a_refusal_names_the_field() {
        let window = |start: &str| json!({"days": ["Mon"], "start": start, "end": "20:00"});
        for (spec, field) in [
            (json!({"timeZone": "Bonn"}), "spec.timeZone"),
            (json!({"businessHours": [window("08:00"), window("8:00")]}), "spec.businessHours[1].start"),
            (json!({"businessHours": [window("08:00"), window("08:00")]}), "spec.businessHours"),
            (json!({"scope": {"accounts": ["1"]}}), "spec.scope.accounts"),
            (json!({"scope": {"regions": ["eu-*", ""]}}), "spec.scope.regions[1]"),
        ] {
            assert_eq!(admit(&spec).unwrap_err().field, field);
        }
        let every_default = serde_json::to_value(EcrUploadPolicySpec::default()).unwrap();
        assert_eq!(admit(&every_default), Ok(()));
    }
}
