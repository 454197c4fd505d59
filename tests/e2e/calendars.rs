//! Calendars that vanish and come back, and one that a job downloads.

use chrono::Utc;
use offhours::api::CalendarStatus;

use crate::installation::{ACCOUNT, Installation, REGION, assert_each_reported_once, policy};
use crate::rig::fake_cloudtrail::{PutImage, Refusal};
use crate::rig::{FakeCloudTrail, Kubectl, Output, RunFolder, service_account_kubeconfig};
use crate::snippets::snippets;

#[tokio::test]
async fn pushes_judged_without_a_calendar_are_judged_again_when_it_is_back_although_reads_failed_meanwhile() {
    let fake = FakeCloudTrail::start(1);
    let installation = Installation::start(&fake.caller(ACCOUNT, REGION)).await;
    let kubectl = installation.control_plane.kubectl();
    let today = Utc::now().format("%Y%m%d");
    let feed = format!(
        "BEGIN:VCALENDAR\\nBEGIN:VEVENT\\nUID:1\\nDTSTART;VALUE=DATE:{today}\\nSUMMARY:Founders\\nEND:VEVENT\\nEND:VCALENDAR\\n"
    );
    let calendar = format!(
        "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: holidays, namespace: default, labels: {{offhours.dev/calendar: \"true\"}}}}, data: {{company.ics: \"{feed}\"}}}}"
    );
    installation.apply(&calendar).await;
    let always = "businessHours: [{days: [Mon, Tue, Wed, Thu, Fri, Sat, Sun], start: '00:00', end: '24:00'}]";
    let holidays = "holidays: {calendars: [{configMap: holidays, key: company.ics}]}, lookback: 30m";
    installation.apply(&policy("company", &format!("{always}, {holidays}"))).await;
    installation.wait_until_applied("company").await;
    installation.wait_for_condition("eup", "company", "Ready", "True").await;

    // Without the holiday it is business hours.
    kubectl.run(&["delete", "configmap", "holidays"]).expect_success();
    installation.wait_for_reason("eup", "company", "Ready", "InvalidHolidays").await;
    let push = PutImage::new("prod/api", Utc::now());
    fake.push(push.clone());
    installation.wait_for_metric(r#"offhours_verdicts_total{verdict="BusinessHours"}"#, 1.0).await;
    assert_eq!(installation.findings().await.len(), 0);
    installation.wait_until_applied("company").await;

    // It is back with the same text while nothing can be read, and must not count as judged with it.
    fake.refuse(ACCOUNT, None, Refusal::AccessDenied);
    installation.wait_for_reason("cts", "default", "Ready", "AccessDenied").await;
    installation.apply(&calendar).await;
    installation.wait_for_reason("eup", "company", "Ready", "SourceNotReady").await;
    installation.wait_for_condition("eup", "company", "FindingsComplete", "False").await;
    fake.accept(ACCOUNT, None);

    assert_each_reported_once(&installation.wait_for_uploads(1).await, [push.id()]);
    installation.wait_until_applied("company").await;
}

/// Does what a kubelet would do, but for the images: runs the containers' own commands, one after the other in the folder that
/// they share.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)] // a thread waits for curl while another serves it
async fn the_job_of_the_docs_puts_a_feed_into_its_config_map_with_no_other_right_and_the_policy_takes_it_in() {
    let fake = FakeCloudTrail::start(1);
    let installation = Installation::start(&fake.caller(ACCOUNT, REGION)).await;
    for snippet in snippets("docs/calendar-feeds.md") {
        assert!(snippet.manifest.contains("name: holiday-feed"), "{} is not part of the job", snippet.place);
        installation.apply(&snippet.manifest).await;
    }
    let holidays = "holidays: {calendars: [{configMap: public-holidays, key: holidays.ics}]}";
    installation.apply(&policy("public", holidays)).await;
    let message = installation.wait_for_reason("eup", "public", "Ready", "InvalidHolidays").await;
    assert!(message.contains("the ConfigMap has no such key"), "{message}");

    let control_plane = &installation.control_plane;
    let kubeconfig = service_account_kubeconfig(control_plane, "default", "holiday-feed").await;
    let kubectl = Kubectl::new(&kubeconfig, control_plane.folder().path());
    for forbidden in
        [["get", "configmap/public-holidays"], ["patch", "configmap/kube-root-ca.crt"], ["create", "configmaps"]]
    {
        assert_eq!(kubectl.run(&["auth", "can-i", forbidden[0], forbidden[1]]).stdout.trim(), "no", "{forbidden:?}");
    }
    let pod = control_plane.kubectl().run(&["get", "cronjob", "holiday-feed", "-o", "json"]).expect_success();
    let pod: serde_json::Value = serde_json::from_str(&pod).unwrap();
    let pod = &pod["spec"]["jobTemplate"]["spec"]["template"]["spec"];
    let words = |container: &serde_json::Value, field: &str| -> Vec<String> {
        container[field].as_array().into_iter().flatten().map(|word| word.as_str().unwrap().to_owned()).collect()
    };
    let download = [words(&pod["initContainers"][0], "command"), words(&pod["initContainers"][0], "args")].concat();
    let patch = words(&pod["containers"][0], "args");

    let feed = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20261225\r\nSUMMARY:Christmas \r\n Day\r\nEND:VEVENT\r\n\
                BEGIN:VEVENT\r\nUID:2\r\nDTSTART;VALUE=DATE:20261226\r\nTRANSP:TRANSPARENT\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let url = serve(vec![("/feed.ics", feed), ("/page", "<html>")]).await;
    let folder = RunFolder::new("holiday-feed");
    let run_download = |path: &str| {
        let mut command = std::process::Command::new(&download[0]);
        command.args(&download[1..]).env("FEED_URL", format!("{url}{path}")).env_remove("http_proxy");
        Output::of(command.current_dir(folder.path()))
    };
    for (broken, message) in [("/missing", "404"), ("/page", "")] {
        let output = run_download(broken);
        assert!(!output.success() && output.stderr.contains(message), "{broken} is no feed: {output:?}");
    }
    assert!(!folder.path().join("kustomization.yaml").exists(), "nothing to patch");
    run_download("/feed.ics").expect_success();
    Output::of(kubectl.command().current_dir(folder.path()).args(&patch)).expect_success();

    installation.wait_for_condition("eup", "public", "Ready", "True").await;
    let status = installation.policy("default", "public").await.status.unwrap();
    let expected = CalendarStatus { config_map: "public-holidays".into(), key: "holidays.ics".into(), entries: 2 };
    assert_eq!(status.calendar_data.unwrap().calendars, [expected]);
}

/// Serves these texts at their paths on a port of loopback, until the test ends.
async fn serve(pages: Vec<(&'static str, &'static str)>) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = pages.into_iter().fold(axum::Router::new(), |router, (path, text)| {
        router.route(path, axum::routing::get(move || async move { text }))
    });
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}
