//! Kubernetes Events: hints for people. The record is always an object's status.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::ObjectReference;
use kube::runtime::events::{Event, EventType, Recorder, Reporter};

use super::api_error::api_error;
use super::connection::Connection;
use super::reachability::Reachability;
use crate::api::{ErrorKind, EventReason};
use crate::telemetry::Metrics;

/// Publishes Events under the controller's name. Best effort: a failure is logged and counted, and fails nothing.
#[derive(Clone)]
pub struct Events {
    recorder: Recorder,
    reachability: Arc<Reachability>,
    metrics: Arc<Metrics>,
}

/// What the API server takes at most for a note (events.k8s.io/v1).
const MAX_NOTE: usize = 1024;

/// Nobody waits longer for a hint.
const REQUEST_LIMIT: Duration = Duration::from_secs(15);

impl Events {
    /// `instance` tells replicas apart: the name of the Pod, if there is one.
    pub fn new(connection: Connection, instance: Option<String>, metrics: Arc<Metrics>) -> Self {
        let reporter = Reporter { controller: "offhours.dev/controller".to_owned(), instance };
        let Connection { client, reachability } = connection;
        Self { recorder: Recorder::new(client, reporter), reachability, metrics }
    }

    /// Something that somebody should look at.
    pub async fn warn(&self, regarding: &ObjectReference, reason: impl Into<EventReason>, action: &str, note: &str) {
        self.publish(EventType::Warning, regarding, reason.into(), action, note).await;
    }

    /// Something that is well again.
    pub async fn inform(&self, regarding: &ObjectReference, reason: impl Into<EventReason>, action: &str, note: &str) {
        self.publish(EventType::Normal, regarding, reason.into(), action, note).await;
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
            note: Some(
                note.chars()
                    .scan(0, |length, character| {
                        *length += character.len_utf8();
                        (*length <= MAX_NOTE).then_some(character)
                    })
                    .collect(),
            ),
            action: action.to_owned(),
            secondary: None,
        };
        let published = tokio::time::timeout(REQUEST_LIMIT, self.recorder.publish(&event, regarding)).await;
        let (error, is_outage) = match published {
            Ok(Ok(())) => return,
            Ok(Err(error)) => (api_error(&error), self.reachability.covers(&error)),
            Err(_) => ("the API server did not answer".to_owned(), self.reachability.is_down()),
        };
        self.metrics.error(ErrorKind::Event);
        let (namespace, name) = (regarding.namespace.as_deref(), regarding.name.as_deref());
        match is_outage {
            true => tracing::debug!(namespace, name, reason, error, "cannot publish an Event"),
            false => tracing::warn!(namespace, name, reason, error, "cannot publish an Event"),
        }
    }
}
