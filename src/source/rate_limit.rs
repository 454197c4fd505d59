//! A request rate for each account and Region, shared by all sources that read there.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

/// How urgent a request is, the most urgent first. AWS allows two LookupEvents requests a second for each account and
/// Region, which everyone in the account shares (CloudTrail User Guide, limits): what is read again for the sake of late
/// records must not delay what is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// New records, which someone may wait for.
    Poll,
    /// Records from before: those of an outage, or those that a new or edited policy has not judged yet.
    CatchUp,
    /// Records that were read before, read again for those that arrived late.
    Sweep,
}

/// The rate of one account and Region. It is not adjustable in AWS, and a throttled answer may be somebody else's doing: the
/// rate is halved then, and creeps back with every success.
///
/// A waiting request goes before all that are less urgent, and after those of its own urgency that came before it. But none
/// waits for ever: where polls need the whole rate, every third request is for what a new policy has not judged yet, and every
/// tenth for a sweep.
#[derive(Debug)]
pub struct RateLimit {
    base: f64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    per_second: f64,
    /// When the last request had its turn.
    last: Option<Instant>,
    /// Who waits, by urgency. Each is notified when it may have become the next.
    waiting: BTreeMap<Ticket, Arc<Notify>>,
    tickets: u64,
    /// How many others had their turn since a request to catch up, or of a sweep, had one or began to wait.
    passed_over: BTreeMap<Urgency, u32>,
}

impl State {
    /// Whose turn is next.
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

    /// A request had its turn.
    fn took(&mut self, urgency: Urgency) {
        for other in [Urgency::CatchUp, Urgency::Sweep] {
            let waits = self.waiting.range((other, 0)..=(other, u64::MAX)).next().is_some();
            let passed_over = self.passed_over.entry(other).or_default();
            *passed_over = if other == urgency || !waits { 0 } else { *passed_over + 1 };
        }
    }
}

impl Urgency {
    /// How many others may have their turn first; None for as many as there are.
    fn patience(self) -> Option<u32> {
        match self {
            Self::Poll => None,
            Self::CatchUp => Some(2),
            Self::Sweep => Some(9),
        }
    }
}

/// A place among those that wait: by urgency, then in the order of arrival.
type Ticket = (Urgency, u64);

/// However long AWS throttles, a request is tried this often.
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

    /// A request was answered.
    pub fn succeeded(&self) {
        let mut state = self.lock();
        state.per_second = (state.per_second + self.base / 10.0).min(self.base);
    }

    /// A request was throttled.
    pub fn throttled(&self) {
        let mut state = self.lock();
        state.per_second = (state.per_second / 2.0).max(SLOWEST);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long someone has to wait.
enum Wait {
    Over,
    /// At least until then; by then a more urgent one may have come, or the rate may have changed.
    Until(Instant),
    /// Others are first.
    ForOthers,
}

/// A place among those that wait, given up when it is dropped.
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

    /// Takes the turn, if it is this one's. The place itself is given up when it is dropped.
    fn try_take(&self) -> Wait {
        let mut state = self.limit.lock();
        if state.next() != Some(self.ticket) {
            return Wait::ForOthers;
        }
        let now = Instant::now();
        // From the rate of now: an answer that was throttled meanwhile delays the next request already.
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
        // Whoever is next now waits to hear of it, or for the time of its turn: then a notification too many only lets it
        // look again.
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
    /// With this many requests a second for each account and Region.
    pub fn new(per_second: f64) -> Self {
        Self { per_second, limits: Mutex::default() }
    }

    /// The rate of an account and Region; the same one for everyone who asks.
    pub fn of(&self, account: &str, region: &str) -> Arc<RateLimit> {
        let mut limits = self.limits.lock().unwrap_or_else(PoisonError::into_inner);
        let limit = limits.entry((account.to_owned(), region.to_owned()));
        Arc::clone(limit.or_insert_with(|| Arc::new(RateLimit::new(self.per_second))))
    }
}

#[cfg(test)]
#[path = "rate_limit_tests.rs"]
mod tests;
