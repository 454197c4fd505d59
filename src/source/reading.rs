//! Reading a range of event history page by page.

use chrono::{DateTime, TimeDelta, Utc};

use super::lookup_events_client::{Page, PageError};
use super::{Batch, LookupEventsClient, SourceError, Urgency};
use crate::coverage::TimeRange;

/// One range of a stream's history on its way in: a page at a time, newest first. It holds no records, only where it is.
///
/// What the API shows while it is read may grow: a record that arrives late, at a time that was read already, is for a later
/// reading.
#[derive(Debug, Clone)]
pub struct Reading {
    range: TimeRange,
    /// What is asked for: the range, or the rest of it since AWS refused a token.
    asked: TimeRange,
    /// Where the next page begins; None for the first one of `asked`.
    token: Option<String>,
    pages: usize,
    /// The earliest event time that was met.
    oldest: Option<DateTime<Utc>>,
    /// How many tokens AWS refused since `oldest` last moved.
    refusals: usize,
    is_done: bool,
}

/// A token is good for the request that it came from, and AWS does not document for how long. If it refuses one more often
/// than this without an older event in between, reading the rest anew leads nowhere.
const MAX_REFUSALS: usize = 3;

impl Reading {
    /// A reading of which nothing was read yet.
    pub fn new(range: TimeRange) -> Self {
        Self { range, asked: range, token: None, pages: 0, oldest: None, refusals: 0, is_done: false }
    }

    /// The range, as it was asked for.
    pub fn range(&self) -> TimeRange {
        self.range
    }

    /// How many pages were answered so far.
    pub fn pages(&self) -> usize {
        self.pages
    }

    /// Whether the range was read to its last page.
    pub fn is_done(&self) -> bool {
        self.is_done
    }

    /// Everything at or after this time, within the range, has been read; None as long as that is nothing. It is a second
    /// after the earliest event so far, since more events of that second may be on the next page; at the end it is the start
    /// of the range.
    pub fn read_down_to(&self) -> Option<DateTime<Utc>> {
        if self.is_done {
            return Some(self.range.start);
        }
        self.oldest.map(|oldest| oldest + TimeDelta::seconds(1)).filter(|whole| *whole <= self.range.end)
    }

    /// Reads the next page into `batch`; nothing when the reading is done. When AWS refuses the token of the page, the rest
    /// is asked for anew, and begins with the second where the last page ended: repeats of that are in `batch` once, unless
    /// they were taken out of it. Dropping the future is safe, since everything changes after the answer.
    ///
    /// # Errors
    /// When the page could not be read. Nothing is lost: call again, and the same page is asked for with its token.
    pub async fn read_page(
        &mut self,
        history: &LookupEventsClient,
        urgency: Urgency,
        batch: &mut Batch,
    ) -> Result<(), SourceError> {
        while !self.is_done {
            match history.page(self.asked, self.token.clone(), urgency).await {
                Ok(page) => {
                    self.add(page, batch);
                    return Ok(());
                }
                Err(PageError::InvalidToken) => {
                    self.narrow();
                    if self.refusals > MAX_REFUSALS {
                        return Err(history.refused_tokens(self.refusals));
                    }
                }
                Err(PageError::Source(error)) => return Err(error),
            }
        }
        Ok(())
    }

    fn add(&mut self, page: Page, batch: &mut Batch) {
        for event in &page.events {
            batch.add(event.event_id().unwrap_or_default(), event.cloud_trail_event().unwrap_or_default());
        }
        // The time by which LookupEventsClient sorts and filters: a record may be too broken to have one.
        let times = page.events.iter().filter_map(|event| DateTime::from_timestamp(event.event_time()?.secs(), 0));
        let oldest = times.chain(self.oldest).min();
        if oldest != self.oldest {
            self.oldest = oldest;
            self.refusals = 0;
        }
        self.pages += 1;
        // A page without events that has a token is not the end.
        self.is_done = page.next_token.is_none();
        self.token = page.next_token;
    }

    /// Asks for the rest anew. Both ends of a range are inclusive, so none of the events of the second at the edge is lost.
    fn narrow(&mut self) {
        self.refusals += 1;
        self.token = None;
        if let Some(oldest) = self.oldest {
            self.asked.end = oldest.clamp(self.asked.start, self.asked.end);
        }
    }
}
