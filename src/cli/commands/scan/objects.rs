//! Findings as Kubernetes prints objects.

use serde_json::{Value, json};

use super::error::ScanError;
use crate::api::{OffHoursUpload, to_yaml};
use crate::cli::output::{JsonError, json_value, pretty_json};

/// A `v1` `List` with its fields in alphabetical order, as `kubectl get -o json` prints it.
fn list(findings: &[OffHoursUpload]) -> Result<Value, JsonError> {
    let items = json_value(&findings)?;
    Ok(json!({"apiVersion": "v1", "items": items, "kind": "List"}))
}

/// The list in JSON.
pub fn json(findings: &[OffHoursUpload]) -> Result<String, JsonError> {
    pretty_json(&list(findings)?)
}

/// The list in YAML.
pub fn yaml(findings: &[OffHoursUpload]) -> Result<String, ScanError> {
    Ok(to_yaml(&list(findings)?)?)
}
