//! Deliveries against a small API server in memory.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join;
use prometheus_client::registry::Registry;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::deliver::Delivery;
use super::fake_api::FakeApi;
use super::reservation::Writing;
use super::{AllowCounts, Findings, Judge, WriteError};
use crate::api::{MAX_UPLOADS, OffHoursUpload};
use crate::controller::cluster::{Connection, Events, Reachability};
use crate::controller::metrics::Metrics;
use crate::detect::{Calendars, FindingKey, NewUpload, Policy, Verdict, plan_append};
use crate::upload::{Decoded, Upload, decode_value};

const CONCURRENCY: usize = 4;

/// Longer than a request may take.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) fn findings(client: &kube::Client) -> Findings {
    let metrics = Arc::new(Metrics::register(&mut Registry::default()));
    let reachability = Arc::new(Reachability::new("https://fake".to_owned()));
    let connection = Connection { client: client.clone(), reachability };
    let events = Events::new(connection.clone(), None, Arc::clone(&metrics));
    Findings::new(connection, events, metrics, Arc::default(), CONCURRENCY, CancellationToken::new())
}

pub(super) fn judge_with(namespace: &str, name: &str, spec: Value) -> Arc<Judge> {
    let policy = Policy::compile(name, &serde_json::from_value(spec).unwrap(), &Calendars::default()).unwrap();
    Arc::new(Judge::new(namespace.to_owned(), format!("uid-{name}"), Arc::new(policy)))
}

/// A policy under which everything is off hours.
pub(super) fn judge(namespace: &str) -> Arc<Judge> {
    judge_with(namespace, "freeze", json!({"businessHours": []}))
}

pub(super) fn start() -> DateTime<Utc> {
    "2026-11-20T20:00:00Z".parse().unwrap()
}

/// The upload with this number. There are 20 a minute, so that many are in one night.
pub(super) fn upload(number: usize, repository: &str) -> Upload {
    let time = start() + TimeDelta::seconds(3 * i64::try_from(number).unwrap());
    let record = json!({
        "eventSource": "ecr.amazonaws.com", "eventName": "PutImage", "eventID": format!("{repository}-{number:05}"),
        "eventTime": time.to_rfc3339(), "awsRegion": "eu-central-1", "recipientAccountId": "111122223333",
        "userIdentity": {"arn": "arn:aws:iam::111122223333:user/ann"},
        "requestParameters": {"repositoryName": repository, "imageTag": "v1"}
    });
    match decode_value(&record) {
        Ok(Decoded::Upload(upload)) => *upload,
        other => panic!("not an upload: {other:?}"),
    }
}

pub(super) async fn deliver<'u>(
    findings: &Findings,
    judges: &[Arc<Judge>],
    uploads: impl IntoIterator<Item = &'u Upload>,
) -> Vec<Delivery> {
    let uploads: Vec<&Upload> = uploads.into_iter().collect();
    findings.deliver(judges, &uploads, |_, _| true, PATIENCE).await
}

pub(super) fn results(deliveries: Vec<Delivery>) -> Vec<&'static str> {
    deliveries.into_iter().map(|delivery| delivery.result.map_or_else(|error| error.kind(), |()| "Written")).collect()
}

/// The events in all findings, with repeats.
pub(super) fn held(api: &FakeApi) -> Vec<String> {
    let findings = api.findings();
    let uploads = findings.iter().filter_map(|finding| finding.status.as_ref()).flat_map(|status| &status.uploads);
    let mut ids: Vec<String> = uploads.map(|upload| upload.event_id.clone()).collect();
    ids.sort();
    ids
}

pub(super) fn ids<'u>(uploads: impl IntoIterator<Item = &'u Upload>) -> Vec<String> {
    let ids: BTreeSet<String> = uploads.into_iter().map(|upload| upload.event_id.clone()).collect();
    ids.into_iter().collect()
}

/// The parts of the finding with these uploads, all full but the last.
pub(super) fn parts(judge: &Judge, uploads: &[Upload]) -> (FindingKey, Vec<OffHoursUpload>) {
    let mut key = None;
    let new = uploads.iter().map(|upload| {
        let judgement = judge.policy.judge(upload);
        let Verdict::OffHours(reason) = judgement.verdict else { panic!("{judgement:?}") };
        key.get_or_insert_with(|| FindingKey::new(&judge.policy, upload, &judgement));
        NewUpload::new(&judge.policy, upload, &judgement, reason)
    });
    let new: Vec<NewUpload> = new.collect();
    let key = key.unwrap();
    let plan = plan_append(&key, &std::collections::BTreeMap::new(), 1, new);
    let parts = plan.into_iter().map(|write| {
        let mut object = key.object(write.part);
        object.metadata.namespace = Some(judge.namespace.clone());
        object.status = Some(write.status);
        object
    });
    let parts = parts.collect();
    (key, parts)
}

#[tokio::test]
async fn what_was_reported_costs_no_request() {
    let (api, client) = FakeApi::start();
    let (findings, judges) = (findings(&client), [judge("security")]);
    let uploads: Vec<Upload> = (0..5).map(|number| upload(number, "prod/api")).collect();
    assert_eq!(results(deliver(&findings, &judges, &uploads).await), ["Written"]);
    assert_eq!(held(&api), ids(&uploads));
    assert_eq!(api.take_requests().len(), 2, "a creation and its evidence");
    assert_eq!(results(deliver(&findings, &judges, &uploads).await), ["Written"]);
    assert!(api.take_requests().is_empty());
}

#[tokio::test]
async fn a_policy_judges_what_is_admitted_for_it() {
    let (api, client) = FakeApi::start();
    let (findings, judges) = (findings(&client), [judge("a"), judge("b")]);
    let uploads = [upload(1, "prod/api"), upload(2, "prod/api")];
    let both: Vec<&Upload> = uploads.iter().collect();
    let deliveries = findings.deliver(&judges, &both, |judge, upload| judge == upload, PATIENCE);
    assert_eq!(results(deliveries.await), ["Written", "Written"]);
    let held: Vec<_> = api
        .findings()
        .into_iter()
        .map(|finding| (finding.metadata.namespace.unwrap(), finding.status.unwrap().uploads[0].event_id.clone()))
        .collect();
    let expected = [("a", &uploads[0]), ("b", &uploads[1])];
    assert_eq!(held, expected.map(|(namespace, upload)| (namespace.to_owned(), upload.event_id.clone())));
}

#[tokio::test(start_paused = true)]
async fn two_streams_that_deliver_the_same_in_opposite_order_report_it_once() {
    let (api, client) = FakeApi::start();
    let (findings, judges) = (findings(&client), [judge("a"), judge("b")]);
    let uploads: Vec<Upload> =
        (0..60).map(|number| upload(number, ["prod/api", "prod/web", "prod/db"][number % 3])).collect();
    // Both have 20 to 40, and the second stream shows another caller: by its name, each copy would be in another finding.
    let mut copies = uploads[20..].to_vec();
    copies.iter_mut().for_each(|copy| copy.principal.arn.push_str("-as-the-owner-sees-it"));
    let first = deliver(&findings, &judges, &uploads[..40]);
    let second = deliver(&findings, &judges, copies.iter().rev());
    let (first, second) = tokio::time::timeout(Duration::from_secs(5), join(first, second)).await.unwrap();
    assert_eq!([results(first), results(second)].concat(), ["Written"; 4]);
    let all = ids(&uploads);
    let mut twice = [all.clone(), all].concat();
    twice.sort();
    assert_eq!(held(&api), twice, "each once for each of two policies");
}

#[tokio::test]
async fn what_another_failed_to_write_is_written_by_who_waited_for_it() {
    let (api, client) = FakeApi::start();
    let (findings, judges) = (findings(&client), [judge("security")]);
    api.fail_creates(1);
    let push = upload(1, "prod/api");
    let (first, second) = join(deliver(&findings, &judges, [&push]), deliver(&findings, &judges, [&push])).await;
    assert_eq!((results(first), results(second)), (vec!["Refused"], vec!["Written"]));
    assert_eq!(held(&api), [push.event_id]);
}

#[tokio::test]
async fn a_delivery_that_is_cancelled_leaves_its_records_to_others() {
    let (api, client) = FakeApi::start();
    let (findings, judges) = (findings(&client), [judge("security")]);
    let push = upload(1, "prod/api");
    let cancelled = tokio::time::timeout(Duration::ZERO, deliver(&findings, &judges, [&push])).await;
    assert!(cancelled.is_err());
    assert_eq!(results(deliver(&findings, &judges, [&push]).await), ["Written"]);
    assert_eq!(held(&api), [push.event_id]);
}

#[tokio::test]
async fn copies_of_one_event_in_one_delivery_are_reported_once() {
    let (api, client) = FakeApi::start();
    let (findings, judges) = (findings(&client), [judge("security")]);
    let push = upload(1, "prod/api");
    let copy = Upload { event_id: "copy".to_owned(), ..push.clone() };
    assert_eq!(results(deliver(&findings, &judges, [&push, &copy]).await), ["Written"]);
    assert_eq!(held(&api).len(), 1);
}

#[tokio::test]
async fn a_policy_whose_findings_are_refused_takes_nothing_from_others_and_stops_trying() {
    let (api, client) = FakeApi::start();
    let (findings, judges) = (findings(&client), [judge("refused"), judge("security")]);
    api.refuse("refused");
    let uploads: Vec<Upload> = (0..50).map(|number| upload(number, &format!("prod/{number}"))).collect();
    let mut deliveries = deliver(&findings, &judges, &uploads).await;
    let error = deliveries.remove(0).result.unwrap_err();
    assert!(matches!(error, WriteError::Refused { verb: "create", .. }), "{error}");
    assert_eq!(results(deliveries), ["Written"]);
    assert_eq!(held(&api), ids(&uploads));
    let refused = api.take_requests().iter().filter(|request| request.starts_with("POST refused/")).count();
    assert!(refused <= CONCURRENCY / 2, "{refused} tries");
}

#[tokio::test(start_paused = true)]
async fn a_namespace_whose_webhook_hangs_delays_no_other() {
    let (api, client) = FakeApi::start();
    let findings = findings(&client);
    api.hang("hangs");
    let uploads: Vec<Upload> = (0..50).map(|number| upload(number, &format!("prod/{number}"))).collect();
    let hanging = [judge("hangs"), judge_with("hangs", "second", json!({"businessHours": []}))];
    let began = tokio::time::Instant::now();
    let works = async {
        let judges = [judge("security")];
        let deliveries = deliver(&findings, &judges, &uploads).await;
        assert_eq!(results(deliveries), ["Written"]);
        assert!(began.elapsed() < Duration::from_secs(1));
    };
    let (hung, ()) = join(deliver(&findings, &hanging, &uploads), works).await;
    let errors: Vec<String> = hung.into_iter().map(|delivery| delivery.result.unwrap_err().to_string()).collect();
    assert!(
        errors.iter().all(|error| error.contains("did not answer within 15 s") || error.contains("does not answer")),
        "{errors:?}"
    );
    assert!(began.elapsed() <= Duration::from_secs(30), "each policy gives up after its first timeout");
}

#[tokio::test]
async fn an_append_reads_as_much_however_many_parts_are_full() {
    let judge = judge("security");
    for full in [0, 1, 40] {
        let (api, client) = FakeApi::start();
        let findings = findings(&client);
        let uploads: Vec<Upload> = (0..full * MAX_UPLOADS + 50).map(|number| upload(number, "prod/api")).collect();
        for part in parts(&judge, &uploads).1 {
            findings.index().learn(&api.put(part));
        }
        let new = upload(uploads.len(), "prod/api");
        assert_eq!(results(deliver(&findings, &[Arc::clone(&judge)], [&new]).await), ["Written"]);
        let requests = api.take_requests();
        let verbs: Vec<_> = requests.iter().filter_map(|request| request.split(' ').next()).collect();
        assert_eq!(verbs, ["GET", "PUT"], "with {full} full parts");
        assert_eq!(held(&api).len(), uploads.len() + 1);
    }
}

#[tokio::test]
async fn a_full_last_part_is_followed_by_a_new_one_without_a_read() {
    let (api, client) = FakeApi::start();
    let (findings, judge) = (findings(&client), judge("security"));
    let uploads: Vec<Upload> = (0..2 * MAX_UPLOADS).map(|number| upload(number, "prod/api")).collect();
    for part in parts(&judge, &uploads).1 {
        findings.index().learn(&api.put(part));
    }
    let new = upload(uploads.len(), "prod/api");
    assert_eq!(results(deliver(&findings, &[judge], [&new]).await), ["Written"]);
    assert_eq!(api.take_requests().len(), 2, "a creation and its evidence");
    assert_eq!(api.findings().len(), 3);
}

#[tokio::test]
async fn two_controllers_that_know_nothing_of_each_other_report_each_push_once() {
    let (api, client) = FakeApi::start();
    // No watch feeds their indexes, so that each knows only what it has read and written.
    let (one, other) = (findings(&client), findings(&client));
    let judges = [judge("security")];
    let uploads: Vec<Upload> = (0..350).map(|number| upload(number, "prod/api")).collect();
    for (a, b) in [(0..120, 100..230), (120..300, 60..250), (300..350, 0..350), (0..350, 0..350)] {
        let (a, b) = join(deliver(&one, &judges, &uploads[a]), deliver(&other, &judges, &uploads[b])).await;
        assert_eq!([results(a), results(b)].concat(), ["Written", "Written"]);
    }
    assert_eq!(held(&api), ids(&uploads));
    let sizes: Vec<usize> =
        api.findings().iter().map(|finding| finding.status.as_ref().unwrap().uploads.len()).collect();
    assert_eq!((sizes.len(), sizes.iter().max()), (4, Some(&MAX_UPLOADS)), "{sizes:?}");
}

#[tokio::test]
async fn what_rules_let_through_is_news_once() {
    let (_, client) = FakeApi::start();
    let (metrics, counts) = (Arc::new(Metrics::register(&mut Registry::default())), Arc::new(AllowCounts::default()));
    let reachability = Arc::new(Reachability::new("https://fake".to_owned()));
    let connection = Connection { client, reachability };
    let events = Events::new(connection.clone(), None, Arc::clone(&metrics));
    let findings =
        Findings::new(connection, events, metrics, Arc::clone(&counts), CONCURRENCY, CancellationToken::new());
    let spec = json!({"businessHours": [], "allow": [{"name": "all", "reason": "CHG-1", "repositories": ["prod/*"]}]});
    let policy = json!({"apiVersion": "offhours.dev/v1alpha1", "kind": "EcrUploadPolicy", "spec": spec,
                        "metadata": {"name": "allows", "namespace": "security", "uid": "uid-allows"}});
    counts.of_policy(&serde_json::from_value(policy).unwrap());
    let judges = [judge_with("security", "allows", spec)];
    let push = upload(1, "prod/api");
    for is_news in [true, false] {
        let deliveries = deliver(&findings, &judges, [&push]).await;
        assert_eq!(deliveries[0].allowed_news, is_news);
    }
}

#[tokio::test]
async fn a_finding_that_was_left_without_evidence_is_deleted_unless_it_is_being_written() {
    let (api, client) = FakeApi::start();
    let (findings, judge) = (findings(&client), judge("security"));
    let (key, mut objects) = parts(&judge, &[upload(1, "prod/api")]);
    let mut object = objects.remove(0);
    object.status = None;
    object.metadata.creation_timestamp = Some(serde_json::from_value(json!(start())).unwrap());
    let object = api.put(object);
    findings.index().learn(&object);

    findings.remove_abandoned(start() + TimeDelta::minutes(9)).await;
    let writing = Writing::begin(&findings.index, "security", &key.name(1));
    let later = start() + TimeDelta::hours(1);
    findings.remove_abandoned(later).await;
    assert!(api.take_requests().is_empty());
    drop(writing);

    // It changes before the watch delivers that.
    api.put(object.clone());
    findings.remove_abandoned(later).await;
    assert_eq!(api.findings().len(), 1, "somebody wrote to it meanwhile");
    findings.index().learn(&api.findings()[0]);
    findings.remove_abandoned(later).await;
    assert!(api.findings().is_empty());
}
