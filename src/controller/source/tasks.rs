//! The tasks of the sources: started, replaced and stopped, and restarted after a panic.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::Sources;
use super::health::SourceHealth;
use super::stream::StreamTask;
use crate::api::{AssumeRole, CloudTrailSource, ErrorKind, LookupEvents};
use crate::coverage::Uid;
use crate::source::SharedSession;

/// The tasks of each source, by its uid.
#[derive(Debug, Default)]
pub struct Tasks(Mutex<HashMap<Uid, SourceTasks>>);

/// The tasks of one source. They end when this is dropped.
#[derive(Debug)]
struct SourceTasks {
    regions: Vec<String>,
    lookup_events: LookupEvents,
    assume_role: Option<AssumeRole>,
    health: Arc<SourceHealth>,
    _running: DropGuard,
}

/// The delay before a task that panicked is restarted.
const RESTART: Duration = Duration::from_secs(10);

impl Tasks {
    /// Stops the tasks of a source at once, whatever they wait for.
    pub fn stop(&self, source: &Uid) {
        self.lock().remove(source);
    }

    /// The errors of a source.
    pub fn health(&self, source: &Uid) -> Option<Arc<SourceHealth>> {
        self.lock().get(source).map(|tasks| Arc::clone(&tasks.health))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uid, SourceTasks>> {
        // No code panics while it holds the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sources {
    /// Makes the tasks of a source read what its spec says. Tasks that do so already are left alone. Returns whether there
    /// are new ones.
    pub(super) fn run_tasks(
        self: &Arc<Self>,
        uid: &Uid,
        name: &str,
        source: &CloudTrailSource,
        regions: &[String],
    ) -> bool {
        let spec = &source.spec;
        let mut tasks = self.tasks.lock();
        if let Some(running) = tasks.get(uid)
            && running.lookup_events == spec.lookup_events
            && running.assume_role == spec.assume_role
        {
            return false;
        }
        let before = tasks.remove(uid).map(|running| running.regions);
        log_regions(name, before.as_deref(), regions);
        let health = Arc::new(SourceHealth::default());
        let session = Arc::new(SharedSession::new(self.aws.clone(), spec.clone()));
        let stop = CancellationToken::new();
        let streams = regions.iter().map(|region| StreamTask {
            sources: Arc::clone(self),
            source: uid.clone(),
            name: name.to_owned(),
            region: region.clone(),
            poll_interval: spec.lookup_events.poll_interval.into(),
            session: Arc::clone(&session),
            health: Arc::clone(&health),
        });
        tokio::spawn(supervise(streams.map(Arc::new).collect(), stop.clone()));
        let running = SourceTasks {
            regions: regions.to_vec(),
            lookup_events: spec.lookup_events.clone(),
            assume_role: spec.assume_role.clone(),
            health,
            _running: stop.drop_guard(),
        };
        tasks.insert(uid.clone(), running);
        true
    }
}

/// Logs which Regions are read from now on, and which no longer.
fn log_regions(source: &str, before: Option<&[String]>, regions: &[String]) {
    let Some(before) = before else {
        tracing::info!(source, regions = regions.join(", "), "reading starts");
        return;
    };
    for region in regions.iter().filter(|region| !before.contains(region)) {
        tracing::info!(source, region, "a Region is read from now on");
    }
    for region in before.iter().filter(|region| !regions.contains(region)) {
        tracing::info!(source, region, "a Region is no longer read");
    }
}

/// Runs the streams of a source until they are stopped. Each has its own task, so that no stream waits for another.
async fn supervise(streams: Vec<Arc<StreamTask>>, stop: CancellationToken) {
    let mut tasks = JoinSet::new();
    for stream in streams {
        let stop = stop.clone();
        tasks.spawn(async move {
            loop {
                let task = tokio::spawn(stop.clone().run_until_cancelled_owned(Arc::clone(&stream).run()));
                match task.await {
                    Ok(None) => return,
                    Ok(Some(never)) => match never {},
                    Err(error) => {
                        stream.sources.metrics.errors.count(ErrorKind::Loop);
                        let (source, region) = (&stream.name, &stream.region);
                        tracing::error!(source, region, %error, "the task of a stream panicked and is restarted");
                    }
                }
                if stop.run_until_cancelled(tokio::time::sleep(RESTART)).await.is_none() {
                    return;
                }
            }
        });
    }
    while tasks.join_next().await.is_some() {}
}
