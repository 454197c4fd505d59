//! Waiting for a condition, which is the only way in which a test waits.

use std::time::{Duration, Instant};

const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// The result of a look at the system.
#[derive(Debug)]
pub enum Progress<T> {
    /// The condition is true, with the value that the caller waits for.
    Done(T),
    /// The condition is not true yet, with what was seen instead. The last one is printed when the deadline passes.
    Waiting(String),
}

impl<T> From<Option<T>> for Progress<T> {
    fn from(seen: Option<T>) -> Self {
        seen.map_or_else(|| Progress::Waiting("nothing".to_owned()), Progress::Done)
    }
}

impl<T, E: std::fmt::Display> From<Result<T, E>> for Progress<T> {
    fn from(seen: Result<T, E>) -> Self {
        seen.map_or_else(|error| Progress::Waiting(error.to_string()), Progress::Done)
    }
}

/// Calls `look` every 50 ms until it is done, and returns its value.
///
/// `look` returns an `Option`, a `Result` (whose error is what was seen) or a [`Progress`].
///
/// # Panics
/// After `deadline`, with `description` and what was seen last. Also if a look hangs.
pub async fn wait_for<T, P, F>(description: &str, deadline: Duration, mut look: F) -> T
where
    P: Into<Progress<T>>,
    F: AsyncFnMut() -> P,
{
    let started = Instant::now();
    let mut last = "nothing: the first look did not return".to_owned();
    loop {
        let left = deadline.saturating_sub(started.elapsed());
        match tokio::time::timeout(left, look()).await.map(Into::into) {
            Ok(Progress::Done(found)) => return found,
            Ok(Progress::Waiting(state)) => last = state,
            Err(_) => panic!("waited {deadline:?} for {description}; last seen: {last}"),
        }
        // The timeout above does not end a look that blocks the thread.
        assert!(started.elapsed() < deadline, "waited {deadline:?} for {description}; last seen: {last}");
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}
