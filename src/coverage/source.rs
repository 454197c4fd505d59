//! What the ledger knows of a source.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};

use super::gap::{Gap, MAX_GAPS};
use super::ledger::{Ledger, Uid};
use super::record::SourceRecord;
use super::stream::{Stream, StreamKey};
use super::sweep::Sweep;
use super::time_range::{bounded, bounded_length};

/// A source as it is now.
#[derive(Debug, Clone)]
pub struct SourceInput {
    /// The Regions that it reads, each once.
    pub regions: Vec<String>,
    /// The time between two polls.
    pub poll_interval: TimeDelta,
    /// How far a poll goes back behind the head.
    pub overlap: TimeDelta,
    /// What looks for late records behind that.
    pub sweeps: Vec<Sweep>,
    /// When its spec was last edited, as far as the cluster knows.
    pub revised_at: DateTime<Utc>,
    /// What its status says; looked at when the source is met for the first time.
    pub record: Option<SourceRecord>,
}

/// A source in the ledger.
#[derive(Debug)]
pub(super) struct Source {
    pub regions: Vec<String>,
    pub poll_interval: TimeDelta,
    pub overlap: TimeDelta,
    pub sweeps: Vec<Sweep>,
    /// Regions whose account is not known yet, and when the spec first named each.
    pub unopened: BTreeMap<String, DateTime<Utc>>,
    /// Also those that the spec no longer names.
    pub streams: BTreeMap<StreamKey, Stream>,
    /// The policies that use it and judge.
    pub policies: BTreeSet<Uid>,
    pub gaps: VecDeque<Gap>,
}

impl SourceInput {
    pub(super) fn bounded(mut self) -> Self {
        self.revised_at = bounded(self.revised_at);
        self.overlap = bounded_length(self.overlap);
        for sweep in &mut self.sweeps {
            *sweep = Sweep { every: bounded_length(sweep.every), back: bounded_length(sweep.back) };
        }
        for stream in self.record.iter_mut().flat_map(|record| &mut record.streams) {
            stream.first_seen = bounded(stream.first_seen);
            stream.complete_through = stream.complete_through.map(bounded);
            stream.swept_through = stream.swept_through.map(bounded);
            stream.removed_at = stream.removed_at.map(bounded);
        }
        for gap in self.record.iter_mut().flat_map(|record| &mut record.gaps) {
            (gap.from, gap.to) = (bounded(gap.from), bounded(gap.to));
        }
        self
    }
}

impl Source {
    /// When the spec first named anything, as far as is known.
    pub fn appeared_at(&self) -> Option<DateTime<Utc>> {
        let opened = self.streams.values().map(|stream| stream.first_seen);
        opened.chain(self.unopened.values().copied()).min()
    }

    /// Adds a gap. One that goes on where another ended makes that longer: while a stream stays unreadable, each attempt to read
    /// it finds that a little more is lost. Returns whether it is another one.
    pub fn add_gap(&mut self, gap: Gap) -> bool {
        let before = self.gaps.iter_mut().find(|before| before.stream == gap.stream && before.to == gap.from);
        if let Some(before) = before {
            before.to = gap.to;
            return false;
        }
        self.gaps.push_back(gap);
        while self.gaps.len() > MAX_GAPS {
            self.gaps.pop_front();
        }
        true
    }

    /// The streams that the spec names, with their heads.
    pub fn heads(&self) -> Vec<(StreamKey, DateTime<Utc>)> {
        self.named().map(|(key, stream)| (key.clone(), stream.head)).collect()
    }

    /// The streams that the spec names.
    pub fn named(&self) -> impl Iterator<Item = (&StreamKey, &Stream)> {
        self.streams.iter().filter(|(_, stream)| stream.removed_at.is_none())
    }
}

impl Ledger {
    /// The head of a stream: everything up to it was read, and judged by every policy that is joined.
    pub fn head(&self, source: &Uid, stream: &StreamKey) -> Option<DateTime<Utc>> {
        let stream = self.sources.get(source)?.streams.get(stream)?;
        stream.was_read.then_some(stream.head)
    }

    /// The Regions that a source reads; empty when it is not known yet.
    pub fn regions(&self, source: &Uid) -> Vec<String> {
        self.sources.get(source).map(|source| source.regions.clone()).unwrap_or_default()
    }

    /// The other sources that read a stream.
    pub fn other_readers(&self, source: &Uid, stream: &StreamKey) -> Vec<Uid> {
        let others = self.sources.iter().filter(|(uid, _)| *uid != source);
        let readers = others.filter(|(_, other)| other.named().any(|(key, _)| key == stream));
        readers.map(|(uid, _)| uid.clone()).collect()
    }
}
