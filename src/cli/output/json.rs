//! Results as JSON.

use serde::Serialize;
use serde_json::Value;

/// A result has no form in JSON.
#[derive(Debug, thiserror::Error)]
#[error("cannot write JSON: {0}")]
pub struct JsonError(#[source] serde_json::Error);

/// A document for people and tools, with two spaces of indentation.
pub fn pretty_json(result: &impl Serialize) -> Result<String, JsonError> {
    Ok(serde_json::to_string_pretty(result).map_err(JsonError)? + "\n")
}

/// One of several results, each on a line.
pub fn json_line(result: &impl Serialize) -> Result<String, JsonError> {
    Ok(serde_json::to_string(result).map_err(JsonError)? + "\n")
}

/// A part of a document. Its fields are in alphabetical order.
pub fn json_value(result: &impl Serialize) -> Result<Value, JsonError> {
    serde_json::to_value(result).map_err(JsonError)
}
