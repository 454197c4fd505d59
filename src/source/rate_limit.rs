//! Request rates, one for each account and Region, shared by all sources that read there.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

/// The urgency of a request, the most urgent first. AWS allows two LookupEvents requests a second for each account and
/// Region, which all callers in the account share (CloudTrail User Guide, limits): reading again for late records must not
/// delay reading new ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// New records, which somebody may wait for.
    Poll,
    /// Records from before: those of an outage, or those that a new or edited policy has not judged yet.
    CatchUp,
    /// Records that were read before, read again in search of late ones.
    Sweep,
}

/// The rate of one account and Region. It is not adjustable in AWS, and others may cause a request to be throttled: then
/// the rate is halved, and each success raises it again a little.
///
/// A waiting request goes before all that are less urgent, and after earlier ones of its own urgency. But none waits for
/// ever: where polls need the whole rate, every third request is for what a new policy has not judged yet, and every tenth
/// for a sweep.
#[derive(Debug)]
pub struct RateLimit {
    base: f64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    per_second: f64,
    /// The time of the last request.
    last: Option<Instant>,
    /// The waiting requests, by urgency. Each is notified when it may have become the next.
    waiting: BTreeMap<Ticket, Arc<Notify>>,
    tickets: u64,
    /// The number of others that had their turn since a catch-up or a sweep had one or began to wait, by urgency.
    passed_over: BTreeMap<Urgency, u32>,
}

impl State {
    /// The waiting request whose turn is next.
    fn next(&self) -> Option<Ticket> {
        let first_of =
            |urgency| self.waiting.range((urgency, 0)..=(urgency, u64::MAX)).next().map(|(ticket, _)| *ticket);
        let waited_long = |urgency: Urgency| {
            let passed_over = self.passed_over.get(&urgency).copied().unwrap_or_default();
            urgency.patience().is_some_and(|patience| passed_over >= patience)
        };
        let impatient = [Urgency::Sweep, Urgency::CatchUp].into_iter().filter(|urgency| waited_long(*urgency));
        impatient.filter_map(first_of).next().or_else(|| self.waiting.keys().next().copied())
    }

    /// Records that a request had its turn.
    fn took(&mut self, urgency: Urgency) {
        for other in [Urgency::CatchUp, Urgency::Sweep] {
            let waits = self.waiting.range((other, 0)..=(other, u64::MAX)).next().is_some();
            let passed_over = self.passed_over.entry(other).or_default();
            *passed_over = if other == urgency || !waits { 0 } else { *passed_over + 1 };
        }
    }
}

impl Urgency {
    /// The number of others that may have their turn first; None for any number.
    fn patience(self) -> Option<u32> {
        match self {
            Self::Poll => None,
            Self::CatchUp => Some(2),
            Self::Sweep => Some(9),
        }
    }
}

/// The place of a waiting request: by urgency, then in the order of arrival.
type Ticket = (Urgency, u64);

/// The lowest rate, however long AWS throttles.
const SLOWEST: f64 = 1.0 / 30.0;

impl RateLimit {
    fn new(per_second: f64) -> Self {
        let state =
            State { per_second, last: None, waiting: BTreeMap::new(), tickets: 0, passed_over: BTreeMap::new() };
        Self { base: per_second, state: Mutex::new(state) }
    }

    /// Waits for the turn of one request. Dropping the future while it waits leaves the turn to the next one.
    pub async fn turn(&self, urgency: Urgency) {
        let place = Place::queue(self, urgency);
        loop {
            match place.try_take() {
                Wait::Over => return,
                Wait::Until(time) => tokio::time::sleep_until(time).await,
                Wait::ForOthers => place.notify.notified().await,
            }
        }
    }

    /// Records that a request was answered.
    pub fn succeeded(&self) {
        let mut state = self.lock();
        state.per_second = (state.per_second + self.base / 10.0).min(self.base);
    }

    /// Records that a request was throttled.
    pub fn throttled(&self) {
        let mut state = self.lock();
        state.per_second = (state.per_second / 2.0).max(SLOWEST);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long a request has to wait.
enum Wait {
    Over,
    /// At least until then; meanwhile a more urgent request may arrive, or the rate may change.
    Until(Instant),
    /// Others are first.
    ForOthers,
}

/// A place among the waiting requests, given up when it is dropped.
struct Place<'a> {
    limit: &'a RateLimit,
    ticket: Ticket,
    notify: Arc<Notify>,
}

impl<'a> Place<'a> {
    fn queue(limit: &'a RateLimit, urgency: Urgency) -> Self {
        let mut state = limit.lock();
        let ticket = (urgency, state.tickets);
        state.tickets += 1;
        let notify = Arc::new(Notify::new());
        state.waiting.insert(ticket, Arc::clone(&notify));
        Self { limit, ticket, notify }
    }

    /// Takes the turn, if it is this request's. The place is given up when it is dropped.
    fn try_take(&self) -> Wait {
        let mut state = self.limit.lock();
        if state.next() != Some(self.ticket) {
            return Wait::ForOthers;
        }
        let now = Instant::now();
        // Computed from the current rate: an answer that was throttled meanwhile delays the next request already.
        let next = state.last.map_or(now, |last| last + Duration::from_secs_f64(1.0 / state.per_second));
        if next > now {
            return Wait::Until(next);
        }
        state.last = Some(now);
        state.took(self.ticket.0);
        Wait::Over
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.limit.lock();
        state.waiting.remove(&self.ticket);
        // The next request waits for this notification, or for the time of its turn; in the second case the notification
        // only makes it check again.
        if let Some(next) = state.next().and_then(|next| state.waiting.get(&next)) {
            next.notify_one();
        }
    }
}

/// The rates of all accounts and Regions.
#[derive(Debug)]
pub struct RateLimits {
    per_second: f64,
    limits: Mutex<HashMap<(String, String), Arc<RateLimit>>>,
}

impl RateLimits {
    /// Limits of this many requests a second for each account and Region.
    pub fn new(per_second: f64) -> Self {
        Self { per_second, limits: Mutex::default() }
    }

    /// The limit of an account and Region, the same one for all callers.
    pub fn of(&self, account: &str, region: &str) -> Arc<RateLimit> {
        let mut limits = self.limits.lock().unwrap_or_else(PoisonError::into_inner);
        let limit = limits.entry((account.to_owned(), region.to_owned()));
        Arc::clone(limit.or_insert_with(|| Arc::new(RateLimit::new(self.per_second))))
    }
}

#[cfg(test)]
#[path = "rate_limit_tests.rs"]
mod tests;
