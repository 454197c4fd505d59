//! A log line for each policy and source that is created, changed or deleted, with the fields that an edit changed.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use kube::Resource;
use kube::core::DeserializeGuard;
use kube::core::object::HasSpec;
use kube::runtime::reflector::{ObjectRef, Store};
use serde::Serialize;
use serde_json::Value;

/// The objects of a kind as they were last logged.
#[derive(Debug)]
pub(super) struct ChangeLog {
    kind: &'static str,
    /// By uid.
    objects: HashMap<String, Fields>,
}

/// A hash of each field of a spec, by its path. The specs themselves, of which there may be a thousand, would take more
/// memory than a log line is worth.
type Fields = BTreeMap<String, u64>;

/// What happened to an object.
#[derive(Debug, PartialEq, Eq)]
enum News {
    Created,
    /// The paths of the fields that differ.
    Changed(Vec<String>),
}

impl ChangeLog {
    /// A log that begins with the objects that exist, which are no news.
    pub fn new<K>(kind: &'static str, store: &Store<DeserializeGuard<K>>) -> Self
    where
        K: Resource<DynamicType = ()> + HasSpec<Spec: Serialize> + Clone,
    {
        let objects = store.state().into_iter().map(|object| (uid(&object), fields_of(&object))).collect();
        Self { kind, objects }
    }

    /// Logs that an object was created or edited.
    pub fn edited<K>(&mut self, object: &ObjectRef<DeserializeGuard<K>>, store: &Store<DeserializeGuard<K>>)
    where
        K: Resource<DynamicType = ()> + HasSpec<Spec: Serialize> + Clone,
    {
        // It may have been deleted again.
        let Some(stored) = store.get(object) else { return };
        let (kind, namespace, name) = (self.kind, object.namespace.as_deref(), &*object.name);
        match self.take(uid(&stored), fields_of(&stored)) {
            Some(News::Created) => tracing::info!(namespace, name, "{kind} created"),
            Some(News::Changed(fields)) => {
                tracing::info!(namespace, name, fields = fields.join(", "), "{kind} changed")
            }
            None => {}
        }
    }

    /// Logs that an object was deleted.
    pub fn gone<K: Resource<DynamicType = ()>>(&mut self, object: &ObjectRef<K>, uid: &str) {
        let (kind, namespace, name) = (self.kind, object.namespace.as_deref(), &*object.name);
        self.objects.remove(uid);
        tracing::info!(namespace, name, "{kind} deleted");
    }

    fn take(&mut self, uid: String, fields: Fields) -> Option<News> {
        let Some(before) = self.objects.insert(uid, fields.clone()) else { return Some(News::Created) };
        let paths = before.keys().chain(fields.keys().filter(|path| !before.contains_key(*path)));
        let changed: Vec<String> = paths.filter(|path| before.get(*path) != fields.get(*path)).cloned().collect();
        (!changed.is_empty()).then_some(News::Changed(changed))
    }
}

fn uid<K: Resource>(object: &Arc<K>) -> String {
    object.meta().uid.clone().unwrap_or_default()
}

/// The fields of an object; none if it cannot be decoded, which its conditions report.
fn fields_of<K>(object: &DeserializeGuard<K>) -> Fields
where
    K: HasSpec<Spec: Serialize>,
{
    let spec = object.0.as_ref().ok().and_then(|object| serde_json::to_value(object.spec()).ok());
    let mut fields = Fields::new();
    if let Some(spec) = spec {
        add("spec", &spec, &mut fields);
    }
    fields
}

/// Adds the fields below a path. A list is one field.
fn add(path: &str, value: &Value, fields: &mut Fields) {
    if let Value::Object(object) = value {
        for (name, value) in object {
            add(&format!("{path}.{name}"), value, fields);
        }
    } else {
        let mut hasher = DefaultHasher::new();
        value.to_string().hash(&mut hasher);
        fields.insert(path.to_owned(), hasher.finish());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(spec: &Value) -> Fields {
        let mut fields = Fields::new();
        add("spec", spec, &mut fields);
        fields
    }

    #[test]
    fn an_edit_names_the_fields_that_differ() {
        let mut log = ChangeLog { kind: "policy", objects: HashMap::new() };
        let before = json!({"timeZone": "UTC", "holidays": {"countries": ["DE"], "dates": []}, "suspend": true});
        let after =
            json!({"timeZone": "UTC", "holidays": {"countries": ["DE-BY"], "dates": []}, "teams": [{"name": "a"}]});
        assert_eq!(log.take("uid".to_owned(), fields(&before)), Some(News::Created));
        assert_eq!(log.take("uid".to_owned(), fields(&before)), None);
        let changed = ["spec.holidays.countries", "spec.suspend", "spec.teams"].map(str::to_owned).to_vec();
        assert_eq!(log.take("uid".to_owned(), fields(&after)), Some(News::Changed(changed)));
    }

    #[test]
    fn an_object_that_replaces_one_of_its_name_is_created() {
        let mut log = ChangeLog { kind: "policy", objects: HashMap::new() };
        let spec = json!({"timeZone": "UTC"});
        assert_eq!(log.take("first".to_owned(), fields(&spec)), Some(News::Created));
        assert_eq!(log.take("second".to_owned(), fields(&spec)), Some(News::Created));
    }
}
