//! Several sources, and sources that are deleted and created again.

use super::scene::{OTHER_ACCOUNT, REGION, Scene, at, stream};
use crate::coverage::{PolicyInput, StreamKey};

#[test]
fn a_source_made_again_under_the_same_name_starts_anew() {
    let mut scene = Scene::usual("03-01T00:00");
    scene.work();
    scene.now = at("03-02T00:00");
    scene.ledger.remove_source(&"s".into());
    scene.ledger.set_source(&"t".into(), scene.source(), scene.now);
    scene.ledger.set_policy(&"p".into(), PolicyInput { sources: ["t".into()].into(), ..scene.policy(1) }, scene.now);
    scene.push("03-01T12:00");
    scene.push("03-01T23:30");
    scene.work_in("t", &stream());
    scene.work_in("t", &stream());
    assert_eq!(scene.judged("p"), ["03-01T23:30"]);
    assert_eq!(scene.coverage("p").since, Some(at("03-01T23:00")));
}

#[test]
fn two_sources_that_read_one_stream_are_read_apart() {
    let mut scene = Scene::usual("03-01T00:00");
    scene.ledger.set_source(&"t".into(), scene.source(), scene.now);
    let both = PolicyInput { sources: ["s".into(), "t".into()].into(), ..scene.policy(1) };
    scene.ledger.set_policy(&"q".into(), both, scene.now);
    scene.push("02-28T23:30");
    for _ in 0..2 {
        scene.work_in("s", &stream());
    }
    assert_eq!(scene.judged("q"), ["02-28T23:30"]);
    assert_eq!(scene.coverage("p").incomplete, None);
    assert!(scene.coverage("q").incomplete.is_some());
    for _ in 0..2 {
        scene.work_in("t", &stream());
    }
    assert_eq!(scene.coverage("q").incomplete, None);
}

#[test]
fn a_policy_that_an_old_source_admits_meets_it_then() {
    let mut scene = Scene::usual("03-01T00:00");
    let not_admitted = PolicyInput { sources: [].into(), ..scene.policy(1) };
    scene.ledger.set_policy(&"q".into(), not_admitted.clone(), scene.now);
    scene.work();
    scene.now = at("03-10T00:00");
    scene.ledger.set_policy(&"q".into(), not_admitted.clone(), scene.now);
    scene.work();
    let admitted = PolicyInput { sources: ["s".into()].into(), ..not_admitted };
    scene.ledger.set_policy(&"q".into(), admitted, scene.now);
    assert_eq!(scene.coverage("q").since, Some(at("03-09T23:00")));
}

#[test]
fn the_owners_copy_is_judged_only_where_the_callers_is_not_read() {
    for (reads_caller, is_stale) in [(false, false), (true, false), (true, true)] {
        let mut scene = Scene::usual("03-01T00:00");
        scene.work();
        let callers = StreamKey { account: OTHER_ACCOUNT.into(), region: REGION.into() };
        if reads_caller {
            scene.ledger.set_source(&"t".into(), scene.source(), scene.now);
            let both = PolicyInput { sources: ["s".into(), "t".into()].into(), ..scene.policy(2) };
            scene.ledger.set_policy(&"p".into(), both, scene.now);
            scene.work_in("t", &callers);
        }
        scene.push_from(OTHER_ACCOUNT, stream(), "03-01T00:30");
        scene.now = at("03-01T01:00");
        if reads_caller && !is_stale {
            scene.work_in("t", &callers);
        }
        scene.work();
        assert_eq!(scene.judged("p").is_empty(), reads_caller && !is_stale);
    }
}

#[test]
fn the_owners_copy_is_judged_when_the_callers_stream_goes_before_its_copy_was_read() {
    let mut scene = Scene::usual("03-01T00:00");
    let callers = StreamKey { account: OTHER_ACCOUNT.into(), region: REGION.into() };
    scene.ledger.set_source(&"t".into(), scene.source(), scene.now);
    let both = PolicyInput { sources: ["s".into(), "t".into()].into(), ..scene.policy(2) };
    scene.ledger.set_policy(&"p".into(), both, scene.now);
    scene.work();
    scene.work_in("t", &callers);
    scene.push_from(OTHER_ACCOUNT, stream(), "03-01T00:05");
    scene.now = at("03-01T00:10");
    scene.work();
    assert!(scene.judged("p").is_empty(), "its own account names who it was");
    scene.ledger.remove_source(&"t".into());
    scene.work();
    assert_eq!(scene.judged("p").len(), 1);
}
