//! The request rate of an account in a Region.

use std::collections::HashMap;
use std::time::Instant;

use super::aws_error::AwsError;

/// A token bucket for each account and Region. It holds the requests of one second, and at least one.
#[derive(Debug, Default)]
pub struct Throttle {
    per_second: Option<f64>,
    buckets: HashMap<(String, String), Bucket>,
}

#[derive(Debug)]
struct Bucket {
    level: f64,
    filled: Instant,
}

impl Throttle {
    pub fn set_rate(&mut self, per_second: Option<f64>) {
        self.per_second = per_second;
        self.buckets.clear();
    }

    pub fn take(&mut self, account: &str, region: &str) -> Result<(), AwsError> {
        let Some(per_second) = self.per_second else { return Ok(()) };
        let (now, capacity) = (Instant::now(), per_second.max(1.0));
        let key = (account.to_owned(), region.to_owned());
        let bucket = self.buckets.entry(key).or_insert(Bucket { level: capacity, filled: now });
        let gained = now.duration_since(bucket.filled).as_secs_f64() * per_second;
        bucket.level = (bucket.level + gained).min(capacity);
        bucket.filled = now;
        if bucket.level < 1.0 {
            return Err(AwsError::new("ThrottlingException", "Rate exceeded"));
        }
        bucket.level -= 1.0;
        Ok(())
    }
}
