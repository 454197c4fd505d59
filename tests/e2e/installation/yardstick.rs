//! How slow the machine is just now, so that a bound on time says something about the controller and not about its neighbours.

use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Api, Patch, PatchParams};
use kube::{Client, Config};
use serde_json::json;

use super::test_namespace::TestNamespace;

const PAUSE: Duration = Duration::from_millis(100);

/// A limit allows for this many writes one after the other: those of the controller from a call of AWS to a finding, and what
/// the test itself does to see it.
const WRITES: u32 = 10;

/// And it holds as it is as long as these writes take no longer than this, which they don't on a machine with little else to do.
const LEEWAY: Duration = Duration::from_secs(1);

/// Writes an object again and again beside the controller, in a thread of its own: what slows down the one slows down the other.
pub struct Yardstick {
    pace: Arc<Mutex<Pace>>,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Pace {
    longest: Duration,
    /// When the write began that is under way.
    begun: Option<Instant>,
}

impl Yardstick {
    pub fn start(namespace: &TestNamespace) -> Self {
        let (pace, is_over) = (Arc::default(), Arc::default());
        let (seen, ends) = (Arc::clone(&pace), Arc::clone(&is_over));
        let (config, name) = (namespace.config().clone(), namespace.name().to_owned());
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("an async runtime");
            runtime.block_on(write_until(&ends, &seen, config, &name));
        });
        Self { pace, is_over, thread: Some(thread) }
    }

    /// Checks that what has happened since the start, or since the last check, took less than `limit`; more if the machine has
    /// been slow since.
    #[track_caller]
    pub fn assert_within(&self, limit: Duration, took: Duration, what: &str) {
        let longest = self.pace.lock().unwrap().take_longest();
        let allowed = limit + (WRITES * longest).saturating_sub(LEEWAY);
        println!("{what}: {took:.2?} of {allowed:.2?}, as a write took up to {longest:.2?}");
        assert!(took < allowed, "{what}: {took:.2?}, and no more than {allowed:.2?} is allowed");
    }
}

impl Drop for Yardstick {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // Its panic would be told by the bounds: it has measured nothing.
        self.thread.take().into_iter().for_each(|thread| drop(thread.join()));
    }
}

impl Pace {
    fn take_longest(&mut self) -> Duration {
        let under_way = self.begun.map(|begun| begun.elapsed()).unwrap_or_default();
        mem::take(&mut self.longest).max(under_way)
    }
}

async fn write_until(is_over: &AtomicBool, pace: &Mutex<Pace>, config: Config, namespace: &str) {
    let client = Client::try_from(config).expect("the admin's certificates are valid");
    let objects: Api<ConfigMap> = Api::namespaced(client, namespace);
    for n in 0_u64.. {
        if is_over.load(Ordering::Relaxed) {
            break;
        }
        pace.lock().unwrap().begun = Some(Instant::now());
        let object = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"n": n.to_string()}});
        // An API server that is stopped slows down as well.
        objects.patch("yardstick", &PatchParams::apply("yardstick"), &Patch::Apply(object)).await.ok();
        let mut pace = pace.lock().unwrap();
        pace.longest = pace.take_longest();
        pace.begun = None;
        drop(pace);
        tokio::time::sleep(PAUSE).await;
    }
}
