//! The status of a source in each situation.

use super::super::health::{Lane, SourceHealth};
use super::super::warnings::without_warnings;
use super::*;
use crate::source::{Action, Cause, Obstacle, SourceError};

const NOW: i64 = 1_795_000_000;
const ACCOUNT: &str = "111122223333";

fn cause() -> Cause {
    std::sync::Arc::new(std::io::Error::other("words")).into()
}

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(second, 0).unwrap()
}

fn stream(region: &str, behind: i64) -> StreamCheckpoint {
    StreamCheckpoint {
        stream: StreamKey { account: ACCOUNT.to_owned(), region: region.to_owned() },
        first_seen: at(0),
        head: Some(at(NOW - behind)),
        complete_through: Some(at(NOW - behind)),
        swept_through: None,
        removed_at: None,
    }
}

fn plan(streams: Vec<StreamCheckpoint>, health: &SourceHealth) -> CloudTrailSourceStatus {
    let regions: Vec<String> = streams.iter().map(|stream| stream.stream.region.clone()).collect();
    let checkpoint = SourceCheckpoint { streams, gaps: Vec::new() };
    let (health, existing) = (health.regions(), CloudTrailSourceStatus::default());
    let observed =
        Observed { regions: &regions, health: &health, checkpoint: &checkpoint, existing: &existing, warnings: &[] };
    plan_status(&observed, Some(1), Duration::from_secs(900), at(NOW))
}

#[test]
fn one_failed_stream_of_two_is_named_and_the_other_keeps_its_progress() {
    let failed = SourceError::Unreachable {
        action: Action::LookupEvents,
        region: "us-east-1".to_owned(),
        host: "sts.example".to_owned(),
        obstacle: Obstacle::Closed,
        source: cause(),
    };
    let health = SourceHealth::default();
    health.opened("eu-central-1", ACCOUNT);
    health.opened("us-east-1", ACCOUNT);
    assert!(!health.failed("us-east-1", Lane::Head, &failed), "the first of a kind that passes by itself");
    assert!(health.failed("us-east-1", Lane::Head, &failed));
    let status = plan(vec![stream("eu-central-1", 0), stream("us-east-1", 60)], &health);
    let ready = &status.conditions[0];
    assert_eq!((ready.status.as_str(), ready.reason.as_str()), ("False", "Unreachable"));
    assert!(ready.message.starts_with("1 of 2 streams cannot be read: 111122223333/us-east-1: "), "{}", ready.message);
    assert_eq!((status.streams[0].lag, status.streams[0].error.is_none()), (Some(api::Duration::from_secs(0)), true));
    assert_eq!(status.streams[1].lag, Some(api::Duration::from_secs(60)));
    assert_eq!(status.conditions[1].status, "True", "a minute behind is not stale");
}

#[test]
fn a_request_that_is_throttled_now_and_then_is_no_news() {
    let throttled =
        SourceError::Throttled { action: Action::LookupEvents, region: "eu-central-1".to_owned(), source: cause() };
    let health = SourceHealth::default();
    for _ in 0..3 {
        assert!((0..4).all(|_| !health.failed("eu-central-1", Lane::Head, &throttled)));
        assert!(!health.succeeded("eu-central-1", Lane::Head));
    }
    assert!((0..4).all(|_| !health.failed("eu-central-1", Lane::Head, &throttled)));
    assert!(health.failed("eu-central-1", Lane::Head, &throttled));
    assert_eq!(plan(vec![stream("eu-central-1", 0)], &health).conditions[0].reason, "Throttled");
}

#[test]
fn a_refusal_is_news_at_once() {
    let (action, identity, region) = (Action::LookupEvents, "me".to_owned(), "eu-central-1".to_owned());
    let denied = SourceError::AccessDenied { action, identity, region, detail: String::new(), source: cause() };
    let health = SourceHealth::default();
    assert!(health.failed("eu-central-1", Lane::Head, &denied));
    assert!(!health.failed("eu-central-1", Lane::Head, &denied), "and not twice");
}

#[test]
fn a_stream_that_is_far_behind_is_not_up_to_date() {
    let status = plan(vec![stream("eu-central-1", 901)], &SourceHealth::default());
    assert_eq!((status.conditions[1].status.as_str(), status.conditions[1].reason.as_str()), ("False", "Lagging"));
}

#[test]
fn a_source_is_not_ready_before_each_of_its_regions_was_read() {
    let unread = StreamCheckpoint { head: None, complete_through: None, ..stream("us-east-1", 0) };
    let health = SourceHealth::default();
    health.read("eu-central-1");
    let status = plan(vec![stream("eu-central-1", 0), unread], &health);
    let ready = &status.conditions[0];
    assert_eq!((ready.status.as_str(), ready.reason.as_str()), ("Unknown", "NotReadYet"));
    assert_eq!(ready.message, "waiting for the first read of us-east-1");
}

#[test]
fn a_source_is_complete_through_the_oldest_of_the_streams_that_its_spec_names() {
    let through = |streams: Vec<StreamCheckpoint>| plan(streams, &SourceHealth::default()).complete_through;
    let (late, early) = (stream("eu-central-1", 5), stream("us-east-1", 70));
    assert_eq!(through(vec![late.clone(), early.clone()]), Some(at(NOW - 70)));
    let gone = StreamCheckpoint { removed_at: Some(at(NOW)), ..early.clone() };
    assert_eq!(through(vec![late.clone(), gone]), Some(at(NOW - 5)));
    let unread = StreamCheckpoint { head: None, complete_through: None, ..early };
    assert_eq!(through(vec![late, unread]), None, "nobody knows what is in it");
    assert_eq!(through(vec![]), None);
}

#[test]
fn a_head_that_moved_on_is_no_news_and_a_stream_that_is_read_for_the_first_time_is() {
    let health = SourceHealth::default();
    let before = plan(vec![stream("eu-central-1", 100)], &health);
    assert!(!is_news(&before, &plan(vec![stream("eu-central-1", 0)], &health)));
    let unread = StreamCheckpoint { head: None, complete_through: None, ..stream("eu-central-1", 0) };
    assert!(is_news(&plan(vec![unread], &health), &before));
}

#[test]
fn a_status_gives_back_the_checkpoint() {
    let checkpoint = SourceCheckpoint {
        streams: vec![
            stream("eu-central-1", 5),
            StreamCheckpoint { removed_at: Some(at(7)), ..stream("us-east-1", 9) },
        ],
        gaps: vec![Gap { stream: stream("eu-central-1", 0).stream, from: at(1), to: at(2) }],
    };
    let (health, existing) = (BTreeMap::new(), CloudTrailSourceStatus::default());
    let observed =
        Observed { regions: &[], health: &health, checkpoint: &checkpoint, existing: &existing, warnings: &[] };
    let status = plan_status(&observed, Some(1), Duration::from_secs(900), at(NOW));
    let mut kept = checkpoint.clone();
    kept.streams.iter_mut().for_each(|stream| stream.head = None);
    assert_eq!(checkpoint_in(&status), kept);
}

#[test]
fn of_too_many_streams_those_that_are_read_are_kept() {
    let gone = (0..200).map(|n| StreamCheckpoint { removed_at: Some(at(n)), ..stream(&format!("gone-{n}"), 0) });
    let status = plan(gone.chain([stream("eu-central-1", 0)]).collect(), &SourceHealth::default());
    assert_eq!(status.streams.len(), MAX_STREAMS);
    let has = |region: &str| status.streams.iter().any(|stream| stream.region == region);
    assert!(has("eu-central-1") && has("gone-199") && !has("gone-0"));
}

#[test]
fn a_warning_is_in_the_message_of_ready_once_and_changes_no_status() {
    let (health, checkpoint) = (SourceHealth::default(), SourceCheckpoint::default());
    let warnings = ["us-est-1 is not a Region; did you mean us-east-1?".to_owned()];
    let regions = ["us-est-1".to_owned()];
    let plan = |existing: &CloudTrailSourceStatus| {
        let health = health.regions();
        let observed =
            Observed { regions: &regions, health: &health, checkpoint: &checkpoint, existing, warnings: &warnings };
        plan_status(&observed, Some(1), Duration::from_secs(900), at(NOW))
    };
    let first = plan(&CloudTrailSourceStatus::default());
    let message = "waiting for the first read of us-est-1; warning: us-est-1 is not a Region; did you mean us-east-1?";
    assert_eq!((first.conditions[0].status.as_str(), first.conditions[0].message.as_str()), ("Unknown", message));
    assert_eq!(plan(&first).conditions[0].message, message, "carried over from the status before");
    assert_eq!(without_warnings(message), "waiting for the first read of us-est-1");
}
