//! What the ledger knows of a source.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};

use super::gap::{Gap, MAX_GAPS};
use super::ledger::{Ledger, Uid};
use super::record::SourceRecord;
use super::stream::{Stream, StreamKey};
use super::sweep::Sweep;

/// A source as it is now.
#[derive(Debug, Clone)]
pub struct SourceInput {
    /// The Regions that it reads, each once.
    pub regions: Vec<String>,
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
    pub overlap: TimeDelta,
    pub sweeps: Vec<Sweep>,
    /// Regions whose account is not known yet, and when the spec first named each.
    pub unopened: BTreeMap<String, DateTime<Utc>>,
    /// Also those that the spec no longer names.
    pub streams: BTreeMap<StreamKey, Stream>,
    /// The policies that use it and judge.
    pub policies: BTreeSet<Uid>,
    pub gaps: VecDeque<Gap>,
    /// Whether every stream was fresh when that was last looked at.
    pub was_fresh: bool,
}

impl Source {
    /// Adds a gap, or makes the last one of the stream longer: while a stream at the end of the history can't be read, it
    /// grows by the second. Returns whether it is a new one.
    pub fn add_gap(&mut self, gap: Gap) -> bool {
        let last = self.gaps.iter_mut().rfind(|last| last.stream == gap.stream);
        if let Some(last) = last.filter(|last| last.to >= gap.from) {
            last.to = last.to.max(gap.to);
            return false;
        }
        self.gaps.push_back(gap);
        while self.gaps.len() > MAX_GAPS {
            self.gaps.pop_front();
        }
        true
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

    /// The other sources that read a stream.
    pub fn other_readers(&self, source: &Uid, stream: &StreamKey) -> Vec<Uid> {
        let others = self.sources.iter().filter(|(uid, _)| *uid != source);
        let readers = others.filter(|(_, other)| other.named().any(|(key, _)| key == stream));
        readers.map(|(uid, _)| uid.clone()).collect()
    }
}
