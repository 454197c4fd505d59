//! The revisions of events.

use std::collections::HashMap;

use super::event::Event;

/// The events without those that have a later revision: one with the same UID, for the same occurrence, with a higher
/// SEQUENCE, cancelled or not. All events with the highest SEQUENCE count, since otherwise a feed in which all events
/// have the same UID would lose most of its holidays.
pub(super) fn latest(events: Vec<Event>) -> Vec<Event> {
    let key = |event: &Event| Some((event.uid.clone()?, event.replaces.map(|replaced| replaced.in_utc())));
    let mut highest = HashMap::new();
    for event in &events {
        if let Some(key) = key(event) {
            let revision = highest.entry(key).or_insert(event.revision);
            *revision = event.revision.max(*revision);
        }
    }
    let is_latest = |event: &Event| key(event).is_none_or(|key| highest.get(&key) == Some(&event.revision));
    events.into_iter().filter(is_latest).collect()
}
