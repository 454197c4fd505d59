//! Kubernetes Events: hints for people. The record is always an object's status.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::ObjectReference;
use kube::Client;
use kube::runtime::events::{Event, EventType, Recorder, Reporter};

use crate::api::{ErrorKind, EventReason};
use crate::telemetry::Metrics;

/// Publishes Events under the controller's name. Best effort: a failure is logged and counted, and fails nothing.
#[derive(Clone)]
pub struct Events {
    client: Client,
    instance: Option<String>,
    recorder: Recorder,
    metrics: Arc<Metrics>,
}

/// The name under which Events are reported.
pub(super) const REPORTER: &str = "offhours.dev/controller";

/// What the API server takes at most for a note (events.k8s.io/v1), in bytes.
const MAX_NOTE: usize = 1024;

/// Nobody waits longer for a hint.
const REQUEST_LIMIT: Duration = Duration::from_secs(15);

impl Events {
    /// `instance` tells replicas apart: the name of the Pod, if there is one.
    pub fn new(client: Client, instance: Option<String>, metrics: Arc<Metrics>) -> Self {
        let reporter = Reporter { controller: REPORTER.to_owned(), instance: instance.clone() };
        Self { recorder: Recorder::new(client.clone(), reporter), client, instance, metrics }
    }

    /// Something that somebody should look at.
    pub async fn warn(&self, regarding: &ObjectReference, reason: impl Into<EventReason>, action: &str, note: &str) {
        self.publish(EventType::Warning, regarding, reason.into(), action, note).await;
    }

    /// Something that is well again.
    pub async fn inform(&self, regarding: &ObjectReference, reason: impl Into<EventReason>, action: &str, note: &str) {
        self.publish(EventType::Normal, regarding, reason.into(), action, note).await;
    }

    pub(super) fn client(&self) -> Client {
        self.client.clone()
    }

    pub(super) fn instance(&self) -> Option<&str> {
        self.instance.as_deref()
    }

    async fn publish(
        &self,
        type_: EventType,
        regarding: &ObjectReference,
        reason: EventReason,
        action: &str,
        note: &str,
    ) {
        let reason = reason.as_str();
        let event = Event {
            type_,
            reason: reason.to_owned(),
            note: Some(shortened(note)),
            action: action.to_owned(),
            secondary: None,
        };
        self.limited(regarding, reason, self.recorder.publish(&event, regarding)).await;
    }

    /// Does not wait longer than for a hint, and reports what went wrong.
    pub(super) async fn limited(
        &self,
        regarding: &ObjectReference,
        reason: &str,
        request: impl Future<Output = Result<(), kube::Error>>,
    ) {
        let failure = match tokio::time::timeout(REQUEST_LIMIT, request).await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some("the API server did not answer".to_owned()),
        };
        if let Some(error) = failure {
            self.metrics.error(ErrorKind::Event);
            let (namespace, name) = (&regarding.namespace, &regarding.name);
            tracing::warn!(?namespace, ?name, reason, %error, "cannot publish an Event");
        }
    }
}

/// A note that the API server takes, cut between characters.
pub(super) fn shortened(note: &str) -> String {
    let fits = |length: &mut usize, character: char| {
        *length += character.len_utf8();
        (*length <= MAX_NOTE).then_some(character)
    };
    note.chars().scan(0, fits).collect()
}
