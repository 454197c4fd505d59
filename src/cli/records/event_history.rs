//! Records in the event history of an AWS account.

use std::collections::BTreeSet;

use chrono::{DateTime, SecondsFormat, Utc};
use tokio::runtime::Builder;

use super::arguments::RecordArguments;
use super::interruption::{Interruption, InterruptionError};
use super::progress_bar::progress_bar;
use crate::api::{CloudTrailSourceSpec, LookupEvents};
use crate::cli::async_runtime::{self, RuntimeError};
use crate::cli::output::say;
use crate::cli::tls_provider::{self, TlsProviderError};
use crate::coverage::TimeRange;
use crate::source::files::{Input, InputError};
use crate::source::{RateLimits, RegionHistory, Session, SourceError, UnknownRegion, patiently, read_history};

/// Reading an event history cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    #[error(transparent)]
    TlsProvider(#[from] TlsProviderError),
    #[error("cannot read the event history: {}", for_a_person(.0))]
    Session(#[source] SourceError),
    #[error(transparent)]
    Interruption(#[from] InterruptionError),
}

/// Reads the event history of the account of the user's credentials. Ctrl-C ends the reading early.
pub fn read_event_history(arguments: &RecordArguments, range: TimeRange) -> Result<Input, HistoryError> {
    let runtime = async_runtime::start(Builder::new_current_thread().enable_all())?;
    runtime.block_on(read_account(arguments, range))
}

async fn read_account(arguments: &RecordArguments, range: TimeRange) -> Result<Input, HistoryError> {
    tls_provider::install()?;
    for region in UnknownRegion::among(&arguments.region) {
        say(&format!("warning: --region: {region}"));
    }
    let regions = BTreeSet::from_iter(arguments.region.iter().cloned());
    let spec = CloudTrailSourceSpec {
        lookup_events: LookupEvents { regions: regions.into_iter().collect(), ..LookupEvents::default() },
        assume_role: None,
        allowed_namespaces: None,
    };
    let base = Session::base_config().await;
    let session = patiently(async || Session::open_as(&base, &spec, "your AWS configuration").await).await;
    let session = session.map_err(HistoryError::Session)?;
    let streams = session.streams(&RateLimits::new(arguments.lookup_rate));
    let seconds = (range.end - range.start).num_seconds().unsigned_abs() * streams.len() as u64;
    let bar = progress_bar(seconds, "{bar:40} {percent} % of the time span, {eta} left");
    let interruption = Interruption::listen()?;
    let history = read_history(streams, range, interruption.stop(), &|seconds| bar.inc(seconds)).await;
    interruption.over();
    bar.finish_and_clear();
    let until = arguments.until.map(|_| format!(" --until {}", seconds_of(range.end))).unwrap_or_default();
    Ok(reading_of(history, range, &until))
}

/// What was read from all Regions, with an error for each that is incomplete: since when records are missing, and how to read
/// them.
fn reading_of(history: Vec<RegionHistory>, range: TimeRange, until: &str) -> Input {
    let mut reading = Input::default();
    for region in history {
        let place = format!("{} in {}", region.account, region.region);
        for (event_id, error) in &region.broken {
            reading
                .errors
                .push(InputError::of_stream(place.clone(), format!("eventID {event_id}: {}", error.message())));
        }
        if region.complete_through != Some(range.end) {
            let from = seconds_of(region.complete_through.unwrap_or(range.start));
            let why = region.error.as_ref().map_or_else(|| "interrupted".to_owned(), for_a_person);
            let message = format!(
                "{why}; records from {from} on are missing: continue with --lookup --since {from}{until} --region {}",
                region.region
            );
            reading.errors.push(InputError::of_stream(place, message));
        }
        let (not_uploads, failed) = (region.not_uploads as u64, region.broken.len() as u64);
        reading.counts.not_uploads += not_uploads;
        reading.counts.failed += failed;
        reading.counts.read += region.uploads.len() as u64 + not_uploads + failed;
        reading.uploads.extend(region.uploads);
        reading.other_put_images.extend(region.other_put_images);
    }
    reading.finish();
    reading
}

fn seconds_of(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The advice to a user without credentials.
const SET_CREDENTIALS: &str = "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, which eval \"$(aws configure \
                               export-credentials --format env)\" does for any profile of the AWS CLI";

/// The text of an error for whoever runs a command: that of the source itself advises how to configure the controller.
fn for_a_person(error: &SourceError) -> String {
    match error {
        SourceError::NoCredentials => format!("no AWS credentials; {SET_CREDENTIALS}"),
        // Neither is compiled in, because the controller does not need them.
        SourceError::CredentialsNotLoaded { detail, .. } if detail.contains("cargo feature") => {
            format!("no AWS credentials (the profile takes them from SSO or from a process); {SET_CREDENTIALS}")
        }
        SourceError::CredentialsNotLoaded { detail, .. } => {
            format!("cannot get AWS credentials ({detail}); correct the AWS configuration, or {SET_CREDENTIALS}")
        }
        SourceError::Throttled { action, region, .. } => {
            format!("AWS throttled {action} in {region} for minutes: others in the account use up its requests")
        }
        SourceError::NoRegion => "no Region; name those to read with --region, or set AWS_REGION".to_owned(),
        other => other.to_string(),
    }
}
