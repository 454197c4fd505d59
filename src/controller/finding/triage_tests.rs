//! A push after a triage is noticed, whoever writes first.

use std::slice::from_ref;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join;
use kube::core::DeserializeGuard;
use kube::runtime::watcher::Event;

use super::fake_api::FakeApi;
use super::tests::{deliver, findings, judge, results, upload};
use super::{Findings, Judge};

/// The number of uploads in the finding that no triage covers, and the triage that the table shows.
fn seen(api: &FakeApi) -> (i32, String) {
    let status = api.findings().remove(0).status.unwrap();
    (status.untriaged, status.summary.triage)
}

async fn push(findings: &Findings, judge: &Arc<Judge>, number: usize) {
    let delivered = deliver(findings, from_ref(judge), [&upload(number, "prod/api")]).await;
    assert_eq!(results(delivered), ["Written"]);
}

fn name(api: &FakeApi) -> String {
    api.findings().remove(0).metadata.name.unwrap()
}

/// Delivers the finding as the watch does.
fn watch(findings: &Findings, api: &FakeApi) {
    findings.index().observe(Event::Apply(DeserializeGuard(Ok(api.findings().remove(0)))));
}

/// Runs the recorder until the finding looks like this.
async fn recorded(findings: &Findings, api: &FakeApi, expected: (i32, &str)) {
    let wait = async {
        while seen(api) != (expected.0, expected.1.to_owned()) {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = findings.record_triage() => panic!("the recorder ended"),
        waited = tokio::time::timeout(Duration::from_secs(10), wait) => waited.unwrap(),
    }
}

#[tokio::test]
async fn a_triage_is_recorded_with_one_write() {
    let (api, client) = FakeApi::start();
    let (findings, judge) = (findings(&client), judge("security"));
    push(&findings, &judge, 1).await;
    api.triage(&name(&api), "Expected");
    api.take_requests();
    watch(&findings, &api);
    recorded(&findings, &api, (0, "Expected")).await;
    watch(&findings, &api);
    findings.record("security", &name(&api)).await.unwrap();
    let verbs: Vec<String> = api.take_requests().iter().map(|request| request[..3].to_owned()).collect();
    assert_eq!(verbs, ["GET", "PUT", "GET"]);
    assert_eq!(findings.index().summary("security", "freeze").counts.open, 0);
}

#[tokio::test]
async fn a_push_after_a_triage_opens_the_finding_and_has_an_event_of_its_own() {
    let (api, client) = FakeApi::start();
    let (findings, judge) = (findings(&client), judge("security"));
    push(&findings, &judge, 1).await;
    api.triage(&name(&api), "Expected");
    // The recorder does not know of the triage; the append finds it.
    push(&findings, &judge, 2).await;
    push(&findings, &judge, 3).await;
    assert_eq!(seen(&api), (2, "Expected+2".to_owned()));
    assert_eq!(findings.index().summary("security", "freeze").counts.open, 1);
    let events = api.events();
    let counts: Vec<_> = events.iter().map(|(reason, count, _)| (reason.as_str(), *count)).collect();
    assert_eq!(counts, [("OffHoursUpload", 3), ("PushAfterTriage", 2)]);
    assert!(events[0].2.starts_with("1 push by user/ann to prod/api, v1 at Fri 2026-11-20 20:00 "), "{events:?}");
    assert!(events[1].2.contains(": after the finding was triaged as Expected; review it"), "{events:?}");
}

#[tokio::test]
async fn a_triage_and_a_push_at_the_same_time_are_distinguished_whoever_writes_first() {
    for recorder_first in [true, false] {
        let (api, client) = FakeApi::start();
        let (findings, judge) = (findings(&client), judge("security"));
        push(&findings, &judge, 1).await;
        let name = name(&api);
        api.triage(&name, "Acknowledged");
        let (record, push) = (findings.record("security", &name), push(&findings, &judge, 2));
        let recorded = if recorder_first { join(record, push).await.0 } else { join(push, record).await.1 };
        recorded.unwrap();
        assert_eq!(seen(&api), (1, "Acknowledged+1".to_owned()));
    }
}

#[tokio::test]
async fn events_count_the_pushes_of_all_processes() {
    let (api, client) = FakeApi::start();
    let judge = judge("security");
    push(&findings(&client), &judge, 1).await;
    push(&findings(&client), &judge, 2).await;
    let counts: Vec<i64> = api.events().iter().map(|(_, count, _)| *count).collect();
    assert_eq!(counts, [2]);
}

#[tokio::test(start_paused = true)]
async fn a_namespace_that_does_not_answer_delays_the_triages_of_no_other() {
    let (api, client) = FakeApi::start();
    let findings = findings(&client);
    for namespace in ["hangs", "security"] {
        let judge = judge(namespace);
        for repository in 0..20 {
            let delivered = deliver(&findings, from_ref(&judge), [&upload(1, &format!("prod/{repository}"))]).await;
            assert_eq!(results(delivered), ["Written"]);
        }
    }
    api.hang("hangs");
    api.triage_all("Expected");
    for finding in api.findings() {
        findings.index().learn(&finding);
    }
    let open = || {
        let open = api.findings().into_iter().filter(|finding| finding.status.as_ref().unwrap().untriaged > 0);
        open.map(|finding| finding.metadata.namespace.unwrap()).collect::<Vec<_>>()
    };
    let wait = async {
        while open().iter().any(|namespace| namespace == "security") {
            // On the paused clock, which advances when nothing else is left to do.
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        () = findings.record_triage() => panic!("the recorder ended"),
        waited = tokio::time::timeout(Duration::from_secs(1), wait) => waited.unwrap(),
    }
    assert_eq!(open().len(), 20);
}

#[tokio::test(start_paused = true)]
async fn a_triage_that_cannot_be_recorded_is_tried_again() {
    let (api, client) = FakeApi::start();
    let (findings, judge) = (findings(&client), judge("security"));
    push(&findings, &judge, 1).await;
    api.triage(&name(&api), "Incident");
    watch(&findings, &api);
    api.refuse("security");
    let allowed_later = async {
        tokio::time::sleep(Duration::from_secs(20)).await;
        api.allow("security");
        std::future::pending::<()>().await;
    };
    let recorder = findings.record_triage();
    let wait = async {
        while seen(&api).0 > 0 {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    tokio::select! {
        () = recorder => panic!("the recorder ended"),
        () = allowed_later => {}
        waited = tokio::time::timeout(Duration::from_secs(60), wait) => waited.unwrap(),
    }
    let tries = api.take_requests().iter().filter(|request| request.starts_with("PUT ")).count();
    assert!((5..=8).contains(&tries), "{tries} tries");
}
