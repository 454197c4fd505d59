//! The ledger as the loops share it, with the policies that judge.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use tokio::sync::Notify;

use crate::controller::finding::Judge;
use crate::coverage::{Delivered, Ledger, Offer, PolicyInput, PollRead, Read, SourceInput, StreamKey, Uid};
use crate::upload::Upload;

/// The ledger and the policies that judge, which change together: what is offered to a policy is judged by the revision that
/// the ledger knows.
#[derive(Debug)]
pub struct Judging {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    ledger: Ledger,
    judges: HashMap<Uid, Arc<Judge>>,
    /// Why a finding of a policy was not written, the last time that one was not.
    refusals: HashMap<Uid, String>,
    /// `Ready` of each source, as last planned.
    ready: HashMap<Uid, Condition>,
    /// How many streams of a source had a head in the future when it was registered.
    from_the_future: HashMap<Uid, usize>,
    /// Wakes whoever closes holes in the streams of a source.
    wakes: HashMap<Uid, Arc<Notify>>,
}

/// An offer, with those who judge it.
#[derive(Debug, Default)]
pub struct Offering {
    pub offer: Offer,
    /// Each with its place in the offer.
    pub judges: Vec<(usize, Arc<Judge>)>,
}

impl Judging {
    /// An empty ledger.
    pub fn new(stale_after: TimeDelta) -> Self {
        let state = State {
            ledger: Ledger::new(stale_after),
            judges: HashMap::new(),
            refusals: HashMap::new(),
            ready: HashMap::new(),
            from_the_future: HashMap::new(),
            wakes: HashMap::new(),
        };
        Self { state: Mutex::new(state) }
    }

    /// Looks into the ledger, or changes what is not about judges.
    pub fn ledger<T>(&self, act: impl FnOnce(&mut Ledger) -> T) -> T {
        act(&mut self.lock().ledger)
    }

    /// A source is there at the start.
    pub fn register_source(&self, uid: &Uid, input: SourceInput, now: DateTime<Utc>) {
        let mut state = self.lock();
        let from_the_future = state.ledger.set_source(uid, input, now).len();
        state.from_the_future.insert(uid.clone(), from_the_future);
    }

    /// How many streams of a source that was there at the start had a head in the future. To be asked once.
    pub fn take_from_the_future(&self, uid: &Uid) -> usize {
        self.lock().from_the_future.remove(uid).unwrap_or_default()
    }

    /// A policy is there, or something about it changed. `judge` is None for one that does not judge.
    pub fn set_policy(&self, uid: &Uid, input: PolicyInput, judge: Option<Arc<Judge>>, now: DateTime<Utc>) {
        let mut state = self.lock();
        let sources = input.sources.clone();
        let input = PolicyInput { judges: judge.is_some(), ..input };
        if state.ledger.set_policy(uid, input, now) {
            for source in sources {
                state.wakes.entry(source).or_default().notify_waiters();
            }
        }
        match judge {
            Some(judge) => drop(state.judges.insert(uid.clone(), judge)),
            None => drop(state.judges.remove(uid)),
        }
    }

    /// A policy is gone.
    pub fn remove_policy(&self, uid: &Uid) {
        let mut state = self.lock();
        state.ledger.remove_policy(uid);
        state.judges.remove(uid);
        state.refusals.remove(uid);
    }

    /// A source is gone.
    pub fn remove_source(&self, uid: &Uid) {
        let mut state = self.lock();
        state.ledger.remove_source(uid);
        state.ready.remove(uid);
        state.wakes.remove(uid);
    }

    /// `Ready` of a source, which its policies show.
    pub fn set_source_ready(&self, uid: &Uid, ready: &Condition) {
        let mut state = self.lock();
        let before = state.ready.insert(uid.clone(), ready.clone());
        let is_same = |before: &Condition| {
            (&before.status, &before.reason, &before.message) == (&ready.status, &ready.reason, &ready.message)
        };
        if !before.as_ref().is_some_and(is_same) {
            state.ledger.touch_users(uid);
        }
    }

    /// `Ready` of a source, if it was looked at.
    pub fn source_ready(&self, uid: &Uid) -> Option<Condition> {
        self.lock().ready.get(uid).cloned()
    }

    /// Who gets what of a batch of uploads.
    pub fn offer(
        &self,
        source: &Uid,
        stream: &StreamKey,
        read: Read<'_>,
        uploads: &[Upload],
        now: DateTime<Utc>,
    ) -> Offering {
        let mut state = self.lock();
        let offer = state.ledger.offer(source, stream, read, uploads, now);
        let judge = |(place, offered): (usize, &crate::coverage::Offered)| {
            Some((place, Arc::clone(state.judges.get(&offered.policy)?)))
        };
        let judges = offer.policies.iter().enumerate().filter_map(judge).collect();
        Offering { offer, judges }
    }

    /// An offer was delivered; the findings of some policies were refused, each with the reason.
    pub fn delivered(
        &self,
        source: &Uid,
        stream: &StreamKey,
        read: Read<'_>,
        uploads: &[Upload],
        offer: &Offer,
        refused: HashMap<Uid, String>,
    ) {
        let mut state = self.lock();
        let uids = refused.keys().cloned().collect();
        let delivered = Delivered { uploads, offer, refused: &uids };
        state.ledger.delivered(source, stream, read, &delivered, Utc::now());
        if !refused.is_empty() {
            state.wakes.entry(source.clone()).or_default().notify_waiters();
        }
        state.refusals.extend(refused);
    }

    /// A poll was read to its end. Whoever it was not for is woken.
    pub fn polled(&self, source: &Uid, stream: &StreamKey, read: &PollRead, pages: usize) {
        let mut state = self.lock();
        if state.ledger.polled(source, stream, read, pages, Utc::now()) {
            state.wakes.entry(source.clone()).or_default().notify_waiters();
        }
    }

    /// Why a finding of a policy was not written, the last time that one was not.
    pub fn refusal(&self, policy: &Uid) -> Option<String> {
        self.lock().refusals.get(policy).cloned()
    }

    /// Tells when holes in the streams of a source appear.
    pub fn wake(&self, source: &Uid) -> Arc<Notify> {
        Arc::clone(self.lock().wakes.entry(source.clone()).or_default())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
