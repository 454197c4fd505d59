//! Statuses that were edited by hand, or written by a process with a wrong clock.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::scene::{Scene, at, stream};
use crate::coverage::{
    Gap, PolicyCheckpoint, PolicyInput, Revision, SourceCheckpoint, SourceInput, SourcePosition, StreamCheckpoint,
    StreamKey, Sweep,
};

fn position(since: DateTime<Utc>, through: Option<DateTime<Utc>>) -> SourcePosition {
    SourcePosition { source: "s".into(), since, through, removed_at: None }
}

fn streams(complete_through: Option<DateTime<Utc>>) -> Vec<StreamCheckpoint> {
    vec![StreamCheckpoint {
        head: None,
        stream: stream(),
        first_seen: at("02-01T00:00"),
        complete_through,
        swept_through: None,
        removed_at: None,
    }]
}

/// A start with these statuses at noon on 10 March; the policy was created on 1 March.
fn started(position: SourcePosition, streams: Vec<StreamCheckpoint>) -> Scene {
    let mut scene = Scene::new("03-01T00:00");
    let checkpoint =
        PolicyCheckpoint { revision: Revision { generation: 1, calendars: None }, sources: vec![position] };
    let policy = PolicyInput { checkpoint: Some(checkpoint), ..scene.policy(1) };
    let source = SourceInput { checkpoint: Some(SourceCheckpoint { streams, gaps: vec![] }), ..scene.source() };
    scene.now = at("03-10T12:00");
    scene.ledger.set_source(&"s".into(), source, scene.now);
    scene.ledger.set_policy(&"p".into(), policy, scene.now);
    scene
}

#[test]
fn times_in_the_future_are_read_again_and_not_claimed() {
    let (now, future) = (at("03-10T12:00"), at("12-01T00:00"));
    for (position, streams) in [
        (position(future, None), streams(Some(now))),
        (position(future, Some(future)), streams(Some(now))),
        (position(at("02-28T23:00"), None), streams(Some(future))),
        (position(DateTime::<Utc>::MAX_UTC, None), streams(Some(DateTime::<Utc>::MAX_UTC))),
    ] {
        let mut scene = started(position.clone(), streams);
        assert!(scene.coverage("p").incomplete.is_some(), "{position:?}");
        assert!(scene.coverage("p").through < Some(at("03-01T00:00")), "{position:?}");
        scene.push("03-01T01:00");
        scene.push("03-10T11:00");
        scene.work();
        scene.work();
        assert_eq!(scene.judged("p"), ["03-01T01:00", "03-10T11:00"], "{position:?}");
        assert_eq!(scene.coverage("p").incomplete, None, "{position:?}");
    }
}

#[test]
fn a_position_after_the_head_is_one_at_the_head() {
    let mut scene = started(position(at("02-28T23:00"), Some(at("03-10T00:00"))), streams(Some(at("03-05T00:00"))));
    assert!(scene.coverage("p").through <= Some(at("03-05T00:00")));
    scene.push("03-06T00:00");
    scene.work();
    assert_eq!(scene.judged("p"), ["03-06T00:00"]);
}

#[test]
fn a_position_in_the_year_1_reads_everything_again() {
    let year_1: DateTime<Utc> = "0001-01-01T00:00:00Z".parse().unwrap();
    let mut scene = started(position(at("02-28T23:00"), Some(year_1)), streams(Some(at("03-10T12:00"))));
    scene.push("03-02T00:00");
    scene.work();
    scene.work();
    assert_eq!(scene.judged("p"), ["03-02T00:00"]);
    assert!(scene.coverage("p").since >= Some(at("02-28T23:00")));
}

#[test]
fn what_is_claimed_begins_no_earlier_than_the_stream_whatever_since_says() {
    let scene = started(position(DateTime::<Utc>::MIN_UTC, None), streams(Some(at("03-10T12:00"))));
    assert_eq!(scene.coverage("p").since, Some(at("01-31T23:00")));
}

#[test]
fn streams_that_were_taken_out_or_first_seen_in_the_future_are_read_when_the_spec_names_them() {
    let mut recorded = streams(Some(at("03-05T00:00")));
    recorded[0].removed_at = Some(at("12-01T00:00"));
    recorded[0].first_seen = at("12-01T00:00");
    recorded[0].swept_through = Some(at("12-01T00:00"));
    let mut scene = started(position(at("02-28T23:00"), None), recorded);
    scene.push("03-06T00:00");
    scene.work();
    assert_eq!(scene.judged("p"), ["03-06T00:00"]);
}

#[test]
fn unknown_streams_are_kept_and_claim_nothing() {
    let unknown = (0..128).map(|number| StreamCheckpoint {
        stream: StreamKey { account: format!("{number:012}"), region: format!("xx-{number}") },
        ..streams(Some(at("03-10T12:00"))).remove(0)
    });
    let mut scene = started(position(at("02-28T23:00"), None), unknown.collect());
    assert!(scene.coverage("p").incomplete.is_some());
    scene.work();
    scene.work();
    assert_eq!(scene.coverage("p").incomplete, None);
    let kept = scene.ledger.source_checkpoint(&"s".into()).unwrap().streams;
    assert_eq!(kept.iter().filter(|stream| stream.removed_at.is_some()).count(), 128);
}

fn any_time() -> impl Strategy<Value = DateTime<Utc>> {
    let near = (0i64..200).prop_map(|days| at("01-01T00:00") + TimeDelta::days(days));
    prop_oneof![Just(DateTime::<Utc>::MIN_UTC), Just(DateTime::<Utc>::MAX_UTC), Just(DateTime::UNIX_EPOCH), near]
}

fn any_length() -> impl Strategy<Value = TimeDelta> {
    let near = (-1i64..100_000).prop_map(TimeDelta::minutes);
    prop_oneof![Just(TimeDelta::MIN), Just(TimeDelta::MAX), Just(TimeDelta::zero()), near]
}

proptest! {
    #[test]
    fn no_status_and_no_spec_makes_the_ledger_panic(
        times in prop::collection::vec(any_time(), 10),
        lengths in prop::collection::vec(any_length(), 4),
        is_through in any::<bool>(),
        is_removed in any::<bool>(),
        generation in 1i64..3,
    ) {
        let mut scene = Scene::new("03-01T00:00");
        let position = SourcePosition {
            removed_at: is_removed.then_some(times[2]),
            ..position(times[0], is_through.then_some(times[1]))
        };
        let checkpoint = PolicyCheckpoint { revision: Revision { generation: 1, calendars: None }, sources: vec![position] };
        let policy = PolicyInput {
            revised_at: times[3], lookback: lengths[0], checkpoint: Some(checkpoint), ..scene.policy(generation)
        };
        let mut recorded = streams(Some(times[4]));
        recorded[0].first_seen = times[5];
        recorded[0].swept_through = Some(times[6]);
        recorded[0].removed_at = is_removed.then_some(times[7]);
        let gaps = vec![Gap { stream: stream(), from: times[8], to: times[9] }];
        let source = SourceInput {
            poll_interval: lengths[1],
            overlap: lengths[1],
            sweeps: vec![Sweep { every: lengths[2], back: lengths[3] }],
            revised_at: times[8],
            checkpoint: Some(SourceCheckpoint { streams: recorded, gaps }),
            ..scene.source()
        };
        scene.ledger.set_source(&"s".into(), source.clone(), scene.now);
        scene.ledger.set_policy(&"p".into(), policy.clone(), scene.now);
        scene.push("02-28T23:59");
        for _ in 0..3 {
            scene.work();
            scene.ledger.check_freshness(scene.now);
            let _ = (scene.coverage("p"), scene.ledger.next_sweep(&"s".into(), &stream()));
            scene.now += TimeDelta::hours(2);
        }
        scene.restart(policy, source);
        scene.work();
    }
}
