//! The part of the controller: it does what the ledger plans, in pieces between which anything can happen.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::mem::Discriminant;

use chrono::{DateTime, TimeDelta, Utc};

use super::check::Claim;
use super::step::{Lane, POLICIES, REGIONS, SOURCES};
use super::world::{World, account, key, region};
use crate::coverage::{Delivered, Incomplete, Ledger, Offer, PastRead, PollRead, Read, StreamKey, SweepRead, Uid};
use crate::upload::Upload;

pub const STALE_AFTER: TimeDelta = TimeDelta::minutes(15);
/// The policy that waits until it is known what else was pushed with an upload.
pub const PATIENT_POLICY: usize = 2;
/// The uploads of a page: so few that most reads take several pages.
const PAGE: usize = 3;

#[derive(Debug)]
pub struct Process {
    pub ledger: Ledger,
    /// What it knows about each policy: the uid, and which classes are off hours.
    pub views: Vec<Option<(Uid, u8)>>,
    /// The uid of each source that it knows, and the account of its session.
    sources: Vec<Option<(Uid, Option<usize>)>>,
    /// The Regions of each source that it knows, and below the sources of each policy.
    regions: [u8; SOURCES],
    pub used: Vec<BTreeSet<Uid>>,
    opened: BTreeSet<(usize, usize)>,
    lanes: BTreeMap<(usize, usize, bool), InFlight>,
    /// How far polls have read each stream, as far as statuses record it.
    pub read_through: BTreeMap<(Uid, StreamKey), DateTime<Utc>>,
    /// What was last reported about the coverage of each policy.
    pub said: BTreeMap<Uid, Option<Discriminant<Incomplete>>>,
    /// The last claim of each policy that was checked.
    pub claims: Vec<Option<Claim>>,
    /// What polls and sweeps have returned: whatever is not in it is delivered for the first time.
    returned: BTreeSet<(Uid, StreamKey, String)>,
}

#[derive(Debug)]
enum Planned {
    Poll(PollRead),
    Past(PastRead),
    Sweep(SweepRead),
}

#[derive(Debug)]
struct InFlight {
    source: Uid,
    key: StreamKey,
    planned: Planned,
    /// The last upload of the page before.
    position: Option<(DateTime<Utc>, usize)>,
    pages: usize,
    page: Option<Page>,
}

#[derive(Debug)]
struct Page {
    uploads: Vec<Upload>,
    classes: Vec<u8>,
    is_last: bool,
    offer: Option<(Offer, Vec<u8>)>,
}

impl Planned {
    fn range(&self) -> crate::coverage::TimeRange {
        match self {
            Self::Poll(read) => read.range,
            Self::Past(read) => read.range,
            Self::Sweep(read) => read.range,
        }
    }

    fn read(&self) -> Read<'_> {
        match self {
            Self::Poll(read) => Read::Poll(read),
            Self::Past(read) => Read::Past(read),
            Self::Sweep(read) => Read::Sweep(read),
        }
    }
}

impl World {
    /// The time by the clock of the process.
    pub fn clock(&self) -> DateTime<Utc> {
        self.now + self.skew
    }

    pub fn start(&mut self) {
        if self.process.is_some() {
            return;
        }
        self.fuse = None;
        self.process = Some(Process {
            ledger: Ledger { seen_limit: self.memory, ..Ledger::new(STALE_AFTER) },
            views: vec![None; POLICIES],
            sources: vec![None; SOURCES],
            regions: [0; SOURCES],
            used: vec![BTreeSet::new(); POLICIES],
            opened: BTreeSet::new(),
            lanes: BTreeMap::new(),
            read_through: BTreeMap::new(),
            said: BTreeMap::new(),
            claims: vec![None; POLICIES],
            returned: BTreeSet::new(),
        });
        (0..SOURCES).for_each(|source| self.observe_source(source));
        (0..POLICIES).for_each(|policy| self.observe_policy(policy));
    }

    pub fn observe_policy(&mut self, number: usize) {
        let now = self.clock();
        let Some(process) = &mut self.process else { return };
        let object = &self.policies[number];
        if let Some((before, _)) = process.views[number].take().filter(|(uid, _)| *uid != object.uid) {
            process.ledger.remove_policy(&before);
        }
        let input = object.input(&self.sources);
        process.used[number].clone_from(&input.sources);
        process.ledger.set_policy(&object.uid, input, now);
        process.views[number] = Some((object.uid.clone(), object.off()));
    }

    pub fn observe_source(&mut self, number: usize) {
        let now = self.clock();
        let Some(process) = &mut self.process else { return };
        let object = &self.sources[number];
        if let Some((before, _)) = process.sources[number].take().filter(|(uid, _)| *uid != object.uid) {
            process.ledger.remove_source(&before);
        }
        if !process.ledger.sources().any(|uid| *uid == object.uid) {
            for stream in object.status.iter().flat_map(|status| &status.streams) {
                let read_through =
                    stream.complete_through.map(|time| ((object.uid.clone(), stream.stream.clone()), time));
                process.read_through.extend(read_through);
            }
        }
        process.ledger.set_source(&object.uid, object.input(), now);
        process.regions[number] = object.regions;
        process.sources[number] = Some((object.uid.clone(), None));
        // Its tasks are started again.
        process.opened.retain(|(source, _)| *source != number);
        process.lanes.retain(|(source, _, _), _| *source != number);
    }

    pub fn record_policy(&mut self, number: usize) {
        let Some(process) = self.process.as_mut().filter(|_| !self.status_refused) else { return };
        let Some((uid, _)) = &process.views[number] else { return };
        // A status is written for a uid.
        if *uid == self.policies[number].uid
            && let Some(checkpoint) = process.ledger.policy_checkpoint(uid)
        {
            self.policies[number].status = Some(checkpoint.clone());
            if !self.answers_lost {
                process.ledger.policy_checkpoint_written(uid, &checkpoint);
            }
        }
    }

    pub fn record_source(&mut self, number: usize) {
        let Some(process) = self.process.as_mut().filter(|_| !self.status_refused) else { return };
        let Some((uid, _)) = &process.sources[number] else { return };
        if *uid == self.sources[number].uid {
            self.sources[number].status = process.ledger.source_checkpoint(uid);
        }
    }

    /// Does everything that is due now.
    pub fn work_all(&mut self) {
        for _ in 0..200 {
            for source in 0..SOURCES {
                for region in 0..REGIONS {
                    self.work(source, region, Lane::Background);
                }
            }
            if self.process.as_ref().is_none_or(|process| process.lanes.is_empty()) {
                break;
            }
        }
        for source in 0..SOURCES {
            for region in 0..REGIONS {
                self.poll_to_the_end(source, region);
            }
        }
    }

    fn poll_to_the_end(&mut self, source: usize, region: usize) {
        for _ in 0..200 {
            self.work(source, region, Lane::Poll);
            let is_idle = |process: &Process| !process.lanes.contains_key(&(source, region, true));
            if self.process.as_ref().is_none_or(is_idle) {
                return;
            }
        }
    }

    /// Does the next thing in a lane: plan a read, read a page, decide which policies get it, deliver it.
    pub fn work(&mut self, source: usize, region_number: usize, lane: Lane) {
        let now = self.clock();
        let lane_key = (source, region_number, lane == Lane::Poll);
        let Some(process) = &mut self.process else { return };
        let Some((uid, session)) = &mut process.sources[source] else { return };
        if session.is_none() && !self.role_denied[source] {
            *session = Some(self.sources[source].account);
        }
        let (uid, Some(account_number)) = (uid.clone(), *session) else { return };
        // Credentials that were issued before the role changed stay valid for a while.
        let object = &mut self.sources[source];
        if account_number != object.account && uid == object.uid {
            object.changed_at = self.now;
        }
        if process.opened.insert((source, region_number)) {
            if process.regions[source] & (1 << region_number) == 0 {
                process.opened.remove(&(source, region_number));
                return;
            }
            process.ledger.open(&uid, &region(region_number), &account(account_number), now);
        }
        let key = key(account_number, region_number);
        let planned =
            process.lanes.remove(&lane_key).map(Ok).or_else(|| plan(process, &uid, &key, lane, now).transpose());
        let mut flight = match planned {
            Some(Ok(flight)) => flight,
            Some(Err(violation)) => {
                self.violation = Some(violation);
                return;
            }
            None => return,
        };
        match &mut flight.page {
            None => {
                if !self.denied[account_number][region_number] {
                    self.read_page(&mut flight);
                }
                self.keep(lane_key, flight);
            }
            Some(Page { offer: None, uploads, .. }) => {
                let Some(process) = &mut self.process else { return };
                let offer = process.ledger.offer(&uid, &key, flight.planned.read(), uploads, now);
                let judges = offer.policies.iter().map(|offered| {
                    let view = process.views.iter().flatten().find(|(uid, _)| *uid == offered.policy);
                    view.map_or(0, |(_, off)| *off)
                });
                let judges = judges.collect();
                let violation = process.check_first_shown(&uid, &key, &flight.planned, uploads, &offer).err();
                let violation = violation.or_else(|| process.check_copies(&key, &offer, uploads, now).err());
                self.violation = self.violation.take().or(violation);
                if let Some(page) = &mut flight.page {
                    page.offer = Some((offer, judges));
                }
                self.keep(lane_key, flight);
            }
            Some(_) => self.deliver(lane_key, flight, now),
        }
    }

    fn keep(&mut self, lane: (usize, usize, bool), flight: InFlight) {
        if let Some(process) = &mut self.process {
            process.lanes.insert(lane, flight);
        }
    }

    fn read_page(&mut self, flight: &mut InFlight) {
        let range = flight.planned.range();
        let mut shown: Vec<(DateTime<Utc>, usize)> = self
            .shown(&flight.key)
            .map(|(place, record)| (record.upload.time, place))
            .filter(|(time, _)| range.start <= *time && *time <= range.end)
            .filter(|position| flight.position.is_none_or(|last| *position < last))
            .collect();
        shown.sort_unstable_by(|a, b| b.cmp(a));
        let is_last = shown.len() <= PAGE;
        shown.truncate(PAGE);
        flight.position = shown.last().copied().or(flight.position);
        flight.pages += 1;
        let uploads: Vec<Upload> = shown.iter().map(|(_, place)| self.records[*place].upload.clone()).collect();
        let classes = shown.iter().map(|(_, place)| self.records[*place].class).collect();
        flight.page = Some(Page { uploads, classes, is_last, offer: None });
    }

    fn deliver(&mut self, lane: (usize, usize, bool), mut flight: InFlight, now: DateTime<Utc>) {
        let Some(Page { uploads, classes, is_last, offer: Some((offer, judges)) }) = flight.page.take() else { return };
        let mut refused = HashSet::new();
        for (index, offered) in offer.policies.iter().enumerate() {
            let Some(process) = &self.process else { return };
            let number =
                process.views.iter().position(|view| view.as_ref().is_some_and(|(uid, _)| *uid == offered.policy));
            let Some(number) = number else { continue };
            for place in if number == PATIENT_POLICY { &offer.settled } else { &offer.fresh } {
                let is_off = judges[index] & (1 << classes[*place]) != 0;
                let id = uploads[*place].id.as_str();
                if !offer.admits(index, *place, &uploads[*place]) || !is_off || self.findings[number].contains_key(id) {
                    continue;
                }
                if self.refused[number] {
                    refused.insert(offered.policy.clone());
                    break;
                }
                if let Some(fuse) = &mut self.fuse {
                    if *fuse == 0 {
                        self.process = None;
                        self.fuse = None;
                        return;
                    }
                    *fuse -= 1;
                }
                *self.findings[number].entry(id.to_owned()).or_default() += 1;
            }
        }
        let Some(process) = &mut self.process else { return };
        let (source, key) = (flight.source.clone(), flight.key.clone());
        if refused.is_empty() && !matches!(flight.planned, Planned::Past(_)) {
            let taken = uploads.iter().enumerate().filter(|(place, _)| !offer.comes_again(*place));
            let names = taken.map(|(_, upload)| (source.clone(), key.clone(), upload.id.to_string()));
            process.returned.extend(names);
        }
        let delivered = Delivered { uploads: &uploads, offer: &offer, refused: &refused };
        process.ledger.delivered(&source, &key, flight.planned.read(), &delivered, now);
        if !is_last {
            process.lanes.insert(lane, flight);
            return;
        }
        match &flight.planned {
            Planned::Poll(read) => {
                process.ledger.polled(&source, &key, read, flight.pages, now);
                process.read_through.insert((source.clone(), key.clone()), read.range.end);
                if read.has_more {
                    match plan(process, &source, &key, Lane::Poll, now) {
                        Ok(Some(next)) => drop(process.lanes.insert(lane, next)),
                        Ok(None) => {}
                        Err(violation) => self.violation = Some(violation),
                    }
                }
            }
            Planned::Past(read) => process.ledger.read_past(&source, &key, read, flight.pages, now),
            Planned::Sweep(read) => process.ledger.swept(&source, &key, read, flight.pages),
        }
    }
}

fn plan(
    process: &mut Process,
    source: &Uid,
    key: &StreamKey,
    lane: Lane,
    now: DateTime<Utc>,
) -> Result<Option<InFlight>, String> {
    let ledger = &mut process.ledger;
    let planned = match lane {
        Lane::Poll => ledger.plan_poll(source, key, now).map(Planned::Poll),
        Lane::Background => match ledger.plan_past(source, key, now).0 {
            Some(read) => Some(Planned::Past(read)),
            None => ledger.plan_sweep(source, key, now).map(Planned::Sweep),
        },
    };
    let Some(planned) = planned else { return Ok(None) };
    if let Planned::Poll(read) = &planned {
        process.check_gap(source, key, read)?;
    }
    Ok(Some(InFlight { source: source.clone(), key: key.clone(), planned, position: None, pages: 0, page: None }))
}

impl Process {
    /// Time that is skipped is in a gap of the status, while there is room for it.
    fn check_gap(&self, source: &Uid, key: &StreamKey, read: &PollRead) -> Result<(), String> {
        let Some(read_through) = self.read_through.get(&(source.clone(), key.clone())) else { return Ok(()) };
        if read.range.start <= *read_through {
            return Ok(());
        }
        let checkpoint = self.ledger.source_checkpoint(source).unwrap_or_default();
        // A Region that was not in the spec for 90 days is a new one when it returns.
        if checkpoint.streams.iter().any(|stream| stream.stream == *key && stream.first_seen > *read_through) {
            return Ok(());
        }
        let is_recorded = checkpoint
            .gaps
            .iter()
            .any(|gap| gap.stream == *key && gap.from <= *read_through && gap.to >= read.range.start);
        if is_recorded { Ok(()) } else { Err(format!("{key:?} skips from {read_through} without a gap")) }
    }

    /// Where the caller's copy can be judged, the owner's is not.
    fn check_copies(
        &self,
        key: &StreamKey,
        offer: &Offer,
        uploads: &[Upload],
        now: DateTime<Utc>,
    ) -> Result<(), String> {
        for place in &offer.fresh {
            let upload = &uploads[*place];
            let caller = upload.caller_account.clone().unwrap_or_default();
            let callers = StreamKey { account: caller, region: key.region.clone() };
            for (index, offered) in offer.policies.iter().enumerate().filter(|_| callers != *key) {
                let since = self.ledger.coverage(&offered.policy, now).since;
                let has_both = self.ledger.reads_up_to_now(&offered.policy, &callers, now)
                    && since.is_some_and(|since| since <= upload.time);
                if has_both && offer.admits(index, *place, upload) {
                    return Err(format!("the owner's copy of {} is judged", upload.id));
                }
            }
        }
        Ok(())
    }

    /// What counts as delivered for the first time was never returned before.
    fn check_first_shown(
        &self,
        source: &Uid,
        key: &StreamKey,
        planned: &Planned,
        uploads: &[Upload],
        offer: &Offer,
    ) -> Result<(), String> {
        if matches!(planned, Planned::Past(_)) {
            return Ok(());
        }
        let name = |upload: &Upload| (source.clone(), key.clone(), upload.id.to_string());
        for place in &offer.fresh {
            let is_known = self.returned.contains(&name(&uploads[*place]));
            if offer.is_first_shown(*place) && is_known {
                return Err(format!("{} was shown before", uploads[*place].id));
            }
        }
        Ok(())
    }
}
