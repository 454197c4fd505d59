//! The policies to judge by, and the calendars that they name.

use std::path::Path;
use std::sync::Arc;

use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Deserialize;
use serde_json::Value;

use super::arguments::PolicyArguments;
use super::manifest::{ManifestError, documents, documents_in, kind, object};
use crate::api::{EcrUploadPolicySpec, GROUP, admit};
use crate::detect::{Calendars, Feed, Policy, calendar_references};

/// A policy from a file, ready to judge.
#[derive(Debug)]
pub struct PolicyFile {
    pub namespace: Option<String>,
    pub policy: Policy,
}

/// Policies, and what is wrong with the files that they came from. Those that can judge do so all the same.
#[derive(Debug, Default)]
pub struct PolicyFiles {
    /// In the order of their namespaces and names.
    pub policies: Vec<PolicyFile>,
    pub problems: Vec<String>,
}

/// `EcrUploadPolicy` as it is in a file: kube's type does not tell unknown fields.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    #[serde(rename = "apiVersion")]
    _api_version: Value,
    #[serde(rename = "kind")]
    _kind: Value,
    #[serde(default)]
    metadata: ObjectMeta,
    #[serde(default)]
    spec: Option<EcrUploadPolicySpec>,
    #[serde(default, rename = "status")]
    _status: Value,
}

const CALENDAR_LABEL: (&str, &str) = ("offhours.dev/calendar", "true");

/// Reads the policies of the command line.
pub fn read_policies(arguments: &PolicyArguments) -> PolicyFiles {
    let mut files = PolicyFiles::default();
    let config_maps = read_config_maps(arguments, &mut files.problems);
    for file in &arguments.policies {
        match read_policy(file, &config_maps) {
            Ok(policy) => files.add(file, policy),
            Err(error) => files.problems.push(error.to_string()),
        }
    }
    files.policies.sort_by(|a, b| a.key().cmp(&b.key()));
    files
}

impl PolicyFiles {
    fn add(&mut self, file: &Path, policy: PolicyFile) {
        for problem in policy.policy.holiday_problems() {
            self.problems.push(format!("{}: {problem}", file.display()));
        }
        if self.policies.iter().any(|other| other.key() == policy.key()) {
            let error = format!("another file has the policy {} too; leave one out", policy.policy.name());
            self.problems.push(ManifestError::new(file, error).to_string());
        } else {
            self.policies.push(policy);
        }
    }
}

impl PolicyFile {
    fn key(&self) -> (&Option<String>, &str) {
        (&self.namespace, self.policy.name())
    }
}

fn read_policy(file: &Path, config_maps: &[ConfigMap]) -> Result<PolicyFile, ManifestError> {
    policy_in(file, documents(file)?, config_maps)
}

/// The policy in the text of a file, which is only named in errors. It has no calendars.
///
/// # Errors
/// When the text is no YAML, not one policy, or the policy can't judge.
pub fn policy_of(file: &Path, text: &str) -> Result<Policy, ManifestError> {
    policy_in(file, documents_in(file, text)?, &[]).map(|found| found.policy)
}

fn policy_in(file: &Path, mut documents: Vec<Value>, config_maps: &[ConfigMap]) -> Result<PolicyFile, ManifestError> {
    let group_version = format!("{GROUP}/v1alpha1");
    let document = match (documents.pop(), documents.len()) {
        (Some(document), 0) => document,
        (None, _) => return Err(ManifestError::new(file, "is empty: an EcrUploadPolicy was expected")),
        (Some(_), more) => {
            let message = format!(
                "has {} documents: give each policy a file of its own, and ConfigMaps with --config-map",
                more + 1
            );
            return Err(ManifestError::new(file, message));
        }
    };
    if kind(&document) != (group_version.as_str(), "EcrUploadPolicy") {
        let (version, kind) = kind(&document);
        let message =
            format!("expected apiVersion {group_version} and kind EcrUploadPolicy, found {version:?} and {kind:?}");
        return Err(ManifestError::new(file, message));
    }
    let written = document.get("spec").cloned();
    let manifest: Manifest = object(file, document)?;
    let name = manifest.metadata.name.ok_or_else(|| ManifestError::new(file, "metadata.name is missing"))?;
    if !is_name(&name) {
        let message =
            format!("metadata.name: {name:?} must be at most 63 of a-z, 0-9, '-' and '.', such as production");
        return Err(ManifestError::new(file, message));
    }
    let namespace = manifest.metadata.namespace;
    let spec = manifest.spec.unwrap_or_default();
    let calendars = calendars(&spec, namespace.as_deref(), config_maps);
    let policy =
        Policy::compile(&name, &spec, &calendars).map_err(|error| ManifestError::new(file, error.to_string()))?;
    if let Some(written) = written.filter(|spec| !spec.is_null()) {
        admit(&written).map_err(|refusal| ManifestError::new(file, refusal.to_string()))?;
    }
    Ok(PolicyFile { namespace, policy })
}

/// Whether a policy may have this name: an RFC 1123 subdomain, as of all objects, that fits into a label.
fn is_name(name: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_label = |label: &str| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-');
    name.len() <= 63 && name.split('.').all(|label| is_label(label) && label.bytes().all(is_inner))
}

/// ConfigMaps as the controller would see them.
fn read_config_maps(arguments: &PolicyArguments, problems: &mut Vec<String>) -> Vec<ConfigMap> {
    let mut config_maps = Vec::new();
    for file in &arguments.config_maps {
        let documents = match documents(file) {
            Ok(documents) => documents,
            Err(error) => {
                problems.push(error.to_string());
                continue;
            }
        };
        for document in documents {
            if kind(&document) != ("v1", "ConfigMap") {
                let (_, kind) = kind(&document);
                problems.push(ManifestError::new(file, format!("expected a ConfigMap, found {kind:?}")).to_string());
                continue;
            }
            match object::<ConfigMap>(file, document) {
                Ok(config_map) if is_labelled(&config_map) => config_maps.push(config_map),
                Ok(config_map) => {
                    let name = config_map.metadata.name.unwrap_or_default();
                    let (label, value) = CALENDAR_LABEL;
                    let message = format!(
                        "the ConfigMap {name} lacks the label {label}={value}: the controller would not see it"
                    );
                    problems.push(ManifestError::new(file, message).to_string());
                }
                Err(error) => problems.push(error.to_string()),
            }
        }
    }
    config_maps
}

fn is_labelled(config_map: &ConfigMap) -> bool {
    let (label, value) = CALENDAR_LABEL;
    config_map.metadata.labels.as_ref().and_then(|labels| labels.get(label)).is_some_and(|found| found == value)
}

fn calendars(spec: &EcrUploadPolicySpec, namespace: Option<&str>, config_maps: &[ConfigMap]) -> Calendars {
    let mut calendars = Calendars::default();
    for reference in calendar_references(spec) {
        let is_meant = |config_map: &&ConfigMap| {
            let own = config_map.metadata.namespace.as_deref();
            config_map.metadata.name.as_deref() == Some(&reference.config_map)
                && (own.is_none() || namespace.is_none() || own == namespace)
        };
        let text =
            config_maps.iter().find(is_meant).and_then(|config_map| config_map.data.as_ref()?.get(&reference.key));
        if let Some(text) = text {
            calendars.insert(reference, Arc::new(Feed::read(text)));
        }
    }
    calendars
}
