//! The scope of a policy: the uploads that it judges.

use std::collections::BTreeSet;

use super::pattern::Patterns;
use super::verdict::OutOfScope;
use crate::api;
use crate::upload::{Registry, Upload};

/// `scope` of a policy, with `failedPushes` and `serviceRoles`.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    accounts: BTreeSet<String>,
    regions: Patterns,
    repositories: Patterns,
    registries: Vec<api::Registry>,
    failed_pushes: api::FailedPushes,
    service_roles: api::ServiceRoles,
}

impl Scope {
    pub(super) fn new(spec: &api::EcrUploadPolicySpec) -> Self {
        let scope = spec.scope.clone().unwrap_or_default();
        Self {
            accounts: scope.accounts.into_iter().collect(),
            regions: Patterns::new(&scope.regions),
            repositories: Patterns::new(&scope.repositories),
            registries: scope.registries,
            failed_pushes: spec.failed_pushes,
            service_roles: spec.service_roles,
        }
    }

    /// The part of the scope that excludes an upload; None if it is in scope.
    pub(super) fn leaves_out(&self, upload: &Upload) -> Option<OutOfScope> {
        if !self.accounts.is_empty() && !self.accounts.contains(&upload.account) {
            Some(OutOfScope::Account)
        } else if !self.regions.match_or_empty(&upload.region) {
            Some(OutOfScope::Region)
        } else if !self.repositories.match_or_empty(&upload.repository) {
            Some(OutOfScope::Repository)
        } else if !self.registries.is_empty() && !self.registries.contains(&registry(upload.registry)) {
            Some(OutOfScope::Registry)
        } else if upload.error_code.is_some() && self.failed_pushes == api::FailedPushes::Ignore {
            Some(OutOfScope::FailedPush)
        } else if upload.principal.is_service_role() && self.service_roles == api::ServiceRoles::Ignore {
            Some(OutOfScope::ServiceRole)
        } else {
            None
        }
    }
}

/// The kind of registry, as the API names it.
pub(super) fn registry(registry: Registry) -> api::Registry {
    match registry {
        Registry::Private => api::Registry::Private,
        Registry::Public => api::Registry::Public,
    }
}
