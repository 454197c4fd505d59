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
/// A waiting request goes before all that are less urgent, and after those of its own urgency that came before it. But polls
/// may be all that the rate allows, where there are many pages in the overlap or several sources of one stream: one turn in
/// four is for a catch-up that waits, or it would wait for good. A sweep waits for everything else.
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
    /// Who waits, the next one first. Each is notified when it may have become the first.
    waiting: BTreeMap<Ticket, Arc<Notify>>,
    tickets: u64,
    /// How many polls had their turn while a catch-up waited, since one had its own.
    polls_before_catch_up: u32,
}

/// A place among those that wait: by urgency, then in the order of arrival.
type Ticket = (Urgency, u64);

/// So many polls go before a catch-up that waits.
const POLLS_BEFORE_CATCH_UP: u32 = 3;

/// However long AWS throttles, a request is tried this often.
const SLOWEST: f64 = 1.0 / 30.0;

impl RateLimit {
    fn new(per_second: f64) -> Self {
        let state = State { per_second, last: None, waiting: BTreeMap::new(), tickets: 0, polls_before_catch_up: 0 };
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
        if state.next().map(|(ticket, _)| ticket) != Some(self.ticket) {
            return Wait::ForOthers;
        }
        let now = Instant::now();
        // From the rate of now: an answer that was throttled meanwhile delays the next request already.
        let next = state.last.map_or(now, |last| last + Duration::from_secs_f64(1.0 / state.per_second));
        if next > now {
            return Wait::Until(next);
        }
        state.last = Some(now);
        match self.ticket.0 {
            Urgency::Poll if state.first_catch_up().is_some() => state.polls_before_catch_up += 1,
            Urgency::Poll | Urgency::CatchUp => state.polls_before_catch_up = 0,
            Urgency::Sweep => {}
        }
        Wait::Over
    }
}

impl State {
    /// Whose turn is next.
    fn next(&self) -> Option<(Ticket, &Arc<Notify>)> {
        let catch_up = self.first_catch_up().filter(|_| self.polls_before_catch_up >= POLLS_BEFORE_CATCH_UP);
        catch_up.or_else(|| self.waiting.first_key_value().map(|(ticket, notify)| (*ticket, notify)))
    }

    fn first_catch_up(&self) -> Option<(Ticket, &Arc<Notify>)> {
        let mut catch_ups = self.waiting.range((Urgency::CatchUp, 0)..(Urgency::Sweep, 0));
        catch_ups.next().map(|(ticket, notify)| (*ticket, notify))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.limit.lock();
        state.waiting.remove(&self.ticket);
        // Whoever is first now waits to hear of it, or for the time of its turn: then a notification too many only lets it
        // look again.
        if let Some((_, next)) = state.next() {
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
