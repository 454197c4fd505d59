//! Writes a finding: observe the part with room, plan, apply; after a conflict, observe again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use k8s_openapi::jiff::Timestamp;
use kube::api::Api;
use kube::{Resource, ResourceExt};

use super::conflict::{MAX_ATTEMPTS, is_overtaken};
use super::findings::Findings;
use super::index::FindingIndex;
use super::judge::Judge;
use super::reservation::Writing;
use super::write_error::WriteError;
use crate::api::{Occurrence, OffHoursUpload};
use crate::controller::cluster::{RequestError, Tally, answer, post_params};
use crate::controller::metrics::{UploadLabels, WriteOperation};
use crate::detect::{
    Added, FindingKey, NewUpload, PartWrite, note_after_triage, note_of_pushes, plan_append, pushes_after,
};

impl Findings {
    /// Adds uploads to the finding of a policy, in as many parts as it takes. Those that it holds already are skipped.
    ///
    /// # Errors
    /// When not all of them are in the finding. Some may be; writing again repeats nothing.
    pub(super) async fn write(
        &self,
        judge: &Judge,
        key: &FindingKey,
        uploads: Vec<NewUpload>,
    ) -> Result<(), WriteError> {
        let api = Api::namespaced(self.client.clone(), &judge.namespace);
        let writer = Writer { findings: self, judge, key, api };
        // The full parts before it are not read: their records are in the index, and were not claimed.
        let tail = self.index.tail(&judge.namespace, key);
        // A part that the index does not know is most likely new. If it exists, creating it is a conflict.
        let mut parts = Parts::default();
        if tail.exists {
            writer.read(tail.part, &mut parts).await?;
        }
        for _ in 0..MAX_ATTEMPTS {
            let plan = plan_append(key, &parts.existing, tail.part, uploads.clone());
            match writer.apply(&mut parts, plan).await? {
                Applied::Whole => return Ok(()),
                Applied::Conflict => parts = writer.read_from(tail.part).await?,
            }
        }
        Err(WriteError::Contended { namespace: judge.namespace.clone(), name: key.name(tail.part) })
    }
}

/// The parts of a finding that were read.
#[derive(Default)]
struct Parts {
    existing: BTreeMap<i32, OffHoursUpload>,
    /// The second names of those whose first name belongs to another finding.
    second_names: BTreeMap<i32, String>,
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
    /// Reads a part; returns whether it exists.
    ///
    /// The hash in a name is short. The object with the name of a part belongs to another finding if its spec says so, or
    /// to somebody who created it by hand. Then it must not get these uploads, which go under the second name.
    async fn read(&self, part: i32, parts: &mut Parts) -> Result<bool, WriteError> {
        let namespace = &self.judge.namespace;
        let (name, second) = (self.key.name(part), self.key.second_name(part));
        let owns = |finding: &OffHoursUpload| self.key.owns(part, &finding.spec);
        let first = self.get(&name).await?;
        let is_taken = first.as_ref().is_some_and(|finding| !owns(finding));
        // The object with the first name may have been deleted since, while the part still has its second name.
        let has_second = is_taken || self.index().is_named(namespace, self.key, part, &second);
        let finding = match first.filter(owns) {
            None if has_second => self.get(&second).await?,
            finding => finding,
        };
        if is_taken {
            if finding.as_ref().is_some_and(|finding| !owns(finding)) {
                return Err(WriteError::NamesTaken { namespace: namespace.clone(), name, second });
            }
            parts.second_names.insert(part, second);
        }
        let Some(finding) = finding.filter(owns) else { return Ok(false) };
        // Another process may have written it, and the watch may lag.
        self.index().learn(&finding);
        parts.existing.insert(part, finding);
        Ok(true)
    }

    async fn get(&self, name: &str) -> Result<Option<OffHoursUpload>, WriteError> {
        self.request(self.api.get_opt(name)).await.map_err(|error| self.failed("read", name, error))
    }

    /// Reads this part and all later ones. A part that somebody deleted leaves a gap, so later parts that the index knows
    /// are read too.
    async fn read_from(&self, first: i32) -> Result<Parts, WriteError> {
        let mut parts = Parts::default();
        for part in first.. {
            let exists = self.read(part, &mut parts).await?;
            if !exists && !self.index().knows(&self.judge.namespace, self.key, part.saturating_add(1)) {
                break;
            }
        }
        Ok(parts)
    }

    async fn apply(&self, parts: &mut Parts, plan: Vec<PartWrite>) -> Result<Applied, WriteError> {
        for write in plan {
            let existing = parts.existing.remove(&write.part);
            let name = match (&existing, parts.second_names.get(&write.part)) {
                (Some(finding), _) => finding.name_any(),
                (None, Some(second)) => second.clone(),
                (None, None) => self.key.name(write.part),
            };
            let _writing = Writing::begin(self.index(), &self.judge.namespace, &name);
            let (operation, finding) = match existing {
                Some(finding) => (WriteOperation::Append, Some(finding)),
                None => (WriteOperation::Create, self.create(write.part, &name).await?),
            };
            let Some(mut finding) = finding else { return Ok(Applied::Conflict) };
            finding.status = Some(write.status);
            finding.metadata.managed_fields = None;
            // The request has the resourceVersion that was read: a write in between makes this a conflict.
            let params = post_params();
            match self.request(self.api.replace_status(&name, &params, &finding)).await {
                Ok(written) => {
                    self.index().learn(&written);
                    self.report(operation, &written, &write.added);
                    self.announce(&written, &write.added).await;
                }
                Err(RequestError::Failed(kube::Error::Api(status))) if is_overtaken(&status) => {
                    return Ok(Applied::Conflict);
                }
                Err(error) => return Err(self.failed("update", &name, error)),
            }
        }
        Ok(Applied::Whole)
    }

    /// Creates a part without evidence; None when it exists already.
    async fn create(&self, part: i32, name: &str) -> Result<Option<OffHoursUpload>, WriteError> {
        let mut finding = self.key.object(part);
        finding.metadata.name = Some(name.to_owned());
        finding.metadata.namespace = Some(self.judge.namespace.clone());
        let params = post_params();
        match self.request(self.api.create(&params, &finding)).await {
            Ok(created) => Ok(Some(created)),
            Err(RequestError::Failed(kube::Error::Api(status))) if status.is_already_exists() => Ok(None),
            Err(error) => Err(self.failed("create", name, error)),
        }
    }

    /// Makes one request. Whether a request without an answer was carried out does not matter: the next attempt reads the
    /// result.
    async fn request<T>(&self, request: impl Future<Output = Result<T, kube::Error>>) -> Result<T, RequestError> {
        let answer = answer(request).await;
        if !matches!(answer, Err(RequestError::TimedOut)) {
            self.judge.answers.fetch_add(1, Ordering::Relaxed);
        }
        answer
    }

    /// Counts a write, and logs what was found: this is the audit trail of the controller.
    fn report(&self, operation: WriteOperation, written: &OffHoursUpload, added: &Added) {
        let labels = UploadLabels {
            namespace: self.judge.namespace.clone(),
            policy: self.judge.policy.name().to_owned(),
            team: written.spec.team.clone().unwrap_or_default(),
        };
        self.findings.metrics.finding.written(operation);
        self.findings.metrics.policy.uploads_reported(labels, added.uploads);
        let (policy, repository) = (&written.spec.policy, &written.spec.repository);
        let (tag, principal) = (&added.latest.tag, &written.spec.principal.arn);
        let session = &written.spec.principal.session;
        let finding = format!("{}/{}", self.judge.namespace, written.name_any());
        let (operation, pushes) = (operation.as_str(), added.pushes);
        tracing::info!(policy, repository, tag, principal, session, finding, operation, pushes, "finding written");
    }

    /// Publishes an Event with the number of pushes in the finding, and another one if somebody has triaged the finding
    /// already: the triage does not cover the new pushes, and must not hide them.
    async fn announce(&self, finding: &OffHoursUpload, added: &Added) {
        let Some(status) = &finding.status else { return };
        // Another stream has added to it meanwhile, and publishes a newer count.
        if self.index().uploads(&self.judge.namespace, &finding.name_any()) > status.uploads.len() {
            return;
        }
        let regarding = finding.object_ref(&());
        let events = &self.findings.events;
        let since = finding.metadata.creation_timestamp.as_ref().map(|time| time.0);
        let (reason, note) = (Occurrence::OffHoursUpload, note_of_pushes(finding, added));
        events.tally(&regarding, &Tally { reason, action: "Judge", count: status.pushes, since, note }).await;
        if let Some(coverage) = &status.triage {
            let since = coverage.set_time.and_then(|time| Timestamp::from_second(time.timestamp()).ok());
            let (count, note) = (pushes_after(status.pushes, coverage), note_after_triage(finding, added));
            let reason = Occurrence::PushAfterTriage;
            events.tally(&regarding, &Tally { reason, action: "Judge", count, since, note }).await;
        }
    }

    fn failed(&self, verb: &'static str, name: &str, error: RequestError) -> WriteError {
        let (namespace, name) = (self.judge.namespace.clone(), name.to_owned());
        match error {
            RequestError::TimedOut => WriteError::TimedOut { verb, namespace, name },
            RequestError::Failed(error) if is_namespace_gone(&error) => {
                WriteError::NamespaceGone { namespace, source: Arc::new(error) }
            }
            RequestError::Failed(error) => WriteError::Refused { verb, namespace, name, source: Arc::new(error) },
        }
    }

    fn index(&self) -> &Arc<FindingIndex> {
        &self.findings.index
    }
}

/// Whether the namespace that an object was to be written to is deleted, or about to be.
fn is_namespace_gone(error: &kube::Error) -> bool {
    let kube::Error::Api(status) = error else { return false };
    let Some(details) = &status.details else { return false };
    let is_terminating = details.causes.iter().any(|cause| cause.reason == "NamespaceTerminating");
    is_terminating || (status.is_not_found() && details.kind == "namespaces")
}
