//! The policies to judge by.

use std::path::{Path, PathBuf};

use clap::Args;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::{Value, json};

use super::CommandError;
use super::config_maps::{ConfigMapArguments, ConfigMaps, read_config_maps};
use super::input::InputArguments;
use super::manifest::{ManifestError, Object, objects_in, read_objects};
use super::output::{complain, note};
use crate::api::{EcrUploadPolicySpec, GROUP, Refusal, admit};
use crate::calendar::country_holidays;
use crate::detect::{Calendars, FeedError, HolidayErrorKind, Policy, PolicyError};

/// Where the policies come from.
#[derive(Debug, Clone, Args)]
pub struct PolicyArguments {
    /// EcrUploadPolicies to judge by: a file, a folder, or - for standard input; repeatable
    ///
    /// YAML or JSON, read as kubectl reads it: several documents, a List (kubectl get eup -o yaml), or all *.yaml, *.yml and
    /// *.json files in a folder. Objects of other kinds are skipped with a note.
    #[arg(long = "policy", required = true, value_name = "FILE")]
    pub policies: Vec<PathBuf>,

    /// The calendars that they name.
    #[command(flatten)]
    pub config_maps: ConfigMapArguments,
}

/// A policy from a file, ready to judge.
#[derive(Debug)]
pub struct PolicyFile {
    pub namespace: Option<String>,
    pub policy: Policy,
}

/// The policies of some files.
#[derive(Debug)]
pub struct Policies {
    /// In the order of their namespaces and names; those that can judge.
    pub policies: Vec<PolicyFile>,
    /// Whether nothing was wrong with any.
    pub is_whole: bool,
}

/// Reads the policies of the command line. What is wrong with them is printed.
///
/// # Errors
/// When none of them can judge, or two flags read standard input.
pub fn read_policies(arguments: &PolicyArguments, input: &InputArguments) -> Result<Policies, CommandError> {
    let given = [("--policy", &arguments.policies), ("--config-map", &arguments.config_maps.config_maps)];
    read_standard_input_once(&given, input)?;
    let config_maps = read_config_maps(&arguments.config_maps);
    policies_of("--policy", &arguments.policies, &config_maps)
}

/// Two flags can't both have it.
///
/// # Errors
/// When more than one of these flags, or the input, has `-`.
pub fn read_standard_input_once(
    flags: &[(&'static str, &Vec<PathBuf>)],
    input: &InputArguments,
) -> Result<(), CommandError> {
    let reads = |paths: &[PathBuf]| paths.iter().any(|path| path == Path::new("-"));
    let mut readers: Vec<&'static str> =
        flags.iter().filter(|(_, paths)| reads(paths)).map(|(flag, _)| *flag).collect();
    if input.reads_standard_input() {
        readers.push("PATH");
    }
    match readers[..] {
        [first, second, ..] => Err(CommandError::StandardInputTwice { first, second }),
        _ => Ok(()),
    }
}

/// The policies of one flag. What is wrong with them is printed.
///
/// # Errors
/// When none of them can judge.
pub fn policies_of(flag: &'static str, paths: &[PathBuf], config_maps: &ConfigMaps) -> Result<Policies, CommandError> {
    let (objects, unreadable) = read_objects(paths);
    let mut problems: Vec<String> = unreadable.iter().map(ToString::to_string).collect();
    let mut policies: Vec<PolicyFile> = Vec::new();
    for object in &objects {
        match read_policy(object, config_maps) {
            Ok(Some(policy)) => {
                problems.extend(policy.holiday_problems().map(|problem| object.error(problem).to_string()));
                if policies.iter().any(|other| other.key() == policy.key()) {
                    let error = format!("the policy {} is given more than once; remove one", policy.title());
                    problems.push(object.error(error).to_string());
                } else {
                    policies.push(policy);
                }
            }
            Ok(None) => {
                let hint = if object.kind() == "ConfigMap" { "; give calendars with --config-map" } else { "" };
                note(&format!("{}{hint}", object.skipped("an EcrUploadPolicy")));
            }
            Err(errors) => problems.extend(errors.iter().map(ToString::to_string)),
        }
    }
    for problem in &problems {
        complain(problem);
    }
    if policies.is_empty() {
        let is_none_there = problems.is_empty();
        return Err(if is_none_there { CommandError::NoPolicy { flag } } else { CommandError::NoValidPolicy { flag } });
    }
    policies.sort_by(|a, b| a.key().cmp(&b.key()));
    Ok(Policies { policies, is_whole: problems.is_empty() && config_maps.is_whole })
}

impl PolicyFile {
    /// What tells it from others.
    pub fn key(&self) -> (&Option<String>, &str) {
        (&self.namespace, self.policy.name())
    }

    /// `security/production`.
    pub fn title(&self) -> String {
        let namespace = self.namespace.as_ref().map(|namespace| format!("{namespace}/")).unwrap_or_default();
        format!("{namespace}{}", self.policy.name())
    }

    /// What is wrong with its holidays. Where the cluster lacks a ConfigMap, a flag is missing here.
    fn holiday_problems(&self) -> impl Iterator<Item = String> {
        self.policy.holiday_errors().iter().map(|error| match error.kind {
            HolidayErrorKind::Feed { source: FeedError::NoConfigMap } => {
                format!("{}: not found; give the file of the ConfigMap with --config-map", error.field)
            }
            _ => error.to_string(),
        })
    }
}

/// The policy in the text of a file, which is only named in errors. It has no calendars.
///
/// # Errors
/// With all that is wrong, when the text is no YAML, not one policy, or the policy can't judge.
pub fn policy_of(file: &Path, text: &str) -> Result<Policy, Vec<ManifestError>> {
    let objects = objects_in(&file.display().to_string(), text).map_err(|error| vec![error])?;
    let [object] = &objects[..] else {
        return Err(vec![objects[0].error("is not the only object: one EcrUploadPolicy is expected")]);
    };
    match read_policy(object, &ConfigMaps::default())? {
        Some(found) => Ok(found.policy),
        None => Err(vec![object.error("is not an EcrUploadPolicy")]),
    }
}

/// None for an object of another kind.
fn read_policy(object: &Object, config_maps: &ConfigMaps) -> Result<Option<PolicyFile>, Vec<ManifestError>> {
    let group_version = format!("{GROUP}/v1alpha1");
    match (object.api_version(), object.kind()) {
        (version, "EcrUploadPolicy") if version == group_version => {}
        (_, "EcrUploadPolicy") => {
            let message = format!("apiVersion: {:?} is not known; write {group_version}", object.api_version());
            return Err(vec![object.error(message)]);
        }
        (_, "") => return Err(vec![object.error("kind is missing; write kind: EcrUploadPolicy")]),
        (version, kind) if version == group_version && !["CloudTrailSource", "OffHoursUpload"].contains(&kind) => {
            let message = format!("kind: {kind:?} is not known; write EcrUploadPolicy");
            return Err(vec![object.error(message)]);
        }
        _ => return Ok(None),
    }
    let mut errors = Vec::new();
    for field in object.value.as_object().into_iter().flatten().map(|(field, _)| field) {
        if !["apiVersion", "kind", "metadata", "spec", "status"].contains(&field.as_str()) {
            errors.push(object.error(format!("unknown field {field:?}")));
        }
    }
    let metadata = metadata(object).map_err(|error| errors.push(error)).ok();
    let written = object.value.get("spec").unwrap_or(&Value::Null);
    let spec = match admit(written) {
        Ok(spec) => object.part::<EcrUploadPolicySpec>("spec", spec).map_err(|error| errors.push(error)).ok(),
        Err(refusals) => {
            errors.extend(refusals.iter().map(|refusal| object.error(refusal.to_string())));
            errors.extend(countries_meant(written, &refusals).into_iter().map(|problem| object.error(problem)));
            None
        }
    };
    errors.extend(what_cannot_judge(written).iter().map(|error| object.error(error.to_string())));
    let (Some((name, namespace)), Some(spec), true) = (metadata, spec, errors.is_empty()) else { return Err(errors) };
    let calendars = config_maps.calendars(&spec, namespace.as_deref());
    match Policy::compile(&name, &spec, &calendars) {
        Ok(policy) => Ok(Some(PolicyFile { namespace, policy })),
        Err(error) => Err(vec![object.error(error.to_string())]),
    }
}

/// What may be meant by the countries that the API server refuses, which only knows what a code looks like.
fn countries_meant(written: &Value, refusals: &[Refusal]) -> Vec<String> {
    let mut meant = Vec::new();
    for refusal in refusals {
        let Refusal::Invalid { field, .. } = refusal else { continue };
        if !field.ends_with(".holidays.countries") {
            continue;
        }
        let pointer = field.trim_start_matches("spec").replace(['.', '['], "/").replace(']', "");
        for (index, code) in written.pointer(&pointer).and_then(Value::as_array).into_iter().flatten().enumerate() {
            let error = code.as_str().and_then(|code| country_holidays(code).err());
            meant.extend(error.map(|error| format!("{field}[{index}]: {error}")));
        }
    }
    meant
}

/// What keeps a policy from judging, in each part of its spec that the API server would take. Compiling the whole ends at the
/// first.
fn what_cannot_judge(spec: &Value) -> Vec<PolicyError> {
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

/// The error of the first item of a list, as that of another one.
fn at_index(error: PolicyError, list: &str, index: usize) -> PolicyError {
    let field = error.field.replacen(&format!("{list}[0]"), &format!("{list}[{index}]"), 1);
    PolicyError { field, ..error }
}

/// The name and the namespace.
fn metadata(object: &Object) -> Result<(String, Option<String>), ManifestError> {
    let written = object.value.get("metadata").filter(|metadata| !metadata.is_null()).cloned().unwrap_or_default();
    let metadata: ObjectMeta =
        if written.is_null() { ObjectMeta::default() } else { object.part("metadata", written)? };
    let name = metadata.name.ok_or_else(|| object.error("metadata.name: Required value"))?;
    if is_name(&name) {
        Ok((name, metadata.namespace))
    } else {
        let message = format!(
            "metadata.name: Invalid value: {name:?}: must be at most 63 lower-case letters, digits, '-' and '.', and begin \
             and end with a letter or digit, such as production"
        );
        Err(object.error(message))
    }
}

/// Whether a policy may have this name: an RFC 1123 subdomain, as of all objects, that fits into a label.
fn is_name(name: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_label = |label: &str| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-');
    name.len() <= 63 && name.split('.').all(|label| is_label(label) && label.bytes().all(is_inner))
}
