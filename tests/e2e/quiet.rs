//! A controller with nothing to do uses almost no resources.

use std::time::{Duration, Instant};

use crate::installation::{ACCOUNT, DEADLINE, Installation, REGION};
use crate::manifests::{freeze, policy, source_with};
use crate::rig::{ApiCall, ControlPlaneOptions, FakeCloudTrail, Progress, wait_for};

const REGIONS: [&str; 10] = [
    REGION,
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-west-1",
    "eu-west-2",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];
const POLICIES: usize = 60;
const SETTLED: Duration = Duration::from_secs(3);
const WATCHED: Duration = Duration::from_secs(20);

#[tokio::test]
async fn sixty_policies_and_ten_sources_without_a_push_cost_hardly_any_requests_and_no_cpu() {
    let fake = FakeCloudTrail::start(1);
    let sources = REGIONS.iter().map(|region| source_with(region, &[region], "pollInterval: 60s, sweeps: []", ""));
    let policies = (0..POLICIES).map(|n| policy(&format!("policy-{n}"), "lookback: 1h"));
    let objects = sources.chain(policies).collect::<String>();
    // The chart's checkpoint interval.
    let flags = ["--default-source=false", "--checkpoint-interval", "75s"];
    let options = ControlPlaneOptions::default().audit();
    let mut installation = Installation::start_with(options, &fake.caller(ACCOUNT, REGION), &objects, &flags).await;
    for n in 0..POLICIES {
        installation.wait_until_applied(&format!("policy-{n}")).await;
    }
    installation.apply(&freeze("last")).await;
    installation.wait_until_applied("last").await;

    wait_until_settled(&installation).await;
    let (calls, cpu, polls) = (api_calls(&installation).len(), cpu_seconds(&installation), fake.calls().len());
    // There is no condition to wait for: the test is about what does not happen in this time.
    tokio::time::sleep(WATCHED).await;
    let after = api_calls(&installation);
    let cpu = cpu_seconds(&installation) - cpu;

    let verbs: Vec<_> = after[calls..].iter().map(|call| format!("{} {}", call.verb, call.resource)).collect();
    println!("in {WATCHED:?}: {cpu:.2} s of CPU, {} calls of AWS, requests {verbs:?}", fake.calls().len() - polls);
    // A request per minute for each source, and a watch that ends and starts again from time to time.
    assert!(verbs.len() <= REGIONS.len(), "{verbs:?}");
    assert!(cpu < 0.5, "{cpu} s of CPU in {WATCHED:?}");
    assert!(installation.controller.is_running());
}

/// Waits until the controller has made no request to the API server for a while. On a busy machine, the last statuses are
/// written long after the first ones.
async fn wait_until_settled(installation: &Installation) {
    let mut last = (Instant::now(), 0);
    wait_for("the controller to make no requests for 3 s", DEADLINE, async || {
        let calls = api_calls(installation).len();
        if calls != last.1 {
            last = (Instant::now(), calls);
        }
        if last.0.elapsed() > SETTLED { Progress::Done(()) } else { Progress::Waiting(format!("{calls} requests")) }
    })
    .await;
}

/// The requests of the controller to the API server, without open watches.
fn api_calls(installation: &Installation) -> Vec<ApiCall> {
    let calls = installation.control_plane.api_calls().into_iter();
    calls.filter(|call| call.user.starts_with("system:serviceaccount:offhours-system:")).collect()
}

/// User and system time of the controller, in hundredths (proc(5): USER_HZ is 100 on Linux).
fn cpu_seconds(installation: &Installation) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", installation.controller.id())).unwrap();
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    let ticks = fields.split(' ').skip(11).take(2).map(|field| field.parse::<f64>().unwrap());
    ticks.sum::<f64>() / 100.0
}
