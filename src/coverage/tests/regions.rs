//! Regions and accounts that are added, removed and put back.

use chrono::TimeDelta;

use super::scene::{ACCOUNT, OTHER_ACCOUNT, REGION, Scene, at, stream};
use crate::coverage::{MAX_GAPS, SourceInput, StreamKey};

#[test]
fn a_region_that_is_put_back_is_read_from_where_it_was() {
    let mut scene = Scene::usual("03-01T00:00");
    scene.work();
    scene.now = at("03-02T00:00");
    scene.ledger.set_source(&"s".into(), SourceInput { regions: vec![], ..scene.source() }, scene.now);
    scene.push("03-05T00:00");
    scene.now = at("03-08T00:00");
    scene.ledger.set_source(&"s".into(), scene.source(), scene.now);
    scene.work();
    assert_eq!(scene.judged("p"), ["03-05T00:00"]);
}

#[test]
fn another_account_is_read_from_where_the_one_before_was_read_last() {
    let mut scene = Scene::usual("03-01T00:00");
    scene.work();
    let other = StreamKey { account: OTHER_ACCOUNT.into(), region: REGION.into() };
    scene.push_into(other.clone(), "03-01T12:00");
    scene.now = at("03-03T00:00");
    assert_eq!(scene.ledger.open(&"s".into(), REGION, OTHER_ACCOUNT, scene.now).as_deref(), Some(ACCOUNT));
    scene.work_in("s", &other);
    scene.work_in("s", &other);
    assert_eq!(scene.judged("p"), ["03-01T12:00"]);
    assert!(scene.ledger.plan_poll(&"s".into(), &stream(), scene.now).is_none());
}

#[test]
fn a_region_that_returns_with_another_account_counts_from_its_return() {
    let mut scene = Scene::usual("03-01T00:00");
    scene.work();
    scene.ledger.set_source(&"s".into(), SourceInput { regions: vec![], ..scene.source() }, scene.now);
    scene.now = at("03-08T00:00");
    scene.ledger.set_source(&"s".into(), scene.source(), scene.now);
    let other = StreamKey { account: OTHER_ACCOUNT.into(), region: REGION.into() };
    scene.push_into(other.clone(), "03-08T12:00");
    // AWS rejects the role for a day.
    scene.now = at("03-09T00:00");
    scene.work_in("s", &other);
    scene.work_in("s", &other);
    assert_eq!(scene.judged("p"), ["03-08T12:00"]);
}

#[test]
fn a_stream_that_stays_unreadable_for_longer_than_cloudtrail_keeps_has_one_gap() {
    let mut scene = Scene::usual("03-01T00:00");
    scene.work();
    scene.now += TimeDelta::days(100);
    for _ in 0..20 {
        scene.now += TimeDelta::minutes(1);
        scene.gaps.extend(scene.ledger.plan_poll(&"s".into(), &stream(), scene.now).unwrap().gap);
    }
    let gaps = scene.ledger.source_checkpoint(&"s".into()).unwrap().gaps;
    assert_eq!((gaps.len(), scene.gaps.len()), (1, 1));
    assert_eq!((gaps[0].from, gaps[0].to), (at("03-01T00:00"), scene.now - TimeDelta::hours(90 * 24 - 1)));
}

#[test]
fn more_gaps_than_a_status_keeps_are_not_claimed_after_a_restart() {
    let mut scene = Scene::new("03-01T00:00");
    let regions: Vec<String> = (0..MAX_GAPS + 1).map(|number| format!("eu-{number}")).collect();
    let source = SourceInput { regions: regions.clone(), ..scene.source() };
    let policy = scene.policy(1);
    scene.ledger.set_source(&"s".into(), source.clone(), scene.now);
    scene.ledger.set_policy(&"p".into(), policy.clone(), scene.now);
    let work = |scene: &mut Scene| {
        for region in &regions {
            let key = StreamKey { account: ACCOUNT.into(), region: region.clone() };
            scene.work_in("s", &key);
            scene.work_in("s", &key);
        }
    };
    work(&mut scene);
    scene.now += TimeDelta::days(100);
    work(&mut scene);
    let since = scene.coverage("p").since;
    assert_eq!(since, Some(scene.now - TimeDelta::hours(90 * 24 - 1)));
    scene.restart(policy, source);
    assert_eq!(scene.coverage("p").since, since);
}
