//! Writing the status of policies and sources.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::api::{Api, ApiResource, DynamicObject, Patch, PatchParams};
use kube::{Client, Resource};
use serde::Serialize;
use serde_json::json;

/// The field manager of everything that the controller writes.
pub(super) const FIELD_MANAGER: &str = "offhours";

/// Applies a whole status. The object's own fields are not read back: an object that can't be decoded gets a status too.
pub(super) async fn apply_status<K>(
    client: &Client,
    namespace: Option<&str>,
    name: &str,
    status: &impl Serialize,
) -> Result<(), kube::Error>
where
    K: Resource<DynamicType = ()>,
{
    let (api, resource) = untyped::<K>(client, namespace);
    let patch = json!({ "apiVersion": resource.api_version, "kind": resource.kind, "status": status });
    api.patch_status(name, &PatchParams::apply(FIELD_MANAGER).force(), &Patch::Apply(&patch)).await.map(drop)
}

/// Writes conditions and leaves the rest of a status as it is: what is not understood now, such as the checkpoints of an
/// invalid source, is needed once the object is valid again.
pub(super) async fn merge_conditions<K>(
    client: &Client,
    namespace: Option<&str>,
    name: &str,
    generation: Option<i64>,
    conditions: &[Condition],
) -> Result<(), kube::Error>
where
    K: Resource<DynamicType = ()>,
{
    let (api, _) = untyped::<K>(client, namespace);
    let patch = json!({ "status": { "observedGeneration": generation, "conditions": conditions } });
    let params = PatchParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PatchParams::default() };
    api.patch_status(name, &params, &Patch::Merge(&patch)).await.map(drop)
}

fn untyped<K>(client: &Client, namespace: Option<&str>) -> (Api<DynamicObject>, ApiResource)
where
    K: Resource<DynamicType = ()>,
{
    let resource = ApiResource::erase::<K>(&());
    let api = match namespace {
        Some(namespace) => Api::namespaced_with(client.clone(), namespace, &resource),
        None => Api::all_with(client.clone(), &resource),
    };
    (api, resource)
}
