//! The commands and their flags. Every flag of the controller has an environment variable.

use std::net::SocketAddr;
use std::path::PathBuf;

use chrono_tz::Tz;
use clap::{ArgAction, Args, ColorChoice, Parser, Subcommand, ValueEnum};

use super::since::Since;
use crate::calendar::zone_from_name;
use crate::telemetry::{LogFilter, LogFormat};

/// Finds container images pushed to Amazon ECR outside business hours.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 110)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the controller, which judges the pushes in CloudTrail and writes findings into the cluster.
    ///
    /// It connects to the cluster of KUBECONFIG, or with the ServiceAccount of its Pod, and to AWS with the usual AWS
    /// variables, files and roles.
    Controller(ControllerArguments),
    /// Judge CloudTrail records by policies and print the findings, without a cluster.
    ///
    /// Prints exactly the OffHoursUploads that the controller would write. Exit status: 0 nothing found, 2 findings, 1 an
    /// error, also when something was found besides.
    #[command(after_help = SCAN_EXAMPLES)]
    Scan(ScanArguments),
    /// Say of each push why it is a finding or is none.
    ///
    /// Prints a line for each record of PutImage and each policy, in the order of time. Exit status: 0, or 1 after an error,
    /// also when there is no record with the --event-id.
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(ExplainArguments),
    /// Propose a policy: in which zone and at which hours each principal works, learned from its pushes.
    ///
    /// Prints an EcrUploadPolicy with teams, to review before it is applied. How many findings it gives over the same records,
    /// beside the default policy, goes to standard error. Exit status: 0, or 1 after an error.
    #[command(after_help = LEARN_EXAMPLES)]
    Learn(LearnArguments),
    /// Print the CustomResourceDefinitions as YAML.
    Crds {
        /// Write one file for each definition into this folder instead.
        #[arg(long, value_name = "FOLDER")]
        output_dir: Option<PathBuf>,
    },
}

const SCAN_EXAMPLES: &str = "\
Examples:
  offhours scan --policy policy.yaml AWSLogs/
  aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=PutImage |
    offhours scan --policy policy.yaml -
  offhours scan --policy policy.yaml --lookup --since 30d --region eu-central-1,us-east-1
  offhours scan --policy today.yaml --compare tomorrow.yaml AWSLogs/";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  offhours explain --policy policy.yaml AWSLogs/
  offhours explain --policy policy.yaml -o json records.json";

const LEARN_EXAMPLES: &str = "\
Examples:
  offhours learn --office Europe/Berlin --office Asia/Tokyo AWSLogs/ > policy.yaml
  offhours learn --lookup --since 90d --region eu-central-1 > policy.yaml
  offhours learn -o json AWSLogs/";

/// What is judged.
#[derive(Debug, Clone, Args)]
pub struct InputArguments {
    /// Files or folders with CloudTrail records in any of their shapes, plain or gzip; - for standard input.
    #[arg(value_name = "PATH", required_unless_present = "lookup")]
    pub paths: Vec<PathBuf>,

    /// Read the event history of the AWS account of your credentials instead.
    #[arg(long, conflicts_with = "paths")]
    pub lookup: bool,

    /// How far back, as a duration such as 30d or 12h, or a time such as 2026-11-20T00:00:00Z; at most 90d.
    #[arg(long, requires = "lookup", conflicts_with = "paths", default_value = "30d", value_name = "WHEN")]
    pub since: Since,

    /// Regions to read, separated by commas; the Region of the AWS configuration when left out.
    #[arg(long, requires = "lookup", conflicts_with = "paths", value_delimiter = ',', value_parser = region, value_name = "REGIONS")]
    pub region: Vec<String>,

    /// LookupEvents requests a second for each Region; AWS allows 2, shared with everyone in the account.
    #[arg(long, requires = "lookup", conflicts_with = "paths", default_value_t = 1.0, value_parser = lookup_rate, value_name = "RATE")]
    pub lookup_rate: f64,

    /// How many files are read at the same time; as many as there are processors when left out.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=256), value_name = "NUMBER")]
    pub threads: Option<u16>,

    /// Parse every record. Without this, records that can't be pushes are only counted in gzip files whose checksum holds, and
    /// some mistakes in them go unnoticed. Takes about twice as long.
    #[arg(long, conflicts_with = "lookup")]
    pub parse_all: bool,
}

/// What it is judged by.
#[derive(Debug, Clone, Args)]
pub struct PolicyArguments {
    /// A file with an EcrUploadPolicy, in YAML or JSON. May be given more than once.
    #[arg(long = "policy", required = true, value_name = "FILE")]
    pub policies: Vec<PathBuf>,

    /// A file with the ConfigMaps that hold the calendars of the policies. May be given more than once.
    #[arg(long = "config-map", value_name = "FILE")]
    pub config_maps: Vec<PathBuf>,
}

/// How `scan` works.
#[derive(Debug, Clone, Args)]
pub struct ScanArguments {
    /// By what.
    #[command(flatten)]
    pub policies: PolicyArguments,

    /// Say which findings this other policy would add and remove in place of the one that --policy names, push by push with the
    /// reasons of both. Of several policies it replaces the one of its own name. Exit status: 0 no difference, 2 a difference,
    /// 1 an error. With -o wide no push is left out; -o json gives one object.
    #[arg(long, value_name = "FILE")]
    pub compare: Option<PathBuf>,

    /// Draw when people push, by local weekday and hour, beside the business hours of each policy and team, instead of printing
    /// findings. The exit status stays that of the findings.
    #[arg(long, conflicts_with_all = ["output", "compare"])]
    pub heatmap: bool,

    /// Write the same as a picture into this SVG file, besides what is printed.
    #[arg(long, conflicts_with = "compare", value_name = "FILE")]
    pub heatmap_svg: Option<PathBuf>,

    /// What to print.
    #[arg(short, long, value_enum, default_value_t = ScanOutput::Table, value_name = "FORMAT")]
    pub output: ScanOutput,

    /// When to colour tables and heat maps.
    #[arg(long, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    pub color: ColorChoice,

    /// What.
    #[command(flatten)]
    pub input: InputArguments,
}

/// How `explain` works.
#[derive(Debug, Clone, Args)]
pub struct ExplainArguments {
    /// By what.
    #[command(flatten)]
    pub policies: PolicyArguments,

    /// Only the record with this eventID.
    #[arg(long, value_name = "ID")]
    pub event_id: Option<String>,

    /// What to print.
    #[arg(short, long, value_enum, default_value_t = ExplainOutput::Text, value_name = "FORMAT")]
    pub output: ExplainOutput,

    /// What.
    #[command(flatten)]
    pub input: InputArguments,
}

/// How `learn` works.
#[derive(Debug, Clone, Args)]
pub struct LearnArguments {
    /// A time zone that people may work in, such as Europe/Berlin. May be given more than once. Others are proposed only on
    /// strong evidence then; without any, an offset is often wrong by an hour.
    #[arg(long = "office", value_parser = office, value_name = "ZONE")]
    pub offices: Vec<Tz>,

    /// The name of the policy.
    #[arg(long, default_value = "learned", value_parser = policy_name, value_name = "NAME")]
    pub name: String,

    /// Propose nothing for a principal with fewer pushes; those of the same half hour count once.
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u16).range(1..), value_name = "NUMBER")]
    pub min_pushes: u16,

    /// Propose nothing for a principal that pushed on fewer days.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..), value_name = "NUMBER")]
    pub min_days: u16,

    /// What to print.
    #[arg(short, long, value_enum, default_value_t = LearnOutput::Yaml, value_name = "FORMAT")]
    pub output: LearnOutput,

    /// What to learn from.
    #[command(flatten)]
    pub input: InputArguments,
}

/// What `scan` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ScanOutput {
    /// A table with a row for each finding.
    Table,
    /// The table with more columns.
    Wide,
    /// The objects, as a List.
    Json,
    /// The same in YAML.
    Yaml,
    /// Rows as of the Splunk detection that this replaces, for comparing.
    Csv,
}

/// What `explain` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExplainOutput {
    /// A sentence for each push.
    Text,
    /// A JSON object for each push, each on a line.
    Json,
}

/// What `learn` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LearnOutput {
    /// The policy, with comments that say how sure each team is.
    Yaml,
    /// The proposal for each principal, as an array.
    Json,
}

/// The settings of the controller.
#[derive(Debug, Clone, Args)]
pub struct ControllerArguments {
    /// Whether to create the CloudTrailSource `default` at the start when there is none.
    #[arg(long, env = "OFFHOURS_DEFAULT_SOURCE", default_value_t = true, action = ArgAction::Set, value_name = "BOOL")]
    pub default_source: bool,

    /// Regions of a new source `default`, separated by commas; without this flag the Region of the AWS configuration. An
    /// existing source keeps its own.
    #[arg(long, env = "OFFHOURS_DEFAULT_SOURCE_REGIONS", value_delimiter = ',', value_parser = region, value_name = "REGIONS")]
    pub default_source_regions: Vec<String>,

    /// IP address and port of /healthz, /readyz and /metrics.
    #[arg(long, env = "OFFHOURS_LISTEN_ADDRESS", default_value = "127.0.0.1:8080", value_parser = address, value_name = "ADDRESS")]
    pub listen_address: SocketAddr,

    /// Format of the log lines.
    #[arg(long, env = "OFFHOURS_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text, value_name = "FORMAT")]
    pub log_format: LogFormat,

    /// Log level: error, warn, info, debug or trace; or a filter such as info,offhours=debug. A level applies to offhours;
    /// the Kubernetes and AWS clients log only when a filter names them, as in info,kube=debug,aws=debug.
    #[arg(long, env = "OFFHOURS_LOG_LEVEL", default_value = "info", value_name = "LEVEL")]
    pub log_level: LogFilter,

    /// LookupEvents requests per second to each account and Region, from 0.01 to 2. AWS allows 2, shared with everyone
    /// in the account.
    #[arg(long, env = "OFFHOURS_LOOKUP_RATE", default_value_t = 1.0, value_parser = lookup_rate, value_name = "RATE")]
    pub lookup_rate: f64,

    /// Findings written at the same time, from 1 to 256; at most three quarters of them in one namespace.
    #[arg(long, env = "OFFHOURS_WRITE_CONCURRENCY", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256), value_name = "NUMBER")]
    pub write_concurrency: u16,

    /// Longest delay of a stream, as a duration such as 15m. A source with a stream further behind is not UpToDate, and
    /// its policies are not complete.
    #[arg(long, env = "OFFHOURS_STALE_AFTER", default_value = "15m", value_parser = positive_duration, value_name = "DURATION")]
    pub stale_after: std::time::Duration,

    /// Interval between two writes of a status in which only times change, as a duration such as 75s. After a restart,
    /// what was read since the last write is read again.
    #[arg(long, env = "OFFHOURS_CHECKPOINT_INTERVAL", default_value = "75s", value_parser = positive_duration, value_name = "DURATION")]
    pub checkpoint_interval: std::time::Duration,

    /// Name of the Pod, which tells replicas apart in Events.
    #[arg(long, env = "POD_NAME", hide = true)]
    pub pod_name: Option<String>,
}

/// Early, since the API server would refuse the source only at the start of a controller that has nothing to do then.
fn region(text: &str) -> Result<String, String> {
    let (place, number) = text.rsplit_once('-').unwrap_or_default();
    let is_place = place.contains('-') && place.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    if is_place && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err("must be the code of an AWS Region, such as eu-central-1".to_owned())
    }
}

fn office(text: &str) -> Result<Tz, String> {
    zone_from_name(text).map_err(|error| error.to_string())
}

/// As the API server takes it; findings carry it as a label.
fn policy_name(text: &str) -> Result<String, String> {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let has_ends = !text.is_empty() && !text.starts_with('-') && !text.ends_with('-');
    if has_ends && text.len() <= 63 && text.bytes().all(is_inner) {
        Ok(text.to_owned())
    } else {
        Err("must be lower-case letters, digits and hyphens, at most 63, such as production".to_owned())
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "must be an IP address and a port, such as 127.0.0.1:8080 or [::]:8080".to_owned())
}

fn lookup_rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if (0.01..=2.0).contains(&rate) => Ok(rate),
        _ => Err("must be a number from 0.01 to 2".to_owned()),
    }
}

fn positive_duration(text: &str) -> Result<std::time::Duration, String> {
    match text.parse::<kube::core::Duration>() {
        Ok(duration) if !duration.is_negative() && std::time::Duration::from(duration) > std::time::Duration::ZERO => {
            Ok(duration.into())
        }
        _ => Err("must be a duration such as 15m or 90s".to_owned()),
    }
}
