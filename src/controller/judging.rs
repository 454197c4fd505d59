//! The ledger, shared by the loops, with the policies that judge.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use tokio::sync::Notify;

use crate::controller::finding::Judge;
use crate::coverage::{Delivered, Ledger, Offer, PolicyInput, PollRead, Read, SourceInput, StreamKey, Uid};
use crate::upload::Upload;

/// The ledger and the policies that judge. They change together, so that a policy judges what it is offered in the revision
/// that the ledger knows.
#[derive(Debug)]
pub struct Judging {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    ledger: Ledger,
    judges: HashMap<Uid, Arc<Judge>>,
    /// Why a finding of a policy was not written, the last time that happened.
    refusals: HashMap<Uid, String>,
    /// `Ready` of each source, as last planned.
    ready: HashMap<Uid, Condition>,
    /// The number of streams of each source whose head was in the future when the source was registered.
    future_heads: HashMap<Uid, usize>,
    /// Wakes the tasks that close holes in the streams of each source.
    wakes: HashMap<Uid, Arc<Notify>>,
}

/// An offer, with the policies that judge it.
#[derive(Debug, Default)]
pub struct Offering {
    pub offer: Offer,
    /// Each policy with its place in the offer.
    pub judges: Vec<(usize, Arc<Judge>)>,
}

impl Judging {
    /// An empty ledger. A stream further behind than `stale_after` makes coverage incomplete.
    pub fn new(stale_after: TimeDelta) -> Self {
        let state = State {
            ledger: Ledger::new(stale_after),
            judges: HashMap::new(),
            refusals: HashMap::new(),
            ready: HashMap::new(),
            future_heads: HashMap::new(),
            wakes: HashMap::new(),
        };
        Self { state: Mutex::new(state) }
    }

    /// Reads the ledger, or changes a part of it that has nothing to do with judges.
    pub fn ledger<T>(&self, act: impl FnOnce(&mut Ledger) -> T) -> T {
        act(&mut self.lock().ledger)
    }

    /// Adds a source that exists when the program starts.
    pub fn register_source(&self, uid: &Uid, input: SourceInput, now: DateTime<Utc>) {
        let mut state = self.lock();
        let future_heads = state.ledger.set_source(uid, input, now).len();
        state.future_heads.insert(uid.clone(), future_heads);
    }

    /// The number of streams of a source whose head was in the future when it was registered. Meant to be asked once: after
    /// that it is zero.
    pub fn take_future_heads(&self, uid: &Uid) -> usize {
        self.lock().future_heads.remove(uid).unwrap_or_default()
    }

    /// Adds a policy, or updates it. `judge` is None for a policy that does not judge.
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

    /// Removes a policy that was deleted.
    pub fn remove_policy(&self, uid: &Uid) {
        let mut state = self.lock();
        state.ledger.remove_policy(uid);
        state.judges.remove(uid);
        state.refusals.remove(uid);
    }

    /// Removes a source that was deleted.
    pub fn remove_source(&self, uid: &Uid) {
        let mut state = self.lock();
        state.ledger.remove_source(uid);
        state.ready.remove(uid);
        state.wakes.remove(uid);
    }

    /// Sets `Ready` of a source, which its policies show.
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

    /// `Ready` of a source, if it was planned already.
    pub fn source_ready(&self, uid: &Uid) -> Option<Condition> {
        self.lock().ready.get(uid).cloned()
    }

    /// Decides which policy gets which of these uploads.
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

    /// Records that an offer was delivered. `refused` has the policies whose findings were not written, each with the
    /// reason.
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

    /// Records that a poll was read to its end, and wakes the tasks that close holes if it left one.
    pub fn polled(&self, source: &Uid, stream: &StreamKey, read: &PollRead, pages: usize) {
        let mut state = self.lock();
        if state.ledger.polled(source, stream, read, pages, Utc::now()) {
            state.wakes.entry(source.clone()).or_default().notify_waiters();
        }
    }

    /// Why a finding of a policy was not written, the last time that happened.
    pub fn refusal(&self, policy: &Uid) -> Option<String> {
        self.lock().refusals.get(policy).cloned()
    }

    /// Notified when holes in the streams of a source appear.
    pub fn wake(&self, source: &Uid) -> Arc<Notify> {
        Arc::clone(self.lock().wakes.entry(source.clone()).or_default())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
