//! How slow the machine currently is, so that limits in seconds measure the controller and not its neighbours.

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

/// The sequential writes that a limit allows for: those of the controller between a call of AWS and a finding, and the requests
/// by which the test sees the finding.
const WRITES: u32 = 10;

/// The part of a limit that these writes may take. On a machine with little else to do they take less, and the limit is not
/// extended.
const LEEWAY: Duration = Duration::from_secs(1);

/// The most that a limit is extended to, as a multiple of it: beyond that, the faults that the tests look for would pass too, such
/// as waiting for an answer that takes 30 s.
const MOST: u32 = 3;

/// Writes an object again and again in a separate thread, while the controller works. Whatever delays these writes also
/// delays the controller.
pub struct Yardstick {
    pace: Arc<Mutex<Pace>>,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Pace {
    longest: Duration,
    /// The start of the write in progress.
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

    /// Checks that something that began after the start and after the last check took less than `limit`, which is extended if
    /// the machine was slow meanwhile.
    #[track_caller]
    pub fn assert_within(&self, limit: Duration, took: Duration, what: &str) {
        let longest = self.pace.lock().unwrap().take_longest();
        let allowed = (limit + (WRITES * longest).saturating_sub(LEEWAY)).min(MOST * limit);
        println!("{what}: {took:.2?} of {allowed:.2?}, as a write took up to {longest:.2?}");
        assert!(took < allowed, "{what}: {took:.2?}, and no more than {allowed:.2?} is allowed");
    }
}

impl Drop for Yardstick {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // If it has panicked, it has measured nothing, and the limits were not extended.
        self.thread.take().into_iter().for_each(|thread| drop(thread.join()));
    }
}

impl Pace {
    fn begin(&mut self) {
        self.begun = Some(Instant::now());
    }

    fn end(&mut self) {
        self.longest = self.take_longest();
        self.begun = None;
    }

    /// The longest write since this was called last, or the write in progress if it is longer.
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
        pace.lock().unwrap().begin();
        let object = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"n": n.to_string()}});
        // A failed write counts too.
        objects.patch("yardstick", &PatchParams::apply("yardstick"), &Patch::Apply(object)).await.ok();
        pace.lock().unwrap().end();
        tokio::time::sleep(PAUSE).await;
    }
}
