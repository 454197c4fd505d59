//! Reading a time range page by page: nothing is lost, and almost nothing is read twice.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use offhours::coverage::TimeRange;
use offhours::source::{Batch, LookupEventsClient, RateLimits, Reading, Session, SourceError, Urgency};
use serde_json::json;

use crate::rig::FakeCloudTrail;
use crate::rig::fake_cloudtrail::{Faults, Outcome, PutImage, Record, Refusal};
use crate::{ACCOUNT, REGION, now, spec};

const PAGE_SIZE: usize = 50;

/// So high that no test waits for the rate limit.
const RATE: f64 = 1e6;

async fn history(fake: &FakeCloudTrail) -> LookupEventsClient {
    let session = Session::open(&fake.caller(ACCOUNT, REGION).config().await, &spec(None)).await.unwrap();
    session.history(REGION, &RateLimits::new(RATE))
}

/// Adds `count` records up to now, `per_second` in each second, and returns their time range.
fn fill(fake: &FakeCloudTrail, count: usize, per_second: usize) -> TimeRange {
    let end = now();
    // Without the manifests, which are most of a record and irrelevant here, and from a template, because building JSON takes
    // longer than reading it.
    let push = PutImage::new("prod/api", end).event_id("push-number");
    let push = push.without("/requestParameters/imageManifest").without("/responseElements/image/imageManifest");
    let push = Record::from(push.with("/eventTime", json!("push-time")));
    fake.push_all((0..count).map(|number| {
        let time = end - TimeDelta::seconds(i64::try_from(number / per_second).unwrap());
        let event_id = format!("push-{number}");
        let text = push.text.replace("push-number", &event_id);
        let text = text.replace("push-time", &time.format("%Y-%m-%dT%H:%M:%SZ").to_string());
        Record { time, event_id, text, ..push.clone() }
    }));
    TimeRange::new(end - TimeDelta::seconds(i64::try_from(count / per_second).unwrap()), end)
}

fn ids(batch: Batch) -> impl Iterator<Item = String> {
    batch.into_uploads().into_iter().map(|upload| upload.event_id)
}

/// Reads to the end, taking each page out of the batch and retrying after each failure. Returns the ids of what was read,
/// including repetitions.
async fn read_through_failures(reading: &mut Reading, history: &LookupEventsClient) -> Vec<String> {
    let (mut batch, mut taken) = (Batch::default(), Vec::new());
    while !reading.is_done() {
        match reading.read_page(history, Urgency::CatchUp, &mut batch).await {
            Ok(()) => taken.extend(ids(batch.take())),
            Err(error) => assert!(error.is_transient(), "{error}"),
        }
    }
    taken
}

#[tokio::test]
async fn refused_tokens_and_failures_lose_nothing_and_cost_little() {
    let fake = FakeCloudTrail::start(21);
    let (range, count) = (fill(&fake, 10_000, 7), 10_000);
    fake.refuse_tokens(0.05);
    fake.set_empty_pages(0.02);
    fake.set_faults(Faults { throttled: 0.05, failed: 0.05, ..Faults::default() });
    let mut reading = Reading::new(range);
    let taken = read_through_failures(&mut reading, &history(&fake).await).await;
    assert_eq!(taken.iter().cloned().collect::<BTreeSet<_>>(), fake.event_ids());
    assert!(taken.len() < count + count / 20, "{} records were read for {count}", taken.len());
    let (calls, pages) = (fake.call_count(ACCOUNT, REGION), count / PAGE_SIZE);
    assert!(calls * 10 <= pages * 13, "{calls} calls for {pages} pages");
    let refused = |code: &str| {
        let is_it = |outcome: &Outcome| matches!(outcome, Outcome::Refused { code: refused } if refused == code);
        fake.calls().iter().filter(|call| is_it(&call.outcome)).count()
    };
    for code in ["InvalidNextTokenException", "ThrottlingException", "InternalFailure"] {
        assert!(refused(code) > 2, "{code}");
    }
    let answered = fake.calls().iter().filter(|call| matches!(call.outcome, Outcome::Answered { .. })).count();
    assert_eq!((reading.pages(), reading.range()), (answered, range));
}

#[tokio::test]
async fn no_more_is_in_memory_than_the_caller_takes_at_once() {
    const AT_ONCE: usize = 2_000;
    let fake = FakeCloudTrail::start(22);
    let count = 100_000;
    let mut reading = Reading::new(fill(&fake, count, 10));
    let history = history(&fake).await;
    let (mut batch, mut taken, mut most) = (Batch::default(), BTreeSet::new(), 0);
    while !reading.is_done() {
        reading.read_page(&history, Urgency::CatchUp, &mut batch).await.unwrap();
        most = most.max(batch.records());
        if batch.len() >= AT_ONCE {
            taken.extend(ids(batch.take()));
        }
    }
    taken.extend(ids(batch));
    assert_eq!((taken.len(), most), (count, AT_ONCE));
    assert_eq!(fake.call_count(ACCOUNT, REGION), count / PAGE_SIZE);
}

#[tokio::test]
async fn a_page_that_fails_is_requested_again_with_its_token() {
    let fake = FakeCloudTrail::start(23);
    let mut reading = Reading::new(fill(&fake, 120, 1));
    let (history, mut batch) = (history(&fake).await, Batch::default());
    for page in 1..=3 {
        fake.refuse(ACCOUNT, None, Refusal::AccessDenied);
        let before = (reading.pages(), reading.read_down_to(), batch.len());
        let error = reading.read_page(&history, Urgency::Poll, &mut batch).await.unwrap_err();
        assert_eq!(error.reason().as_str(), "AccessDenied");
        assert_eq!((reading.pages(), reading.read_down_to(), batch.len()), before);
        fake.accept(ACCOUNT, None);
        reading.read_page(&history, Urgency::Poll, &mut batch).await.unwrap();
        assert_eq!(reading.pages(), page);
    }
    assert!(reading.is_done());
    assert_eq!(batch.len(), 120);
    let first_pages = fake.calls().iter().filter(|call| call.first_page).count();
    assert_eq!((fake.call_count(ACCOUNT, REGION), first_pages), (6, 2));
    reading.read_page(&history, Urgency::Poll, &mut batch).await.unwrap();
    assert_eq!(fake.call_count(ACCOUNT, REGION), 6, "a finished read makes no calls");
}

#[tokio::test]
async fn an_empty_page_with_a_token_is_not_the_end() {
    let fake = FakeCloudTrail::start(24);
    let mut reading = Reading::new(fill(&fake, 60, 1));
    let (history, mut batch) = (history(&fake).await, Batch::default());
    fake.set_empty_pages(1.0);
    for page in 1..=3 {
        reading.read_page(&history, Urgency::Poll, &mut batch).await.unwrap();
        assert_eq!((reading.pages(), reading.is_done(), reading.read_down_to()), (page, false, None));
    }
    fake.set_empty_pages(0.0);
    while !reading.is_done() {
        reading.read_page(&history, Urgency::Poll, &mut batch).await.unwrap();
    }
    assert_eq!((batch.len(), reading.pages()), (60, 5));
}

#[tokio::test]
async fn a_read_is_complete_down_to_the_second_that_it_reports() {
    let fake = FakeCloudTrail::start(25);
    // A page ends in the middle of a second.
    let range = fill(&fake, 130, 20);
    fake.push(PutImage::new("prod/api", range.end - TimeDelta::seconds(1)).without("/eventTime"));
    let mut reading = Reading::new(range);
    let (history, mut batch, mut reached) = (history(&fake).await, Batch::default(), Vec::new());
    assert_eq!(reading.read_down_to(), None);
    while !reading.is_done() {
        reading.read_page(&history, Urgency::Poll, &mut batch).await.unwrap();
        let whole = reading.read_down_to().unwrap();
        reached.push((range.end - whole).num_seconds());
        let times = batch.uploads().iter().map(|upload| upload.time);
        let count = times.filter(|time| *time >= whole).count();
        let seconds = usize::try_from(reached.last().unwrap() + 1).unwrap();
        assert_eq!(count, (20 * seconds).min(130), "down to {whole}");
    }
    assert_eq!((reached, batch.broken.len()), (vec![1, 3, 6], 1));
}

#[tokio::test]
async fn the_second_at_the_end_of_a_narrower_range_is_read_again_and_counts_once() {
    let fake = FakeCloudTrail::start(26);
    let range = fill(&fake, 120, 20);
    let mut reading = Reading::new(range);
    let (history, mut batch) = (history(&fake).await, Batch::default());
    reading.read_page(&history, Urgency::Poll, &mut batch).await.unwrap();
    fake.expire_tokens_after(Some(Duration::ZERO));
    reading.read_page(&history, Urgency::Poll, &mut batch).await.unwrap();
    fake.expire_tokens_after(None);
    while !reading.is_done() {
        reading.read_page(&history, Urgency::Poll, &mut batch).await.unwrap();
    }
    assert_eq!((batch.len(), reading.pages(), reading.range()), (120, 3, range));
    let ends: Vec<Option<DateTime<Utc>>> = fake.calls().iter().map(|call| call.end).collect();
    let edge = range.end - TimeDelta::seconds(2);
    assert_eq!(ends, [range.end, range.end, edge, edge].map(Some));
    assert!(fake.calls().iter().all(|call| call.start == Some(range.start)));
}

#[tokio::test]
async fn a_second_that_cannot_be_read_completely_is_an_error_and_not_an_endless_loop() {
    let fake = FakeCloudTrail::start(27);
    let mut reading = Reading::new(fill(&fake, 120, 120));
    let (history, mut batch) = (history(&fake).await, Batch::default());
    fake.refuse_tokens(1.0);
    let mut errors = Vec::new();
    while errors.is_empty() {
        if let Err(error) = reading.read_page(&history, Urgency::Poll, &mut batch).await {
            errors.push(error);
        }
    }
    let SourceError::Failed { detail, .. } = &errors[0] else { panic!("{errors:?}") };
    assert_eq!(detail, "AWS rejected its own NextToken 4 times");
    assert_eq!((batch.len(), fake.call_count(ACCOUNT, REGION)), (50, 8));
    assert_eq!(reading.read_down_to(), None, "that second is not complete");

    fake.refuse_tokens(0.0);
    while !reading.is_done() {
        reading.read_page(&history, Urgency::Poll, &mut batch).await.unwrap();
    }
    assert_eq!(batch.len(), 120);
}

#[tokio::test]
async fn a_read_that_is_dropped_at_any_moment_changes_nothing() {
    let fake = FakeCloudTrail::start(28);
    let range = fill(&fake, 2_000, 3);
    fake.set_faults(Faults { slow: 1.0, slow_by: Duration::from_millis(20), ..Faults::default() });
    let mut reading = Reading::new(range);
    let (history, mut batch, mut taken) = (history(&fake).await, Batch::default(), Vec::new());
    let (mut dropped, mut patience) = (0, Duration::from_millis(5));
    while !reading.is_done() {
        let before = (reading.pages(), reading.read_down_to());
        let read = reading.read_page(&history, Urgency::Sweep, &mut batch);
        // Doubled until a page arrives, so that the test ends on any machine, then short again.
        match tokio::time::timeout(patience, read).await {
            Ok(answer) => {
                answer.unwrap();
                patience = Duration::from_millis(5);
            }
            Err(_) => {
                dropped += 1;
                patience *= 2;
                assert_eq!((reading.pages(), reading.read_down_to(), batch.len()), (before.0, before.1, 0));
            }
        }
        taken.extend(ids(batch.take()));
    }
    assert!(dropped > 0);
    assert_eq!((taken.len(), taken.iter().collect::<BTreeSet<_>>().len()), (2_000, 2_000));
    assert_eq!(reading.pages(), 2_000 / PAGE_SIZE);
}
