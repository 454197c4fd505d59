//! Synthetic records: the real `docker push`, changed. No public `PutImage` record has these shapes.

use serde_json::{Value, json};

use super::super::{Decoded, RecordError, Upload, decode, decode_value};
use super::samples::docker_push;

/// A record under construction.
#[derive(Debug, Clone)]
pub(super) struct Synthetic(Value);

impl Synthetic {
    pub(super) fn push() -> Self {
        Self(docker_push())
    }

    /// Sets the value at a JSON pointer (RFC 6901) whose parent exists.
    pub(super) fn with(mut self, pointer: &str, value: Value) -> Self {
        let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
        self.0.pointer_mut(parent).expect("the parent exists")[key] = value;
        self
    }

    pub(super) fn without(mut self, pointer: &str) -> Self {
        let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
        let parent = self.0.pointer_mut(parent).and_then(Value::as_object_mut).expect("the parent exists");
        assert!(parent.remove(key).is_some(), "{pointer} exists");
        self
    }

    pub(super) fn with_manifest(self, manifest: &str, media_type: &str) -> Self {
        self.with("/requestParameters/imageManifest", json!(manifest))
            .with("/requestParameters/imageManifestMediaType", json!(media_type))
            .with("/responseElements", Value::Null)
    }

    pub(super) fn with_identity(self, identity: Value) -> Self {
        self.with("/userIdentity", identity)
    }

    pub(super) fn json(&self) -> &Value {
        &self.0
    }

    /// Decodes the record, which must give the same from text.
    pub(super) fn decode(&self) -> Result<Decoded, RecordError> {
        let decoded = decode_value(&self.0);
        assert_eq!(decode(&self.0.to_string()), decoded);
        decoded
    }

    pub(super) fn upload(&self) -> Upload {
        match self.decode() {
            Ok(Decoded::Upload(upload)) => *upload,
            other => panic!("expected an upload: {other:?}"),
        }
    }

    pub(super) fn error(&self) -> RecordError {
        self.decode().expect_err("an error")
    }
}
