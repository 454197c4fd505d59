//! Reading CloudTrail's event history of one account and Region.

use std::sync::Arc;

use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::operation::lookup_events::{LookupEventsError, LookupEventsOutput};
use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey};
use aws_smithy_types::DateTime;

use super::error::{Action, SourceError};
use super::{Batch, RateLimit, Urgency};
use crate::coverage::TimeRange;

/// The event history of one account and Region.
#[derive(Debug, Clone)]
pub struct LookupEvents {
    client: Client,
    rate: Arc<RateLimit>,
    identity: String,
    account: String,
    region: String,
}

/// The outcome of reading a window.
#[derive(Debug)]
pub enum Read {
    /// Every page was read.
    Whole(Batch),
    /// There are more pages than are read at once; read the halves of the window.
    TooMany,
}

/// AWS gives at most 50 events a page.
const PAGE: i32 = 50;

/// 10,000 events: decoded, they take about 10 MB.
const MAX_PAGES: usize = 200;

/// A token is only good for the request it came from, and AWS does not say for how long; the slice is read again from its
/// first page, and what is there already is skipped.
const MAX_RESTARTS: usize = 3;

impl LookupEvents {
    pub(super) fn new(client: Client, rate: Arc<RateLimit>, identity: String, account: String, region: String) -> Self {
        Self { client, rate, identity, account, region }
    }

    /// The account whose history this is.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// The Region whose history this is.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Reads every page of a window. Dropping the future is safe.
    ///
    /// # Errors
    /// When a page could not be read; nothing of the window counts as read then.
    pub async fn read(&self, window: TimeRange) -> Result<Read, SourceError> {
        let mut restarts = 0;
        'window: loop {
            let mut batch = Batch::default();
            let mut token = None;
            for _ in 0..MAX_PAGES {
                let page = match self.page(window, token.take()).await {
                    Ok(page) => page,
                    Err(PageError::InvalidToken) if restarts < MAX_RESTARTS => {
                        restarts += 1;
                        continue 'window;
                    }
                    Err(PageError::InvalidToken) => return Err(self.token_error()),
                    Err(PageError::Source(error)) => return Err(error),
                };
                for event in page.events() {
                    batch.add(event.event_id().unwrap_or_default(), event.cloud_trail_event().unwrap_or_default());
                }
                // An empty page with a token is not the end.
                token = page.next_token;
                if token.is_none() {
                    batch.sort();
                    return Ok(Read::Whole(batch));
                }
            }
            if window.halves().is_some() {
                return Ok(Read::TooMany);
            }
            return Err(SourceError::Failed {
                action: Action::LookupEvents,
                region: self.region.clone(),
                detail: format!("more than {} events within a second at {}", MAX_PAGES * 50, window.start),
                is_server_fault: false,
            });
        }
    }

    async fn page(&self, window: TimeRange, token: Option<String>) -> Result<LookupEventsOutput, PageError> {
        // EventSource=ecr.amazonaws.com would bring every pull, and only the first attribute counts (CloudTrail API
        // reference, LookupEvents); the source of the event is checked when the record is decoded.
        let put_image = LookupAttribute::builder()
            .attribute_key(LookupAttributeKey::EventName)
            .attribute_value("PutImage")
            .build()
            .map_err(|error| PageError::Source(self.failed(error.to_string())))?;
        self.rate.turn(Urgency::Poll).await;
        let answer = self
            .client
            .lookup_events()
            .lookup_attributes(put_image)
            .start_time(DateTime::from_secs(window.start.timestamp()))
            .end_time(DateTime::from_secs(window.end.timestamp()))
            .max_results(PAGE)
            .set_next_token(token)
            .send()
            .await;
        match answer {
            Ok(page) => {
                self.rate.succeeded();
                Ok(page)
            }
            Err(error) => {
                if let Some(LookupEventsError::InvalidNextTokenException(_)) = error.as_service_error() {
                    return Err(PageError::InvalidToken);
                }
                let error = SourceError::from_sdk(&error, Action::LookupEvents, &self.identity, &self.region);
                if matches!(error, SourceError::Throttled { .. }) {
                    self.rate.throttled();
                }
                Err(PageError::Source(error))
            }
        }
    }

    fn token_error(&self) -> SourceError {
        self.failed(format!("AWS refused its own NextToken {} times", MAX_RESTARTS + 1))
    }

    fn failed(&self, detail: String) -> SourceError {
        SourceError::Failed {
            action: Action::LookupEvents,
            region: self.region.clone(),
            detail,
            is_server_fault: false,
        }
    }
}

enum PageError {
    InvalidToken,
    Source(SourceError),
}
