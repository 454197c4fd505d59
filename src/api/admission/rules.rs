//! Checking the rules of a schema (CEL).

use kube::core::cel::{ValidationErrors, Validator};
use serde_json::Value;

use super::refusal::Refusal;

/// Checks the rules of a field and of everything in it.
pub(super) fn check(field: &str, value: &Value, schema: &Value, refusals: &mut Vec<Refusal>) {
    let broken = Validator::new().validate(schema, value, None).map_err(ValidationErrors::into_vec);
    for error in broken.err().unwrap_or_default() {
        let path = error.field_path;
        let dot = if path.is_empty() || path.starts_with('[') { "" } else { "." };
        let shown = match at(value, &path) {
            Some(Value::String(text)) => format!("{text:?}: "),
            _ => String::new(),
        };
        refusals
            .push(Refusal::invalid(&format!("{field}{dot}{path}"), format!("Invalid value: {shown}{}", error.message)));
    }
}

/// The value at a path such as `[0].match.accounts`; None if there is none.
fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    let mut steps = path.split(['.', '[', ']']).filter(|step| !step.is_empty());
    steps.try_fold(value, |value, step| match value {
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        other => other.get(step),
    })
}
