//! Sessions: which requests they make, and how often.

use std::sync::Arc;

use futures::future::join_all;
use offhours::api::AssumeRole;
use offhours::coverage::TimeRange;
use offhours::source::{Batch, RateLimits, Reading, Session, SharedSession, Urgency};

use crate::rig::FakeCloudTrail;
use crate::rig::fake_cloudtrail::Refusal;
use crate::{ACCOUNT, REGION, now, spec};

const ROLE: &str = "arn:aws:iam::444455556666:role/offhours/reader";

fn role(external_id: &str) -> AssumeRole {
    AssumeRole { role_arn: ROLE.to_owned(), external_id: Some(external_id.to_owned()) }
}

#[tokio::test]
async fn streams_that_need_a_session_at_the_same_time_get_the_same_one() {
    let fake = FakeCloudTrail::start(1);
    let shared = SharedSession::new(fake.caller(ACCOUNT, REGION).config().await, spec(None));
    let sessions = join_all((0..10).map(|_| shared.get())).await;
    let first = sessions[0].as_ref().unwrap();
    assert!(sessions.iter().all(|session| Arc::ptr_eq(session.as_ref().unwrap(), first)));
    assert_eq!((first.account(), first.regions()), (ACCOUNT, &[REGION.to_owned()][..]));
    assert_eq!(first.identity(), "arn:aws:iam::111122223333:user/rig");
    assert_eq!(fake.sts_calls(), ["GetCallerIdentity"]);
}

#[tokio::test]
async fn a_session_is_renewed_once_however_many_found_it_stale() {
    let fake = FakeCloudTrail::start(2);
    let shared = SharedSession::new(fake.caller(ACCOUNT, REGION).config().await, spec(Some(role("opensesame"))));
    let stale = shared.get().await.unwrap();
    assert_eq!(stale.account(), "444455556666");
    shared.renew(&stale).await;
    let fresh = shared.get().await.unwrap();
    assert!(!Arc::ptr_eq(&stale, &fresh));
    shared.renew(&stale).await;
    assert!(Arc::ptr_eq(&shared.get().await.unwrap(), &fresh));
}

#[tokio::test]
async fn a_session_that_is_renewed_has_new_credentials() {
    let fake = FakeCloudTrail::start(3);
    let shared = SharedSession::new(fake.caller(ACCOUNT, REGION).config().await, spec(Some(role("opensesame"))));
    let rates = RateLimits::new(1_000.0);
    let read = async |session: &Session| {
        let mut reading = Reading::new(TimeRange::new(now(), now()));
        reading.read_page(&session.history(REGION, &rates), Urgency::Poll, &mut Batch::default()).await
    };
    let session = shared.get().await.unwrap();
    assert_eq!(read(&session).await, Ok(()));
    fake.expire_sessions();
    let error = read(&session).await.unwrap_err();
    assert!(error.ends_session() && error.reason().as_str() == "ExpiredCredentials", "{error}");
    shared.renew(&session).await;
    assert_eq!(read(&*shared.get().await.unwrap()).await, Ok(()));
}

#[tokio::test]
async fn a_rejected_role_is_reported_to_all_who_wait_and_requested_again_after_a_second() {
    let fake = FakeCloudTrail::start(4);
    fake.require_external_id(ROLE, "opensesame");
    let shared = SharedSession::new(fake.caller(ACCOUNT, REGION).config().await, spec(Some(role("wrong-one"))));
    let answers = join_all((0..10).map(|_| shared.get())).await;
    for answer in answers {
        let message = answer.unwrap_err().to_string();
        assert!(message.contains(&format!("user/rig is not allowed to assume the role {ROLE} (")), "{message}");
        assert!(message.ends_with("and check the external ID") && !message.contains("wrong-one"), "{message}");
    }
    assert_eq!(fake.sts_calls(), ["GetCallerIdentity", "AssumeRole"]);
    fake.clear_calls();
    tokio::time::pause();
    tokio::time::advance(std::time::Duration::from_millis(1_001)).await;
    tokio::time::resume();
    assert!(shared.get().await.is_err());
    assert_eq!(fake.sts_calls(), ["GetCallerIdentity", "AssumeRole"]);
}

#[tokio::test]
async fn a_request_that_fails_is_sent_once() {
    let fake = FakeCloudTrail::start(5);
    let session = Session::open(&fake.caller(ACCOUNT, REGION).config().await, &spec(None)).await.unwrap();
    let history = session.history(REGION, &RateLimits::new(1_000.0));
    for (count, refusal, reason) in
        [(1, Refusal::Throttled, "Throttled"), (2, Refusal::InternalFailure, "RequestFailed")]
    {
        fake.refuse(ACCOUNT, None, refusal);
        let mut reading = Reading::new(TimeRange::new(now(), now()));
        let error = reading.read_page(&history, Urgency::Poll, &mut Batch::default()).await.unwrap_err();
        assert_eq!((error.reason().as_str(), error.is_transient()), (reason, true), "{error}");
        assert_eq!(fake.call_count(ACCOUNT, REGION), count);
    }
}
