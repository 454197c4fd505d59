//! Checking the schema without its rules: types, choices, formats, limits, and the fields that exist and are required.

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate};
use serde_json::{Map, Value};

use super::hint;
use super::refusal::Refusal;

/// Checks a field and everything in it.
pub(super) fn check(field: &str, value: &Value, schema: &Value, refusals: &mut Vec<Refusal>) {
    let wanted = schema["type"].as_str().unwrap_or_default();
    let found = type_of(value);
    let is_number = wanted == "number" && found == "integer";
    if wanted != found && !is_number {
        let hint = hint::for_type(value, schema);
        refusals.push(invalid(field, &format!("{found:?}"), &format!("must be of type {wanted}: {found:?}{hint}")));
        return;
    }
    match value {
        Value::String(text) => check_text(field, text, schema, refusals),
        Value::Array(items) => check_list(field, items, schema, refusals),
        Value::Object(fields) => check_object(field, fields, schema, refusals),
        _ => {}
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// An invalid value, in the words of the API server.
fn invalid(field: &str, value: &str, rule: &str) -> Refusal {
    Refusal::invalid(field, in_body(field, value, rule))
}

fn too_short(field: &str, value: &str, rule: &str) -> Refusal {
    Refusal::TooShort { field: field.to_owned(), message: in_body(field, value, rule) }
}

fn in_body(field: &str, value: &str, rule: &str) -> String {
    format!("Invalid value: {value}: {field} in body {rule}")
}

fn check_text(field: &str, text: &str, schema: &Value, refusals: &mut Vec<Refusal>) {
    let length = text.chars().count() as u64;
    if let Some(choices) = schema["enum"].as_array().filter(|choices| !choices.iter().any(|choice| choice == text)) {
        let choices: Vec<String> = choices.iter().filter(|choice| !choice.is_null()).map(Value::to_string).collect();
        let message = format!("Unsupported value: {text:?}: supported values: {}", choices.join(", "));
        refusals.push(Refusal::invalid(field, message));
    }
    if let Some(limit) = schema["maxLength"].as_u64().filter(|limit| length > *limit) {
        refusals.push(Refusal::invalid(field, format!("Too long: may not be more than {limit} bytes")));
    }
    if let Some(limit) = schema["minLength"].as_u64().filter(|limit| length < *limit) {
        refusals.push(too_short(field, &format!("{text:?}"), &format!("should be at least {limit} chars long")));
    }
    if let Some(format) = schema["format"].as_str().filter(|format| !is_of_format(text, format)) {
        let hint = hint::for_format(text, format);
        refusals.push(invalid(field, &format!("{text:?}"), &format!("must be of type {format}: {text:?}{hint}")));
    }
}

fn is_of_format(text: &str, format: &str) -> bool {
    match format {
        "date-time" => DateTime::parse_from_rfc3339(text).is_ok(),
        // chrono also accepts 2026-1-2.
        "date" => text.parse::<NaiveDate>().is_ok_and(|date| date.to_string() == text),
        _ => true,
    }
}

fn check_list(field: &str, items: &[Value], schema: &Value, refusals: &mut Vec<Refusal>) {
    let length = items.len() as u64;
    if let Some(limit) = schema["maxItems"].as_u64().filter(|limit| length > *limit) {
        // The items are not checked, as in the API server: the limit bounds the cost of that.
        refusals.push(Refusal::invalid(field, format!("Too many: {length}: must have at most {limit} items")));
        return;
    }
    if let Some(limit) = schema["minItems"].as_u64().filter(|limit| length < *limit) {
        refusals.push(too_short(field, &length.to_string(), &format!("should have at least {limit} items")));
    }
    for (index, item) in items.iter().enumerate() {
        check(&format!("{field}[{index}]"), item, &schema["items"], refusals);
    }
    check_unique(field, items, schema, refusals);
}

/// Checks that the items of a set, and the keys of the items of a map, are unique. Both are lists (Kubernetes documentation,
/// "Server-Side Apply", "Custom resources and server-side apply").
fn check_unique(field: &str, items: &[Value], schema: &Value, refusals: &mut Vec<Refusal>) {
    let keys = schema["x-kubernetes-list-map-keys"].as_array();
    let identity = |item: &Value| match (schema["x-kubernetes-list-type"].as_str(), keys) {
        (Some("set"), _) => Some(item.to_string()),
        (Some("map"), Some(keys)) => {
            let keys = keys.iter().filter_map(Value::as_str).map(|key| Some((key.to_owned(), item.get(key)?.clone())));
            // An item that lacks a key is rejected for that.
            Some(Value::Object(keys.collect::<Option<Map<_, _>>>()?).to_string())
        }
        _ => None,
    };
    let mut seen = HashSet::new();
    for (index, item) in items.iter().enumerate() {
        if let Some(identity) = identity(item)
            && !seen.insert(identity.clone())
        {
            let message = format!("Duplicate value: {identity}");
            refusals.push(Refusal::invalid(&format!("{field}[{index}]"), message));
        }
    }
}

fn check_object(field: &str, fields: &Map<String, Value>, schema: &Value, refusals: &mut Vec<Refusal>) {
    for (name, value) in fields {
        let field = format!("{field}.{name}");
        match schema["properties"].get(name) {
            Some(schema) => check(&field, value, schema, refusals),
            None => refusals.push(Refusal::unknown(field, schema)),
        }
    }
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    for name in required.filter(|name| !fields.contains_key(*name)) {
        refusals.push(Refusal::invalid(&format!("{field}.{name}"), "Required value"));
    }
}
