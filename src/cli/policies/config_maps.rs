//! The calendars that policies name.

use std::sync::Arc;

use k8s_openapi::api::core::v1::ConfigMap;

use super::arguments::ConfigMapArguments;
use super::manifest::{ManifestError, Object, read_objects};
use crate::api::{CALENDAR_LABEL, EcrUploadPolicySpec};
use crate::cli::output::{complain, note};
use crate::detect::{Calendars, Feed, FeedError, calendar_references};

/// ConfigMaps as the controller would see them.
#[derive(Debug)]
pub struct ConfigMaps {
    found: Vec<ConfigMap>,
    /// Whether all of them could be used.
    pub is_whole: bool,
}

impl Default for ConfigMaps {
    /// None were given.
    fn default() -> Self {
        Self { found: Vec::new(), is_whole: true }
    }
}

/// The controller only watches ConfigMaps with a label.
#[derive(Debug, thiserror::Error)]
#[error("the ConfigMap {name} does not have the label {CALENDAR_LABEL}, without which the controller ignores it")]
struct MissingLabel {
    name: String,
}

/// Reads the ConfigMaps of the command line, and prints why any of them cannot be used.
pub fn read_config_maps(arguments: &ConfigMapArguments) -> ConfigMaps {
    let (objects, mut errors) = read_objects(&arguments.config_maps);
    let mut found = Vec::new();
    for object in &objects {
        if (object.api_version(), object.kind()) != ("v1", "ConfigMap") {
            note(&object.skipped("a ConfigMap"));
            continue;
        }
        match config_map(object) {
            Ok(config_map) => found.push(config_map),
            Err(error) => errors.push(error),
        }
    }
    for error in &errors {
        complain(&error.to_string());
    }
    ConfigMaps { found, is_whole: errors.is_empty() }
}

fn config_map(object: &Object) -> Result<ConfigMap, ManifestError> {
    let config_map: ConfigMap = object.part("", object.value.clone())?;
    let is_label = |(name, value): (&String, &String)| format!("{name}={value}") == CALENDAR_LABEL;
    if config_map.metadata.labels.iter().flatten().any(is_label) {
        Ok(config_map)
    } else {
        Err(object.error(MissingLabel { name: config_map.metadata.name.unwrap_or_default() }))
    }
}

impl ConfigMaps {
    /// The calendars that a policy in this namespace names, as far as they were given.
    pub fn calendars(&self, spec: &EcrUploadPolicySpec, namespace: Option<&str>) -> Calendars {
        let mut calendars = Calendars::default();
        for reference in calendar_references(spec) {
            let is_meant = |config_map: &&ConfigMap| {
                let own = config_map.metadata.namespace.as_deref();
                config_map.metadata.name.as_deref() == Some(&reference.config_map)
                    && (own.is_none() || namespace.is_none() || own == namespace)
            };
            let Some(config_map) = self.found.iter().find(is_meant) else { continue };
            let in_binary = config_map.binary_data.iter().flatten().any(|(key, _)| *key == reference.key);
            match config_map.data.as_ref().and_then(|data| data.get(&reference.key)) {
                Some(text) => calendars.insert(reference, Arc::new(Feed::read(text))),
                None if in_binary => calendars.insert_error(reference, FeedError::Binary),
                None => calendars.insert_error(reference, FeedError::NoKey),
            }
        }
        calendars
    }
}
