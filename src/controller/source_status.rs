//! Planning the status of a source. Pure.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use k8s_openapi::jiff::Timestamp;

use super::active_policy::PolicyVersion;
use super::finding::WriteError;
use super::stream::TurnError;
use crate::api;
use crate::api::{
    CloudTrailSource, CloudTrailSourceStatus, ConditionStatus, StreamStatus, condition, merge_conditions,
};
use crate::source::SourceError;

/// What a read of a source came to.
#[derive(Debug, Default)]
pub(super) struct Observed {
    /// Why not even the account is known.
    pub session_error: Option<SourceError>,
    pub streams: Vec<StreamObserved>,
    /// Policies, at their generations, whose lookback was read from every stream.
    pub applied: Vec<PolicyVersion>,
}

/// What a read of a stream came to.
#[derive(Debug)]
pub(super) struct StreamObserved {
    pub account: String,
    pub region: String,
    pub complete_through: Option<DateTime<Utc>>,
    pub last_poll: DateTime<Utc>,
    pub error: Option<TurnError>,
    pub has_more: bool,
    pub gap: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

impl Observed {
    pub fn has_failed(&self) -> bool {
        self.session_error.is_some() || self.streams.iter().any(|stream| stream.error.is_some())
    }
}

impl StreamObserved {
    /// Whether the credentials must be looked for again.
    pub fn ends_session(&self) -> bool {
        matches!(&self.error, Some(TurnError::Source(error)) if error.ends_session())
    }
}

/// The status that a source must have at `now`.
pub(super) fn plan_status(
    source: &CloudTrailSource,
    observed: &Observed,
    stale_after: Duration,
    now: DateTime<Utc>,
    timestamp: Timestamp,
) -> CloudTrailSourceStatus {
    let generation = source.metadata.generation;
    let existing = source.status.clone().unwrap_or_default();
    let streams = match &observed.session_error {
        // Which account it would be is not known; the checkpoints stay.
        Some(_) => existing.streams,
        None => observed.streams.iter().map(|stream| stream_status(stream, now)).collect(),
    };
    let conditions = vec![ready(observed, generation), up_to_date(&streams, stale_after, now, generation)];
    CloudTrailSourceStatus {
        observed_generation: generation,
        conditions: merge_conditions(&existing.conditions, conditions, timestamp),
        streams,
    }
}

fn stream_status(stream: &StreamObserved, now: DateTime<Utc>) -> StreamStatus {
    StreamStatus {
        account: stream.account.clone(),
        region: stream.region.clone(),
        complete_through: stream.complete_through,
        last_poll: Some(whole_second(stream.last_poll)),
        lag: stream.complete_through.map(|through| whole_seconds(now - through).into()),
        error: stream.error.as_ref().map(|error| error.to_string().chars().take(1024).collect()),
    }
}

fn ready(observed: &Observed, generation: Option<i64>) -> Condition {
    let not = |reason: &str, message: String| condition("Ready", ConditionStatus::False, reason, message, generation);
    if let Some(error) = &observed.session_error {
        return not(error.reason(), error.to_string());
    }
    let failed: Vec<(&StreamObserved, &TurnError)> =
        observed.streams.iter().filter_map(|stream| stream.error.as_ref().map(|error| (stream, error))).collect();
    let Some((_, first)) = failed.first() else {
        let streams: Vec<&str> = observed.streams.iter().map(|stream| stream.region.as_str()).collect();
        let account = observed.streams.first().map_or("", |stream| stream.account.as_str());
        let message = format!("reading {account} in {}", streams.join(", "));
        return condition("Ready", ConditionStatus::True, "Reading", message, generation);
    };
    let messages: Vec<String> =
        failed.iter().map(|(stream, error)| format!("{}/{}: {error}", stream.account, stream.region)).collect();
    let of = format!("{} of {} streams failed: ", failed.len(), observed.streams.len());
    not(first.reason(), of + &messages.join("; "))
}

fn up_to_date(
    streams: &[StreamStatus],
    stale_after: Duration,
    now: DateTime<Utc>,
    generation: Option<i64>,
) -> Condition {
    let behind: Vec<String> = streams
        .iter()
        .filter_map(|stream| {
            let place = format!("{}/{}", stream.account, stream.region);
            match stream.complete_through {
                None => Some(format!("{place} was never read to the end")),
                Some(through) if whole_seconds(now - through) > stale_after => {
                    Some(format!("{place} is complete only through {}", through.format("%Y-%m-%dT%H:%M:%SZ")))
                }
                Some(_) => None,
            }
        })
        .collect();
    if streams.is_empty() {
        let message = "nothing was read yet: see Ready";
        return condition("UpToDate", ConditionStatus::False, "NotReadYet", message, generation);
    }
    if behind.is_empty() {
        let message = format!("no stream is more than {} behind", api::Duration::from(stale_after));
        return condition("UpToDate", ConditionStatus::True, "UpToDate", message, generation);
    }
    condition("UpToDate", ConditionStatus::False, "Lagging", behind.join("; "), generation)
}

fn whole_seconds(delta: TimeDelta) -> Duration {
    Duration::from_secs(delta.num_seconds().try_into().unwrap_or_default())
}

fn whole_second(time: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp(time.timestamp(), 0).unwrap_or(time)
}

impl Observed {
    /// Whether a write was left out because the program is to stop.
    pub fn was_interrupted(&self) -> bool {
        self.streams.iter().any(|stream| matches!(stream.error, Some(TurnError::Write(WriteError::Stopping))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{CloudTrailSourceSpec, LookupEvents};
    use crate::source::Action;

    const NOW: i64 = 1_795_000_000;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    fn source() -> CloudTrailSource {
        let spec = CloudTrailSourceSpec {
            lookup_events: LookupEvents::default(),
            assume_role: None,
            allowed_namespaces: None,
        };
        CloudTrailSource::new("default", spec)
    }

    fn stream(region: &str, behind: i64, error: Option<SourceError>) -> StreamObserved {
        StreamObserved {
            account: "111122223333".to_owned(),
            region: region.to_owned(),
            complete_through: Some(at(NOW - behind)),
            last_poll: at(NOW),
            error: error.map(TurnError::Source),
            has_more: false,
            gap: None,
        }
    }

    fn plan(source: &CloudTrailSource, observed: &Observed) -> CloudTrailSourceStatus {
        plan_status(source, observed, Duration::from_secs(900), at(NOW), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn one_failed_stream_of_two_is_named_and_the_other_keeps_its_progress() {
        let throttled = SourceError::Throttled { action: Action::LookupEvents, region: "us-east-1".to_owned() };
        let streams = vec![stream("eu-central-1", 0, None), stream("us-east-1", 60, Some(throttled))];
        let status = plan(&source(), &Observed { streams, ..Observed::default() });
        let ready = &status.conditions[0];
        assert_eq!((ready.status.as_str(), ready.reason.as_str()), ("False", "Throttled"));
        assert!(ready.message.starts_with("1 of 2 streams failed: 111122223333/us-east-1: "), "{}", ready.message);
        assert_eq!(
            (status.streams[0].lag, status.streams[0].error.is_none()),
            (Some(api::Duration::from_secs(0)), true)
        );
        assert_eq!(status.streams[1].lag, Some(api::Duration::from_secs(60)));
        assert_eq!(status.conditions[1].status, "True", "a minute behind is not stale");
    }

    #[test]
    fn a_stream_that_is_far_behind_is_not_up_to_date() {
        let streams = vec![stream("eu-central-1", 901, None)];
        let status = plan(&source(), &Observed { streams, ..Observed::default() });
        assert_eq!((status.conditions[1].status.as_str(), status.conditions[1].reason.as_str()), ("False", "Lagging"));
    }

    #[test]
    fn checkpoints_outlive_a_loss_of_credentials() {
        let mut source = source();
        source.status =
            Some(plan(&source, &Observed { streams: vec![stream("eu-central-1", 0, None)], ..Observed::default() }));
        let lost = SourceError::NoCredentials { detail: "nothing found".to_owned() };
        let status = plan(&source, &Observed { session_error: Some(lost), ..Observed::default() });
        assert_eq!(status.streams[0].complete_through, Some(at(NOW)));
        assert_eq!(status.conditions[0].reason, "NoCredentials");
    }
}
