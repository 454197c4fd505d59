//! What may be claimed about a policy.

use chrono::{DateTime, Utc};

use super::ledger::Ledger;
use super::policy::since;
use super::source::Source;
use super::stream::{Stream, StreamKey};
use super::uid::Uid;

/// The time range in which a policy, in its current revision, has judged everything that its sources show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// The first time that is covered in every stream, inclusive; None if there is no stream.
    pub since: Option<DateTime<Utc>>,
    /// The time up to which no stream has a hole, exclusive; None if there is no stream.
    pub through: Option<DateTime<Utc>>,
    /// The reason why `through` does not follow the sources; None if it does, so the coverage is complete.
    pub incomplete: Option<Incomplete>,
}

/// The reason why a coverage is not complete: the most important one of several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incomplete {
    /// The policy does not judge.
    NotJudging,
    /// It uses no source.
    NoSource,
    /// A Region of a source was never read to the end.
    NeverRead {
        /// The uid of the source.
        source: Uid,
        /// The Region; empty if the Regions of the source are not known.
        region: String,
    },
    /// The API server rejects findings of the policy.
    Refused {
        /// The stream that has the uploads.
        stream: StreamKey,
    },
    /// There is a hole behind the head.
    Hole {
        /// The stream.
        stream: StreamKey,
        /// The time up to which the stream was judged, inclusive.
        from: DateTime<Utc>,
        /// The end of the hole, inclusive: where the policy joined, or else the head.
        to: DateTime<Utc>,
    },
    /// A stream is further behind than `stale_after`.
    Stale {
        /// The stream.
        stream: StreamKey,
        /// Its head.
        head: DateTime<Utc>,
    },
}

impl Ledger {
    /// What a policy has judged by now.
    pub fn coverage(&self, policy: &Uid, now: DateTime<Utc>) -> Coverage {
        let mut coverage = Coverage { since: None, through: None, incomplete: Some(Incomplete::NoSource) };
        let Some(known) = self.policies.get(policy) else { return coverage };
        let mut reasons = Vec::new();
        let mut uses_any = false;
        for (uid, pair) in known.pairs.iter().filter(|(_, pair)| pair.removed_at.is_none()) {
            uses_any = true;
            let Some(source) = self.sources.get(uid) else {
                // The source has not been reported since the start.
                reasons.push(Incomplete::NeverRead { source: uid.clone(), region: String::new() });
                continue;
            };
            if source.regions.is_empty() {
                reasons.push(Incomplete::NeverRead { source: uid.clone(), region: String::new() });
            }
            for region in &source.regions {
                if !source.named().any(|(key, stream)| key.region == *region && stream.was_read) {
                    reasons.push(Incomplete::NeverRead { source: uid.clone(), region: region.clone() });
                }
            }
            for (key, stream) in source.named() {
                let (since, through) = (since(pair, known.lookback, stream), stream.through(policy));
                coverage.since = coverage.since.max(Some(since));
                coverage.through = Some(coverage.through.map_or(through, |before| before.min(through)));
                reasons.extend(self.incomplete(policy, source, key, stream, now));
            }
        }
        let of_policy = match (known.judges, uses_any) {
            (false, _) => Some(Incomplete::NotJudging),
            (true, false) => Some(Incomplete::NoSource),
            (true, true) => None,
        };
        reasons.sort_by_key(Incomplete::rank);
        coverage.incomplete = of_policy.or(reasons.into_iter().next());
        coverage.through = coverage.through.max(coverage.since.filter(|_| coverage.through.is_some()));
        coverage
    }

    /// Whether a policy reads this stream, and none of the sources that read it are too far behind.
    #[cfg(test)]
    pub(super) fn reads_up_to_now(&self, policy: &Uid, key: &StreamKey, now: DateTime<Utc>) -> bool {
        let fresh =
            |source: &Source| source.named().any(|(named, stream)| named == key && self.is_fresh(source, stream, now));
        self.reads(policy, key)
            && self.sources.values().all(|source| source.named().all(|(named, _)| named != key) || fresh(source))
    }

    /// Whether the coverage of a policy includes this stream.
    #[cfg(test)]
    pub(super) fn reads(&self, policy: &Uid, key: &StreamKey) -> bool {
        let pairs = self.policies.get(policy).into_iter().flat_map(|policy| &policy.pairs);
        let used = pairs.filter(|(_, pair)| pair.removed_at.is_none()).filter_map(|(uid, _)| self.sources.get(uid));
        used.into_iter().any(|source| source.named().any(|(named, _)| named == key))
    }

    /// Whether the spec of a source names this stream.
    #[cfg(test)]
    pub(super) fn names(&self, source: &Uid, key: &StreamKey) -> bool {
        self.sources.get(source).is_some_and(|source| source.named().any(|(named, _)| named == key))
    }

    /// The reasons why a policy does not cover a stream up to now: it may have a hole in a stream that is stale as well.
    fn incomplete(
        &self,
        policy: &Uid,
        source: &Source,
        key: &StreamKey,
        stream: &Stream,
        now: DateTime<Utc>,
    ) -> impl Iterator<Item = Incomplete> {
        let behind = stream.behind.get(policy).map(|behind| match behind.refused {
            Some(_) => Incomplete::Refused { stream: key.clone() },
            None => Incomplete::Hole {
                stream: key.clone(),
                from: behind.through,
                to: behind.joined_at.unwrap_or(stream.head),
            },
        });
        let stale =
            (!self.is_fresh(source, stream, now)).then(|| Incomplete::Stale { stream: key.clone(), head: stream.head });
        behind.into_iter().chain(stale)
    }

    /// Whether a stream is not too far behind. One that is polled less often than every `stale_after` may be behind by
    /// two polls.
    pub(super) fn is_fresh(&self, source: &Source, stream: &Stream, now: DateTime<Utc>) -> bool {
        now - stream.head <= self.stale_after.max(source.poll_interval * 2)
    }

    /// Checks whether streams became stale or fresh, which happens without a read, and marks the policies that use them
    /// as changed.
    pub fn check_freshness(&mut self, now: DateTime<Utc>) {
        for source in self.sources.values_mut() {
            let stale_after = self.stale_after.max(source.poll_interval * 2);
            let mut has_changed = false;
            for stream in source.streams.values_mut().filter(|stream| stream.removed_at.is_none()) {
                let is_fresh = stream.was_read && now - stream.head <= stale_after;
                has_changed |= is_fresh != std::mem::replace(&mut stream.was_fresh, is_fresh);
            }
            if has_changed {
                self.changed_policies.extend(source.policies.iter().cloned());
            }
        }
    }
}

impl Incomplete {
    /// The rank of the reason by its importance to a reader: 0 is the most important.
    fn rank(&self) -> u8 {
        match self {
            Self::NotJudging => 0,
            Self::NoSource => 1,
            Self::Refused { .. } => 2,
            Self::NeverRead { .. } => 3,
            Self::Stale { .. } => 4,
            Self::Hole { .. } => 5,
        }
    }
}
