//! What statuses keep, and processes that are killed between two writes. The model found these histories.

use std::collections::HashSet;

use chrono::TimeDelta;

use super::scene::{ACCOUNT, REGION, Scene, at, stream};
use crate::coverage::{Delivered, Read, SourceInput, StreamKey, Sweep};

#[test]
fn a_region_named_after_the_policys_status_was_written_is_read_from_its_beginning_after_a_restart() {
    let mut scene = Scene::usual("03-01T00:00");
    let policy = scene.policy(1);
    scene.work();
    scene.work();
    let (policy_checkpoint, _) = scene.checkpoints();
    let second = StreamKey { account: ACCOUNT.into(), region: "eu-west-1".into() };
    scene.push_into(second.clone(), "03-01T00:30");
    scene.now = at("03-01T01:00");
    let source = SourceInput { regions: vec![REGION.into(), second.region.clone()], ..scene.source() };
    scene.ledger.set_source(&"s".into(), source.clone(), scene.now);
    scene.ledger.open(&"s".into(), &second.region, ACCOUNT, scene.now);
    let source_checkpoint = scene.ledger.source_checkpoint(&"s".into());
    scene.ledger = crate::coverage::Ledger::new(chrono::TimeDelta::minutes(15));
    scene.ledger.set_source(&"s".into(), SourceInput { checkpoint: source_checkpoint, ..source }, scene.now);
    let policy = crate::coverage::PolicyInput { checkpoint: policy_checkpoint, ..policy };
    scene.ledger.set_policy(&"p".into(), policy, scene.now);
    assert!(scene.coverage("p").through <= Some(at("03-01T00:00")));
    scene.work_in("s", &second);
    scene.work_in("s", &second);
    assert_eq!(scene.judged("p"), ["03-01T00:30"]);
}

#[test]
fn a_status_whose_answer_is_lost_may_have_been_written() {
    let mut scene = Scene::usual("03-01T00:00");
    let policy = scene.policy(1);
    scene.work();
    scene.work();
    let written = scene.ledger.policy_checkpoint(&"p".into());
    scene.refused.insert("p".into());
    scene.push("03-01T00:30");
    scene.now = at("03-01T01:00");
    scene.work();
    let source = SourceInput { checkpoint: scene.ledger.source_checkpoint(&"s".into()), ..scene.source() };
    scene.ledger = crate::coverage::Ledger::new(chrono::TimeDelta::minutes(15));
    scene.refused.clear();
    scene.now = at("03-01T02:00");
    scene.ledger.set_source(&"s".into(), source, scene.now);
    scene.ledger.set_policy(&"p".into(), crate::coverage::PolicyInput { checkpoint: written, ..policy }, scene.now);
    assert!(scene.coverage("p").through < Some(at("03-01T00:30")));
}

#[test]
fn a_poll_that_is_begun_again_delivers_what_it_had_and_calls_none_of_it_new() {
    let mut scene = Scene::usual("03-01T00:00");
    scene.work();
    scene.work();
    scene.push("03-01T00:30");
    scene.now = at("03-01T01:00");
    let uploads = [scene.shown[0].1.clone()];
    for is_first_shown in [true, false] {
        let read = scene.ledger.plan_poll(&"s".into(), &stream(), scene.now).unwrap();
        let read = Read::Poll(&read);
        let offer = scene.ledger.offer(&"s".into(), &stream(), read, &uploads, scene.now);
        assert_eq!((offer.fresh.len(), offer.is_first_shown(0)), (1, is_first_shown));
        let refused = HashSet::new();
        let delivered = Delivered { uploads: &uploads, offer: &offer, refused: &refused };
        scene.ledger.delivered(&"s".into(), &stream(), read, &delivered, scene.now);
    }
}

/// A policy whose findings are rejected from 00:30 on in the first Region, while the second is opened at 01:00 and has an
/// upload of 00:15.
fn refused_in_one_region() -> (Scene, StreamKey) {
    let mut scene = Scene::usual("03-01T00:00");
    scene.work();
    scene.now = at("03-01T00:25");
    scene.work();
    scene.refused.insert("p".into());
    scene.push("03-01T00:30");
    scene.now = at("03-01T00:50");
    scene.work();
    let second = StreamKey { account: ACCOUNT.into(), region: "eu-west-1".into() };
    scene.push_into(second.clone(), "03-01T00:15");
    let _ = scene.checkpoints();
    scene.now = at("03-01T01:00");
    let source = SourceInput { regions: vec![REGION.into(), second.region.clone()], ..scene.source() };
    scene.ledger.set_source(&"s".into(), source, scene.now);
    scene.ledger.open(&"s".into(), &second.region, ACCOUNT, scene.now);
    (scene, second)
}

#[test]
fn the_head_of_a_new_region_is_not_written_beyond_where_a_refused_policy_is() {
    let (mut scene, second) = refused_in_one_region();
    let checkpoint = scene.ledger.source_checkpoint(&"s".into()).unwrap();
    let stream = checkpoint.streams.iter().find(|stream| stream.stream == second).unwrap();
    assert!(stream.complete_through.is_some_and(|head| head < at("03-01T00:15")), "{stream:?}");
    // Once the policy's own status records its position, the head is recorded.
    let _ = scene.checkpoints();
    scene.work_in("s", &second);
    let checkpoint = scene.ledger.source_checkpoint(&"s".into()).unwrap();
    assert_eq!(
        checkpoint.streams.iter().find(|stream| stream.stream == second).unwrap().complete_through,
        Some(scene.now)
    );
}

#[test]
fn the_position_of_a_policy_is_its_oldest_of_all_streams() {
    let (mut scene, _) = refused_in_one_region();
    let checkpoint = scene.ledger.policy_checkpoint(&"p".into()).unwrap();
    assert!(checkpoint.sources[0].through < Some(at("03-01T00:15")), "{checkpoint:?}");
}

#[test]
fn a_push_in_the_second_of_the_head_is_not_lost_when_a_sweep_brings_it_after_an_edit() {
    let mut scene = Scene::usual("03-01T00:00");
    let source = SourceInput {
        sweeps: vec![Sweep { every: TimeDelta::hours(24), back: TimeDelta::hours(168) }],
        ..scene.source()
    };
    scene.ledger.set_source(&"s".into(), source.clone(), scene.now);
    scene.work();
    scene.work();
    scene.push("03-01T00:00");
    scene.now = at("03-02T00:10");
    scene.restart(scene.policy(2), source);
    scene.work();
    assert_eq!(scene.judged("p"), ["03-01T00:00"]);
}
