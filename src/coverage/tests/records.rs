//! What is written down, and when the process dies between two writes. The histories were found by the model.

use std::collections::HashSet;

use super::scene::{ACCOUNT, REGION, Scene, at, stream};
use crate::coverage::{Delivered, Read, SourceInput, StreamKey};

#[test]
fn a_region_named_after_the_policys_status_was_written_is_read_from_its_beginning_after_a_restart() {
    let mut scene = Scene::usual("03-01T00:00");
    let policy = scene.policy(1);
    scene.work();
    scene.work();
    let (policy_record, _) = scene.records();
    let second = StreamKey { account: ACCOUNT.into(), region: "eu-west-1".into() };
    scene.push_into(second.clone(), "03-01T00:30");
    scene.now = at("03-01T01:00");
    let source = SourceInput { regions: vec![REGION.into(), second.region.clone()], ..scene.source() };
    scene.ledger.set_source(&"s".into(), source.clone(), scene.now);
    scene.ledger.open(&"s".into(), &second.region, ACCOUNT, scene.now);
    let source_record = scene.ledger.source_record(&"s".into());
    scene.ledger = crate::coverage::Ledger::new(chrono::TimeDelta::minutes(15));
    scene.ledger.set_source(&"s".into(), SourceInput { record: source_record, ..source }, scene.now);
    let policy = crate::coverage::PolicyInput { record: policy_record, ..policy };
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
    let written = scene.ledger.policy_record(&"p".into());
    scene.refused.insert("p".into());
    scene.push("03-01T00:30");
    scene.now = at("03-01T01:00");
    scene.work();
    let source = SourceInput { record: scene.ledger.source_record(&"s".into()), ..scene.source() };
    scene.ledger = crate::coverage::Ledger::new(chrono::TimeDelta::minutes(15));
    scene.refused.clear();
    scene.now = at("03-01T02:00");
    scene.ledger.set_source(&"s".into(), source, scene.now);
    scene.ledger.set_policy(&"p".into(), crate::coverage::PolicyInput { record: written, ..policy }, scene.now);
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
