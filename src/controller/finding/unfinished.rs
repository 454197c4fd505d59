//! Findings without evidence.
//!
//! A finding is created first, and gets its evidence with a second request. A process that is killed in between leaves an
//! object without evidence. It is filled when its records are read again; but if the policy was edited meanwhile and does
//! not report them any more, it would never be filled.

use chrono::{DateTime, TimeDelta, Utc};

use crate::api::OffHoursUpload;

/// The age at which a finding without evidence is abandoned. No write takes that long, and a controller that was restarted
/// at once has read the latest records again by then.
const ABANDONED_AFTER: TimeDelta = TimeDelta::minutes(10);

/// A finding without evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unfinished {
    pub namespace: String,
    pub name: String,
    pub uid: String,
    pub resource_version: String,
    pub created: DateTime<Utc>,
}

impl Unfinished {
    /// None for an object that the controller did not create, which is not the controller's to delete.
    pub fn new(finding: &OffHoursUpload) -> Option<Self> {
        let meta = &finding.metadata;
        let manager = meta.labels.as_ref()?.get("app.kubernetes.io/managed-by")?;
        (manager == "offhours").then_some(())?;
        Some(Self {
            namespace: meta.namespace.clone()?,
            name: meta.name.clone()?,
            uid: meta.uid.clone()?,
            resource_version: meta.resource_version.clone()?,
            created: DateTime::from_timestamp(meta.creation_timestamp.as_ref()?.0.as_second(), 0)?,
        })
    }

    /// Whether the process that created it will not come back to it.
    pub fn is_abandoned(&self, now: DateTime<Utc>) -> bool {
        now - self.created >= ABANDONED_AFTER
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn finding(labels: serde_json::Value) -> OffHoursUpload {
        serde_json::from_value(json!({
            "apiVersion": "offhours.dev/v1alpha1", "kind": "OffHoursUpload",
            "metadata": {"name": "a", "namespace": "security", "uid": "u", "resourceVersion": "7", "labels": labels,
                         "creationTimestamp": "2026-11-20T10:00:00Z"},
            "spec": {
                "policy": "production", "date": "2026-11-18", "timeZone": "UTC", "account": "111122223333",
                "region": "eu-central-1", "registry": "Private", "repository": "prod/api", "part": 1,
                "principal": {"type": "Root", "arn": "arn:aws:iam::111122223333:root"}
            }
        }))
        .unwrap()
    }

    #[test]
    fn a_finding_is_abandoned_ten_minutes_after_its_creation() {
        let unfinished = Unfinished::new(&finding(json!({"app.kubernetes.io/managed-by": "offhours"}))).unwrap();
        let at = |time: &str| time.parse().unwrap();
        assert!(!unfinished.is_abandoned(at("2026-11-20T10:09:59Z")));
        assert!(unfinished.is_abandoned(at("2026-11-20T10:10:00Z")));
        assert!(!unfinished.is_abandoned(at("2026-11-20T09:00:00Z")), "the API server's clock may be ahead");
    }

    #[test]
    fn what_others_made_is_never_abandoned() {
        for labels in [json!({}), json!({"app.kubernetes.io/managed-by": "helm"})] {
            assert_eq!(Unfinished::new(&finding(labels)), None);
        }
    }
}
