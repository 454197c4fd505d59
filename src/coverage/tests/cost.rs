//! The costs of reading and remembering.

use chrono::TimeDelta;

use super::scene::{Scene, at, stream};
use crate::coverage::seen::{Patience, Seen};
use crate::coverage::{Read, SourceInput};

#[test]
fn a_poll_in_which_everything_was_seen_is_offered_to_nobody() {
    let mut scene = Scene::usual("03-01T00:00");
    scene.work();
    scene.push("03-01T00:01");
    scene.now = at("03-01T00:02");
    scene.work();
    let read = scene.ledger.plan_poll(&"s".into(), &stream(), scene.now).unwrap();
    let uploads: Vec<_> = scene.shown.iter().map(|(_, upload)| upload.clone()).collect();
    let offer = scene.ledger.offer(&"s".into(), &stream(), Read::Poll(&read), &uploads, scene.now);
    assert!(offer.policies.is_empty() && offer.fresh.is_empty() && offer.settled.is_empty());
}

#[test]
fn ten_policies_take_no_more_reads_than_one() {
    let reads = |policies: usize| {
        let mut scene = Scene::usual("03-01T00:00");
        for number in 1..policies {
            scene.ledger.set_policy(&format!("p{number}").into(), scene.policy(1), scene.now);
        }
        for hours in 0..48 {
            scene.now = at("03-01T00:00") + TimeDelta::hours(hours);
            scene.work();
        }
        scene.reads
    };
    assert_eq!(reads(10), reads(1));
}

#[test]
fn a_hole_is_read_in_slices_of_a_week_at_most() {
    let mut scene = Scene::usual("03-01T00:00");
    scene.now = at("05-01T00:00");
    scene.ledger.open(&"s".into(), &stream().region, &stream().account, scene.now);
    scene.work();
    scene.now += TimeDelta::minutes(1);
    let policy = scene.policy(2);
    let policy = crate::coverage::PolicyInput { lookback: TimeDelta::days(60), ..policy };
    scene.ledger.set_policy(&"p".into(), policy, scene.now);
    let read = scene.ledger.plan_past(&"s".into(), &stream(), scene.now).0.unwrap();
    assert!(read.slice.end - read.slice.start <= TimeDelta::days(7));
}

#[test]
fn what_is_remembered_of_a_stream_is_bounded_and_the_oldest_is_forgotten() {
    let mut scene = Scene::new("03-01T00:00");
    for minute in 0..5 {
        scene.push(&format!("02-28T23:0{minute}"));
    }
    let mut seen = Seen::new(3);
    for (_, upload) in &scene.shown {
        seen.insert(upload.time, &upload.id, Patience::Settled);
    }
    let remembered: Vec<bool> =
        scene.shown.iter().map(|(_, upload)| seen.get(upload.time, &upload.id).is_some()).collect();
    assert_eq!(remembered, [false, false, true, true, true]);
    // After a read that returned more than is remembered, only what is remembered is known.
    seen.read(at("02-28T00:00"), scene.now);
    assert!(!seen.knows(at("02-28T23:01")) && seen.forgot(at("02-28T23:01")) && seen.knows(at("02-28T23:02")));
}

#[test]
fn without_sweeps_nothing_is_swept() {
    let mut scene = Scene::usual("03-01T00:00");
    scene.ledger.set_source(&"s".into(), SourceInput { sweeps: vec![], ..scene.source() }, scene.now);
    scene.work();
    assert!(scene.ledger.plan_sweep(&"s".into(), &stream(), scene.now).is_none());
}
