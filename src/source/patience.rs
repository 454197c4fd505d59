//! Retries for a program that reads once: unlike the controller, it does not poll again later.

use std::time::Duration;

use super::SourceError;

/// The most retries of throttled requests. Each lowers the rate, so throttling ends unless others use the whole quota for
/// minutes.
const MAX_THROTTLED: u32 = 10;

/// The most retries after other transient failures: one attempt more than other AWS tools make by default.
const MAX_FAILED: u32 = 3;

/// Retries while the error is transient, after a pause that grows by a second each time. Dropping the future drops the
/// attempt.
///
/// # Errors
/// The error of the last attempt.
pub async fn patiently<T>(mut attempt: impl AsyncFnMut() -> Result<T, SourceError>) -> Result<T, SourceError> {
    let (mut throttled, mut failed) = (0, 0);
    loop {
        let error = match attempt().await {
            Ok(result) => return Ok(result),
            Err(error) if !error.is_transient() => return Err(error),
            Err(error) => error,
        };
        let (count, limit) = match error {
            SourceError::Throttled { .. } => (&mut throttled, MAX_THROTTLED),
            _ => (&mut failed, MAX_FAILED),
        };
        if *count == limit {
            return Err(error);
        }
        *count += 1;
        tokio::time::sleep(Duration::from_secs(u64::from(*count))).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::time::Instant;

    use super::*;
    use crate::source::{Action, Cause};

    fn throttled() -> SourceError {
        let source = Cause::from(Arc::new(std::io::Error::other("words")));
        SourceError::Throttled { action: Action::LookupEvents, region: "eu-central-1".to_owned(), source }
    }

    fn failed(is_server_fault: bool) -> SourceError {
        let (region, detail) = ("eu-central-1".to_owned(), "words".to_owned());
        SourceError::Failed { action: Action::LookupEvents, region, detail, is_server_fault, source: None }
    }

    /// The number of attempts that are made if all of them fail like this, and the seconds that they take.
    async fn attempts(error: impl Fn() -> SourceError) -> (u32, u64) {
        let (mut attempts, start) = (0, Instant::now());
        let result: Result<(), SourceError> = patiently(async || {
            attempts += 1;
            Err(error())
        })
        .await;
        assert_eq!(result, Err(error()));
        (attempts, start.elapsed().as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn attempts_are_bounded_and_pauses_grow() {
        assert_eq!(attempts(throttled).await, (11, 55));
        assert_eq!(attempts(|| failed(true)).await, (4, 6));
        assert_eq!(attempts(|| failed(false)).await, (1, 0), "nothing but the same can come of it");
    }
}
