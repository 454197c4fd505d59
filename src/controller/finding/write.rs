//! Writing a finding: observe the part with room, plan, apply; a conflict means observe again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use kube::api::{Api, PostParams};
use kube::{Resource, ResourceExt};
use tokio::time::timeout;

use super::deliver::Judge;
use super::write_error::WriteError;
use super::{FindingIndex, Findings};
use crate::api::{ErrorKind, Occurrence, OffHoursUpload};
use crate::controller::cluster::FIELD_MANAGER;
use crate::detect::{FindingKey, NewUpload, PartWrite, plan_append};
use crate::telemetry::UploadLabels;

/// Each conflict means that somebody else's write came through, so this many in a row are not expected.
pub(super) const MAX_ATTEMPTS: usize = 10;

/// How long one request to the API server may take. More than the 10 s that the API server waits for an admission webhook by
/// default: where it then goes on without it (`failurePolicy: Ignore`), the request still succeeds.
pub(super) const REQUEST_LIMIT: Duration = Duration::from_secs(15);

impl Findings {
    /// Adds uploads to the finding of a policy, in as many parts as it takes. Those that it holds already are skipped.
    ///
    /// # Errors
    /// When not all of them are in the finding. Some may be; trying again repeats nothing.
    pub(super) async fn write(
        &self,
        judge: &Judge,
        key: &FindingKey,
        uploads: Vec<NewUpload>,
    ) -> Result<(), WriteError> {
        let api = Api::namespaced(self.client.clone(), &judge.namespace);
        let writer = Writer { findings: self, judge, key, api };
        // The full parts before it are not read: what they hold is in the index, and was not claimed.
        let tail = self.index.tail(&judge.namespace, key);
        // A part that is not known is most likely new. If it is not, creating it is a conflict.
        let mut parts = BTreeMap::new();
        if tail.exists {
            parts.extend(writer.read(tail.part).await?.map(|finding| (tail.part, finding)));
        }
        for _ in 0..MAX_ATTEMPTS {
            let statuses = parts.iter_mut().map(|(part, finding)| (*part, finding.status.take())).collect();
            let plan = plan_append(&statuses, tail.part, uploads.clone());
            match writer.apply(&mut parts, plan).await? {
                Applied::Whole => return Ok(()),
                Applied::Conflict => parts = writer.read_from(tail.part).await?,
            }
        }
        Err(WriteError::Contended { namespace: judge.namespace.clone(), name: key.name(tail.part) })
    }
}

struct Writer<'a> {
    findings: &'a Findings,
    judge: &'a Judge,
    key: &'a FindingKey,
    api: Api<OffHoursUpload>,
}

enum Applied {
    Whole,
    Conflict,
}

impl Writer<'_> {
    /// A part, if it exists.
    async fn read(&self, part: i32) -> Result<Option<OffHoursUpload>, WriteError> {
        let name = self.key.name(part);
        let finding = self.request("read", &name, self.api.get_opt(&name)).await?;
        let finding = finding.map_err(|error| self.refused("read", &name, error))?;
        if let Some(finding) = &finding {
            // Somebody else may have written it, and the watch may lag.
            self.index().learn(finding);
        }
        Ok(finding)
    }

    /// This part and all behind it. A part that somebody deleted leaves a gap, so those that are known behind it are read too.
    async fn read_from(&self, first: i32) -> Result<BTreeMap<i32, OffHoursUpload>, WriteError> {
        let mut parts = BTreeMap::new();
        for part in first.. {
            match self.read(part).await? {
                Some(finding) => drop(parts.insert(part, finding)),
                None if self.index().knows(&self.judge.namespace, &self.key.name(part.saturating_add(1))) => {}
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
            let name = self.key.name(write.part);
            let _writing = self.index().begin_writing(&self.judge.namespace, &name);
            let (operation, finding) = match parts.remove(&write.part) {
                Some(finding) => ("Append", Some(finding)),
                None => ("Create", self.create(write.part, &name).await?),
            };
            let Some(mut finding) = finding else { return Ok(Applied::Conflict) };
            finding.status = Some(write.status);
            finding.metadata.managed_fields = None;
            // The resourceVersion that was read goes along: whoever wrote in between makes this a conflict.
            let params = post_params();
            let request = self.api.replace_status(&name, &params, &finding);
            match self.request("update", &name, request).await? {
                Ok(written) => {
                    self.index().learn(&written);
                    self.count(operation, &written, write.added);
                    self.announce(&written, &write.who, &write.latest).await;
                }
                Err(kube::Error::Api(status)) if status.is_conflict() || is_object_gone(&status) => {
                    return Ok(Applied::Conflict);
                }
                Err(error) => return Err(self.refused("update", &name, error)),
            }
        }
        Ok(Applied::Whole)
    }

    /// Creates a part without evidence; None when it exists already.
    async fn create(&self, part: i32, name: &str) -> Result<Option<OffHoursUpload>, WriteError> {
        let mut finding = self.key.object(part);
        finding.metadata.namespace = Some(self.judge.namespace.clone());
        let params = post_params();
        match self.request("create", name, self.api.create(&params, &finding)).await? {
            Ok(created) => Ok(Some(created)),
            Err(kube::Error::Api(status)) if status.is_already_exists() => Ok(None),
            Err(error) => Err(self.refused("create", name, error)),
        }
    }

    /// One request to the API server, which may not answer at all. Whether it was carried out is then unknown, and does not
    /// matter: the next attempt reads what is there.
    async fn request<T>(
        &self,
        verb: &'static str,
        name: &str,
        request: impl Future<Output = Result<T, kube::Error>>,
    ) -> Result<Result<T, kube::Error>, WriteError> {
        let answer = timeout(REQUEST_LIMIT, request).await.map_err(|_| WriteError::TimedOut {
            verb,
            namespace: self.judge.namespace.clone(),
            name: name.to_owned(),
        })?;
        self.judge.answers.fetch_add(1, Ordering::Relaxed);
        Ok(answer)
    }

    fn count(&self, operation: &'static str, written: &OffHoursUpload, added: usize) {
        let labels = UploadLabels {
            namespace: self.judge.namespace.clone(),
            policy: self.judge.policy.name().to_owned(),
            team: written.spec.team.clone().unwrap_or_default(),
        };
        self.findings.metrics.finding_written(operation);
        self.findings.metrics.uploads_reported(labels, added);
    }

    /// An Event for each write: a push that joins a finding which somebody has triaged already must not be silent. Those that
    /// follow within minutes are counted in the first one.
    async fn announce(&self, finding: &OffHoursUpload, who: &str, what: &str) {
        // A session that is part of the identity is a person's name.
        let who = finding.spec.principal.session.as_deref().unwrap_or(who);
        let team = finding.spec.team.as_ref().map(|team| format!(" of {team}")).unwrap_or_default();
        let note = format!("Container uploaded outside business hours{team} from {who}: {what}");
        let regarding = finding.object_ref(&());
        let event = self.findings.events.warn(&regarding, Occurrence::OffHoursUpload, "Judge", &note);
        if timeout(REQUEST_LIMIT, event).await.is_err() {
            self.findings.metrics.error(ErrorKind::Event);
            let (namespace, name) = (finding.namespace(), finding.name_any());
            tracing::warn!(namespace, name, "cannot publish an Event: the API server did not answer");
        }
    }

    fn refused(&self, verb: &'static str, name: &str, error: kube::Error) -> WriteError {
        let namespace = self.judge.namespace.clone();
        if let kube::Error::Api(status) = &error {
            let details = status.details.as_ref();
            let terminating = details
                .is_some_and(|details| details.causes.iter().any(|cause| cause.reason == "NamespaceTerminating"));
            let missing = status.is_not_found() && details.is_some_and(|details| details.kind == "namespaces");
            if terminating || missing {
                return WriteError::NamespaceGone { namespace };
            }
        }
        WriteError::Refused { verb, namespace, name: name.to_owned(), source: Arc::new(error) }
    }

    fn index(&self) -> &Arc<FindingIndex> {
        &self.findings.index
    }
}

fn post_params() -> PostParams {
    PostParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PostParams::default() }
}

/// Somebody deleted the finding between the read and the write.
fn is_object_gone(status: &kube::core::Status) -> bool {
    status.is_not_found() && status.details.as_ref().is_none_or(|details| details.kind != "namespaces")
}
