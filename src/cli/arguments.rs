//! The commands, and the flags of the controller, each of which has an environment variable. The flags of the other commands
//! are in the files of the commands.

use std::net::SocketAddr;

use clap::{ArgAction, Args, Parser, Subcommand};

use super::crds_command::CrdsArguments;
use super::diff::DiffArguments;
use super::explain::ExplainArguments;
use super::heatmap::HeatmapArguments;
use super::holidays::HolidaysArguments;
use super::learn::LearnArguments;
use super::scan::ScanArguments;
use crate::telemetry::{LogFilter, LogFormat};

/// Finds container images pushed to Amazon ECR outside business hours.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 110, disable_help_subcommand = true, after_help = EXAMPLES)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the controller, which judges the pushes in CloudTrail and writes findings into the cluster
    ///
    /// It connects to the cluster of KUBECONFIG, or with the ServiceAccount of its Pod, and to AWS with the usual AWS
    /// variables, files and roles. It runs until SIGTERM or SIGINT.
    ///
    /// Exit status: 0 stopped, 2 an error.
    Controller(ControllerArguments),
    /// List the pushes that a policy finds in CloudTrail records, without a cluster
    ///
    /// Prints the same OffHoursUploads that the controller would write.
    ///
    /// Exit status: 0 no findings, 1 findings, 2 an error (even if there are findings too).
    Scan(ScanArguments),
    /// Explain why each push is or is not a finding
    ///
    /// Prints one row for each PutImage record and policy, ordered by time.
    ///
    /// Exit status: 0 success, 2 an error.
    Explain(ExplainArguments),
    /// Show which findings a change of policy adds and removes
    ///
    /// Judges each push by the current and the changed policies, and prints the findings that differ with both verdicts.
    ///
    /// Exit status: 0 no difference, 1 a difference, 2 an error.
    Diff(DiffArguments),
    /// Draw when people push, by local weekday and hour, next to the business hours
    ///
    /// Draws one heat map for the policy's own hours, and one for each team whose time zone or hours differ from them.
    ///
    /// Exit status: 0 success, 2 an error.
    Heatmap(HeatmapArguments),
    /// Propose a policy from past pushes: a time zone and business hours for each principal
    ///
    /// Prints an EcrUploadPolicy with teams. Review it before you apply it: pushes show habit, not permission. Standard error
    /// compares how many findings it and the default policy give in the same records.
    ///
    /// Exit status: 0 a proposal, 2 an error, or no proposal.
    Learn(LearnArguments),
    /// Print the public holidays that policies can name, by country and part of a country
    ///
    /// Reads no policy and no cluster: the holidays are compiled in. Use it to check them, and to turn them into a calendar of
    /// your own with corrections.
    ///
    /// Exit status: 0 success, 2 an error.
    Holidays(HolidaysArguments),
    /// Print the CustomResourceDefinitions as YAML
    ///
    /// Exit status: 0 success, 2 an error.
    Crds(CrdsArguments),
}

const EXAMPLES: &str = "\
Examples:
  offhours learn --office Europe/Berlin AWSLogs/ > policy.yaml
  offhours scan --policy policy.yaml AWSLogs/
  offhours scan --policy policy.yaml --lookup --since 30d --region eu-central-1
  offhours explain --policy policy.yaml --event-id ID AWSLogs/
  offhours diff --policy today.yaml --with tomorrow.yaml AWSLogs/
  offhours heatmap --policy policy.yaml AWSLogs/
  offhours holidays DE-BY --year 2027
  offhours crds | kubectl apply --server-side -f -
  offhours controller --default-source-regions eu-central-1,us-east-1

Run 'offhours COMMAND --help' for the flags of a command.";

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
    #[arg(long, env = "OFFHOURS_WRITE_CONCURRENCY", default_value_t = 8, value_parser = whole_number::<1, 256>, value_name = "NUMBER")]
    pub write_concurrency: u16,

    /// Longest delay of a stream, as a duration such as 15m. A source with a stream further behind is not UpToDate, and
    /// its policies are not Ready.
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
pub(super) fn region(text: &str) -> Result<String, String> {
    let (place, number) = text.rsplit_once('-').unwrap_or_default();
    let is_place = place.contains('-') && place.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    if is_place && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err("must be the code of an AWS Region, such as eu-central-1".to_owned())
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "must be an IP address and a port, such as 127.0.0.1:8080 or [::]:8080".to_owned())
}

/// In words: clap would show the range as Rust writes it.
pub(super) fn whole_number<const LEAST: u16, const MOST: u16>(text: &str) -> Result<u16, String> {
    match text.parse() {
        Ok(number) if (LEAST..=MOST).contains(&number) => Ok(number),
        _ => Err(format!("must be a whole number from {LEAST} to {MOST}")),
    }
}

pub(super) fn lookup_rate(text: &str) -> Result<f64, String> {
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
