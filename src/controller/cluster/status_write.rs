//! Writing the status of policies and sources.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{Api, ApiResource, DynamicObject, Patch, PatchParams};
use kube::{Client, Resource};
use serde::Serialize;
use serde_json::{Value, json};

/// The field manager of everything that the controller writes.
pub const FIELD_MANAGER: &str = "offhours";

/// The object that a status is about. It was planned for this object, and must not end up in one that got the same name
/// meanwhile: with the uid in the patch the API server refuses that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusTarget {
    /// The namespace; None for objects of the cluster.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
    /// The uid.
    pub uid: String,
}

/// A status could not be written.
#[derive(Debug, thiserror::Error)]
pub enum StatusError {
    /// The object is gone, or was replaced under the same name: this status is about nothing any more.
    #[error("the object is gone, or was replaced by another one of its name")]
    Gone,
    /// The API server rejected the status or could not be reached.
    #[error(transparent)]
    Refused(#[from] Box<kube::Error>),
}

impl StatusTarget {
    /// The target that this metadata is of.
    pub fn of(meta: &ObjectMeta) -> Self {
        Self {
            namespace: meta.namespace.clone(),
            name: meta.name.clone().unwrap_or_default(),
            uid: meta.uid.clone().unwrap_or_default(),
        }
    }
}

/// Applies a whole status. The object's own fields are not read back: an object that can't be decoded gets a status too.
///
/// # Errors
/// When it was not written.
pub async fn apply_status<K>(
    client: &Client,
    target: &StatusTarget,
    status: &impl Serialize,
) -> Result<(), StatusError>
where
    K: Resource<DynamicType = ()>,
{
    let (api, resource) = untyped::<K>(client, target);
    let patch = json!({
        "apiVersion": resource.api_version, "kind": resource.kind, "metadata": {"uid": target.uid}, "status": status
    });
    let params = PatchParams::apply(FIELD_MANAGER).force();
    written(api.patch_status(&target.name, &params, &Patch::Apply(&patch)).await)
}

/// Writes parts of a status and leaves the rest as it is: what is not understood now, such as the positions of an object
/// that can't be decoded, is needed once it can be.
///
/// # Errors
/// When they were not written.
pub async fn merge_status<K>(client: &Client, target: &StatusTarget, status: Value) -> Result<(), StatusError>
where
    K: Resource<DynamicType = ()>,
{
    let (api, _) = untyped::<K>(client, target);
    let patch = json!({ "metadata": {"uid": target.uid}, "status": status });
    let params = PatchParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PatchParams::default() };
    written(api.patch_status(&target.name, &params, &Patch::Merge(&patch)).await)
}

fn written(result: Result<DynamicObject, kube::Error>) -> Result<(), StatusError> {
    match result {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) if status.is_not_found() || is_about_uid(&status) => Err(StatusError::Gone),
        Err(error) => Err(Box::new(error).into()),
    }
}

/// Another uid is a conflict, or an edit of a field that can't be edited, by where the API server notices it.
fn is_about_uid(status: &kube::core::Status) -> bool {
    (status.is_conflict() || status.is_invalid()) && status.message.to_lowercase().contains("uid")
}

fn untyped<K>(client: &Client, target: &StatusTarget) -> (Api<DynamicObject>, ApiResource)
where
    K: Resource<DynamicType = ()>,
{
    let resource = ApiResource::erase::<K>(&());
    let api = match &target.namespace {
        Some(namespace) => Api::namespaced_with(client.clone(), namespace, &resource),
        None => Api::all_with(client.clone(), &resource),
    };
    (api, resource)
}
