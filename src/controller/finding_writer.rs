//! Writing findings: observe the parts, plan, apply; a conflict means observe again.

use std::collections::BTreeMap;

use kube::api::{Api, PostParams};
use kube::{Resource, ResourceExt};

use super::Context;
use super::active_policy::ActivePolicy;
use super::status_patch::FIELD_MANAGER;
use crate::api::{Occurrence, OffHoursUpload};
use crate::detect::{FindingKey, NewUpload, PartWrite, plan_append};
use crate::telemetry::UploadLabels;

/// A finding could not be written.
#[derive(Debug, Clone, thiserror::Error)]
#[allow(missing_docs)] // The fields are the parts of the message.
pub enum WriteError {
    /// The namespace is gone or going: so is the policy, and there is nothing to hold the checkpoint for.
    #[error("the namespace {namespace} is being deleted")]
    NamespaceGone { namespace: String },
    /// The API server refused or could not be reached.
    #[error("cannot write the OffHoursUpload {namespace}/{name}: {message}")]
    Refused { namespace: String, name: String, message: String },
    /// Others changed the finding each time before this write came through.
    #[error("cannot write the OffHoursUpload {namespace}/{name}: it changed {attempts} times meanwhile")]
    Contended { namespace: String, name: String, attempts: usize },
    /// The program is stopping; the records are read again at its next start.
    #[error("the controller is stopping")]
    Stopping,
}

/// Each conflict means that somebody else's write came through, so this many in a row are not expected.
const MAX_ATTEMPTS: usize = 10;

/// Adds uploads to the finding of a policy, in as many parts as it takes. Those that it holds already are skipped.
///
/// # Errors
/// When not all of them are in the finding. Some may be; trying again repeats nothing.
pub(super) async fn write_finding(
    context: &Context,
    policy: &ActivePolicy,
    key: &FindingKey,
    uploads: Vec<NewUpload>,
) -> Result<(), WriteError> {
    let writer = Writer {
        context,
        key,
        policy,
        namespace: &policy.namespace,
        api: Api::namespaced(context.client.clone(), &policy.namespace),
    };
    // A finding that is not known is most likely new. If it is not, creating it is a conflict.
    let mut parts = match context.index.knows(&policy.namespace, &key.name(1)) {
        true => writer.observe().await?,
        false => BTreeMap::new(),
    };
    for _ in 0..MAX_ATTEMPTS {
        let statuses = parts.iter().map(|(part, finding)| (*part, finding.status.clone())).collect();
        let plan = plan_append(&statuses, uploads.clone());
        match writer.apply(&mut parts, plan).await? {
            Applied::Whole => return Ok(()),
            Applied::Conflict => parts = writer.observe().await?,
        }
    }
    Err(WriteError::Contended { namespace: policy.namespace.clone(), name: key.name(1), attempts: MAX_ATTEMPTS })
}

struct Writer<'a> {
    context: &'a Context,
    key: &'a FindingKey,
    policy: &'a ActivePolicy,
    namespace: &'a str,
    api: Api<OffHoursUpload>,
}

enum Applied {
    Whole,
    Conflict,
}

impl Writer<'_> {
    /// All parts that exist. A part that somebody deleted leaves a gap, so those that are known behind it are read too.
    async fn observe(&self) -> Result<BTreeMap<i32, OffHoursUpload>, WriteError> {
        let mut parts = BTreeMap::new();
        for part in 1.. {
            let name = self.key.name(part);
            match self.api.get_opt(&name).await.map_err(|error| self.refused(&name, &error))? {
                Some(finding) => drop(parts.insert(part, finding)),
                None if self.context.index.knows(self.namespace, &self.key.name(part + 1)) => {}
                None => break,
            }
        }
        Ok(parts)
    }

    async fn apply(
        &self,
        parts: &mut BTreeMap<i32, OffHoursUpload>,
        plan: Vec<PartWrite>,
    ) -> Result<Applied, WriteError> {
        for write in plan {
            let (operation, finding) = match parts.remove(&write.part) {
                Some(finding) => ("Append", Some(finding)),
                None => ("Create", self.create(write.part).await?),
            };
            let Some(mut finding) = finding else { return Ok(Applied::Conflict) };
            let name = finding.name_any();
            finding.status = Some(write.status);
            finding.metadata.managed_fields = None;
            let params = PostParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PostParams::default() };
            // The resourceVersion that was read goes along: whoever wrote in between makes this a conflict.
            match self.api.replace_status(&name, &params, &finding).await {
                Ok(written) => {
                    self.context.index.written(&written);
                    self.context.metrics.finding_written(operation);
                    self.context.metrics.uploads_reported(
                        UploadLabels {
                            namespace: self.namespace.to_owned(),
                            policy: self.policy.policy.name().to_owned(),
                            team: written.spec.team.clone().unwrap_or_default(),
                        },
                        write.added,
                    );
                    self.announce(&written, &write.who, &write.latest).await;
                }
                Err(kube::Error::Api(status)) if status.is_conflict() || is_object_gone(&status) => {
                    return Ok(Applied::Conflict);
                }
                Err(error) => return Err(self.refused(&name, &error)),
            }
        }
        Ok(Applied::Whole)
    }

    /// Creates a part without evidence; None when it exists already.
    async fn create(&self, part: i32) -> Result<Option<OffHoursUpload>, WriteError> {
        let name = self.key.name(part);
        let mut finding = self.key.object(part);
        finding.metadata.namespace = Some(self.namespace.to_owned());
        let params = PostParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PostParams::default() };
        match self.api.create(&params, &finding).await {
            Ok(created) => Ok(Some(created)),
            Err(kube::Error::Api(status)) if status.is_already_exists() => Ok(None),
            Err(error) => Err(self.refused(&name, &error)),
        }
    }

    /// An Event for each write: a push that joins a finding which somebody has triaged already must not be silent. Those that
    /// follow within minutes are counted in the first one.
    async fn announce(&self, finding: &OffHoursUpload, who: &str, what: &str) {
        // A session that is part of the identity is a person's name.
        let who = finding.spec.principal.session.as_deref().unwrap_or(who);
        let team = finding.spec.team.as_ref().map(|team| format!(" of {team}")).unwrap_or_default();
        let note = format!("Container uploaded outside business hours{team} from {who}: {what}");
        self.context.events.warn(&finding.object_ref(&()), Occurrence::OffHoursUpload, "Judge", &note).await;
    }

    fn refused(&self, name: &str, error: &kube::Error) -> WriteError {
        if let kube::Error::Api(status) = error {
            let details = status.details.as_ref();
            let terminating = details
                .is_some_and(|details| details.causes.iter().any(|cause| cause.reason == "NamespaceTerminating"));
            let missing = status.is_not_found() && details.is_some_and(|details| details.kind == "namespaces");
            if terminating || missing {
                return WriteError::NamespaceGone { namespace: self.namespace.to_owned() };
            }
        }
        WriteError::Refused { namespace: self.namespace.to_owned(), name: name.to_owned(), message: error.to_string() }
    }
}

/// Somebody deleted the finding between the read and the write.
fn is_object_gone(status: &kube::core::Status) -> bool {
    status.is_not_found() && status.details.as_ref().is_none_or(|details| details.kind != "namespaces")
}
