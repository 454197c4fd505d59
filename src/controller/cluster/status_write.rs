//! Writing the status of policies and sources.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{Api, ApiResource, DynamicObject, Patch, PatchParams};
use kube::{Client, Resource};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::field_manager::{apply_params, merge_params};
use super::request::{RequestError, answer};

/// The object that a status was planned for. The status must not end up in another object that got the same name meanwhile.
/// In a patch of the status of a custom resource, the API server does not compare the uid, because it restores the metadata
/// before it validates anything; but it does compare the resourceVersion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusTarget {
    /// The namespace; None for cluster-scoped objects.
    pub namespace: Option<String>,
    pub name: String,
    pub uid: String,
    /// A version that the object has or had.
    pub version: ObjectVersion,
}

/// A status could not be written.
#[derive(Debug, thiserror::Error)]
pub enum StatusError {
    /// The object was deleted, so there is nothing left to write to.
    #[error("the object is gone")]
    Gone,
    /// The object has changed, or was replaced under the same name, since the status was planned. It must be planned again
    /// once the cache has the new state.
    #[error("the object has changed since the status was planned")]
    Outdated,
    /// The API server rejected the status, could not be reached, or did not answer.
    #[error(transparent)]
    Request(#[from] RequestError),
}

impl StatusError {
    /// Whether a later status of the object may be written.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Outdated => true,
            Self::Request(error) => error.is_retryable(),
            Self::Gone => false,
        }
    }

    /// The error of the request, if it failed.
    pub fn request(&self) -> Option<&RequestError> {
        match self {
            Self::Request(error) => Some(error),
            Self::Gone | Self::Outdated => None,
        }
    }
}

/// `metadata.resourceVersion`, which is ordered (Kubernetes API concepts, 1.35).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectVersion(u64);

impl ObjectVersion {
    /// The version of the object with this metadata.
    pub fn of(meta: &ObjectMeta) -> Self {
        Self(meta.resource_version.as_deref().and_then(|version| version.parse().ok()).unwrap_or_default())
    }
}

/// The status that was last written for each object, by its uid. The cache may not have it yet, and compared with an older
/// one, a status that falls back to it would look as if nothing had changed.
#[derive(Debug)]
pub struct WrittenStatuses<S> {
    began: Instant,
    statuses: Mutex<HashMap<String, (S, ObjectVersion, Instant)>>,
}

impl<S> Default for WrittenStatuses<S> {
    fn default() -> Self {
        Self { began: Instant::now(), statuses: Mutex::default() }
    }
}

impl<S: Clone + Default> WrittenStatuses<S> {
    /// The status that an object has, as far as is known, and when this process last wrote it; the start of the process if
    /// it never did.
    pub fn latest(&self, meta: &ObjectMeta, cached: Option<&S>) -> (S, Instant) {
        let statuses = self.statuses.lock().unwrap_or_else(PoisonError::into_inner);
        let uid = meta.uid.as_deref().unwrap_or_default();
        match statuses.get(uid) {
            Some((written, version, at)) if *version > ObjectVersion::of(meta) => (written.clone(), *at),
            Some((_, _, at)) => (cached.cloned().unwrap_or_default(), *at),
            None => (cached.cloned().unwrap_or_default(), self.began),
        }
    }

    /// The target for the object with this metadata, at the version that it got by the last write of this process, which
    /// the cache may not have yet.
    pub fn target(&self, meta: &ObjectMeta) -> StatusTarget {
        let target = StatusTarget::of(meta);
        let statuses = self.statuses.lock().unwrap_or_else(PoisonError::into_inner);
        let written = statuses.get(&target.uid).map(|(_, version, _)| *version).unwrap_or_default();
        StatusTarget { version: target.version.max(written), ..target }
    }

    /// Records that a status was written.
    pub fn set(&self, uid: &str, status: S, version: ObjectVersion) {
        let mut statuses = self.statuses.lock().unwrap_or_else(PoisonError::into_inner);
        statuses.insert(uid.to_owned(), (status, version, Instant::now()));
    }

    /// Forgets an object that was deleted.
    pub fn forget(&self, uid: &str) {
        self.statuses.lock().unwrap_or_else(PoisonError::into_inner).remove(uid);
    }
}

impl StatusTarget {
    /// The target for the object with this metadata.
    pub fn of(meta: &ObjectMeta) -> Self {
        Self {
            namespace: meta.namespace.clone(),
            name: meta.name.clone().unwrap_or_default(),
            uid: meta.uid.clone().unwrap_or_default(),
            version: ObjectVersion::of(meta),
        }
    }
}

/// Applies a whole status. The object's own fields are not read back, so an object that cannot be decoded gets a status
/// too.
///
/// Returns the new version of the object.
///
/// # Errors
/// When it was not written.
pub async fn apply_status<K>(
    client: &Client,
    target: &StatusTarget,
    status: &impl Serialize,
) -> Result<ObjectVersion, StatusError>
where
    K: Resource<DynamicType = ()>,
{
    let (api, resource) = untyped::<K>(client, target);
    let params = apply_params();
    write(&api, target, &params, |version| {
        Patch::Apply(json!({
            "apiVersion": resource.api_version, "kind": resource.kind, "metadata": {"resourceVersion": version}, "status": status
        }))
    })
    .await
}

/// Writes parts of a status and leaves the rest as it is: what cannot be decoded now, such as the positions of an invalid
/// object, is needed once it can be.
///
/// # Errors
/// When they were not written.
pub async fn merge_status<K>(
    client: &Client,
    target: &StatusTarget,
    status: Value,
) -> Result<ObjectVersion, StatusError>
where
    K: Resource<DynamicType = ()>,
{
    let (api, _) = untyped::<K>(client, target);
    let params = merge_params();
    write(&api, target, &params, |version| {
        Patch::Merge(json!({ "metadata": {"resourceVersion": version}, "status": status }))
    })
    .await
}

/// Patches a status at the version that it was planned for.
async fn write(
    api: &Api<DynamicObject>,
    target: &StatusTarget,
    params: &PatchParams,
    patch: impl Fn(&str) -> Patch<Value>,
) -> Result<ObjectVersion, StatusError> {
    let patch = patch(&target.version.0.to_string());
    match answer(api.patch_status(&target.name, params, &patch)).await {
        Ok(object) => Ok(ObjectVersion::of(&object.metadata)),
        Err(RequestError::Failed(kube::Error::Api(status))) if status.is_not_found() => Err(StatusError::Gone),
        Err(RequestError::Failed(kube::Error::Api(status))) if status.is_conflict() => Err(StatusError::Outdated),
        Err(error) => Err(error.into()),
    }
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

/// How long the cache may take to have a change that another writer made.
pub const CACHE_DELAY: Duration = Duration::from_millis(250);
