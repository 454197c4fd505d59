//! Starting, replacing and supervising the tasks of the sources.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::health::SourceHealth;
use super::sources::Sources;
use super::stream_task::StreamTask;
use super::tasks::SourceTasks;
use crate::api::{CloudTrailSource, ErrorKind};
use crate::coverage::Uid;
use crate::source::SharedSession;

/// The delay before a task that panicked is restarted.
const RESTART: Duration = Duration::from_secs(10);

impl Sources {
    /// Starts tasks that read what the spec of a source says, in place of those that read something else. Returns whether
    /// there are new ones.
    pub(super) fn run_tasks(
        self: &Arc<Self>,
        uid: &Uid,
        name: &str,
        source: &CloudTrailSource,
        regions: &[String],
    ) -> bool {
        let spec = &source.spec;
        let mut tasks = self.tasks.lock();
        if tasks.get(uid).is_some_and(|running| running.follow(spec)) {
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
        let running = SourceTasks::new(spec, regions, health, stop.drop_guard());
        tasks.insert(uid.clone(), running);
        true
    }
}

/// Logs which Regions are read from now on, and which are no longer read.
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

/// Runs the streams of a source until they are stopped. Each has its own task, so that no stream waits for another; one that
/// panics is restarted.
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
