//! Findings as Kubernetes prints objects.

use serde::Serialize;

use crate::api::OffHoursUpload;
use crate::cli::CommandError;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct List<'a> {
    api_version: &'static str,
    items: &'a [OffHoursUpload],
    kind: &'static str,
}

fn list(findings: &[OffHoursUpload]) -> List<'_> {
    List { api_version: "v1", items: findings, kind: "List" }
}

/// A `v1` `List`, with two spaces of indentation.
pub fn json(findings: &[OffHoursUpload]) -> Result<String, CommandError> {
    let mut text = serde_json::to_string_pretty(&list(findings)).map_err(CommandError::Json)?;
    text.push('\n');
    Ok(text)
}

/// The same in YAML.
pub fn yaml(findings: &[OffHoursUpload]) -> Result<String, CommandError> {
    Ok(crate::api::to_yaml(&list(findings))?)
}
