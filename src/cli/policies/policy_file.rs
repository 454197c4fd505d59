//! A policy in a file.

use std::path::Path;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::{Value, json};

use super::config_maps::ConfigMaps;
use super::manifest::{ManifestError, Object, objects_in};
use crate::api::{EcrUploadPolicySpec, GROUP, Refusal, admit};
use crate::calendar::{CountryError, country_holidays};
use crate::detect::{Calendars, Policy, PolicyError};

/// A policy from a file, ready to judge.
#[derive(Debug)]
pub struct PolicyFile {
    pub namespace: Option<String>,
    pub policy: Policy,
}

/// An object in a file is not a policy, or something in it is not allowed there.
#[derive(Debug, thiserror::Error)]
enum PolicyFileError {
    #[error("is not the only object: one EcrUploadPolicy is expected")]
    SeveralObjects,
    #[error("is not an EcrUploadPolicy")]
    OtherKind,
    #[error("kind is missing; write kind: EcrUploadPolicy")]
    NoKind,
    #[error("kind: {0:?} is not known; write EcrUploadPolicy")]
    UnknownKind(String),
    #[error("apiVersion: {0:?} is not known; write {GROUP}/{VERSION}")]
    UnknownVersion(String),
    #[error("unknown field {0:?}")]
    UnknownField(String),
    #[error("metadata.name: Required value")]
    NoName,
    #[error(
        "metadata.name: Invalid value: {0:?}: must be at most 63 lower-case letters, digits, '-' and '.', and begin and end \
         with a letter or digit, such as production"
    )]
    InvalidName(String),
    #[error("{field}: {source}")]
    Country { field: String, source: CountryError },
}

/// The version of the API that policies are written in.
const VERSION: &str = "v1alpha1";

impl PolicyFile {
    /// The namespace and the name, which identify it.
    pub fn key(&self) -> (&Option<String>, &str) {
        (&self.namespace, self.policy.name())
    }

    /// `security/production`.
    pub fn title(&self) -> String {
        let namespace = self.namespace.as_ref().map(|namespace| format!("{namespace}/")).unwrap_or_default();
        format!("{namespace}{}", self.policy.name())
    }
}

/// The policy in the text of a file, whose name is only used in errors. It has no calendars.
///
/// # Errors
/// All that are found when the text is not YAML, not a single policy, or the policy cannot judge.
pub fn policy_of(file: &Path, text: &str) -> Result<Policy, Vec<ManifestError>> {
    let objects = objects_in(&file.display().to_string(), text).map_err(|error| vec![error])?;
    let [object] = &objects[..] else {
        return Err(vec![objects[0].error(PolicyFileError::SeveralObjects)]);
    };
    match read_policy(object, &ConfigMaps::default())? {
        Some(found) => Ok(found.policy),
        None => Err(vec![object.error(PolicyFileError::OtherKind)]),
    }
}

/// The policy that an object is, or none if it is of another kind.
pub fn read_policy(object: &Object, config_maps: &ConfigMaps) -> Result<Option<PolicyFile>, Vec<ManifestError>> {
    if !is_policy(object).map_err(|error| vec![object.error(error)])? {
        return Ok(None);
    }
    let mut errors: Vec<ManifestError> = unknown_fields(object).map(|error| object.error(error)).collect();
    let metadata = metadata(object).map_err(|error| errors.push(error)).ok();
    let written = object.value.get("spec").unwrap_or(&Value::Null);
    let spec = match admit(written) {
        Ok(spec) => object.part::<EcrUploadPolicySpec>("spec", spec).map_err(|error| errors.push(error)).ok(),
        Err(refusals) => {
            errors.extend(refusals.iter().map(|refusal| object.error(refusal.clone())));
            errors.extend(country_errors(written, &refusals).into_iter().map(|error| object.error(error)));
            None
        }
    };
    errors.extend(errors_of_parts(written).into_iter().map(|error| object.error(error)));
    let (Some((name, namespace)), Some(spec), true) = (metadata, spec, errors.is_empty()) else { return Err(errors) };
    let calendars = config_maps.calendars(&spec, namespace.as_deref());
    match Policy::compile(&name, &spec, &calendars) {
        Ok(policy) => Ok(Some(PolicyFile { namespace, policy })),
        Err(error) => Err(vec![object.error(error)]),
    }
}

/// Whether an object is a policy. One that was probably meant to be a policy is an error.
fn is_policy(object: &Object) -> Result<bool, PolicyFileError> {
    let group_version = format!("{GROUP}/{VERSION}");
    match (object.api_version(), object.kind()) {
        (version, "EcrUploadPolicy") if version == group_version => Ok(true),
        (version, "EcrUploadPolicy") => Err(PolicyFileError::UnknownVersion(version.to_owned())),
        (_, "") => Err(PolicyFileError::NoKind),
        (version, kind) if version == group_version && !["CloudTrailSource", "OffHoursUpload"].contains(&kind) => {
            Err(PolicyFileError::UnknownKind(kind.to_owned()))
        }
        _ => Ok(false),
    }
}

fn unknown_fields(object: &Object) -> impl Iterator<Item = PolicyFileError> {
    let fields = object.value.as_object().into_iter().flatten().map(|(field, _)| field);
    let is_unknown = |field: &&String| !["apiVersion", "kind", "metadata", "spec", "status"].contains(&field.as_str());
    fields.filter(is_unknown).map(|field| PolicyFileError::UnknownField(field.clone()))
}

/// More helpful errors for the countries that the API server rejects: it checks the form of a code only.
fn country_errors(written: &Value, refusals: &[Refusal]) -> Vec<PolicyFileError> {
    let mut errors = Vec::new();
    for refusal in refusals {
        let Refusal::Invalid { field, .. } = refusal else { continue };
        if !field.ends_with(".holidays.countries") {
            continue;
        }
        let pointer = field.trim_start_matches("spec").replace(['.', '['], "/").replace(']', "");
        for (index, code) in written.pointer(&pointer).and_then(Value::as_array).into_iter().flatten().enumerate() {
            let error = code.as_str().and_then(|code| country_holidays(code).err());
            errors.extend(error.map(|source| PolicyFileError::Country { field: format!("{field}[{index}]"), source }));
        }
    }
    errors
}

/// The errors in all parts of a spec that the API server would accept. Compiling the whole ends at the first one.
fn errors_of_parts(spec: &Value) -> Vec<PolicyError> {
    let compiled = |part: Value| {
        let spec: EcrUploadPolicySpec = serde_json::from_value(admit(&part).ok()?).ok()?;
        Policy::compile("part", &spec, &Calendars::default()).err()
    };
    let mut errors = Vec::new();
    for (name, value) in spec.as_object().into_iter().flatten() {
        match value {
            Value::Array(items) if name == "teams" || name == "allow" => {
                for (index, item) in items.iter().enumerate() {
                    let error = compiled(json!({name: [item]}));
                    errors.extend(error.map(|error| at_index(error, &format!("spec.{name}"), index)));
                }
            }
            value => errors.extend(compiled(json!({name: value}))),
        }
    }
    errors
}

/// Turns the error of the first item of a list into that of another item.
fn at_index(error: PolicyError, list: &str, index: usize) -> PolicyError {
    let field = error.field.replacen(&format!("{list}[0]"), &format!("{list}[{index}]"), 1);
    PolicyError { field, ..error }
}

/// The name and the namespace.
fn metadata(object: &Object) -> Result<(String, Option<String>), ManifestError> {
    let written = object.value.get("metadata").filter(|metadata| !metadata.is_null()).cloned().unwrap_or_default();
    let metadata: ObjectMeta =
        if written.is_null() { ObjectMeta::default() } else { object.part("metadata", written)? };
    match metadata.name {
        None => Err(object.error(PolicyFileError::NoName)),
        Some(name) if !is_name(&name) => Err(object.error(PolicyFileError::InvalidName(name))),
        Some(name) => Ok((name, metadata.namespace)),
    }
}

/// Whether a policy may have this name: an RFC 1123 subdomain, as for all objects, that fits into a label.
fn is_name(name: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_label = |label: &str| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-');
    name.len() <= 63 && name.split('.').all(|label| is_label(label) && label.bytes().all(is_inner))
}
