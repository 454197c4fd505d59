//! Reads a range of event history page by page.

use chrono::{DateTime, TimeDelta, Utc};

use super::lookup_events_client::{Page, PageError};
use super::{Batch, LookupEventsClient, SourceError, Urgency};
use crate::coverage::TimeRange;

/// A reading of one range of a stream's history: a page at a time, the newest first. It holds no records, only its
/// position.
///
/// The history may grow while it is read: a record that appears late, at a time that was read already, is left to a later
/// reading.
#[derive(Debug, Clone)]
pub struct Reading {
    range: TimeRange,
    /// The range that is requested: the whole one, or the rest of it since AWS rejected a token.
    requested: TimeRange,
    /// The token of the next page; None for the first page of `requested`.
    token: Option<String>,
    pages: usize,
    /// The earliest event time so far.
    oldest: Option<DateTime<Utc>>,
    /// The number of tokens that AWS rejected since `oldest` last changed.
    rejections: usize,
    is_done: bool,
}

/// The most rejected tokens. A token is valid for the request that it came from, and AWS does not document for how long. If
/// AWS rejects more than this without an older event in between, requesting the rest again leads nowhere.
const MAX_REJECTIONS: usize = 3;

impl Reading {
    /// A reading that has not begun.
    pub fn new(range: TimeRange) -> Self {
        Self { range, requested: range, token: None, pages: 0, oldest: None, rejections: 0, is_done: false }
    }

    /// The range of the reading.
    pub fn range(&self) -> TimeRange {
        self.range
    }

    /// The number of pages read so far.
    pub fn pages(&self) -> usize {
        self.pages
    }

    /// Whether the range was read to its last page.
    pub fn is_done(&self) -> bool {
        self.is_done
    }

    /// The time at or after which everything in the range has been read; None as long as that is nothing. It is a second
    /// after the earliest event so far, because more events of that second may be on the next page; at the end it is the
    /// start of the range.
    pub fn read_down_to(&self) -> Option<DateTime<Utc>> {
        if self.is_done {
            return Some(self.range.start);
        }
        self.oldest.map(|oldest| oldest + TimeDelta::seconds(1)).filter(|whole| *whole <= self.range.end)
    }

    /// Reads the next page into `batch`; does nothing when the reading is done. If AWS rejects the token of the page, the
    /// rest is requested without one, beginning with the second where the last page ended. Its records are in `batch` only
    /// once, unless they were taken out of it meanwhile. Dropping the future is safe, because everything changes after the
    /// answer.
    ///
    /// # Errors
    /// When the page could not be read. Nothing is lost: the next call requests the same page with its token.
    pub async fn read_page(
        &mut self,
        history: &LookupEventsClient,
        urgency: Urgency,
        batch: &mut Batch,
    ) -> Result<(), SourceError> {
        while !self.is_done {
            match history.page(self.requested, self.token.clone(), urgency).await {
                Ok(page) => {
                    self.add(page, batch);
                    return Ok(());
                }
                Err(PageError::InvalidToken) => {
                    self.narrow();
                    if self.rejections > MAX_REJECTIONS {
                        return Err(history.rejected_tokens(self.rejections));
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
        // The time by which LookupEvents sorts and filters: a record may be too broken to have one.
        let times = page.events.iter().filter_map(|event| DateTime::from_timestamp(event.event_time()?.secs(), 0));
        let oldest = times.chain(self.oldest).min();
        if oldest != self.oldest {
            self.oldest = oldest;
            self.rejections = 0;
        }
        self.pages += 1;
        // A page without events that has a token is not the end.
        self.is_done = page.next_token.is_none();
        self.token = page.next_token;
    }

    /// Requests the rest without a token. Both ends of a range are inclusive, so no event of the second at the edge is
    /// lost.
    fn narrow(&mut self) {
        self.rejections += 1;
        self.token = None;
        if let Some(oldest) = self.oldest {
            self.requested.end = oldest.clamp(self.requested.start, self.requested.end);
        }
    }
}
