//! `Ready` of a policy in each situation.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use kube::api::ObjectMeta;
use serde_json::{Value, json};

use super::super::assignment::AssignmentError;
use super::super::fixtures::{observed, policy, reading, source, stream};
use super::super::observed::PolicySource;
use super::*;
use crate::api::SourceReadyReason;
use crate::controller::policy::public_holidays::public_holiday_data;
use crate::coverage::Uid;
use crate::detect::Policy;

fn ready_of(policy: &EcrUploadPolicy, observed: &Observed) -> (String, String, String) {
    let compiled = Policy::compile("production", &policy.spec, &observed.feeds).map(Arc::new);
    let Condition { status, reason, message, observed_generation, .. } = ready(policy, &compiled, None, observed);
    assert_eq!(observed_generation, Some(3));
    (status, reason, message)
}

/// The status and reason of a policy with this spec.
fn state(spec: Value, observed: &Observed) -> (String, String) {
    let (status, reason, _) = ready_of(&policy(spec), observed);
    (status, reason)
}

fn is(status: &str, reason: &str) -> (String, String) {
    (status.to_owned(), reason.to_owned())
}

fn head() -> DateTime<Utc> {
    "2026-11-20T18:12:09Z".parse().unwrap()
}

fn stale() -> Incomplete {
    Incomplete::Stale { stream: stream(), head: head() }
}

fn never_read() -> Incomplete {
    Incomplete::NeverRead { source: Uid::from("default"), region: "us-east-1".to_owned() }
}

fn hole() -> Incomplete {
    Incomplete::Hole { stream: stream(), from: head(), to: head() }
}

fn refused() -> Incomplete {
    Incomplete::Refused { stream: stream() }
}

/// Every state of two sources with every state of the coverage.
#[test]
fn a_policy_is_ready_only_if_all_of_its_sources_are_and_it_is_up_to_date_and_written() {
    type Source = Option<(SourceReadyReason, &'static str)>;
    let good: Source = Some((SourceReadyReason::Reading, "reading"));
    let waiting: Source = Some((SourceReadyReason::NotReadYet, "waiting for the first read of us-east-1"));
    let bad: Source = Some((SourceReadyReason::AccessDenied, "me is not allowed to"));
    let unknown = is("Unknown", "NotReadYet");
    let judging = is("True", "Judging");
    for first in [good, waiting, None, bad] {
        for second in [good, waiting, None, bad] {
            for incomplete in [None, Some(hole()), Some(stale()), Some(never_read()), Some(refused())] {
                let expected = match (first, second, &incomplete) {
                    (first, second, _) if first == bad || second == bad => is("False", "SourceNotReady"),
                    (_, _, Some(Incomplete::Refused { .. })) => is("False", "FindingsNotWritten"),
                    (first, second, _) if first != good || second != good => unknown.clone(),
                    (_, _, Some(Incomplete::NeverRead { .. })) => unknown.clone(),
                    (_, _, Some(Incomplete::Stale { .. })) => is("False", "SourceBehind"),
                    (_, _, None | Some(_)) => judging.clone(),
                };
                let sources = vec![source("default", first), source("member", second)];
                let observed = observed(sources, incomplete.clone());
                assert_eq!(state(json!({}), &observed), expected, "{first:?} {second:?} {incomplete:?}");
            }
        }
    }
}

#[test]
fn what_is_wrong_with_the_policy_comes_before_what_is_wrong_with_its_sources() {
    let not_ready = || vec![source("default", Some((SourceReadyReason::AccessDenied, "denied")))];
    let broken = || observed(not_ready(), Some(refused()));
    for (spec, reason) in [
        (json!({"timeZone": "Europe/Atlantis", "suspend": true}), "InvalidTimeZone"),
        (json!({"suspend": true, "holidays": {"countries": ["ZZ"]}}), "Suspended"),
        (json!({"holidays": {"countries": ["ZZ"]}, "scope": {"regions": ["ap-*"]}}), "InvalidHolidays"),
        (json!({"scope": {"regions": ["ap-*"]}}), "NothingInScope"),
        (json!({}), "SourceNotReady"),
    ] {
        assert_eq!(state(spec.clone(), &broken()), is("False", reason), "{spec}");
    }
    let missing = Observed {
        assignment_errors: vec![AssignmentError::SourceNotFound { name: "nowhere".to_owned() }],
        ..broken()
    };
    assert_eq!(state(json!({"suspend": true}), &missing), is("False", "SourceNotFound"));
    let terminating = Observed { namespace_is_terminating: true, ..missing };
    assert_eq!(state(json!({}), &terminating), is("False", "NamespaceTerminating"));
    assert_eq!(state(json!({"timeZone": "Europe/Atlantis"}), &terminating), is("False", "InvalidTimeZone"));
}

#[test]
fn a_policy_that_is_being_deleted_does_not_look_as_if_it_judged() {
    let mut policy = policy(json!({}));
    let deleted = k8s_openapi::jiff::Timestamp::UNIX_EPOCH;
    let deletion_timestamp = Some(k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(deleted));
    policy.metadata = ObjectMeta { deletion_timestamp, ..policy.metadata };
    let (status, reason, _) = ready_of(&policy, &observed(reading(), Some(Incomplete::NotJudging)));
    assert_eq!((status, reason), is("False", "Deleting"));
}

#[test]
fn the_messages_say_what_is_wrong_and_what_to_do() {
    let message = |spec: Value, observed: &Observed| ready_of(&policy(spec), observed).2;
    let sources = vec![
        source("default", Some((SourceReadyReason::AccessDenied, "me is not allowed to read; allow it"))),
        source("member", Some((SourceReadyReason::Reading, ""))),
    ];
    for (text, expected) in [
        (message(json!({}), &observed(reading(), None)), "judging the pushes that default reads"),
        (
            message(json!({}), &observed(sources, None)),
            "the CloudTrailSource default is not ready (AccessDenied): me is not allowed to read; allow it",
        ),
        (
            message(json!({}), &observed(vec![source("default", None)], None)),
            "waiting for the first read of the CloudTrailSource default; pushes are judged as soon as they are read",
        ),
        (
            message(json!({}), &observed(reading(), Some(never_read()))),
            "waiting for the first read of us-east-1 by the CloudTrailSource default; if it lasts, see Ready of the source",
        ),
        (
            message(json!({}), &observed(reading(), Some(stale()))),
            "111122223333/eu-central-1 is only read through 2026-11-20T18:12:09Z; see Ready and UpToDate of the \
             CloudTrailSource default",
        ),
        (
            message(json!({}), &Observed { refusal: Some("quota".to_owned()), ..observed(reading(), Some(refused())) }),
            "quota",
        ),
        (
            message(json!({"suspend": true}), &observed(reading(), None)),
            "spec.suspend is true, so no push is judged; set it to false to resume, and the pushes made meanwhile are judged then",
        ),
        (
            message(json!({}), &Observed { namespace_is_terminating: true, ..observed(reading(), None) }),
            "the namespace security is being deleted, so no push is judged; to keep the policy, create it in another namespace",
        ),
        (
            message(json!({"scope": {"regions": ["eu-*", "eu-west-9"]}}), &observed(reading(), None)),
            "judging the pushes that default reads; warning: spec.scope.regions names eu-west-9, which no source of the policy \
             reads: remove it, or add it to a source",
        ),
    ] {
        assert_eq!(text, expected);
    }
    let invalid = message(json!({"timeZone": "Europe/Atlantis"}), &observed(reading(), None));
    assert!(invalid.starts_with("spec.timeZone: "), "{invalid}");
    assert!(invalid.ends_with("; no push is judged until it is corrected"), "{invalid}");
    let holidays = message(json!({"holidays": {"countries": ["ZZ"]}}), &observed(reading(), None));
    let begins = "pushes are judged without these holidays, so some may be missed: spec.holidays.countries[0]: ";
    assert!(holidays.starts_with(begins), "{holidays}");
}

#[test]
fn regions_that_are_not_known_yet_make_no_scope_empty() {
    let unknown = PolicySource { regions: Vec::new(), ..source("late", None) };
    let sources = vec![source("default", Some((SourceReadyReason::Reading, ""))), unknown];
    let scope = json!({"scope": {"regions": ["ap-*"]}});
    assert_eq!(state(scope, &observed(sources, None)), is("Unknown", "NotReadYet"));
}

#[test]
fn a_policy_whose_public_holidays_have_ended_is_not_ready_and_one_whose_end_is_near_warns() {
    let policy = policy(json!({"holidays": {"countries": ["DE"]}}));
    let observed = observed(reading(), None);
    let compiled = Policy::compile("production", &policy.spec, &observed.feeds).map(Arc::new);
    let ready_at = |time: &str| {
        let data = public_holiday_data(compiled.as_ref().unwrap(), time.parse().unwrap());
        let Condition { status, reason, message, .. } = ready(&policy, &compiled, data.as_ref(), &observed);
        (is(&status, &reason), message)
    };
    let (state, message) = ready_at("2026-11-26T00:00:00Z");
    assert_eq!((state, message.as_str()), (is("True", "Judging"), "judging the pushes that default reads"));
    let (state, message) = ready_at("2035-12-01T00:00:00Z");
    assert_eq!(state, is("True", "Judging"));
    assert!(message.contains("; warning: the controller knows the public holidays of DE only through"), "{message}");
    assert_eq!(ready_at("2036-01-01T00:00:00Z").0, is("False", "HolidayDataEnded"));
}
