//! The CronJob of docs/calendar-feeds.md, which downloads a feed into a ConfigMap.
//!
//! The tests do what a kubelet would do, but without the images: they run the commands of the containers one after the other,
//! in a folder that stands for the volume that the containers share.

use std::process::Command;

use offhours::api::CalendarStatus;

use crate::installation::Tenant;
use crate::manifests::policy;
use crate::rig::{Kubectl, Output, RunFolder, service_account_kubeconfig};
use crate::snippets::snippets;

const FEED: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20261225\r\nSUMMARY:Christmas \r\n Day\r\nEND:VEVENT\r\n\
    BEGIN:VEVENT\r\nUID:2\r\nDTSTART;VALUE=DATE:20261226\r\nTRANSP:TRANSPARENT\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

/// The manifests of the page in the namespace of the test, and what is needed to run them.
struct FeedJob {
    tenant: Tenant,
    /// kubectl as the ServiceAccount of the job.
    kubectl: Kubectl,
    /// The command of the first container.
    download: Vec<String>,
    /// The arguments of the second, which is kubectl.
    patch: Vec<String>,
    /// The volume that the containers share.
    folder: RunFolder,
}

impl FeedJob {
    async fn applied() -> Self {
        let tenant = Tenant::start().await;
        for snippet in snippets("docs/calendar-feeds.md") {
            assert!(snippet.manifest.contains("name: holiday-feed"), "{} is not part of the job", snippet.place);
            tenant.apply(&snippet.manifest).await;
        }
        let control_plane = tenant.control_plane();
        let kubeconfig = service_account_kubeconfig(control_plane, tenant.name(), "holiday-feed").await;
        let kubectl = Kubectl::new(&kubeconfig, control_plane.folder().path());
        let job = tenant.kubectl().run(&["get", "cronjob", "holiday-feed", "-o", "json"]).expect_success();
        let job: serde_json::Value = serde_json::from_str(&job).unwrap();
        let pod = &job["spec"]["jobTemplate"]["spec"]["template"]["spec"];
        let words = |container: &serde_json::Value, field: &str| -> Vec<String> {
            container[field].as_array().into_iter().flatten().map(|word| word.as_str().unwrap().to_owned()).collect()
        };
        let download = [words(&pod["initContainers"][0], "command"), words(&pod["initContainers"][0], "args")].concat();
        let patch = words(&pod["containers"][0], "args");
        Self { tenant, kubectl, download, patch, folder: RunFolder::new("holiday-feed") }
    }

    fn run_download(&self, url: &str) -> Output {
        let mut command = Command::new(&self.download[0]);
        command.args(&self.download[1..]).env("FEED_URL", url).env_remove("http_proxy");
        Output::of(command.current_dir(self.folder.path()))
    }

    fn run_patch(&self) -> Output {
        Output::of(self.kubectl.command().current_dir(self.folder.path()).args(&self.patch))
    }
}

#[tokio::test]
async fn the_feed_job_of_the_docs_has_no_right_but_to_patch_its_config_map() {
    let job = FeedJob::applied().await;

    for (verb, object, answer) in [
        ("patch", "configmap/public-holidays", "yes"),
        ("get", "configmap/public-holidays", "no"),
        ("patch", "configmap/kube-root-ca.crt", "no"),
        ("create", "configmaps", "no"),
    ] {
        assert_eq!(job.kubectl.run(&["auth", "can-i", verb, object]).stdout.trim(), answer, "{verb} {object}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)] // a thread waits for curl while another serves it
async fn the_feed_job_of_the_docs_patches_nothing_when_the_download_is_no_feed() {
    let job = FeedJob::applied().await;
    let url = serve(vec![("/page", "<html>")]).await;

    for (broken, message) in [("/missing", "404"), ("/page", "")] {
        let output = job.run_download(&format!("{url}{broken}"));
        assert!(!output.success() && output.stderr.contains(message), "{broken} is no feed: {output:?}");
    }

    assert!(!job.folder.path().join("kustomization.yaml").exists(), "nothing to patch");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)] // a thread waits for curl while another serves it
async fn the_feed_job_of_the_docs_puts_a_feed_into_its_config_map_and_the_policy_uses_it() {
    let job = FeedJob::applied().await;
    let holidays = "holidays: {calendars: [{configMap: public-holidays, key: holidays.ics}]}";
    job.tenant.apply(&policy("public", holidays)).await;
    let message = job.tenant.wait_for_reason("eup", "public", "Ready", "InvalidHolidays").await;
    assert!(message.contains("the ConfigMap has no such key"), "{message}");

    let url = serve(vec![("/feed.ics", FEED)]).await;
    job.run_download(&format!("{url}/feed.ics")).expect_success();
    job.run_patch().expect_success();

    job.tenant.wait_for_condition("eup", "public", "Ready", "True").await;
    let status = job.tenant.policy("public").await.status.unwrap();
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
