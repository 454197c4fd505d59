//! Policies that are created, edited and suspended.

use chrono::TimeDelta;

use super::scene::{Scene, at};
use crate::coverage::{PolicyInput, Revision};

#[test]
fn a_policy_that_is_edited_during_an_outage_longer_than_its_lookback_loses_nothing() {
    let mut scene = Scene::usual("03-01T00:00");
    scene.work();
    let _ = scene.checkpoints();
    scene.push("03-02T00:00");
    scene.now = at("03-05T00:00");
    let edited = scene.policy(2);
    scene.now = at("03-06T00:00");
    scene.restart(edited, scene.source());
    scene.work();
    assert_eq!(scene.judged("p"), ["03-02T00:00"]);
}

#[test]
fn a_policy_made_while_nothing_can_be_read_covers_its_lookback_however_late_the_first_read_is() {
    let mut scene = Scene::usual("03-01T00:00");
    scene.push("02-28T23:00");
    scene.now = at("03-20T00:00");
    scene.work();
    scene.work();
    assert_eq!(scene.judged("p"), ["02-28T23:00"]);
    assert_eq!(scene.coverage("p").since, Some(at("02-28T23:00")));
}

#[test]
fn a_policy_that_is_resumed_judges_what_was_pushed_meanwhile() {
    let mut scene = Scene::usual("03-01T00:00");
    scene.work();
    scene.now = at("03-02T00:00");
    scene.ledger.set_policy(&"p".into(), PolicyInput { judges: false, ..scene.policy(2) }, scene.now);
    scene.push("03-03T00:00");
    scene.now = at("03-04T00:00");
    scene.work();
    assert_eq!(scene.judged("p"), [""; 0]);
    scene.ledger.set_policy(&"p".into(), scene.policy(3), scene.now);
    scene.work();
    assert_eq!(scene.judged("p"), ["03-03T00:00"]);
}

#[test]
fn a_calendar_that_vanishes_and_returns_is_two_edits() {
    let mut scene = Scene::usual("03-01T00:00");
    let revision = |calendars: Option<&str>| Revision { generation: 1, calendars: calendars.map(str::to_owned) };
    for (number, (now, calendars)) in
        [("03-02T00:00", Some("hash")), ("03-03T00:00", None), ("03-04T00:00", Some("hash"))].into_iter().enumerate()
    {
        scene.now = at(now);
        let policy = PolicyInput { revision: revision(calendars), ..scene.policy(1) };
        scene.ledger.set_policy(&"p".into(), policy, scene.now);
        scene.work();
        let since = if number == 0 { at("03-01T23:00") } else { scene.now - TimeDelta::hours(1) };
        assert_eq!(scene.ledger.policy_checkpoint(&"p".into()).unwrap().sources[0].since, since);
    }
}

#[test]
fn a_label_that_is_changed_does_not_move_the_coverage_of_a_policy() {
    let mut scene = Scene::usual("03-01T00:00");
    scene.work();
    scene.work();
    let before = scene.coverage("p").since;
    scene.now = at("03-05T00:00");
    let changed_a_label = scene.policy(1);
    scene.restart(changed_a_label, scene.source());
    scene.work();
    assert_eq!(scene.coverage("p").since, before);
}

#[test]
fn a_policy_that_is_edited_before_anything_could_be_read_loses_nothing() {
    for is_restarted in [false, true] {
        let mut scene = Scene::usual("03-01T00:00");
        let source = scene.source();
        scene.push("02-28T23:30");
        scene.push("03-02T00:00");
        scene.now = at("03-05T00:00");
        let edited = scene.policy(2);
        if is_restarted {
            // Twice, so that only the status has the first revision.
            scene.restart(edited.clone(), source.clone());
            scene.restart(edited, source);
        } else {
            scene.ledger.set_policy(&"p".into(), edited, scene.now);
        }
        scene.now = at("03-07T00:00");
        scene.work();
        scene.work();
        assert_eq!(scene.judged("p"), ["02-28T23:30", "03-02T00:00"], "restarted: {is_restarted}");
    }
}
