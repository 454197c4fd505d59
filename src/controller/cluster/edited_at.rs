//! The time of the last edit of an object.
//!
//! The API server keeps the time of each manager's last write in `managedFields` (Kubernetes documentation, "Server-Side
//! Apply"). It is the only trace of an edit that was made while the controller was not running.

use chrono::{DateTime, Utc};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ManagedFieldsEntry, ObjectMeta};

/// Reduces `managedFields` to the time at which `field` was last written: the full list may take as much memory as the
/// object.
pub(super) fn keep_edit_time(meta: &mut ObjectMeta, field: &str) {
    let entries = meta.managed_fields.take().unwrap_or_default();
    let is_status = |entry: &ManagedFieldsEntry| entry.subresource.as_deref().is_some_and(|name| !name.is_empty());
    let has_field =
        |entry: &ManagedFieldsEntry| entry.fields_v1.as_ref().is_some_and(|fields| fields.0.get(field).is_some());
    let edits = entries.into_iter().filter(|entry| !is_status(entry) && has_field(entry));
    let latest = edits.filter_map(|entry| entry.time).max();
    meta.managed_fields =
        latest.map(|time| vec![ManagedFieldsEntry { time: Some(time), ..ManagedFieldsEntry::default() }]);
}

/// The last edit of the field whose edits its cache keeps, else the creation of the object. Whole seconds.
pub fn edited_at(meta: &ObjectMeta) -> Option<DateTime<Utc>> {
    let edits = meta.managed_fields.iter().flatten().filter_map(|entry| entry.time.as_ref());
    let latest = edits.max().or(meta.creation_timestamp.as_ref())?;
    DateTime::from_timestamp(latest.0.as_second(), 0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_time_of_an_edit_is_that_of_the_last_write_of_the_spec() {
        let mut meta: ObjectMeta = serde_json::from_value(json!({
            "creationTimestamp": "2026-11-01T00:00:00Z",
            "managedFields": [
                {"manager": "kubectl", "time": "2026-11-02T00:00:00Z", "fieldsV1": {"f:spec": {"f:suspend": {}}}},
                {"manager": "label", "time": "2026-11-03T00:00:00Z", "fieldsV1": {"f:metadata": {}}},
                {"manager": "offhours", "time": "2026-11-04T00:00:00Z", "subresource": "status",
                 "fieldsV1": {"f:spec": {}}}
            ]
        }))
        .unwrap();
        keep_edit_time(&mut meta, "f:spec");
        assert_eq!(edited_at(&meta), Some("2026-11-02T00:00:00Z".parse().unwrap()));
        assert_eq!(meta.managed_fields.as_ref().map(Vec::len), Some(1));
        meta.managed_fields = None;
        assert_eq!(edited_at(&meta), Some("2026-11-01T00:00:00Z".parse().unwrap()));
    }
}
