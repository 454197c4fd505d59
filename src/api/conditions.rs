//! Conditions, by the Kubernetes API conventions: `Ready` is the summary, True is the good state, reasons are in CamelCase.

use chrono::{DateTime, Utc};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use k8s_openapi::jiff::Timestamp;
use schemars::{Schema, SchemaGenerator, json_schema};

use super::bounded_text::BoundedText;
use super::reasons::Reason;

/// The longest message of a condition, in characters. The schema allows 32,768, as Kubernetes does, but nobody needs to read
/// more than the first of many errors.
pub const LONGEST_MESSAGE: usize = 2_000;

/// A condition as observed at this moment, of the type and status that the reason belongs to. A message longer than
/// [`LONGEST_MESSAGE`] is cut. [`merge_conditions`] sets its `lastTransitionTime`.
pub fn condition<R: Reason>(reason: R, message: impl Into<String>, observed_generation: Option<i64>) -> Condition {
    Condition {
        type_: R::CONDITION.as_str().to_owned(),
        status: reason.status().as_str().to_owned(),
        reason: reason.as_str().to_owned(),
        message: BoundedText::<LONGEST_MESSAGE>::from(message.into()).into(),
        observed_generation,
        last_transition_time: Time(Timestamp::UNIX_EPOCH),
    }
}

/// Merges newly observed conditions into those that the object has: `lastTransitionTime` is kept while the status stays the
/// same and is the second of `now` otherwise. Conditions of other types are left out, since server-side apply keeps them.
pub fn merge_conditions(existing: &[Condition], observed: Vec<Condition>, now: DateTime<Utc>) -> Vec<Condition> {
    observed
        .into_iter()
        .map(|mut new| {
            let unchanged = existing.iter().find(|old| old.type_ == new.type_ && old.status == new.status);
            new.last_transition_time = match unchanged {
                Some(old) => old.last_transition_time.clone(),
                None => Time(Timestamp::from_second(now.timestamp()).unwrap_or_default()),
            };
            new
        })
        .collect()
}

/// The schema of a list of conditions. That of k8s-openapi lacks the limits of the Go type.
pub(super) fn conditions_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "description": "The current state of the object, as the Kubernetes API conventions define it.",
        "type": "array",
        "maxItems": 16,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["type"],
        "items": {
            "type": "object",
            "required": ["type", "status", "lastTransitionTime", "reason", "message"],
            "properties": {
                "type": {
                    "type": "string",
                    "maxLength": 316,
                    "description": "The name of the condition, in CamelCase."
                },
                "status": {
                    "type": "string",
                    "enum": ["True", "False", "Unknown"],
                    "description": "Whether the condition holds: True, False, or Unknown when that is not known yet."
                },
                "observedGeneration": {
                    "type": "integer",
                    "format": "int64",
                    "minimum": 0,
                    "description": "The generation of the object that the condition is about: one below metadata.generation is out of date."
                },
                "lastTransitionTime": {
                    "type": "string",
                    "format": "date-time",
                    "description": "The time of the last change of status, in UTC."
                },
                "reason": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 1024,
                    "pattern": "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
                    "description": "The reason for the status, in CamelCase."
                },
                "message": {
                    "type": "string",
                    "maxLength": 32768,
                    "description": "What is wrong and what to do about it, for people."
                }
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::SourceReadyReason;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 999_999_999).unwrap()
    }

    fn transition_second(condition: &Condition) -> i64 {
        assert_eq!(condition.last_transition_time.0.subsec_nanosecond(), 0);
        condition.last_transition_time.0.as_second()
    }

    fn ready(reason: SourceReadyReason) -> Condition {
        condition(reason, "", Some(1))
    }

    #[test]
    fn the_transition_time_is_kept_while_the_status_stays_and_the_reason_changes() {
        let old = merge_conditions(&[], vec![ready(SourceReadyReason::AccessDenied)], at(10));
        let new = merge_conditions(&old, vec![ready(SourceReadyReason::Unreachable)], at(20));
        assert_eq!(transition_second(&new[0]), 10);
        assert_eq!(new[0].reason, "Unreachable");
    }

    #[test]
    fn the_transition_time_moves_when_the_status_changes() {
        let old = merge_conditions(&[], vec![ready(SourceReadyReason::AccessDenied)], at(10));
        let new = merge_conditions(&old, vec![ready(SourceReadyReason::Reading)], at(20));
        assert_eq!(transition_second(&new[0]), 20);
    }
}
