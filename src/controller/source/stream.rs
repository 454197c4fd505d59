//! Runs the task of a stream: opens the event history of one account and Region, and reads it until the session ends.

use std::convert::Infallible;
use std::sync::Arc;

use chrono::Utc;

use super::health::Lane;
use super::open_stream::OpenStream;
use super::stream_task::StreamTask;

impl StreamTask {
    /// Opens the stream and reads it; opens it again whenever the session ends.
    pub async fn run(self: Arc<Self>) -> Infallible {
        let mut failures = 0;
        loop {
            let session = match self.session.get().await {
                Ok(session) => session,
                Err(error) => {
                    self.failed(Lane::Session, &error);
                    if !error.is_retryable() {
                        // Only an edit of the source helps, which replaces this task.
                        return std::future::pending().await;
                    }
                    tokio::time::sleep(self.backoff(&mut failures)).await;
                    continue;
                }
            };
            self.succeeded(Lane::Session);
            self.open(session.account(), session.identity()).await;
            let stream = OpenStream::new(&self, session.history(&self.region, &self.sources.rates));
            tokio::select! {
                () = stream.poll(&mut failures) => {}
                () = stream.read_behind() => {}
            }
            self.session.renew(&session).await;
            // A new session may not help: an account can be suspended, and a Region disabled.
            tokio::time::sleep(self.backoff(&mut failures)).await;
        }
    }

    /// Reports the account of the stream to the ledger.
    async fn open(&self, account: &str, identity: &str) {
        let now = Utc::now();
        let before = self.sources.judging.ledger(|ledger| ledger.open(&self.source, &self.region, account, now));
        if self.health.opened(&self.region, account) {
            tracing::info!(source = self.name, account, region = self.region, identity, "the stream is open");
            self.trigger();
            self.announce_opened(account, before.as_deref()).await;
        }
    }
}
