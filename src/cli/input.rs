//! What is judged: files, or the event history of an account.

use std::collections::BTreeSet;
use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use chrono::Utc;
use indicatif::{ProgressBar, ProgressStyle};

use super::CommandError;
use super::arguments::InputArguments;
use super::controller_command::install_tls_provider;
use super::exit::for_a_person;
use super::interruption::Interruption;
use crate::api::{CloudTrailSourceSpec, LookupEvents};
use crate::coverage::TimeRange;
use crate::source::files::{Counts, Files, Parse, Problem, Reading};
use crate::source::{RateLimits, RegionHistory, Session, UnknownRegion, patiently, read_history};
use crate::upload::relate;

/// Work that takes less long shows no progress.
const PATIENCE: Duration = Duration::from_millis(500);

/// Reads everything, and finds out what the pushes have to do with each other.
///
/// # Errors
/// When nothing could be read at all. What could not be read of the rest is in the problems of the result.
pub fn read(arguments: &InputArguments) -> Result<Reading, CommandError> {
    let mut reading = if arguments.lookup {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(CommandError::Runtime)?;
        runtime.block_on(read_account(arguments))?
    } else {
        read_files(arguments)
    };
    relate(&mut reading.uploads);
    Ok(reading)
}

fn read_files(arguments: &InputArguments) -> Reading {
    let files = Files::list(&arguments.paths);
    let bar = progress_bar(files.bytes(), "{bar:40} {bytes} of {total_bytes}, {eta} left");
    let threads = arguments
        .threads
        .map_or_else(|| std::thread::available_parallelism().map_or(1, std::num::NonZero::get), usize::from);
    let parse = if arguments.parse_all { Parse::All } else { Parse::Candidates };
    let reading = files.read(parse, threads, &|bytes| bar.inc(bytes));
    bar.finish_and_clear();
    reading
}

async fn read_account(arguments: &InputArguments) -> Result<Reading, CommandError> {
    install_tls_provider()?;
    let now = Utc::now();
    let since = arguments.since.time(now).map_err(CommandError::Since)?;
    let window = TimeRange::new(since, now);
    for region in UnknownRegion::among(&arguments.region) {
        let _ = writeln!(std::io::stderr(), "warning: --region: {region}");
    }
    let regions = BTreeSet::from_iter(arguments.region.iter().cloned());
    let spec = CloudTrailSourceSpec {
        lookup_events: LookupEvents { regions: regions.into_iter().collect(), ..LookupEvents::default() },
        assume_role: None,
        allowed_namespaces: None,
    };
    let base = Session::base_config().await;
    let session = patiently(async || Session::open_as(&base, &spec, "your AWS configuration").await).await;
    let session = session.map_err(CommandError::Lookup)?;
    let streams = session.streams(&RateLimits::new(arguments.lookup_rate));
    let seconds = (window.end - window.start).num_seconds().unsigned_abs() * streams.len() as u64;
    let bar = progress_bar(seconds, "{bar:40} {percent} % of the time span, {eta} left");
    let interruption = Interruption::listen()?;
    let history = read_history(streams, window, interruption.stop(), &|seconds| bar.inc(seconds)).await;
    interruption.over();
    bar.finish_and_clear();
    Ok(reading_of(history, window))
}

/// The same as from files, with what is missing of each Region and how to get it.
fn reading_of(history: Vec<RegionHistory>, window: TimeRange) -> Reading {
    let mut reading = Reading::default();
    for region in history {
        let place = format!("{} in {}", region.account, region.region);
        for (event_id, error) in &region.broken {
            reading
                .problems
                .push(Problem::of_stream(place.clone(), format!("eventID {event_id}: {}", error.problem())));
        }
        if region.complete_through != Some(window.end) {
            let from = region.complete_through.unwrap_or(window.start).format("%Y-%m-%dT%H:%M:%SZ");
            let why = region.error.as_ref().map_or_else(|| "stopped".to_owned(), for_a_person);
            let message = format!(
                "{why}; not read from {from} on: go on with --lookup --since {from} --region {}",
                region.region
            );
            reading.problems.push(Problem::of_stream(place, message));
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

/// A bar on standard error, if that is a terminal and the work is long, as far as its length is known: that of standard
/// input is not.
fn progress_bar(length: u64, template: &str) -> ProgressBar {
    if length == 0 || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::hidden().with_style(style);
    bar.set_length(length);
    let shown = bar.clone();
    std::thread::spawn(move || {
        std::thread::sleep(PATIENCE);
        if !shown.is_finished() {
            shown.set_draw_target(indicatif::ProgressDrawTarget::stderr());
        }
    });
    bar
}

/// The numbers of what was read, in a line: those after the colon add up to the one before it.
pub fn summary(counts: &Counts) -> String {
    let Counts { files, failed_files, skipped_files, read, uploads, repeated, not_uploads, failed, .. } = *counts;
    let number = |number: u64, noun: &str| format!("{number} {noun}{}", if number == 1 { "" } else { "s" });
    let mut text = format!("{} read", number(read, "record"));
    if files > 0 {
        text.push_str(&format!(" from {}", number(files, "file")));
    }
    text.push_str(&format!(": {uploads} judged, {not_uploads} not uploads, {failed} failed"));
    if repeated > 0 {
        text.push_str(&format!(", {repeated} repeated"));
    }
    if failed_files > 0 {
        text.push_str(&format!("; {} could not be read", number(failed_files, "file")));
    }
    if skipped_files > 0 {
        text.push_str(&format!("; {} of other kinds left out", number(skipped_files, "file")));
    }
    text
}
