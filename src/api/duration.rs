//! Durations as people write them.

use std::borrow::Cow;
use std::fmt;
use std::time;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A length of time in whole seconds, such as `24h`, `90m` or `1h30m`. It is read like every Kubernetes duration, but
/// written in hours, minutes and seconds, where kube's own type would write `24h` as `86400s`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration(time::Duration);

impl Duration {
    /// A duration of this many seconds.
    pub const fn from_secs(seconds: u64) -> Self {
        Self(time::Duration::from_secs(seconds))
    }
}

impl From<time::Duration> for Duration {
    fn from(duration: time::Duration) -> Self {
        Self::from_secs(duration.as_secs())
    }
}

impl From<Duration> for time::Duration {
    fn from(duration: Duration) -> Self {
        duration.0
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let parts = [(seconds / 3600, 'h'), (seconds / 60 % 60, 'm'), (seconds % 60, 's')];
        if seconds == 0 {
            return f.write_str("0s");
        }
        parts.iter().filter(|(number, _)| *number > 0).try_for_each(|(number, unit)| write!(f, "{number}{unit}"))
    }
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let duration = kube::core::Duration::deserialize(deserializer)?;
        if duration.is_negative() {
            return Err(serde::de::Error::custom("a duration cannot be negative"));
        }
        Ok(time::Duration::from(duration).into())
    }
}

impl JsonSchema for Duration {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "maxLength": 32 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_people_write_them() {
        for (seconds, text) in
            [(86_400, "24h"), (1_800, "30m"), (60, "1m"), (5_400, "1h30m"), (3_601, "1h1s"), (0, "0s"), (59, "59s")]
        {
            let duration = Duration::from_secs(seconds);
            assert_eq!(duration.to_string(), text);
            assert_eq!(serde_json::from_value::<Duration>(text.into()).unwrap(), duration);
        }
    }

    #[test]
    fn a_negative_duration_is_refused() {
        assert!(serde_json::from_value::<Duration>("-1h".into()).is_err());
        assert!(serde_json::from_value::<Duration>("soon".into()).is_err());
    }
}
