//! Files with Kubernetes objects in YAML or JSON.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::Value;

/// A file with objects cannot be used. Its text names the file, the object and the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {message}")]
pub struct ManifestError {
    file: String,
    message: String,
}

impl ManifestError {
    pub(super) fn new(file: &Path, message: impl Into<String>) -> Self {
        Self { file: file.display().to_string(), message: message.into() }
    }
}

/// The documents of a file, without those that are empty.
pub(super) fn documents(file: &Path) -> Result<Vec<Value>, ManifestError> {
    let text =
        std::fs::read_to_string(file).map_err(|error| ManifestError::new(file, format!("cannot be read: {error}")))?;
    documents_in(file, &text)
}

/// The documents in the text of a file, without those that are empty.
pub(super) fn documents_in(file: &Path, text: &str) -> Result<Vec<Value>, ManifestError> {
    let documents: Vec<Value> = serde_saphyr::from_multiple(text).map_err(|error| {
        let message = error.to_string();
        ManifestError::new(file, format!("is no YAML: {}", message.lines().next().unwrap_or_default()))
    })?;
    Ok(documents.into_iter().filter(|document| !document.is_null()).collect())
}

/// An object of one kind. A field that the kind does not have is an error: it would have no effect, and somebody wrote it
/// to have one.
pub(super) fn object<T: DeserializeOwned>(file: &Path, document: Value) -> Result<T, ManifestError> {
    let mut unknown = Vec::new();
    let mut path = serde_path_to_error::Track::new();
    let deserializer = serde_path_to_error::Deserializer::new(document, &mut path);
    let object = serde_ignored::deserialize(deserializer, |field| unknown.push(readable(&field.to_string())));
    let object =
        object.map_err(|error: serde_json::Error| ManifestError::new(file, format!("{}: {error}", path.path())))?;
    match unknown.first() {
        None => Ok(object),
        Some(field) => Err(ManifestError::new(file, format!("unknown field {field}"))),
    }
}

/// `spec.teams.0.?.name` as `spec.teams[0].name`.
fn readable(path: &str) -> String {
    let mut readable = String::new();
    for part in path.split('.').filter(|part| *part != "?") {
        if !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) {
            readable.push_str(&format!("[{part}]"));
        } else {
            if !readable.is_empty() {
                readable.push('.');
            }
            readable.push_str(part);
        }
    }
    readable
}

/// The kind of an object, for telling one from another.
pub(super) fn kind(document: &Value) -> (&str, &str) {
    let text = |field: &str| document.get(field).and_then(Value::as_str).unwrap_or_default();
    (text("apiVersion"), text("kind"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_written_as_the_api_server_writes_them() {
        assert_eq!(readable("spec.teams.0.match.principal"), "spec.teams[0].match.principal");
        assert_eq!(readable("spec.holidays.?.country"), "spec.holidays.country");
    }
}
