//! The fake behaves as the real service does, as seen through the real SDK.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_cloudtrail::error::ProvideErrorMetadata as _;
use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey};
use chrono::{TimeDelta, Utc};

use super::{FakeCloudTrail, Outcome, PutImage};

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-central-1";

fn put_image_events() -> LookupAttribute {
    let attribute = LookupAttribute::builder().attribute_key(LookupAttributeKey::EventName);
    attribute.attribute_value("PutImage").build().unwrap()
}

/// Uploads one second apart, newest first. They share one clock reading: with one each, two could fall into the same second.
fn pushes(count: i64) -> Vec<PutImage> {
    let now = Utc::now();
    (1..=count).map(|age| PutImage::new("prod/api", now - TimeDelta::seconds(age))).collect()
}

#[tokio::test]
async fn pages_hold_every_event_once_and_the_newest_first() {
    let fake = FakeCloudTrail::start(1);
    let pushes = pushes(120);
    fake.push_all(pushes.clone());

    let client = fake.caller(ACCOUNT, REGION).cloudtrail().await;
    let mut pages = client.lookup_events().lookup_attributes(put_image_events()).into_paginator().send();
    let mut seen = Vec::new();
    while let Some(page) = pages.next().await {
        seen.extend(page.unwrap().events.unwrap_or_default().into_iter().filter_map(|event| event.event_id));
    }

    assert_eq!(seen, pushes.iter().map(PutImage::id).collect::<Vec<_>>());
    assert_eq!(fake.event_ids(), seen.into_iter().collect::<BTreeSet<_>>());
    assert_eq!(fake.call_count(ACCOUNT, REGION), 3);
    assert_eq!(fake.calls()[2].outcome, Outcome::Answered { events: 20, more: false });
}

#[tokio::test]
async fn a_token_is_good_for_its_own_parameters_only() {
    let fake = FakeCloudTrail::start(1);
    fake.push_all(pushes(60));
    let client = fake.caller(ACCOUNT, REGION).cloudtrail().await;
    let first = client.lookup_events().lookup_attributes(put_image_events()).send().await.unwrap();

    let other = client.lookup_events().next_token(first.next_token.unwrap()).send().await;

    assert_eq!(other.unwrap_err().code(), Some("InvalidNextTokenException"));
}

#[tokio::test]
async fn a_region_above_its_rate_is_throttled_and_its_neighbour_is_not() {
    let fake = FakeCloudTrail::start(1);
    fake.limit_requests(Some(0.001));
    let call = async |region| {
        // One attempt: the test is about the answer, not about the SDK's retries.
        let config = aws_sdk_cloudtrail::config::Builder::from(&fake.caller(ACCOUNT, region).config().await);
        let retry = aws_sdk_cloudtrail::config::retry::RetryConfig::disabled();
        let client = aws_sdk_cloudtrail::Client::from_conf(config.retry_config(retry).build());
        client.lookup_events().send().await.map_err(|error| error.code().map(str::to_owned))
    };

    assert!(call(REGION).await.is_ok());
    assert_eq!(call(REGION).await.unwrap_err().as_deref(), Some("ThrottlingException"));
    assert!(call("us-east-1").await.is_ok());
}

#[tokio::test]
async fn a_late_record_appears_at_its_place_when_it_is_released() {
    let fake = FakeCloudTrail::start(1);
    let [newer, older] = <[PutImage; 2]>::try_from(pushes(2)).unwrap();
    fake.hold(newer.clone());
    fake.push(older.clone());
    fake.push_late(older.clone(), Duration::from_secs(3_600));
    let client = fake.caller(ACCOUNT, REGION).cloudtrail().await;
    let ids = async || {
        let answer = client.lookup_events().send().await.unwrap();
        answer.events.unwrap().into_iter().filter_map(|event| event.event_id).collect::<Vec<_>>()
    };

    assert_eq!(ids().await, [older.id()]);
    assert_eq!(fake.release(&newer.id()), 1);
    assert_eq!(ids().await, [newer.id(), older.id()]);
}
