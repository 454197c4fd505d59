//! The flags of `offhours controller`, each of which has an environment variable.

use std::net::SocketAddr;
use std::time::Duration;

use clap::{ArgAction, Args};

use crate::cli::flag_values::{address, lookup_rate, positive_duration, region, whole_number};
use crate::telemetry::{LogFilter, LogFormat};

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
    pub stale_after: Duration,

    /// Interval between two writes of a status in which only times change, as a duration such as 75s. After a restart,
    /// what was read since the last write is read again.
    #[arg(long, env = "OFFHOURS_CHECKPOINT_INTERVAL", default_value = "75s", value_parser = positive_duration, value_name = "DURATION")]
    pub checkpoint_interval: Duration,

    /// Name of the Pod, which distinguishes replicas in Events.
    #[arg(long, env = "POD_NAME", hide = true)]
    pub pod_name: Option<String>,
}
