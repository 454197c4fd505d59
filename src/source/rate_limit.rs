//! A request rate for each account and Region, shared by all sources that read there.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The rate of one account and Region. AWS allows two LookupEvents requests a second, shared with everyone in the account
/// and not adjustable (CloudTrail User Guide, limits), so a throttled answer may be somebody else's doing: the rate is
/// halved then, and creeps back with every success.
#[derive(Debug)]
pub struct RateLimit {
    base: f64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    per_second: f64,
    next: Instant,
}

/// However long AWS throttles, a request is tried this often.
const SLOWEST: f64 = 1.0 / 30.0;

impl RateLimit {
    fn new(per_second: f64) -> Self {
        Self { base: per_second, state: Mutex::new(State { per_second, next: Instant::now() }) }
    }

    /// Waits for the turn of one request. Dropping the future gives no turn back, which only makes the next one wait.
    pub async fn turn(&self) {
        let turn = {
            let mut state = self.lock();
            let turn = state.next.max(Instant::now());
            state.next = turn + Duration::from_secs_f64(1.0 / state.per_second);
            turn
        };
        tokio::time::sleep_until(turn).await;
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

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // No code panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn requests_keep_to_the_rate() {
        let limit = RateLimit::new(2.0);
        let start = Instant::now();
        for _ in 0..5 {
            limit.turn().await;
        }
        assert_eq!(start.elapsed().as_millis(), 2000);
    }

    #[tokio::test(start_paused = true)]
    async fn a_throttled_answer_halves_the_rate_and_successes_bring_it_back() {
        let limit = RateLimit::new(1.0);
        limit.throttled();
        assert_eq!(limit.lock().per_second, 0.5);
        for _ in 0..5 {
            limit.succeeded();
        }
        assert!((limit.lock().per_second - 1.0).abs() < 1e-9);
        limit.succeeded();
        assert_eq!(limit.lock().per_second, 1.0);
    }

    #[tokio::test(start_paused = true)]
    async fn an_account_and_region_has_one_rate_for_all_sources() {
        let limits = RateLimits::new(1.0);
        let start = Instant::now();
        limits.of("111122223333", "eu-central-1").turn().await;
        limits.of("111122223333", "us-east-1").turn().await;
        assert_eq!(start.elapsed(), Duration::ZERO);
        limits.of("111122223333", "eu-central-1").turn().await;
        assert_eq!(start.elapsed(), Duration::from_secs(1));
    }
}
