//! Counts Events that repeat.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use k8s_openapi::jiff::{SignedDuration, Timestamp};

/// How long the API server keeps an Event that is not updated (kube-apiserver, `--event-ttl`). After that, a repeat is a
/// new Event.
const KEPT: SignedDuration = SignedDuration::from_hours(1);

/// The Events of this process that may still exist, by name.
#[derive(Debug, Default)]
pub(super) struct EventRepeats(Mutex<HashMap<String, Repeat>>);

/// The repeats of an Event, and the time of the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Repeat {
    pub count: i32,
    pub first: Timestamp,
    last: Timestamp,
}

impl EventRepeats {
    /// Counts another Event of this name.
    pub fn count(&self, name: &str, now: Timestamp) -> Repeat {
        let mut repeats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        repeats.retain(|_, repeat| now.duration_since(repeat.last) < KEPT);
        let repeat = repeats.entry(name.to_owned()).or_insert(Repeat { count: 0, first: now, last: now });
        repeat.count = repeat.count.saturating_add(1);
        repeat.last = now;
        *repeat
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_again_within_the_hour_is_counted() {
        let repeats = EventRepeats::default();
        let seen = |name: &str, time: &str| {
            let repeat = repeats.count(name, time.parse().unwrap());
            (repeat.count, repeat.first.to_string())
        };
        let first = "2026-11-20T10:00:00Z";
        assert_eq!(seen("a", first), (1, first.to_owned()));
        assert_eq!(seen("b", "2026-11-20T10:10:00Z").0, 1);
        assert_eq!(seen("a", "2026-11-20T10:59:59Z"), (2, first.to_owned()));
        assert_eq!(seen("a", "2026-11-20T11:30:00Z"), (3, first.to_owned()));
        assert_eq!(seen("a", "2026-11-20T12:30:00Z"), (1, "2026-11-20T12:30:00Z".to_owned()));
        assert_eq!(repeats.0.lock().unwrap().len(), 1, "what is gone is forgotten");
    }
}
