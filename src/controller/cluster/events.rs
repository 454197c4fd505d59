//! Kubernetes Events. They are hints for people; what counts is always the status of an object.
//!
//! These are Events of the core group, applied under names of our own, and not those of kube's Recorder. The Recorder
//! writes `events.k8s.io/v1`, where the note is immutable, so that everything that happens to an object for the same reason
//! within minutes is counted in the first Event, under the first note. The count and the message of a core Event may change
//! (Kubernetes API reference, "Event" v1).

use std::sync::Arc;

use k8s_openapi::api::core::v1::{Event, EventSource, ObjectReference};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use k8s_openapi::jiff::Timestamp;
use kube::api::{Api, Patch};
use sha2::{Digest as _, Sha256};

use super::connection::Connection;
use super::event_repeats::EventRepeats;
use super::field_manager::apply_params;
use super::outage_log::warn_unless_outage;
use super::request::answer;
use crate::api::{ErrorKind, EventReason, Occurrence};
use crate::controller::metrics::Metrics;

/// Publishes Events in the name of the controller. Best effort: a failure is logged and counted, and has no other effect.
#[derive(Clone)]
pub struct Events {
    connection: Connection,
    instance: Option<String>,
    repeats: Arc<EventRepeats>,
    metrics: Arc<Metrics>,
}

/// Something that has happened as often as a status says.
#[derive(Debug)]
pub struct Tally {
    /// What happened.
    pub reason: Occurrence,
    /// What the controller was doing.
    pub action: &'static str,
    /// The number of times it has happened so far.
    pub count: i32,
    /// The time of the first.
    pub since: Option<Timestamp>,
    /// The latest of them.
    pub note: String,
}

/// The name under which Events are reported.
const REPORTER: &str = "offhours.dev/controller";

/// The longest note in bytes, as the API server limits it in `events.k8s.io/v1`, through which most tools read Events.
const MAX_NOTE: usize = 1024;

/// The longest part of an object's name in the name of an Event, which has at most 253 characters. It leaves room for the
/// hash.
const MAX_OBJECT_NAME: usize = 200;

/// The text of an Event.
struct Message<'a> {
    type_: &'static str,
    reason: &'a str,
    action: &'a str,
    note: &'a str,
}

impl Events {
    /// `instance` is the name of the Pod, if there is one. It distinguishes replicas.
    pub fn new(connection: Connection, instance: Option<String>, metrics: Arc<Metrics>) -> Self {
        Self { connection, instance, repeats: Arc::default(), metrics }
    }

    /// Publishes something that needs attention.
    pub async fn warn(&self, regarding: &ObjectReference, reason: impl Into<EventReason>, action: &str, note: &str) {
        self.publish(regarding, Message { type_: "Warning", reason: reason.into().as_str(), action, note }).await;
    }

    /// Publishes something that has recovered.
    pub async fn inform(&self, regarding: &ObjectReference, reason: impl Into<EventReason>, action: &str, note: &str) {
        self.publish(regarding, Message { type_: "Normal", reason: reason.into().as_str(), action, note }).await;
    }

    /// Publishes how often something has happened so far, and the latest of it. Replaces the Event about this object for
    /// this reason, even one by another process.
    pub async fn tally(&self, regarding: &ObjectReference, tally: &Tally) {
        let Tally { reason, action, count, since, note } = tally;
        let message = Message { type_: "Warning", reason: reason.as_str(), action, note };
        let name = name(regarding, &[message.reason]);
        self.apply(regarding, name, &message, *count, *since, Timestamp::now()).await;
    }

    /// Publishes a message. The same words about the same object are one Event, which counts them.
    async fn publish(&self, regarding: &ObjectReference, message: Message<'_>) {
        let name = name(regarding, &[message.reason, message.note]);
        let now = Timestamp::now();
        let repeat = self.repeats.count(&name, now);
        self.apply(regarding, name, &message, repeat.count, Some(repeat.first), now).await;
    }

    async fn apply(
        &self,
        regarding: &ObjectReference,
        name: String,
        message: &Message<'_>,
        count: i32,
        since: Option<Timestamp>,
        now: Timestamp,
    ) {
        // The API server requires the namespace `default` for Events about cluster-scoped objects.
        let namespace = regarding.namespace.as_deref().unwrap_or("default");
        // The time of the report, not of the pushes: exporters of Events drop those that look old to them.
        let last = whole_second(now);
        let event = Event {
            metadata: ObjectMeta {
                name: Some(name.clone()),
                namespace: Some(namespace.to_owned()),
                ..ObjectMeta::default()
            },
            involved_object: regarding.clone(),
            type_: Some(message.type_.to_owned()),
            reason: Some(message.reason.to_owned()),
            message: Some(shortened(message.note)),
            action: Some(message.action.to_owned()),
            count: Some(count),
            first_timestamp: Some(Time(since.map_or(last, whole_second).min(last))),
            last_timestamp: Some(Time(last)),
            source: Some(EventSource { component: Some(REPORTER.to_owned()), host: None }),
            reporting_component: Some(REPORTER.to_owned()),
            reporting_instance: Some(self.instance.clone().unwrap_or_default()),
            ..Event::default()
        };
        let Connection { client, reachability } = &self.connection;
        let api: Api<Event> = Api::namespaced(client.clone(), namespace);
        let (params, patch) = (apply_params(), Patch::Apply(&event));
        let Err(error) = answer(api.patch(&name, &params, &patch)).await else { return };
        self.metrics.errors.count(ErrorKind::Event);
        let (namespace, name) = (regarding.namespace.as_deref(), regarding.name.as_deref());
        let (reason, is_outage, error) = (message.reason, reachability.explains(&error), error.to_string());
        warn_unless_outage!(is_outage, namespace, name, reason, error, "cannot publish an Event");
    }
}

/// The second that a time lies in. `metav1.Time` has whole seconds, so a finer time would differ after it was written and
/// read.
fn whole_second(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

/// The name of an Event about an object, which is the same for the same words. It depends on the uid, because another
/// object may get the name of one that was deleted.
fn name(regarding: &ObjectReference, words: &[&str]) -> String {
    let part = |part: &Option<String>| part.clone().unwrap_or_default();
    let mut hasher = Sha256::new();
    for piece in [part(&regarding.uid).as_str(), &part(&regarding.field_path)].iter().chain(words) {
        hasher.update(piece.as_bytes());
        hasher.update([0]);
    }
    let mut hash = hex::encode(hasher.finalize());
    hash.truncate(16);
    let object: String = part(&regarding.name).chars().take(MAX_OBJECT_NAME).collect();
    format!("{}.{hash}", object.trim_end_matches(['.', '-']))
}

/// The note, cut between characters where it is too long.
fn shortened(note: &str) -> String {
    let fits = |length: &mut usize, character: char| {
        *length += character.len_utf8();
        (*length <= MAX_NOTE).then_some(character)
    };
    note.chars().scan(0, fits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str, uid: &str) -> ObjectReference {
        ObjectReference { name: Some(name.to_owned()), uid: Some(uid.to_owned()), ..ObjectReference::default() }
    }

    #[test]
    fn the_same_words_about_the_same_object_are_one_event_and_others_are_not() {
        let words = ["SharedStream", "eu-central-1 is read twice"];
        let first = name(&source("default", "uid-1"), &words);
        assert!(first.starts_with("default.") && first.len() == "default.".len() + 16, "{first}");
        assert_eq!(name(&source("default", "uid-1"), &words), first);
        let rule = ObjectReference { field_path: Some("spec.allow{nightly}".to_owned()), ..source("default", "uid-1") };
        for (regarding, words) in [
            (source("default", "uid-2"), words),
            (rule, words),
            (source("default", "uid-1"), ["SharedStream", "us-east-1 is read twice"]),
            (source("default", "uid-1"), ["Gap", words[1]]),
        ] {
            assert_ne!(name(&regarding, &words), first, "{regarding:?} {words:?}");
        }
    }

    #[test]
    fn the_name_of_an_event_about_an_object_with_the_longest_name_is_not_too_long() {
        let name = name(&source(&format!("{}.{}", "a".repeat(199), "b".repeat(53)), "uid"), &["Gap"]);
        assert_eq!((name.len(), name.contains("..")), (199 + 1 + 16, false));
    }

    #[test]
    fn a_note_is_cut_between_characters() {
        assert_eq!(shortened(&"ü".repeat(600)).len(), 1024);
        assert_eq!(shortened(&format!("x{}", "ü".repeat(600))).len(), 1023);
    }
}
