//! The iCalendar feeds in ConfigMaps, read once for all policies that name them.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use k8s_openapi::api::core::v1::ConfigMap;
use kube::ResourceExt;
use kube::runtime::reflector::{ObjectRef, Store};
use sha2::{Digest, Sha256};

use crate::api::EcrUploadPolicySpec;
use crate::detect::{Calendars, Feed, FeedError, calendar_references};

/// The feeds that were read, by ConfigMap.
#[derive(Debug, Default)]
pub struct CalendarFeeds(Mutex<HashMap<ObjectRef<ConfigMap>, ReadConfigMap>>);

#[derive(Debug, Default)]
struct ReadConfigMap {
    resource_version: Option<String>,
    feeds: BTreeMap<String, (Sha256, Arc<Feed>)>,
}

impl CalendarFeeds {
    /// The existing feeds that a policy names, and a hash of the texts of all; None if it names no feed.
    pub(super) fn of_policy(
        &self,
        config_maps: &Store<ConfigMap>,
        namespace: &str,
        spec: &EcrUploadPolicySpec,
    ) -> (Calendars, Option<String>) {
        let references = calendar_references(spec);
        let mut calendars = Calendars::default();
        if references.is_empty() {
            return (calendars, None);
        }
        let mut hash = Sha256::new();
        for reference in references {
            let object = ObjectRef::new(&reference.config_map).within(namespace);
            let feed = match config_maps.get(&object) {
                Some(config_map) => self.feed(object, &config_map, &reference.key),
                None => Err(FeedError::NoConfigMap),
            };
            match feed {
                Ok((text_hash, feed)) => {
                    hash.update(text_hash.finalize());
                    calendars.insert(reference, feed);
                }
                Err(missing) => {
                    hash.update(missing.to_string());
                    calendars.insert_error(reference, missing);
                }
            }
        }
        let mut hash = hex::encode(hash.finalize());
        hash.truncate(16);
        (calendars, Some(hash))
    }

    fn feed(
        &self,
        object: ObjectRef<ConfigMap>,
        config_map: &ConfigMap,
        key: &str,
    ) -> Result<(Sha256, Arc<Feed>), FeedError> {
        let Some(text) = config_map.data.as_ref().and_then(|data| data.get(key)) else {
            let is_binary = config_map.binary_data.as_ref().is_some_and(|data| data.contains_key(key));
            return Err(if is_binary { FeedError::Binary } else { FeedError::NoKey });
        };
        let mut read = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let read = read.entry(object).or_default();
        if read.resource_version != config_map.resource_version() {
            *read = ReadConfigMap { resource_version: config_map.resource_version(), ..ReadConfigMap::default() };
        }
        let feed = read
            .feeds
            .entry(key.to_owned())
            .or_insert_with(|| (Sha256::new_with_prefix(text.as_bytes()), Arc::new(Feed::read(text))));
        Ok(feed.clone())
    }

    /// Forgets a ConfigMap that was deleted.
    pub(super) fn forget(&self, object: &ObjectRef<ConfigMap>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(object);
    }
}
