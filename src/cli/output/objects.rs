//! Findings as Kubernetes prints objects.

use serde_json::{Value, json};

use crate::api::OffHoursUpload;
use crate::cli::CommandError;

/// With the fields in the order of the alphabet, as `kubectl get -o json` has them.
fn list(findings: &[OffHoursUpload]) -> Result<Value, CommandError> {
    let items = serde_json::to_value(findings).map_err(CommandError::Json)?;
    Ok(json!({"apiVersion": "v1", "items": items, "kind": "List"}))
}

/// A `v1` `List`, with two spaces of indentation.
pub fn json(findings: &[OffHoursUpload]) -> Result<String, CommandError> {
    let mut text = serde_json::to_string_pretty(&list(findings)?).map_err(CommandError::Json)?;
    text.push('\n');
    Ok(text)
}

/// The same in YAML.
pub fn yaml(findings: &[OffHoursUpload]) -> Result<String, CommandError> {
    Ok(crate::api::to_yaml(&list(findings)?)?)
}
