//! Reading the policies of the command line.

use std::path::PathBuf;

use super::arguments::{ConfigMapArguments, PolicyArguments};
use super::config_maps::{ConfigMaps, read_config_maps};
use super::manifest::read_objects;
use super::policy_file::{PolicyFile, read_policy};
use crate::cli::output::{complain, note};
use crate::cli::standard_input::{StandardInputError, check_single_reader};
use crate::detect::{FeedError, HolidayError, HolidayErrorKind};

/// The policies of some files.
#[derive(Debug)]
pub struct Policies {
    /// Those that can judge, ordered by namespace and name.
    pub files: Vec<PolicyFile>,
    /// Whether all of them could be used.
    pub is_whole: bool,
}

/// There is nothing to judge by.
#[derive(Debug, thiserror::Error)]
pub enum PoliciesError {
    #[error(transparent)]
    StandardInput(#[from] StandardInputError),
    #[error("{flag}: no EcrUploadPolicy found")]
    NoPolicy { flag: &'static str },
    #[error("{flag}: no policy is valid; correct the errors above")]
    NoValidPolicy { flag: &'static str },
}

/// Two files have a policy with the same name and namespace.
#[derive(Debug, thiserror::Error)]
#[error("the policy {title} is given more than once; remove one")]
struct RepeatedPolicy {
    title: String,
}

/// Holidays of a policy cannot be used. Where the cluster would lack a ConfigMap, a flag is missing here.
#[derive(Debug, thiserror::Error)]
enum UnusableHolidays {
    #[error("{field}: not found; give the file of the ConfigMap with --config-map")]
    NoConfigMap { field: String },
    #[error(transparent)]
    Other(HolidayError),
}

/// Reads the policies of the command line, and prints why any of them cannot be used. `records` are the paths of the records,
/// which could be standard input as well.
///
/// # Errors
/// When none of them can judge, or two arguments name standard input.
pub fn read_policies(arguments: &PolicyArguments, records: &[PathBuf]) -> Result<Policies, PoliciesError> {
    let (policies, config_maps) = (&arguments.policies, &arguments.config_maps);
    check_single_reader(&[("--policy", policies), ("--config-map", &config_maps.config_maps), ("PATH", records)])?;
    policies_of("--policy", policies, &read_config_maps(config_maps))
}

/// Reads the policies of `--policy` and then those of `--with`, and prints why any of them cannot be used.
///
/// # Errors
/// When none of one flag can judge, or two arguments name standard input.
pub fn read_current_and_changed(
    current: &[PathBuf],
    changed: &[PathBuf],
    config_maps: &ConfigMapArguments,
    records: &[PathBuf],
) -> Result<(Policies, Policies), PoliciesError> {
    check_single_reader(&[
        ("--policy", current),
        ("--with", changed),
        ("--config-map", &config_maps.config_maps),
        ("PATH", records),
    ])?;
    let config_maps = read_config_maps(config_maps);
    Ok((policies_of("--policy", current, &config_maps)?, policies_of("--with", changed, &config_maps)?))
}

fn policies_of(flag: &'static str, paths: &[PathBuf], config_maps: &ConfigMaps) -> Result<Policies, PoliciesError> {
    let (objects, mut errors) = read_objects(paths);
    let mut files: Vec<PolicyFile> = Vec::new();
    for object in &objects {
        match read_policy(object, config_maps) {
            Ok(Some(policy)) => {
                errors.extend(unusable_holidays(&policy).map(|error| object.error(error)));
                if files.iter().any(|other| other.key() == policy.key()) {
                    errors.push(object.error(RepeatedPolicy { title: policy.title() }));
                } else {
                    files.push(policy);
                }
            }
            Ok(None) => {
                let hint = if object.kind() == "ConfigMap" { "; give calendars with --config-map" } else { "" };
                note(&format!("{}{hint}", object.skipped("an EcrUploadPolicy")));
            }
            Err(found) => errors.extend(found),
        }
    }
    for error in &errors {
        complain(&error.to_string());
    }
    if files.is_empty() {
        let is_none_there = errors.is_empty();
        return Err(if is_none_there {
            PoliciesError::NoPolicy { flag }
        } else {
            PoliciesError::NoValidPolicy { flag }
        });
    }
    files.sort_by(|a, b| a.key().cmp(&b.key()));
    Ok(Policies { files, is_whole: errors.is_empty() && config_maps.is_whole })
}

fn unusable_holidays(file: &PolicyFile) -> impl Iterator<Item = UnusableHolidays> {
    file.policy.holiday_errors().iter().map(|error| match error.kind {
        HolidayErrorKind::Feed { source: FeedError::NoConfigMap } => {
            UnusableHolidays::NoConfigMap { field: error.field.clone() }
        }
        _ => UnusableHolidays::Other(error.clone()),
    })
}
