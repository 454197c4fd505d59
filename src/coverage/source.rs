//! Sources, as the ledger knows them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};

use super::checkpoint::SourceCheckpoint;
use super::gap::{Gap, MAX_GAPS};
use super::seen::Seen;
use super::stream::{Stream, StreamKey};
use super::sweep_runs::Sweep;
use super::time_range::{HISTORY, bounded, bounded_length};
use super::uid::Uid;

/// A source as the cluster has it now.
#[derive(Debug, Clone)]
pub struct SourceInput {
    /// The Regions that it reads, each once.
    pub regions: Vec<String>,
    /// The time between two polls.
    pub poll_interval: TimeDelta,
    /// How far a poll goes back behind the head. Values outside of 0 to 3650 days are clamped, here and in `sweeps`.
    pub overlap: TimeDelta,
    /// The sweeps, which look for late records further back.
    pub sweeps: Vec<Sweep>,
    /// When its spec was last edited, as far as `metadata.managedFields` says: a change of a label may move it.
    pub revised_at: DateTime<Utc>,
    /// What its status keeps. Used only when the source is reported for the first time.
    pub checkpoint: Option<SourceCheckpoint>,
}

/// A source in the ledger.
#[derive(Debug)]
pub(super) struct Source {
    pub regions: Vec<String>,
    pub poll_interval: TimeDelta,
    pub overlap: TimeDelta,
    pub sweeps: Vec<Sweep>,
    /// Regions whose account is not known yet, each with the time at which the spec first named it.
    pub unopened: BTreeMap<String, DateTime<Utc>>,
    /// The streams, including those that the spec no longer names.
    pub streams: BTreeMap<StreamKey, Stream>,
    /// The policies that use the source and judge.
    pub policies: BTreeSet<Uid>,
    /// The latest gaps, the oldest first.
    pub gaps: VecDeque<Gap>,
}

impl SourceInput {
    /// Limits all times and lengths, so that arithmetic with them cannot overflow.
    pub(super) fn bounded(mut self) -> Self {
        self.revised_at = bounded(self.revised_at);
        self.overlap = bounded_length(self.overlap);
        for sweep in &mut self.sweeps {
            *sweep = Sweep { every: bounded_length(sweep.every), back: bounded_length(sweep.back) };
        }
        for stream in self.checkpoint.iter_mut().flat_map(|checkpoint| &mut checkpoint.streams) {
            stream.first_seen = bounded(stream.first_seen);
            stream.complete_through = stream.complete_through.map(bounded);
            stream.swept_through = stream.swept_through.map(bounded);
            stream.removed_at = stream.removed_at.map(bounded);
        }
        for gap in self.checkpoint.iter_mut().flat_map(|checkpoint| &mut checkpoint.gaps) {
            (gap.from, gap.to) = (bounded(gap.from), bounded(gap.to));
        }
        self
    }
}

impl Source {
    /// The source as its status describes it, and the streams whose recorded head lies in the future.
    pub fn load(input: &SourceInput, seen_limit: usize, now: DateTime<Utc>) -> (Self, Vec<StreamKey>) {
        let checkpoint = input.checkpoint.clone().unwrap_or_default();
        let mut from_the_future = Vec::new();
        let mut source = Self {
            regions: Vec::new(),
            poll_interval: input.poll_interval,
            overlap: input.overlap,
            sweeps: Vec::new(),
            unopened: BTreeMap::new(),
            streams: BTreeMap::new(),
            policies: BTreeSet::new(),
            gaps: VecDeque::from(checkpoint.gaps),
        };
        for recorded in checkpoint.streams {
            let first_seen = recorded.first_seen.min(now);
            if recorded.stream.account.is_empty() {
                source.unopened.insert(recorded.stream.region, first_seen);
                continue;
            }
            let mut stream = Stream::new(first_seen, Seen::new(seen_limit));
            stream.was_loaded = true;
            stream.lost_before =
                source.gaps.iter().filter(|gap| gap.stream == recorded.stream).map(|gap| gap.to.min(now)).max();
            stream.removed_at = recorded.removed_at.map(|removed_at| removed_at.min(now));
            stream.was_read = recorded.complete_through.is_some();
            stream.head = recorded.complete_through.unwrap_or(first_seen).min(now);
            let is_believable = recorded.complete_through.is_none_or(|head| head <= now);
            stream.loaded_head = is_believable.then_some(stream.head);
            if !is_believable {
                from_the_future.push(recorded.stream.clone());
            }
            let swept_through = recorded.swept_through.filter(|swept| *swept <= now);
            stream.sweeps.restart(&input.sweeps, swept_through.or(Some(first_seen)));
            source.streams.insert(recorded.stream, stream);
        }
        source.sweeps.clone_from(&input.sweeps);
        (source, from_the_future)
    }

    /// Applies the spec as it is now: its Regions, sweeps and intervals.
    pub fn follow(&mut self, input: SourceInput, now: DateTime<Utc>) {
        for region in &input.regions {
            // A Region that was removed may return with another account.
            let is_known = self.named().any(|(key, _)| key.region == *region);
            if !is_known && !self.unopened.contains_key(region) {
                self.unopened.insert(region.clone(), input.revised_at.min(now));
            }
        }
        self.unopened.retain(|region, _| input.regions.contains(region));
        for (key, stream) in &mut self.streams {
            if !input.regions.contains(&key.region) {
                stream.removed_at = stream.removed_at.or(Some(now));
            }
        }
        self.streams.retain(|_, stream| stream.removed_at.is_none_or(|removed_at| now - removed_at < HISTORY));
        if self.sweeps != input.sweeps {
            for stream in self.streams.values_mut() {
                let swept_through = stream.sweeps.swept_through(&self.sweeps);
                stream.sweeps.restart(&input.sweeps, swept_through);
            }
            self.sweeps = input.sweeps;
        }
        self.overlap = input.overlap;
        self.poll_interval = input.poll_interval;
        self.regions = input.regions;
    }

    /// When the spec first named any of its Regions; None without Regions.
    pub fn appeared_at(&self) -> Option<DateTime<Utc>> {
        let opened = self.streams.values().map(|stream| stream.first_seen);
        opened.chain(self.unopened.values().copied()).min()
    }

    /// Adds a gap, or extends the one that it continues: while a stream stays unreadable, each attempt to read it finds
    /// that a little more is lost. Returns whether it is a new one.
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
