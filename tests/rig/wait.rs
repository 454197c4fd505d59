//! Waiting for a condition, the only way in which a test lets time pass.

use std::time::{Duration, Instant};

const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// What a look at the system found.
#[derive(Debug)]
pub enum Progress<T> {
    /// The condition holds; this is what the caller wanted from it.
    Done(T),
    /// Not yet, and what was seen instead. The last one is printed when the deadline passes.
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

/// Looks every 50 ms until `look` is satisfied, and returns what it saw.
///
/// `look` answers with an `Option`, with a `Result` (its error is the state), or with a [`Progress`].
///
/// # Panics
/// After `deadline`, with `description` and the last state. A look that hangs counts against the deadline too.
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
        // A look that blocks the thread is never cut off by the timeout above.
        assert!(started.elapsed() < deadline, "waited {deadline:?} for {description}; last seen: {last}");
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}
