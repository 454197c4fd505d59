//! Which policies get which of the uploads that a read returned.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::ledger::Ledger;
use super::past::PastRead;
use super::policy::since;
use super::poll::PollRead;
use super::seen::Patience;
use super::stream::{Behind, Stream, StreamKey};
use super::sweep::SweepRead;
use super::time_range::TimeRange;
use super::uid::Uid;
use crate::upload::Upload;

/// A read in progress.
#[derive(Debug, Clone, Copy)]
pub enum Read<'r> {
    /// What is new, at the head.
    Poll(&'r PollRead),
    /// A slice of holes.
    Past(&'r PastRead),
    /// A slice of a sweep, for late records.
    Sweep(&'r SweepRead),
}

impl Read<'_> {
    /// The last time of the range that is read.
    fn through(&self) -> DateTime<Utc> {
        match self {
            Self::Poll(read) => read.range.end,
            Self::Past(read) => read.range.end,
            Self::Sweep(read) => read.range.end,
        }
    }

    /// The head that a poll moves; None for other reads.
    fn head(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Poll(read) => Some(read.head),
            Self::Past(_) | Self::Sweep(_) => None,
        }
    }
}

/// The uploads of a batch to deliver, and the policies that get them. A place is an index into the batch.
#[derive(Debug, Default)]
pub struct Offer {
    /// The places of the uploads that are new to policies that judge each upload on its own.
    pub fresh: Vec<usize>,
    /// The places of the uploads that are new to policies that wait until it is known what else was pushed with an upload.
    pub settled: Vec<usize>,
    /// The policies that get some of them.
    pub policies: Vec<Offered>,
    /// The time between each upload and its delivery, for those that were certainly never delivered before.
    pub delays: Vec<TimeDelta>,
    /// The number of corrections of uploads that were delivered before. They come too late to be judged.
    pub corrections: usize,
    /// The number of owner's copies of uploads of which some policy judges the caller's copy.
    pub copies: usize,
    /// The places of the uploads that were certainly never delivered before.
    first_shown: HashSet<usize>,
    /// The places of the uploads that some policy gets later, which must not be remembered as delivered.
    must_come_again: HashSet<usize>,
}

/// What a policy gets of an offer.
#[derive(Debug)]
pub struct Offered {
    /// The uid of the policy.
    pub policy: Uid,
    /// It gets the uploads from this time on, inclusive...
    from: DateTime<Utc>,
    /// ...up to this time, inclusive.
    through: DateTime<Utc>,
    /// Whether it also gets older uploads that are certainly delivered for the first time.
    gets_first_shown: bool,
    /// It gets nothing later than this from a poll that was planned before it joined.
    not_after: Option<DateTime<Utc>>,
    /// The time from which it judges.
    since: DateTime<Utc>,
    /// A hole, which separate reads close in the order of time.
    hole: Option<TimeRange>,
    /// The places of the uploads of which it judges another copy.
    better_copies: HashSet<usize>,
}

/// What came of an offer.
#[derive(Debug)]
pub struct Delivered<'d> {
    /// The batch.
    pub uploads: &'d [Upload],
    /// The offer.
    pub offer: &'d Offer,
    /// The policies whose findings were not all written.
    pub refused: &'d HashSet<Uid>,
}

impl Offer {
    /// Whether the policy at the index `policy` judges the upload at `place`.
    pub fn admits(&self, policy: usize, place: usize, upload: &Upload) -> bool {
        self.policies.get(policy).is_some_and(|offered| offered.admits(place, upload, &self.first_shown))
    }
}

#[cfg(test)]
impl Offer {
    /// Whether some policy gets the upload at this place later.
    pub(super) fn comes_again(&self, place: usize) -> bool {
        self.must_come_again.contains(&place)
    }

    /// Whether the upload at this place counts as delivered for the first time.
    pub(super) fn is_first_shown(&self, place: usize) -> bool {
        self.first_shown.contains(&place)
    }
}

impl Offered {
    fn admits(&self, place: usize, upload: &Upload, first_shown: &HashSet<usize>) -> bool {
        let time = upload.time;
        let is_within = self.from <= time && time <= self.through;
        let is_first_shown = self.gets_first_shown && first_shown.contains(&place);
        (is_within || is_first_shown)
            && self.not_after.is_none_or(|not_after| time <= not_after)
            && self.hole.is_none_or(|hole| time <= hole.start || hole.end < time)
            && !self.better_copies.contains(&place)
    }
}

impl Ledger {
    /// Decides which policies get which uploads of a batch that a read returned. A policy that is not joined and would
    /// miss a late record is placed before it, so that it reads it again.
    pub fn offer(
        &mut self,
        source: &Uid,
        key: &StreamKey,
        read: Read<'_>,
        uploads: &[Upload],
        now: DateTime<Utc>,
    ) -> Offer {
        let mut offer = match read {
            Read::Past(read) => self.offer_past(source, key, read, uploads, now),
            Read::Poll(_) | Read::Sweep(_) => self.offer_new(source, key, read, uploads, now),
        };
        self.leave_out_copies(key, uploads, &mut offer, now);
        offer
    }

    fn offer_past(
        &self,
        source: &Uid,
        key: &StreamKey,
        read: &PastRead,
        uploads: &[Upload],
        now: DateTime<Utc>,
    ) -> Offer {
        let mut offer = Offer::default();
        let in_slice = |upload: &Upload| read.slice.start <= upload.time && upload.time <= read.slice.end;
        let places = uploads.iter().enumerate().filter(|(_, upload)| in_slice(upload));
        for (place, upload) in places {
            offer.fresh.push(place);
            // By what was read, not only by the clock: an index may lie beyond. Polls return again what is not settled.
            if upload.is_settled(now.min(read.range.end)) {
                offer.settled.push(place);
            }
        }
        let Some(entry) = self.sources.get(source).filter(|_| !offer.fresh.is_empty()) else { return offer };
        let Some(stream) = entry.streams.get(key) else { return offer };
        for (policy, (part, epoch)) in &read.parts {
            let is_current = stream.behind.get(policy).is_some_and(|behind| behind.epoch == *epoch);
            if is_current && entry.policies.contains(policy) {
                offer.policies.push(Offered {
                    policy: policy.clone(),
                    from: part.start,
                    through: part.end,
                    gets_first_shown: false,
                    not_after: None,
                    since: part.start,
                    hole: None,
                    better_copies: HashSet::new(),
                });
            }
        }
        offer
    }

    fn offer_new(
        &mut self,
        source: &Uid,
        key: &StreamKey,
        read: Read<'_>,
        uploads: &[Upload],
        now: DateTime<Utc>,
    ) -> Offer {
        let mut offer = Offer::default();
        let head = read.head();
        let Some(entry) = self.sources.get_mut(source) else { return offer };
        let Some(stream) = entry.streams.get_mut(key) else { return offer };
        let mut late = Vec::new();
        for (place, upload) in uploads.iter().enumerate() {
            let is_settled = upload.is_settled(now.min(read.through()));
            match stream.seen.get(upload.time, &upload.id) {
                Some(before @ (Patience::Waiting | Patience::Settled)) => {
                    let is_correction = upload.corrects_another();
                    if is_correction && stream.seen.is_new_correction(upload.time, &upload.event_id) {
                        offer.corrections += 1;
                    }
                    if before == Patience::Waiting && is_settled {
                        offer.settled.push(place);
                        // A policy that is not joined may have passed it while it was not settled.
                        late.push(upload.time);
                    }
                }
                before @ (None | Some(Patience::GivenUp)) => {
                    offer.fresh.push(place);
                    if is_settled {
                        offer.settled.push(place);
                    }
                    let is_beyond = head.is_some_and(|head| upload.time > head);
                    let was_never_read = is_beyond && !stream.seen.forgot(upload.time);
                    if before.is_none() && (was_never_read || stream.seen.knows(upload.time)) {
                        offer.first_shown.insert(place);
                        offer.delays.push((now - upload.time).max(TimeDelta::zero()));
                    }
                    if !is_beyond {
                        late.push(upload.time);
                    }
                }
            }
        }
        if offer.fresh.is_empty() && offer.settled.is_empty() {
            return offer;
        }
        let mut missing: Vec<(Uid, DateTime<Utc>)> = Vec::new();
        for uid in stream.behind.keys().filter(|uid| !late.is_empty() && !stream.is_joined(uid)) {
            missing.push((uid.clone(), DateTime::<Utc>::MIN_UTC));
        }
        for (uid, from) in &mut missing {
            if let Some(policy) = self.policies.get(uid)
                && let Some(pair) = policy.pairs.get(source)
            {
                *from = since(pair, policy.lookback, stream);
            }
        }
        for (uid, from) in missing {
            if let Some(oldest) = late.iter().copied().filter(|time| *time >= from).min()
                && stream.miss(&uid, oldest)
            {
                self.changed_policies.insert(uid.clone());
            }
            // What is too old for the policy's hole is returned by sweeps again, until the policy is joined.
            if entry.policies.contains(&uid) {
                let is_too_old =
                    |place: &&usize| uploads.get(**place).is_some_and(|upload: &Upload| upload.time < from);
                offer.must_come_again.extend(offer.first_shown.iter().filter(is_too_old));
            }
        }
        for uid in &entry.policies {
            if !stream.is_joined(uid) {
                continue;
            }
            let Some(policy) = self.policies.get(uid) else { continue };
            let Some(pair) = policy.pairs.get(source) else { continue };
            // No policy has judged what lies beyond the head, nor the rest of the head's second. An edit with a short
            // lookback does not give that up, and a sweep may be the first to return the latter.
            let since = since(pair, policy.lookback, stream);
            let since = since.min(head.unwrap_or(stream.head));
            let is_newcomer = stream.newcomers.contains(uid);
            offer.policies.push(Offered {
                policy: uid.clone(),
                from: since,
                through: DateTime::<Utc>::MAX_UTC,
                gets_first_shown: true,
                not_after: head.filter(|_| is_newcomer),
                since,
                // Sweeps and holes are read one after the other, polls beside them. So only for a sweep is it certain
                // that the hole is read afterwards, and returns everything that the sweep saw in it.
                hole: stream.behind.get(uid).filter(|_| head.is_none()).and_then(Behind::hole),
                better_copies: HashSet::new(),
            });
        }
        offer
    }

    fn leave_out_copies(&self, key: &StreamKey, uploads: &[Upload], offer: &mut Offer, now: DateTime<Utc>) {
        let places: HashSet<usize> = offer.fresh.iter().chain(&offer.settled).copied().collect();
        let mut left_out = HashSet::new();
        for place in places {
            let Some(upload) = uploads.get(place).filter(|upload| upload.id.as_str() != upload.event_id) else {
                continue;
            };
            for offered in &mut offer.policies {
                if self.has_better_copy(&offered.policy, key, upload, now) {
                    offered.better_copies.insert(place);
                    left_out.insert(place);
                }
            }
        }
        offer.copies = left_out.len();
    }

    /// Reports that an offer was delivered, and which policies' findings were rejected. Those leave the head.
    pub fn delivered(
        &mut self,
        source: &Uid,
        key: &StreamKey,
        read: Read<'_>,
        delivered: &Delivered<'_>,
        now: DateTime<Utc>,
    ) {
        let Delivered { uploads, offer, refused } = delivered;
        let Some(entry) = self.sources.get_mut(source) else { return };
        let Some(stream) = entry.streams.get_mut(key) else { return };
        let mut must_come_again = offer.must_come_again.clone();
        let is_there = |offered: &&Offered| self.policies.contains_key(&offered.policy);
        for offered in offer.policies.iter().filter(is_there).filter(|offered| refused.contains(&offered.policy)) {
            let admitted = |place: &&usize| {
                uploads.get(**place).is_some_and(|upload| offered.admits(**place, upload, &offer.first_shown))
            };
            let places: Vec<usize> = offer.fresh.iter().chain(&offer.settled).filter(admitted).copied().collect();
            let (within, before): (Vec<usize>, Vec<usize>) = places
                .into_iter()
                .partition(|place| uploads.get(*place).is_some_and(|upload| upload.time >= offered.since));
            must_come_again.extend(before);
            let oldest = within.iter().filter_map(|place| Some(uploads.get(*place)?.time)).min();
            let mut through = stream.through(&offered.policy);
            if let Read::Poll(read) = read {
                through = through.min(read.head);
            }
            if let Some(oldest) = oldest {
                through = through.min(oldest - TimeDelta::seconds(1));
            }
            stream.leave(&offered.policy, through, now);
            self.changed_policies.insert(offered.policy.clone());
        }
        if matches!(read, Read::Past(_)) {
            return;
        }
        let settled: HashSet<usize> = offer.settled.iter().copied().collect();
        for place in offer.fresh.iter().chain(&offer.settled).filter(|place| !must_come_again.contains(*place)) {
            if let Some(upload) = uploads.get(*place) {
                let patience = if settled.contains(place) { Patience::Settled } else { Patience::Waiting };
                stream.seen.insert(upload.time, &upload.id, patience);
            }
        }
    }
}

impl Stream {
    /// Makes sure that a policy that is not joined reads a late record of this time. Returns whether it was moved for that.
    fn miss(&mut self, policy: &Uid, time: DateTime<Utc>) -> bool {
        let will_be_read = self.through(policy) < time;
        if will_be_read && self.reading.is_none_or(|range| time < range.start || range.end < time) {
            return false;
        }
        let refused = self.behind.get(policy).and_then(|behind| behind.refused);
        let through = self.through(policy).min(time - TimeDelta::seconds(1));
        self.place(policy, through, None);
        if let Some(behind) = self.behind.get_mut(policy) {
            behind.refused = refused;
        }
        true
    }
}
