//! The client that reads CloudTrail's event history of one account and Region.

use std::sync::Arc;

use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::operation::lookup_events::LookupEventsError;
use aws_sdk_cloudtrail::types::{Event, LookupAttribute, LookupAttributeKey};
use aws_smithy_types::DateTime;

use super::cause::Cause;
use super::error::{Action, SourceError};
use super::host::Host;
use super::rate_limit::{RateLimit, Urgency};
use crate::coverage::TimeRange;

/// The event history of one account and Region, as LookupEvents shows it.
#[derive(Debug, Clone)]
pub struct LookupEventsClient {
    client: Client,
    rate: Arc<RateLimit>,
    identity: String,
    account: String,
    region: String,
    host: Host,
}

/// AWS returns at most 50 events per page.
const PAGE_SIZE: i32 = 50;

impl LookupEventsClient {
    pub(super) fn new(client: Client, rate: Arc<RateLimit>, identity: String, account: String, region: String) -> Self {
        Self { client, rate, identity, account, region, host: Host::default() }
    }

    /// The account whose history this is.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// The Region whose history this is.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Reads one page of a range when it is its turn. Dropping the future is safe.
    pub(super) async fn page(
        &self,
        range: TimeRange,
        token: Option<String>,
        urgency: Urgency,
    ) -> Result<Page, PageError> {
        // EventSource=ecr.amazonaws.com would bring every pull, and only the first attribute counts (CloudTrail API
        // reference, LookupEvents); the source of the event is checked when the record is decoded.
        let put_image = LookupAttribute::builder()
            .attribute_key(LookupAttributeKey::EventName)
            .attribute_value("PutImage")
            .build()
            .map_err(|error| PageError::Source(self.failed(error.to_string(), Some(Arc::new(error).into()))))?;
        self.rate.turn(urgency).await;
        let answer = self
            .client
            .lookup_events()
            .lookup_attributes(put_image)
            .start_time(DateTime::from_secs(range.start.timestamp()))
            .end_time(DateTime::from_secs(range.end.timestamp()))
            .max_results(PAGE_SIZE)
            .set_next_token(token)
            .customize()
            .interceptor(self.host.clone())
            .send()
            .await;
        match answer {
            Ok(page) => {
                self.rate.succeeded();
                Ok(Page { events: page.events.unwrap_or_default(), next_token: page.next_token })
            }
            Err(error) => {
                if let Some(LookupEventsError::InvalidNextTokenException(_)) = error.as_service_error() {
                    return Err(PageError::InvalidToken);
                }
                let error =
                    SourceError::from_sdk(error, Action::LookupEvents, &self.identity, &self.region, &self.host);
                if matches!(error, SourceError::Throttled { .. }) {
                    self.rate.throttled();
                }
                Err(PageError::Source(error))
            }
        }
    }

    /// The error after this many rejected tokens.
    pub(super) fn rejected_tokens(&self, times: usize) -> SourceError {
        self.failed(format!("AWS rejected its own NextToken {times} times"), None)
    }

    fn failed(&self, detail: String, source: Option<Cause>) -> SourceError {
        let (action, region) = (Action::LookupEvents, self.region.clone());
        SourceError::Failed { action, region, detail, is_server_fault: false, source }
    }
}

/// One page of the answer.
#[derive(Debug)]
pub(super) struct Page {
    /// The events, newest first.
    pub events: Vec<Event>,
    /// The token of the next page; None at the end.
    pub next_token: Option<String>,
}

/// Why there is no page.
#[derive(Debug)]
pub(super) enum PageError {
    /// AWS rejected the token.
    InvalidToken,
    Source(SourceError),
}
