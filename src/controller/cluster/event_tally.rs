//! Events that count: one object for each finding and reason, whose count is a number that the status has too.
//!
//! A Recorder counts how often it was called, in a series that a restart ends, and keeps the note of the first call:
//! `events.k8s.io/v1` makes the note immutable. Events of the core group may change both (Kubernetes API reference, "Event"
//! v1: `count`, `message`), so these are applied under a name of their own, whoever writes and however often it restarts.

use k8s_openapi::api::core::v1::{Event, EventSource, ObjectReference};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use k8s_openapi::jiff::Timestamp;
use kube::api::{Api, Patch, PatchParams};

use super::events::{Events, REPORTER, shortened};
use super::status_write::FIELD_MANAGER;
use crate::api::Occurrence;

/// Something that happened as often as a status says.
#[derive(Debug)]
pub struct Tally {
    pub reason: Occurrence,
    pub action: &'static str,
    /// How often, in all.
    pub count: i32,
    /// Since when.
    pub since: Option<Timestamp>,
    /// What happened last.
    pub note: String,
}

impl Events {
    /// Says how often something has happened by now, and what happened last. Replaces what was said about this object before.
    pub async fn tally(&self, regarding: &ObjectReference, tally: Tally) {
        let namespace = regarding.namespace.clone().unwrap_or_default();
        let api: Api<Event> = Api::namespaced(self.client(), &namespace);
        let event = event(regarding, &tally, Timestamp::now(), self.instance());
        let name = event.metadata.name.clone().unwrap_or_default();
        let params = PatchParams::apply(FIELD_MANAGER).force();
        let patch = Patch::Apply(&event);
        self.limited(regarding, tally.reason.as_str(), async { api.patch(&name, &params, &patch).await.map(drop) })
            .await;
    }
}

fn event(regarding: &ObjectReference, tally: &Tally, now: Timestamp, instance: Option<&str>) -> Event {
    let (name, uid) = (regarding.name.as_deref().unwrap_or_default(), regarding.uid.as_deref().unwrap_or_default());
    // Another object may get the same name after this one was deleted, and its Events begin anew.
    let name = format!("{name}.{uid}.{}", tally.reason.as_str().to_ascii_lowercase());
    // The time of reporting, not of the pushes: exporters of Events leave out what looks old to them.
    let last = whole_seconds(now);
    Event {
        metadata: ObjectMeta { name: Some(name), namespace: regarding.namespace.clone(), ..ObjectMeta::default() },
        involved_object: regarding.clone(),
        type_: Some("Warning".to_owned()),
        reason: Some(tally.reason.as_str().to_owned()),
        message: Some(shortened(&tally.note)),
        action: Some(tally.action.to_owned()),
        count: Some(tally.count),
        first_timestamp: Some(Time(tally.since.map_or(last, whole_seconds).min(last))),
        last_timestamp: Some(Time(last)),
        source: Some(EventSource { component: Some(REPORTER.to_owned()), host: None }),
        reporting_component: Some(REPORTER.to_owned()),
        reporting_instance: Some(instance.unwrap_or_default().to_owned()),
        ..Event::default()
    }
}

/// As the API server keeps the times of these Events.
fn whole_seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}
