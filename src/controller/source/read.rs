//! One read, from its newest record to its oldest: page by page, delivered in chunks.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use chrono::Utc;
use tokio::time::Instant;

use super::health::Lane;
use super::in_hand::{Chunk, InHand};
use super::open_stream::OpenStream;
use crate::api::{ErrorKind, RecordKind};
use crate::controller::finding::{Judge, WriteError};
use crate::coverage::{PastRead, Read, StreamKey, TimeRange, Uid};
use crate::source::{Reading, SourceError, Urgency};
use crate::upload::Upload;

/// How long a broken record is remembered. One that was not read for this long will not be read again soon.
const BROKEN_MEMORY: Duration = Duration::from_secs(2 * 60 * 60);
/// CloudTrail's times have no fractions of a second.
const SECONDS: &str = "%Y-%m-%dT%H:%M:%SZ";
/// How long a poll waits for the API server on behalf of a policy before it continues without it. Others wait for the poll.
const POLL_PATIENCE: Duration = Duration::from_secs(3);
/// How long other reads wait: longer than the API server waits for an admission webhook by default.
const PATIENCE: Duration = Duration::from_secs(20);

impl OpenStream<'_> {
    /// Reads a range to its last page and delivers it. A page that fails is requested again, and what was delivered stays
    /// delivered. Returns the number of pages.
    ///
    /// # Errors
    /// When the session ends, or when not even the first page could be read.
    pub async fn read(
        &self,
        read: Read<'_>,
        range: TimeRange,
        urgency: Urgency,
        lane: Lane,
    ) -> Result<usize, SourceError> {
        let started = Instant::now();
        let (mut records, mut uploads) = (0, 0);
        let mut reading = Reading::new(range);
        let mut pages_before = 0;
        let mut in_hand = InHand::default();
        let mut failures = 0;
        loop {
            match reading.read_page(&self.history, urgency, &mut in_hand.batch).await {
                Ok(()) => {
                    failures = 0;
                    self.task.succeeded(lane);
                }
                Err(error) => {
                    self.task.failed(lane, &error);
                    let has_begun = pages_before + reading.pages() > 0;
                    if error.ends_session() || !has_begun {
                        return Err(error);
                    }
                    tokio::time::sleep(self.task.backoff(&mut failures)).await;
                    if lane == Lane::Past {
                        self.until_polls_succeed().await;
                    }
                    if let Some(rest) = within_history(&reading) {
                        pages_before += reading.pages();
                        reading = Reading::new(rest);
                    }
                    continue;
                }
            }
            if in_hand.is_full() || reading.is_done() {
                let chunk = in_hand.take(reading.read_down_to(), reading.is_done());
                records += chunk.uploads.len() + chunk.not_uploads + chunk.broken.len();
                uploads += chunk.uploads.len();
                self.deliver(read, chunk).await;
                if let Read::Past(past) = read
                    && !self.is_wanted(past)
                {
                    return Ok(pages_before + reading.pages());
                }
            }
            if reading.is_done() {
                let pages = pages_before + reading.pages();
                let StreamKey { account, region } = &self.key;
                tracing::debug!(
                    source = self.task.name,
                    account,
                    region,
                    read = name_of(read),
                    from = %range.start.format(SECONDS),
                    to = %range.end.format(SECONDS),
                    pages,
                    records,
                    uploads,
                    duration = ?started.elapsed(),
                    "read to the end"
                );
                return Ok(pages);
            }
        }
    }

    /// Whether a policy still needs a hole to be read. After a rejected write, possibly none does.
    fn is_wanted(&self, past: &PastRead) -> bool {
        let (judging, source) = (&self.task.sources.judging, &self.task.source);
        judging.ledger(|ledger| ledger.is_wanted(source, &self.key, past))
    }

    /// Delivers a chunk to the policies that need it, and reports the result to the ledger.
    async fn deliver(&self, read: Read<'_>, chunk: Chunk) {
        self.count(&chunk);
        let (sources, source) = (&self.task.sources, &self.task.source);
        let now = Utc::now();
        let uploads = &chunk.uploads;
        let offering = sources.judging.offer(source, &self.key, read, uploads, now);
        let offer = &offering.offer;
        for delay in &offer.delays {
            sources.metrics.source.record_delay(&self.task.name, *delay);
        }
        sources.metrics.source.records(RecordKind::Upload, offer.fresh.len());
        sources.metrics.source.records(RecordKind::Corrected, offer.corrections);
        sources.metrics.source.records(RecordKind::Copy, offer.copies);
        if offer.fresh.is_empty() && offer.settled.is_empty() {
            return;
        }
        // An upload by digest may belong to an index that is pushed later. Policies that distinguish these get it later;
        // the others do not wait for them.
        let (patient, prompt): (Vec<(usize, Arc<Judge>)>, Vec<_>) =
            offering.judges.iter().cloned().partition(|(_, judge)| judge.policy.looks_at_relations());
        let patience = if matches!(read, Read::Poll(_)) { POLL_PATIENCE } else { PATIENCE };
        let mut refused = HashMap::new();
        // A policy that waited before an edit gets these uploads too; those that it has judged are known.
        let all: Vec<usize> =
            offer.fresh.iter().chain(&offer.settled).copied().collect::<BTreeSet<_>>().into_iter().collect();
        for (judges, places) in [(prompt, &all), (patient, &offer.settled)] {
            let (in_offer, judges): (Vec<usize>, Vec<Arc<Judge>>) = judges.into_iter().unzip();
            let these: Vec<(usize, &Upload)> =
                places.iter().filter_map(|place| Some((*place, uploads.get(*place)?))).collect();
            let given: Vec<&Upload> = these.iter().map(|(_, upload)| *upload).collect();
            let admits = |judge: usize, upload: usize| {
                let (Some(policy), Some((place, upload))) = (in_offer.get(judge), these.get(upload)) else {
                    return false;
                };
                offer.admits(*policy, *place, upload)
            };
            let deliveries = sources.findings.deliver(&judges, &given, admits, patience).await;
            for (judge, delivery) in judges.iter().zip(deliveries) {
                match delivery.result {
                    Ok(()) => {}
                    // What was not written is read again at the next start.
                    Err(WriteError::Stopping) => return std::future::pending().await,
                    Err(error) => drop(refused.insert(Uid::from(judge.uid.as_str()), error.to_string())),
                }
                if delivery.allowed_news {
                    sources.judging.ledger(|ledger| ledger.touch([Uid::from(judge.uid.as_str())]));
                }
            }
        }
        sources.judging.delivered(source, &self.key, read, uploads, offer, refused);
    }

    /// Counts the records that are not uploads. One that cannot be decoded may be a push, and is logged once.
    fn count(&self, chunk: &Chunk) {
        let metrics = &self.task.sources.metrics;
        metrics.source.records(RecordKind::NotAnUpload, chunk.not_uploads);
        let mut broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
        broken.retain(|_, met| met.elapsed() < BROKEN_MEMORY);
        for (event_id, error) in &chunk.broken {
            if broken.insert(event_id.clone(), Instant::now()).is_none() {
                metrics.source.records(RecordKind::Broken, 1);
                metrics.errors.count(ErrorKind::BrokenRecord);
                let (account, region) = (&self.key.account, &self.key.region);
                tracing::warn!(event_id, account, region, %error, "a CloudTrail record cannot be decoded, so it is not judged");
            }
        }
    }
}

/// The name of a kind of read in the log.
fn name_of(read: Read<'_>) -> &'static str {
    match read {
        Read::Poll(_) => "poll",
        Read::Past(_) => "past",
        Read::Sweep(_) => "sweep",
    }
}

/// The rest of a reading whose beginning expired in CloudTrail's history while it waited; None if it did not expire.
fn within_history(reading: &Reading) -> Option<TimeRange> {
    let oldest = TimeRange::new(reading.range().start, Utc::now()).start;
    let end = reading.read_down_to().unwrap_or(reading.range().end);
    (oldest > reading.range().start).then_some(TimeRange { start: oldest.min(end), end })
}
