//! A process that is away.

use super::scene::{Scene, at, stream};
use crate::coverage::Incomplete;

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
fn a_late_record_is_judged_by_who_was_refused_when_it_was_shown() {
    let mut scene = Scene::usual("03-01T00:00");
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
