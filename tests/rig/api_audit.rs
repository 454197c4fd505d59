//! The requests that an API server answered, from its audit log.

use std::path::Path;

/// Every request once, when it is answered, without bodies.
pub const POLICY: &str = r#"{"apiVersion": "audit.k8s.io/v1", "kind": "Policy",
  "omitStages": ["RequestReceived", "ResponseStarted"], "rules": [{"level": "Metadata"}]}"#;

/// One answered request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiCall {
    /// `system:serviceaccount:NAMESPACE:NAME`, or `admin` for the rig's own clients.
    pub user: String,
    pub user_agent: String,
    /// get, list, watch, create, update, patch, delete, …
    pub verb: String,
    /// `offhoursuploads`, or `offhoursuploads/status`; empty if the path is not that of a resource.
    pub resource: String,
    pub namespace: String,
    pub name: String,
    pub path: String,
    pub status: u64,
}

impl ApiCall {
    /// The calls in an audit log; without a line that is still being written.
    pub(super) fn read(log: &Path) -> Vec<Self> {
        let text = std::fs::read_to_string(log).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).map(|event| Self::of(&event)).collect()
    }

    fn of(event: &serde_json::Value) -> Self {
        let text = |pointer: &str| event.pointer(pointer).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
        let subresource = text("/objectRef/subresource");
        let resource = text("/objectRef/resource");
        Self {
            user: text("/user/username"),
            user_agent: text("/userAgent"),
            verb: text("/verb"),
            resource: if subresource.is_empty() { resource } else { format!("{resource}/{subresource}") },
            namespace: text("/objectRef/namespace"),
            name: text("/objectRef/name"),
            path: text("/requestURI"),
            status: event.pointer("/responseStatus/code").and_then(serde_json::Value::as_u64).unwrap_or_default(),
        }
    }
}
