//! An open stream: what its two lanes share while the session lasts.

use std::collections::HashMap;
use std::sync::Mutex;

use tokio::sync::watch;
use tokio::time::Instant;

use super::stream_task::StreamTask;
use crate::coverage::StreamKey;
use crate::source::LookupEventsClient;

/// A stream whose account is known.
pub(super) struct OpenStream<'t> {
    pub task: &'t StreamTask,
    pub key: StreamKey,
    pub history: LookupEventsClient,
    /// Whether the last poll succeeded. While polls fail, nothing else is read.
    pub polls_succeed: watch::Sender<bool>,
    /// Broken records that were logged, with the time when each was last read.
    pub broken: Mutex<HashMap<String, Instant>>,
}

impl<'t> OpenStream<'t> {
    /// A stream of which nothing has been read yet.
    pub fn new(task: &'t StreamTask, history: LookupEventsClient) -> Self {
        let key = StreamKey { account: history.account().to_owned(), region: history.region().to_owned() };
        Self { task, key, history, polls_succeed: watch::Sender::new(true), broken: Mutex::default() }
    }

    /// Waits until polls succeed: whatever makes them fail makes other reads fail too, and would get twice the requests.
    pub async fn until_polls_succeed(&self) {
        // The sender lives as long as the stream.
        let _ = self.polls_succeed.subscribe().wait_for(|succeed| *succeed).await;
    }
}
