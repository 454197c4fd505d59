//! What is read: files, or the event history of an account.

use std::collections::BTreeSet;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::CommandError;
use super::arguments::{lookup_rate, region, whole_number};
use super::controller_command::install_tls_provider;
use super::exit::for_a_person;
use super::interruption::Interruption;
use super::moment::{Moment, Range};
use super::output::say;
use crate::api::{CloudTrailSourceSpec, LookupEvents};
use crate::coverage::TimeRange;
use crate::source::files::{Counts, Files, InputError, Parse, Reading};
use crate::source::{RateLimits, RegionHistory, Session, UnknownRegion, patiently, read_history};
use crate::upload::relate;

/// Where the records come from.
#[derive(Debug, Clone, Args)]
pub struct InputArguments {
    /// Files and folders of CloudTrail records, or - for standard input
    ///
    /// Any JSON in which AWS delivers them: trail files, LookupEvents output, EventBridge events, Security Lake (OCSF)
    /// records, or one record per line; plain or gzip. In folders, all files named *.json, *.ndjson, *.jsonl or *.gz are
    /// read, at any depth.
    #[arg(value_name = "PATH", required_unless_present = "lookup")]
    pub paths: Vec<PathBuf>,

    /// Read the CloudTrail event history of an AWS account instead of files
    ///
    /// The account is that of your AWS credentials, such as those of AWS_PROFILE.
    #[arg(long, conflicts_with = "paths")]
    pub lookup: bool,

    /// Start of the time range, inclusive [default: 30d with --lookup, else the first record]
    ///
    /// A duration before now such as 30d or 12h, a date such as 2026-11-20 (midnight UTC), or a time such as
    /// 2026-11-20T08:00:00Z. With --lookup at most 90d ago, because CloudTrail keeps no more.
    #[arg(long, value_name = "WHEN")]
    pub since: Option<Moment>,

    /// End of the time range, exclusive [default: now with --lookup, else the last record]
    ///
    /// Written like --since. Because the end is exclusive, --until 2026-11-20 leaves out the whole of 20 November (UTC).
    #[arg(long, value_name = "WHEN")]
    pub until: Option<Moment>,

    /// AWS Regions to read, separated by commas [default: the Region of the AWS configuration]
    ///
    /// For example eu-central-1,us-east-1. Pushes to ECR Public are recorded in us-east-1.
    #[arg(long, requires = "lookup", conflicts_with = "paths", value_delimiter = ',', value_parser = region, value_name = "REGIONS")]
    pub region: Vec<String>,

    /// LookupEvents requests per second in each Region, from 0.01 to 2
    ///
    /// AWS allows 2 per second and Region, shared by all callers in the account.
    #[arg(long, requires = "lookup", conflicts_with = "paths", default_value_t = 1.0, value_parser = lookup_rate, value_name = "RATE")]
    pub lookup_rate: f64,

    /// Number of files to read in parallel, from 1 to 256 [default: the number of processors]
    #[arg(long, value_parser = whole_number::<1, 256>, value_name = "NUMBER")]
    pub threads: Option<u16>,

    /// Parse every record in gzip files, which takes about twice as long
    ///
    /// By default, records that cannot be pushes are only counted in gzip files with a valid checksum, so some errors in
    /// those records go unnoticed. Files that are not gzip are always parsed completely.
    #[arg(long, conflicts_with = "lookup")]
    pub parse_all: bool,
}

/// How far back `--lookup` goes when nobody says.
const DEFAULT_HISTORY: TimeDelta = TimeDelta::days(30);

/// Work that takes less long shows no progress.
const PATIENCE: Duration = Duration::from_millis(500);

impl InputArguments {
    /// Whether standard input is read.
    pub fn reads_standard_input(&self) -> bool {
        self.paths.iter().any(|path| path == Path::new("-"))
    }
}

/// What was read, without the pushes that are not in the range of time.
#[derive(Debug)]
pub struct Input {
    /// The pushes, and what could not be read.
    pub reading: Reading,
    /// How many pushes are not in the range of time.
    pub outside: usize,
}

/// Reads everything, and finds out what the pushes have to do with each other.
///
/// # Errors
/// When nothing could be read at all. What could not be read of the rest is in the errors of the result.
pub fn read(arguments: &InputArguments) -> Result<Input, CommandError> {
    let now = Utc::now();
    let since = arguments.since.or(arguments.lookup.then_some(Moment::Ago(DEFAULT_HISTORY)));
    let range = Range::new(since, arguments.until, now)?;
    let mut reading = if arguments.lookup {
        let range = range.within_history(now)?;
        let mut window = TimeRange::new(range.since.unwrap_or(now), now);
        window.end = range.until.map_or(window.end, |until| window.end.min(until)).max(window.start);
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(CommandError::Runtime)?;
        runtime.block_on(read_account(arguments, window))?
    } else {
        read_files(arguments)
    };
    // Before any are left out: the images of an index at the edge of the range stay its images.
    relate(&mut reading.uploads);
    let read = reading.uploads.len();
    reading.uploads.retain(|upload| range.contains(upload.time));
    reading.other_put_images.retain(|other| other.time.is_none_or(|time| range.contains(time)));
    let outside = read - reading.uploads.len();
    Ok(Input { reading, outside })
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

async fn read_account(arguments: &InputArguments, window: TimeRange) -> Result<Reading, CommandError> {
    install_tls_provider()?;
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
    let session = session.map_err(CommandError::Lookup)?;
    let streams = session.streams(&RateLimits::new(arguments.lookup_rate));
    let seconds = (window.end - window.start).num_seconds().unsigned_abs() * streams.len() as u64;
    let bar = progress_bar(seconds, "{bar:40} {percent} % of the time span, {eta} left");
    let interruption = Interruption::listen()?;
    let history = read_history(streams, window, interruption.stop(), &|seconds| bar.inc(seconds)).await;
    interruption.over();
    bar.finish_and_clear();
    let until = arguments.until.map(|_| format!(" --until {}", seconds_of(window.end))).unwrap_or_default();
    Ok(reading_of(history, window, &until))
}

/// The same as from files, with what is missing of each Region and how to get it.
fn reading_of(history: Vec<RegionHistory>, window: TimeRange, until: &str) -> Reading {
    let mut reading = Reading::default();
    for region in history {
        let place = format!("{} in {}", region.account, region.region);
        for (event_id, error) in &region.broken {
            reading
                .errors
                .push(InputError::of_stream(place.clone(), format!("eventID {event_id}: {}", error.message())));
        }
        if region.complete_through != Some(window.end) {
            let from = seconds_of(region.complete_through.unwrap_or(window.start));
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

impl Input {
    /// The numbers of what was read, in a line: those after the colon add up to the one before it.
    pub fn summary(&self) -> String {
        let Counts { files, failed_files, skipped_files, read, uploads, repeated, not_uploads, failed, .. } =
            self.reading.counts;
        let number = |number: u64, noun: &str| format!("{number} {noun}{}", if number == 1 { "" } else { "s" });
        let mut text = format!("{} read", number(read, "record"));
        if files > 0 {
            text.push_str(&format!(" from {}", number(files, "file")));
        }
        let outside = self.outside as u64;
        text.push_str(&format!(": {}, {not_uploads} other", number(uploads - outside, "upload")));
        for (count, what) in [(failed, "unreadable"), (repeated, "repeated"), (outside, "outside the time range")] {
            if count > 0 {
                text.push_str(&format!(", {count} {what}"));
            }
        }
        if failed_files > 0 {
            text.push_str(&format!("; {} could not be read", number(failed_files, "file")));
        }
        if skipped_files > 0 {
            text.push_str(&format!("; {} skipped because of their names", number(skipped_files, "file")));
        }
        text
    }
}
