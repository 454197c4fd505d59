//! The world around the controller: CloudTrail, the objects of the cluster, and the people who change both.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::process::Process;
use super::step::{ACCOUNTS, POLICIES, REGIONS, SOURCES, Step};
use crate::coverage::seen::MAX_RECORDS;
use crate::coverage::{PolicyCheckpoint, PolicyInput, Revision, SourceCheckpoint, SourceInput, StreamKey, Sweep, Uid};
use crate::upload::{Decoded, Upload, decode_value};

/// A record, as CloudTrail delivers it in one stream.
#[derive(Debug, Clone)]
pub struct Record {
    pub upload: Upload,
    pub stream: StreamKey,
    pub shown_at: DateTime<Utc>,
    /// The class of hours that it was pushed in. A policy decides for each class whether it is off hours.
    pub class: u8,
    pub is_shared: bool,
}

#[derive(Debug, Clone)]
pub struct PolicyObject {
    pub uid: Uid,
    generation: i64,
    revised_at: DateTime<Utc>,
    off: u8,
    lookback: TimeDelta,
    suspended: bool,
    broken: bool,
    sources: u8,
    calendar: bool,
    calendar_changed_at: DateTime<Utc>,
    /// When somebody changed a label, which looks like an edit in managedFields.
    touched_at: DateTime<Utc>,
    pub made_at: DateTime<Utc>,
    /// The classes that were off hours, and the sources that it used, in all revisions.
    pub always_off: u8,
    pub always_used: u8,
    pub status: Option<PolicyCheckpoint>,
}

#[derive(Debug, Clone)]
pub struct SourceObject {
    pub uid: Uid,
    revised_at: DateTime<Utc>,
    /// When it last began to read something else, because of an edit or another role.
    pub changed_at: DateTime<Utc>,
    pub account: usize,
    pub regions: u8,
    deep: bool,
    pub status: Option<SourceCheckpoint>,
}

#[derive(Debug)]
pub struct World {
    pub now: DateTime<Utc>,
    pub skew: TimeDelta,
    pub clock_was_wrong: bool,
    pub began: DateTime<Utc>,
    pub sources_were_edited: bool,
    pub records: Vec<Record>,
    pub policies: Vec<PolicyObject>,
    pub sources: Vec<SourceObject>,
    pub findings: Vec<BTreeMap<String, u32>>,
    pub deleted: Vec<BTreeSet<String>>,
    pub denied: [[bool; REGIONS]; ACCOUNTS],
    pub role_denied: [bool; SOURCES],
    pub refused: [bool; POLICIES],
    pub status_refused: bool,
    /// Statuses are written, and the answers are lost.
    pub answers_lost: bool,
    /// How many records the next process can remember of a stream.
    pub memory: usize,
    pub process: Option<Process>,
    /// How many writes are left before the process is killed.
    pub fuse: Option<u32>,
    made: u64,
    /// A violation that a step found.
    pub violation: Option<String>,
}

const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

pub fn account(number: usize) -> String {
    format!("{}", 111_111_111_111u64 * (number as u64 + 1))
}

pub fn region(number: usize) -> String {
    format!("eu-{number}")
}

pub fn key(account_number: usize, region_number: usize) -> StreamKey {
    StreamKey { account: account(account_number), region: region(region_number) }
}

impl World {
    pub fn new() -> Self {
        let now: DateTime<Utc> = "2026-03-01T00:00:00Z".parse().unwrap();
        let mut world = Self {
            now,
            skew: TimeDelta::zero(),
            clock_was_wrong: false,
            began: now,
            sources_were_edited: false,
            records: Vec::new(),
            policies: Vec::new(),
            sources: Vec::new(),
            findings: vec![BTreeMap::new(); POLICIES],
            deleted: vec![BTreeSet::new(); POLICIES],
            denied: Default::default(),
            role_denied: Default::default(),
            refused: Default::default(),
            status_refused: false,
            answers_lost: false,
            memory: MAX_RECORDS,
            process: None,
            fuse: None,
            made: 0,
            violation: None,
        };
        for number in 0..SOURCES {
            let source = world.new_source(number);
            world.sources.push(source);
        }
        for _ in 0..POLICIES {
            let policy = world.new_policy();
            world.policies.push(policy);
        }
        world.start();
        world
    }

    fn uid(&mut self) -> Uid {
        self.made += 1;
        format!("uid-{:04}", self.made).into()
    }

    fn new_source(&mut self, number: usize) -> SourceObject {
        SourceObject {
            uid: self.uid(),
            revised_at: self.now,
            changed_at: self.now,
            account: number % ACCOUNTS,
            regions: 1,
            deep: true,
            status: None,
        }
    }

    fn new_policy(&mut self) -> PolicyObject {
        PolicyObject {
            uid: self.uid(),
            generation: 1,
            revised_at: self.now,
            off: 0b1010,
            lookback: TimeDelta::hours(24),
            suspended: false,
            broken: false,
            sources: 0b11,
            calendar: true,
            calendar_changed_at: self.now,
            touched_at: self.began,
            made_at: self.now,
            always_off: 0b1010,
            always_used: 0b11,
            status: None,
        }
    }

    pub fn step(&mut self, step: Step) {
        match step {
            Step::Wait(seconds) => self.now += TimeDelta::seconds(seconds),
            Step::Push { account, region, class, delay, again, is_by_digest } => {
                let id = self.id();
                let mut upload = upload(&id, self.now, account, account, region, None);
                if is_by_digest {
                    upload.tag = None;
                }
                self.show(upload.clone(), key(account, region), delay, class, false);
                if let Some(again) = again {
                    self.show(upload, key(account, region), delay + again, class, false);
                }
            }
            Step::PushAcross { caller, region, class, delay, owner_delay } => {
                let (owner, shared) = ((caller + 1) % ACCOUNTS, self.id());
                for (recipient, delay) in [(caller, delay), (owner, owner_delay)] {
                    let id = self.id();
                    let addition = json!({"sharedEventID": shared});
                    let upload = upload(&id, self.now, caller, recipient, region, Some(addition));
                    self.show(upload, key(recipient, region), delay, class, true);
                }
            }
            Step::Correct { back, delay } => self.correct(back, delay),
            Step::Work { source, region, lane } => self.work(source, region, lane),
            Step::WorkAll => self.work_all(),
            Step::ObservePolicy(policy) => self.observe_policy(policy),
            Step::ObserveSource(source) => self.observe_source(source),
            Step::RecordPolicy(policy) => self.record_policy(policy),
            Step::RecordSource(source) => self.record_source(source),
            Step::Edit { policy, off, lookback } => self.edit(policy, |spec| {
                spec.off = off;
                spec.lookback = TimeDelta::seconds(lookback);
            }),
            Step::Suspend { policy, suspend } => self.edit(policy, |spec| spec.suspended = suspend),
            Step::Break { policy, broken } => self.edit(policy, |spec| spec.broken = broken),
            Step::UseSources { policy, sources } => self.edit(policy, |spec| spec.sources = sources),
            Step::Calendar { policy, there } => {
                let now = self.now;
                if self.policies[policy].calendar != there {
                    self.forget_if_unrecorded(policy);
                    let spec = &mut self.policies[policy];
                    (spec.calendar, spec.calendar_changed_at) = (there, now);
                    spec.always_off &= spec.off();
                }
            }
            Step::Recreate(policy) => self.policies[policy] = self.new_policy(),
            Step::Regions { source, regions } => self.edit_source(source, |spec| spec.regions = regions),
            Step::Sweeps { source, deep } => self.edit_source(source, |spec| spec.deep = deep),
            Step::Touch(policy) => self.touch(policy),
            Step::SwitchAccount { source, account } => {
                self.sources[source].account = account;
                self.sources[source].changed_at = self.now;
                self.sources_were_edited = true;
            }
            Step::RecreateSource(source) => {
                self.sources[source] = self.new_source(source);
                self.sources_were_edited = true;
            }
            Step::Deny { account, region, deny } => self.denied[account][region] = deny,
            Step::DenyRole { source, deny } => self.role_denied[source] = deny,
            Step::Refuse { policy, refuse } => self.refused[policy] = refuse,
            Step::RefuseStatus(refuse) => self.status_refused = refuse,
            Step::LoseAnswers(lose) => self.answers_lost = lose,
            Step::Memory(records) => self.memory = records,
            Step::DeleteFinding { policy, number } => {
                let id = self.findings[policy].keys().nth(number).cloned();
                if let Some(id) = id {
                    self.findings[policy].remove(&id);
                    self.deleted[policy].insert(id);
                }
            }
            Step::Kill => self.process = None,
            Step::KillAfterWrites(writes) => self.fuse = Some(writes),
            Step::Start => self.start(),
            Step::Clock(seconds) => {
                self.skew = TimeDelta::seconds(seconds);
                self.clock_was_wrong |= seconds != 0;
            }
        }
    }

    fn id(&mut self) -> String {
        self.made += 1;
        format!("event-{:04}", self.made)
    }

    fn show(&mut self, upload: Upload, stream: StreamKey, delay: i64, class: u8, is_shared: bool) {
        let shown_at = self.now + TimeDelta::seconds(delay);
        self.records.push(Record { upload, stream, shown_at, class, is_shared });
    }

    fn correct(&mut self, back: usize, delay: i64) {
        let Some(index) = self.records.len().checked_sub(back + 1) else { return };
        let original = self.records[index].clone();
        if original.is_shared || original.upload.corrects_another() {
            return;
        }
        let number = |account: &str| (0..ACCOUNTS).find(|number| super::world::account(*number) == account);
        let account = number(&original.stream.account).unwrap_or(0);
        let region = usize::from(original.stream.region == region(1));
        let id = self.id();
        let addition = json!({"addendum": {"reason": "UPDATED_DATA", "originalEventID": original.upload.event_id}});
        let correction = upload(&id, original.upload.time, account, account, region, Some(addition));
        let shown_at = self.now + TimeDelta::seconds(delay);
        let (stream, class) = (original.stream, original.class);
        self.records.push(Record { upload: correction, stream, shown_at, class, is_shared: false });
    }

    fn edit(&mut self, policy: usize, change: impl FnOnce(&mut PolicyObject)) {
        self.forget_if_unrecorded(policy);
        let now = self.now;
        let object = &mut self.policies[policy];
        change(object);
        object.generation += 1;
        object.revised_at = now;
        object.always_off &= object.off();
        object.always_used &= object.sources;
    }

    fn touch(&mut self, policy: usize) {
        let object = &self.policies[policy];
        let revision = object.input(&self.sources).revision;
        if self.is_recorded(policy) && object.status.as_ref().is_some_and(|status| status.revision == revision) {
            self.policies[policy].touched_at = self.now;
        }
    }

    /// Whether the status of a policy has every source. What it lacks can only be known from the time of the last edit.
    fn is_recorded(&self, policy: usize) -> bool {
        self.policies[policy].status.as_ref().is_some_and(|status| {
            let has_met = |source: &Uid| status.sources.iter().any(|position| position.source == *source);
            self.sources.iter().all(|source| has_met(&source.uid))
        })
    }

    /// Counts the policy as created now if it is edited before its status has every source: nothing knows the revision
    /// before.
    fn forget_if_unrecorded(&mut self, policy: usize) {
        if !self.is_recorded(policy) {
            self.policies[policy].made_at = self.now;
        }
    }

    fn edit_source(&mut self, source: usize, change: impl FnOnce(&mut SourceObject)) {
        let now = self.now;
        let object = &mut self.sources[source];
        change(object);
        (object.revised_at, object.changed_at) = (now, now);
        self.sources_were_edited = true;
    }

    /// The records that CloudTrail delivers in a stream now.
    pub fn shown(&self, stream: &StreamKey) -> impl Iterator<Item = (usize, &Record)> {
        let oldest = self.now - TimeDelta::days(90);
        let records = self.records.iter().enumerate();
        records.filter(move |(_, record)| {
            record.stream == *stream && record.shown_at <= self.now && record.upload.time >= oldest
        })
    }
}

impl PolicyObject {
    /// The classes that are off hours.
    pub fn off(&self) -> u8 {
        // The last class is that of the holidays in the calendar.
        if self.calendar { self.off } else { self.off & 0b0111 }
    }

    pub fn edited_at(&self) -> DateTime<Utc> {
        self.revised_at.max(self.calendar_changed_at)
    }

    pub fn input(&self, sources: &[SourceObject]) -> PolicyInput {
        let used = sources.iter().enumerate().filter(|(number, _)| self.sources & (1 << number) != 0);
        PolicyInput {
            revision: Revision { generation: self.generation, calendars: Some(self.calendar.to_string()) },
            revised_at: self.edited_at().max(self.touched_at),
            lookback: self.lookback,
            judges: !self.suspended && !self.broken,
            sources: used.map(|(_, source)| source.uid.clone()).collect(),
            checkpoint: self.status.clone(),
        }
    }
}

impl SourceObject {
    pub fn input(&self) -> SourceInput {
        let sweep = |every, back| Sweep { every: TimeDelta::hours(every), back: TimeDelta::hours(back) };
        let regions = (0..REGIONS).filter(|number| self.regions & (1 << number) != 0);
        SourceInput {
            regions: regions.map(region).collect(),
            poll_interval: TimeDelta::minutes(1),
            overlap: TimeDelta::minutes(30),
            sweeps: if self.deep { vec![sweep(1, 24), sweep(24, 168)] } else { vec![sweep(6, 240)] },
            revised_at: self.revised_at,
            checkpoint: self.status.clone(),
        }
    }
}

fn upload(
    id: &str,
    time: DateTime<Utc>,
    caller: usize,
    recipient: usize,
    region_number: usize,
    addition: Option<Value>,
) -> Upload {
    let mut record = json!({
        "eventSource": "ecr.amazonaws.com", "eventName": "PutImage", "eventID": id, "eventTime": time.to_rfc3339(),
        "awsRegion": region(region_number), "recipientAccountId": account(recipient),
        "userIdentity": {"arn": format!("arn:aws:iam::{}:user/ann", account(caller)), "accountId": account(caller)},
        "requestParameters": {"repositoryName": "api", "imageTag": "v1", "imageDigest": DIGEST, "registryId": account(recipient)}
    });
    for (name, value) in addition.as_ref().and_then(Value::as_object).into_iter().flatten() {
        record[name] = value.clone();
    }
    match decode_value(&record) {
        Ok(Decoded::Upload(upload)) => *upload,
        other => panic!("not an upload: {other:?}"),
    }
}
