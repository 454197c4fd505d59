//! Outages of the process, of AWS and of the API server.

use std::collections::HashSet;

use chrono::TimeDelta;

use super::scene::{Scene, at, stream};
use crate::coverage::seen::Patience;
use crate::coverage::{Delivered, Incomplete, Read};

#[test]
fn a_source_made_while_nothing_runs_is_covered_from_then() {
    let mut scene = Scene::new("03-01T00:00");
    let policy = scene.policy(1);
    scene.ledger.set_policy(
        &"p".into(),
        crate::coverage::PolicyInput { sources: [].into(), ..policy.clone() },
        scene.now,
    );
    scene.now = at("03-10T00:00");
    let source = scene.source();
    scene.push("03-10T12:00");
    scene.now = at("03-15T00:00");
    scene.restart(policy, source);
    scene.work();
    scene.work();
    assert_eq!(scene.judged("p"), ["03-10T12:00"]);
    assert_eq!(scene.coverage("p").since, Some(at("03-09T23:00")));
}

#[test]
fn a_refused_policy_reads_what_it_missed_once_its_findings_are_taken() {
    let mut scene = Scene::usual("03-01T00:00");
    scene.ledger.set_policy(&"q".into(), scene.policy(1), scene.now);
    scene.work();
    scene.refused.insert("p".into());
    scene.push("03-01T00:30");
    scene.now = at("03-01T01:00");
    scene.work();
    assert_eq!(scene.judged("q"), ["03-01T00:30"]);
    assert_eq!(scene.coverage("p").incomplete, Some(Incomplete::Refused { stream: stream() }));
    assert_eq!(scene.coverage("q").incomplete, None);
    scene.refused.clear();
    scene.now = at("03-01T01:02");
    scene.work();
    assert_eq!(scene.judged("p"), ["03-01T00:30"]);
}

#[test]
fn a_stream_that_is_far_behind_is_reported_for_a_policy_with_a_hole_in_it_too() {
    let mut scene = Scene::usual("03-01T00:00");
    scene.work();
    scene.now = at("03-01T00:05");
    scene.ledger.set_policy(&"p".into(), scene.policy(2), scene.now);
    assert!(matches!(scene.coverage("p").incomplete, Some(Incomplete::Hole { .. })));
    scene.now = at("03-01T00:30");
    assert!(matches!(scene.coverage("p").incomplete, Some(Incomplete::Stale { .. })));
}

#[test]
fn a_late_record_is_judged_by_who_was_refused_when_it_was_shown() {
    let mut scene = Scene::usual("03-01T00:00");
    scene.work();
    scene.now = at("03-01T04:30");
    scene.work();
    scene.refused.insert("p".into());
    scene.push("03-01T05:00");
    scene.now = at("03-01T06:00");
    scene.work();
    scene.push("03-01T02:00");
    scene.now = at("03-01T08:00");
    scene.work();
    scene.refused.clear();
    scene.now = at("03-01T08:10");
    scene.work();
    assert_eq!(scene.judged("p"), ["03-01T02:00", "03-01T05:00"]);
}

#[test]
fn a_refused_policy_does_not_pass_what_settles_while_it_reads() {
    let mut scene = Scene::usual("03-01T00:00");
    scene.work();
    scene.now = at("03-01T01:00");
    scene.work();
    scene.refused.insert("p".into());
    scene.push("03-01T01:01");
    scene.now = at("03-01T01:02");
    scene.work();
    scene.refused.clear();
    // An upload by digest: until 01:11 it is not known whether an index lists it.
    let mut waiting = scene.shown[0].1.clone();
    waiting.tag = None;
    let (source, key) = ("s".into(), stream());
    scene.now = at("03-01T01:08");
    let past = scene.ledger.plan_past(&source, &key, scene.now).0.unwrap();
    let offer = scene.ledger.offer(&source, &key, Read::Past(&past), &[waiting.clone()], scene.now);
    assert_eq!((offer.fresh.len(), offer.settled.len()), (1, 0));
    // In between, polls settle it for the policies that are joined.
    for (now, settled) in [("03-01T01:09", 0), ("03-01T01:12", 1)] {
        scene.now = at(now);
        let poll = scene.ledger.plan_poll(&source, &key, scene.now).unwrap();
        if settled == 0 {
            // As if it had not been settled when it was first delivered.
            scene.ledger.stream_mut(&source, &key).unwrap().seen.insert(waiting.time, &waiting.id, Patience::Waiting);
        }
        let uploads = [waiting.clone()];
        let offer = scene.ledger.offer(&source, &key, Read::Poll(&poll), &uploads, scene.now);
        assert_eq!(offer.settled.len(), settled);
        let refused = HashSet::new();
        let delivered = Delivered { uploads: &uploads, offer: &offer, refused: &refused };
        scene.ledger.delivered(&source, &key, Read::Poll(&poll), &delivered, scene.now);
        scene.ledger.polled(&source, &key, &poll, 1, scene.now);
    }
    scene.ledger.read_past(&source, &key, &past, 1, scene.now);
    assert!(scene.coverage("p").through < Some(at("03-01T01:01")));
}

#[test]
fn a_read_that_cloudtrail_forgot_meanwhile_moves_nobody() {
    let mut scene = Scene::usual("03-01T00:00");
    scene.ledger.open(&"s".into(), &stream().region, &stream().account, scene.now);
    let past = scene.ledger.plan_past(&"s".into(), &stream(), scene.now).0.unwrap();
    let before = scene.coverage("p").through;
    scene.now += TimeDelta::days(100);
    scene.ledger.read_past(&"s".into(), &stream(), &past, 1, scene.now);
    assert_eq!(scene.coverage("p").through, before);
}

#[test]
fn a_late_record_from_before_a_policy_is_offered_again_when_its_finding_was_refused() {
    let mut scene = Scene::usual("03-01T00:00");
    for minutes in [0, 5, 70] {
        scene.now = at("03-01T00:00") + TimeDelta::minutes(minutes);
        scene.work();
    }
    // Two hours before what the policy covers, and certainly not delivered before.
    scene.push("02-28T21:00");
    scene.refused.insert("p".into());
    scene.now = at("03-01T02:30");
    scene.work();
    scene.refused.clear();
    scene.now = at("03-01T02:40");
    scene.work();
    scene.now = at("03-01T04:00");
    scene.work();
    assert_eq!(scene.judged("p"), ["02-28T21:00"]);
}

#[test]
fn what_is_shown_while_a_process_is_frozen_in_a_poll_is_found_by_the_next_sweep() {
    let mut scene = Scene::usual("03-01T00:00");
    scene.work();
    // The poll is read to its end, and the process is frozen before it can report that.
    scene.now = at("03-01T12:00");
    let (source, key) = ("s".into(), stream());
    let poll = scene.ledger.plan_poll(&source, &key, scene.now).unwrap();
    scene.push("03-01T06:00");
    scene.now = at("03-03T12:00");
    let sweep = scene.ledger.plan_sweep(&source, &key, scene.now).unwrap();
    scene.ledger.swept(&source, &key, &sweep, 1);
    scene.ledger.polled(&source, &key, &poll, 1, scene.now);
    scene.work();
    assert_eq!(scene.judged("p"), ["03-01T06:00"]);
}
