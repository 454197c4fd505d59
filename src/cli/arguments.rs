//! The commands and their flags. Every flag of the controller has an environment variable.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand};

use crate::telemetry::LogFormat;

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
    /// Run the controller: judge what CloudTrail records, and write findings into the cluster.
    ///
    /// The cluster comes from KUBECONFIG or the Pod's ServiceAccount, AWS from the usual AWS variables, files and roles.
    Controller(ControllerArguments),
    /// Print the CustomResourceDefinitions as YAML.
    Crds {
        /// Write one file for each definition into this folder instead.
        #[arg(long, value_name = "FOLDER")]
        output_dir: Option<PathBuf>,
    },
}

/// How the controller runs. The cluster comes from KUBECONFIG or the Pod's ServiceAccount, AWS from the usual AWS variables,
/// files and roles.
#[derive(Debug, Clone, Args)]
pub struct ControllerArguments {
    /// Create the CloudTrailSource `default` at the start when there is none.
    #[arg(long, env = "OFFHOURS_DEFAULT_SOURCE", default_value_t = true, action = ArgAction::Set, value_name = "BOOL")]
    pub default_source: bool,

    /// Regions of that source, separated by commas; the Region of the AWS configuration when left out.
    #[arg(long, env = "OFFHOURS_DEFAULT_SOURCE_REGIONS", value_delimiter = ',', value_parser = region, value_name = "REGIONS")]
    pub default_source_regions: Vec<String>,

    /// Where /healthz, /readyz and /metrics are served.
    #[arg(long, env = "OFFHOURS_LISTEN_ADDRESS", default_value = "127.0.0.1:8080", value_parser = address, value_name = "ADDRESS")]
    pub listen_address: SocketAddr,

    /// How log lines are written.
    #[arg(long, env = "OFFHOURS_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text, value_name = "FORMAT")]
    pub log_format: LogFormat,

    /// What is logged: a level, or a filter such as info,offhours=debug.
    #[arg(long, env = "OFFHOURS_LOG_LEVEL", default_value = "info", value_name = "LEVEL")]
    pub log_level: String,

    /// LookupEvents requests a second for each account and Region; AWS allows 2, shared with everyone in the account.
    #[arg(long, env = "OFFHOURS_LOOKUP_RATE", default_value_t = 1.0, value_parser = lookup_rate, value_name = "RATE")]
    pub lookup_rate: f64,

    /// How many findings are written at the same time.
    #[arg(long, env = "OFFHOURS_WRITE_CONCURRENCY", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256), value_name = "NUMBER")]
    pub write_concurrency: u16,

    /// How far a stream may be behind before its source is not UpToDate, as a duration such as 15m.
    #[arg(long, env = "OFFHOURS_STALE_AFTER", default_value = "15m", value_parser = positive_duration, value_name = "DURATION")]
    pub stale_after: std::time::Duration,

    /// The name of the Pod, which tells replicas apart in Events.
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
