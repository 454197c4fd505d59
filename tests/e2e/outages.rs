//! Outages, refusals and invalid answers of AWS and of the API server: they are reported once, and no push is lost.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use k8s_openapi::api::events::v1::Event;
use serde_json::json;

use crate::findings::assert_each_reported_once;
use crate::installation::{ACCOUNT, DEADLINE, Installation, REGION};
use crate::manifests::{fast_source, freeze, source};
use crate::rig::fake_cloudtrail::{LookupCall, Outcome, PutImage, Record, Refusal};
use crate::rig::{ControlPlaneOptions, FakeCloudTrail, Progress, Signal, wait_for};

#[tokio::test]
async fn an_outage_of_the_api_server_only_delays_findings() {
    let fake = FakeCloudTrail::start(1);
    let mut pushes = Pushes::default();
    let mut installation = Installation::start(&fake.caller(ACCOUNT, REGION)).await;
    installation.apply(&freeze("freeze")).await;
    pushes.push(&fake, 3);
    installation.wait_for_uploads(3).await;
    let process = installation.controller.id();

    for outage in 1..=2 {
        pushes.push(&fake, 4);
        installation.control_plane.stop_api_server();
        pushes.push(&fake, 4);
        let failed = r#"offhours_errors_total{kind="FindingNotWritten"}"#;
        installation.wait_for_metric(failed, f64::from(outage) * 2.0).await;
        pushes.push(&fake, 2);
        installation.control_plane.start_api_server().await;
        let findings = installation.wait_for_uploads(pushes.count()).await;
        assert_each_reported_once(&findings, pushes.ids());
    }

    assert!(installation.controller.is_running(), "{}", installation.controller.log_tail(20));
    assert_eq!(installation.controller.id(), process);
    installation.wait_for_condition("cts", "default", "Ready", "True").await;
    // The watches work again as well.
    installation.apply(&freeze("second")).await;
    installation.wait_until_applied("second").await;
    installation.wait_for_condition("eup", "freeze", "FindingsComplete", "True").await;
    let findings = installation.findings().await;
    for name in ["freeze", "second"] {
        let of_policy: Vec<_> = findings.iter().filter(|finding| finding.spec.policy == name).cloned().collect();
        assert_each_reported_once(&of_policy, pushes.ids());
    }
}

#[tokio::test]
async fn an_outage_of_the_api_server_is_a_line_when_it_begins_and_one_when_it_ends() {
    let fake = FakeCloudTrail::start(6);
    let (mut installation, mut pushes) = with_two_freezes(&fake).await;
    let before = installation.controller.log().lines().count();

    installation.control_plane.stop_api_server();
    pushes.push(&fake, 4);
    // Watches and writes fail several times.
    installation.wait_for_metric(r#"offhours_errors_total{kind="FindingNotWritten"}"#, 4.0).await;
    installation.wait_for_metric(r#"offhours_errors_total{kind="Watch"}"#, 15.0).await;
    // Until an API server has loaded its roles, it forbids everything. Load balancers send it no requests until it is ready.
    installation.controller.signal(Signal::Stop);
    installation.control_plane.start_api_server().await;
    installation.controller.signal(Signal::Continue);
    installation.controller.wait_for_log("the API server answers again", DEADLINE).await;
    installation.wait_for_uploads(2 * pushes.count()).await;

    assert_one_outage(&installation, before, "error=\"connection ");
}

#[tokio::test]
async fn an_api_server_that_takes_requests_and_does_not_answer_is_an_outage_too() {
    let fake = FakeCloudTrail::start(7);
    let (mut installation, mut pushes) = with_two_freezes(&fake).await;
    let before = installation.controller.log().lines().count();

    installation.control_plane.api_server().signal(Signal::Stop);
    pushes.push(&fake, 4);
    installation.controller.wait_for_log("the API server is unreachable", DEADLINE).await;
    installation.wait_for_metric(r#"offhours_errors_total{kind="FindingNotWritten"}"#, 2.0).await;
    installation.wait_for_metric(r#"offhours_errors_total{kind="SourceStatus"}"#, 1.0).await;
    installation.control_plane.api_server().signal(Signal::Continue);
    installation.controller.wait_for_log("the API server answers again", DEADLINE).await;
    installation.wait_for_uploads(2 * pushes.count()).await;

    assert_one_outage(&installation, before, "no answer within 5 s");
}

/// An installation with two policies that have found the same three pushes, and these pushes.
async fn with_two_freezes(fake: &FakeCloudTrail) -> (Installation, Pushes) {
    let mut pushes = Pushes::default();
    let installation = Installation::start(&fake.caller(ACCOUNT, REGION)).await;
    installation.apply(&(freeze("first") + &freeze("second"))).await;
    pushes.push(fake, 3);
    installation.wait_for_uploads(6).await;
    (installation, pushes)
}

/// Checks that the log from this line on contains one outage for this reason, and no other warning or error.
fn assert_one_outage(installation: &Installation, from: usize, reason: &str) {
    let log = installation.controller.log();
    let lines: Vec<&str> = log.lines().skip(from).collect();
    for line in &lines {
        assert!(line.len() < 1_000 && !line.contains("Status {") && !line.contains("Error("), "{line}");
    }
    for said in ["the API server is unreachable", "the API server answers again"] {
        assert_eq!(log.matches(said).count(), 1, "{said}: {log}");
    }
    let warnings: Vec<&&str> =
        lines.iter().filter(|line| line.contains(" WARN ") || line.contains(" ERROR ")).collect();
    let server = installation.control_plane.server();
    let begins = "the API server is unreachable; watches and writes resume when it answers";
    let outage = warnings.iter().find(|line| line.contains(begins)).unwrap();
    assert!(
        outage.contains(&format!("api_server=\"{server}/\" error=\"")) && outage.to_lowercase().contains(reason),
        "{outage}"
    );
    for repeated in ["a watch was interrupted", "a reconcile failed", "cannot publish an Event"] {
        assert!(!warnings.iter().any(|line| line.contains(repeated)), "{repeated}: {warnings:#?}");
    }
    assert_eq!(warnings.len(), 1, "{warnings:#?}");
}

const UNREACHABLE_POLLS: &str = r#"offhours_polls_total{result="Unreachable"}"#;

/// At that time, the account is not known yet.
#[tokio::test]
async fn an_outage_of_aws_before_the_first_read_is_reported_once_and_only_delays_findings() {
    let mut fake = FakeCloudTrail::start(2);
    let mut pushes = Pushes::default();
    fake.stop();
    let installation = Installation::start(&fake.caller(ACCOUNT, REGION)).await;
    installation.apply(&freeze("freeze")).await;

    let message = installation.wait_for_reason("cts", "default", "Ready", "Unreachable").await;

    let expected = format!(
        "cannot reach AWS for sts:GetCallerIdentity in eu-central-1: no connection to {}: connection refused; check \
         firewalls, network policies, the proxy and AWS_ENDPOINT_URL",
        fake.caller(ACCOUNT, REGION).endpoint.trim_start_matches("http://")
    );
    assert_eq!(message, expected);
    let (reason, message) = installation.wait_for_condition("eup", "freeze", "SourcesReady", "False").await;
    assert_eq!(reason, "SourceNotReady");
    assert!(message.contains("cannot reach AWS"), "{message}");
    installation.wait_for_metric(UNREACHABLE_POLLS, 3.0).await;
    assert_eq!(warnings(&installation, "Unreachable").await, 1, "one Event, however many polls failed");

    fake.start_again();
    installation.wait_for_condition("cts", "default", "Ready", "True").await;
    pushes.push(&fake, 2);
    let findings = installation.wait_for_uploads(pushes.count()).await;
    assert_each_reported_once(&findings, pushes.ids());
}

#[tokio::test]
async fn each_outage_of_aws_is_one_event_and_only_delays_findings() {
    let mut fake = FakeCloudTrail::start(2);
    let mut pushes = Pushes::default();
    let installation = Installation::start(&fake.caller(ACCOUNT, REGION)).await;
    installation.apply(&freeze("freeze")).await;
    pushes.push(&fake, 2);
    installation.wait_for_uploads(2).await;

    for outage in 1..=2 {
        pushes.push(&fake, 2);
        fake.stop();
        pushes.push(&fake, 2);
        let message = installation.wait_for_reason("cts", "default", "Ready", "Unreachable").await;
        assert!(message.contains("cannot reach AWS for cloudtrail:LookupEvents in eu-central-1"), "{message}");
        let before = installation.metric(UNREACHABLE_POLLS).await;
        installation.wait_for_metric(UNREACHABLE_POLLS, before + 2.0).await;
        assert_eq!(warnings(&installation, "Unreachable").await, outage, "one Event for each outage");
        let checkpoint = installation.source_status("default").await.streams[0].complete_through;
        assert!(checkpoint.is_some(), "the checkpoint stays while nothing can be read");

        pushes.push(&fake, 2);
        fake.start_again();
        installation.wait_for_condition("cts", "default", "Ready", "True").await;
        let findings = installation.wait_for_uploads(pushes.count()).await;
        assert_each_reported_once(&findings, pushes.ids());
        let (reason, _) = installation.wait_for_condition("eup", "freeze", "SourcesReady", "True").await;
        assert_eq!(reason, "AllReady");
    }
}

/// An installation whose policy is complete. Its source has no sweeps, so that polls are the only calls that can be refused.
async fn with_polls_only(fake: &FakeCloudTrail) -> Installation {
    let objects = fast_source().replace("overlap: 30m", "overlap: 30m, sweeps: []") + &freeze("freeze");
    let aws = fake.caller(ACCOUNT, REGION);
    let installation = Installation::start_with(ControlPlaneOptions::default(), &aws, &objects, &[]).await;
    installation.wait_until_applied("freeze").await;
    installation
}

const NOT_ALLOWED: &str =
    "arn:aws:iam::111122223333:user/rig is not allowed to call cloudtrail:LookupEvents in eu-central-1";

#[tokio::test]
async fn a_refusal_names_the_action_and_the_identity_in_the_status_and_is_one_event() {
    let fake = FakeCloudTrail::start(3);
    let installation = with_polls_only(&fake).await;

    fake.refuse(ACCOUNT, None, Refusal::AccessDenied);

    let message = installation.wait_for_reason("cts", "default", "Ready", "AccessDenied").await;
    assert!(message.contains(NOT_ALLOWED), "{message}");
    assert!(message.ends_with("allow the action in its IAM policy"), "{message}");
    installation.wait_for_metric(r#"offhours_polls_total{result="AccessDenied"}"#, 4.0).await;
    installation.wait_for_metric(r#"offhours_errors_total{kind="AccessDenied"}"#, 4.0).await;
    let error = installation.source_status("default").await.streams[0].error.clone();
    assert!(error.is_some_and(|error| error.contains(NOT_ALLOWED)));
    assert_eq!(warnings(&installation, "AccessDenied").await, 1, "one Event, however many polls failed");
}

#[tokio::test]
async fn refused_calls_are_retried_more_and_more_slowly() {
    let fake = FakeCloudTrail::start(3);
    let _installation = with_polls_only(&fake).await;

    fake.clear_calls();
    fake.refuse(ACCOUNT, None, Refusal::AccessDenied);

    let refused = wait_for("four refused calls", DEADLINE, async || {
        // Only polls: a read of the past is retried separately.
        let is_poll = |call: &LookupCall| call.start.is_some_and(|start| call.at - start < TimeDelta::hours(1));
        let refused: Vec<LookupCall> = refused_calls(&fake).into_iter().filter(is_poll).collect();
        if refused.len() >= 4 { Progress::Done(refused) } else { Progress::Waiting(format!("{refused:?}")) }
    })
    .await;
    let pauses: Vec<TimeDelta> = refused.windows(2).map(|pair| pair[1].at - pair[0].at).collect();
    for (pause, least) in pauses.iter().zip([900, 1_800, 3_600]) {
        assert!(*pause >= TimeDelta::milliseconds(least), "{pauses:?}");
    }
}

#[tokio::test]
async fn each_refusal_has_its_reason_and_costs_no_push() {
    let fake = FakeCloudTrail::start(3);
    let mut pushes = Pushes::default();
    let installation = with_polls_only(&fake).await;

    // No permission, expired credentials, a failure of AWS, and a rate that others have used up.
    for (refusal, reason, says) in [
        (Refusal::AccessDenied, "AccessDenied", NOT_ALLOWED),
        (Refusal::ExpiredToken, "ExpiredCredentials", "arn:aws:iam::111122223333:user/rig have expired"),
        (Refusal::InternalFailure, "RequestFailed", "cloudtrail:LookupEvents in eu-central-1 failed: InternalFailure"),
        (Refusal::Throttled, "Throttled", "AWS throttles cloudtrail:LookupEvents in eu-central-1"),
    ] {
        fake.refuse(ACCOUNT, None, refusal);
        let message = installation.wait_for_reason("cts", "default", "Ready", reason).await;
        assert!(message.contains(says), "{message}");
        installation.wait_for_metric(&format!(r#"offhours_polls_total{{result="{reason}"}}"#), 1.0).await;
        pushes.push(&fake, 2);
    }

    fake.accept(ACCOUNT, None);
    installation.wait_for_condition("cts", "default", "Ready", "True").await;
    let findings = installation.wait_for_uploads(pushes.count()).await;
    assert_each_reported_once(&findings, pushes.ids());
}

#[tokio::test]
async fn a_controller_without_credentials_reports_what_to_do_and_makes_no_calls() {
    let fake = FakeCloudTrail::start(4);
    // For the SDK, an empty AWS_ACCESS_KEY_ID is none.
    let nobody = fake.caller("", REGION);
    let installation = Installation::start(&nobody).await;
    installation.apply(&freeze("freeze")).await;

    let message = installation.wait_for_reason("cts", "default", "Ready", "NoCredentials").await;
    assert_eq!(message, "no AWS credentials: give the controller's ServiceAccount a role (EKS Pod Identity or IRSA)");
    installation.wait_for_metric(r#"offhours_polls_total{result="NoCredentials"}"#, 2.0).await;
    assert_eq!(warnings(&installation, "NoCredentials").await, 1);
    assert_eq!(fake.calls(), []);
    let (_, message) = installation.wait_for_condition("eup", "freeze", "SourcesReady", "False").await;
    assert!(message.starts_with("default: no AWS credentials"), "{message}");

    // An impossible Region is rejected before AWS is called.
    for region in ["Frankfurt", "eu-central", "eu-central-1.evil.example"] {
        let refused = installation.kubectl().apply(&source("misspelt", &[region])).expect_failure();
        assert!(refused.contains("each Region must be the code of an AWS Region, such as eu-central-1"), "{refused}");
    }
}

#[tokio::test]
async fn an_expired_page_token_costs_no_record() {
    let fake = FakeCloudTrail::start(5);
    let mut pushes = Pushes::default();
    pushes.push(&fake, 120); // the first range needs three pages
    fake.expire_tokens_after(Some(Duration::ZERO));
    let aws = fake.caller(ACCOUNT, REGION);
    let objects = fast_source() + &freeze("freeze");
    let installation = Installation::start_with(ControlPlaneOptions::default(), &aws, &objects, &[]).await;

    let refused = wait_for("a refused token", DEADLINE, async || refused_calls(&fake).into_iter().next()).await;
    assert_eq!(refused.outcome, Outcome::Refused { code: "InvalidNextTokenException".to_owned() });
    fake.expire_tokens_after(None);

    let findings = installation.wait_for_uploads(pushes.count()).await;
    assert_each_reported_once(&findings, pushes.ids());
    assert_eq!(installation.metric(r#"offhours_polls_total{result="RequestFailed"}"#).await, 0.0);
    let calls = fake.calls();
    let place = calls.iter().position(|call| *call == refused).unwrap();
    // Polls alternate with the read of the past.
    let next = calls[place + 1..].iter().find(|call| call.start == refused.start).unwrap();
    assert!(next.first_page, "the rest of the range is requested anew: {next:?}");
    assert!(next.end <= refused.end, "{next:?} after {refused:?}");
    installation.wait_for_condition("cts", "default", "Ready", "True").await;
}

#[tokio::test]
async fn broken_records_are_reported_once_each_and_cost_no_other_record() {
    let fake = FakeCloudTrail::start(5);
    let mut pushes = Pushes::default();
    pushes.push(&fake, 120);
    let untimed = PutImage::new("prod/untimed", Utc::now()).without("/eventTime");
    let unnamed = PutImage::new("prod/unnamed", Utc::now()).with("/requestParameters/repositoryName", json!(7));
    let mut garbage = Record::from(PutImage::new("prod/garbage", Utc::now()));
    garbage.text.truncate(100);
    let broken = [
        (untimed.id(), "eventTime: expected an RFC 3339 time"),
        (unnamed.id(), "requestParameters.repositoryName: expected"),
        (garbage.event_id.clone(), "record is not JSON"),
    ];
    fake.push(untimed);
    fake.push(unnamed);
    fake.push(garbage);

    let aws = fake.caller(ACCOUNT, REGION);
    let objects = fast_source() + &freeze("freeze");
    let mut installation = Installation::start_with(ControlPlaneOptions::default(), &aws, &objects, &[]).await;
    let findings = installation.wait_for_uploads(pushes.count()).await;
    assert_each_reported_once(&findings, pushes.ids());
    installation.wait_for_polls("default", 3).await;

    assert_eq!(installation.metric(r#"offhours_records_total{kind="Broken"}"#).await, 3.0);
    assert_eq!(installation.metric(r#"offhours_errors_total{kind="BrokenRecord"}"#).await, 3.0);
    assert!(installation.controller.is_running());
    let log = installation.controller.log();
    for (id, says) in &broken {
        let lines: Vec<_> = log.lines().filter(|line| line.contains(id)).collect();
        assert_eq!(lines.len(), 1, "logged once and not at each poll: {lines:?}");
        assert!(lines[0].contains("WARN") && lines[0].contains(says), "{}", lines[0]);
    }
    installation.wait_for_condition("cts", "default", "Ready", "True").await;
}

/// Pushes by one principal at the current time, to seven repositories.
#[derive(Default)]
struct Pushes {
    ids: Vec<String>,
}

impl Pushes {
    fn push(&mut self, fake: &FakeCloudTrail, count: usize) {
        for _ in 0..count {
            let push = PutImage::new(&format!("prod/service-{}", self.ids.len() % 7), Utc::now());
            self.ids.push(push.id());
            fake.push(push);
        }
    }

    fn count(&self) -> usize {
        self.ids.len()
    }

    fn ids(&self) -> Vec<String> {
        self.ids.clone()
    }
}

fn refused_calls(fake: &FakeCloudTrail) -> Vec<LookupCall> {
    fake.calls().into_iter().filter(|call| matches!(call.outcome, Outcome::Refused { .. })).collect()
}

/// The number of Warning Events about the source `default` for this reason, including repetitions.
async fn warnings(installation: &Installation, reason: &str) -> i32 {
    let is_it = |event: &&Event| {
        event.type_.as_deref() == Some("Warning")
            && event.reason.as_deref() == Some(reason)
            && event.regarding.as_ref().and_then(|object| object.kind.as_deref()) == Some("CloudTrailSource")
    };
    let events = installation.events_about("default").await;
    events.iter().filter(is_it).map(|event| event.deprecated_count.unwrap_or_default()).sum()
}
