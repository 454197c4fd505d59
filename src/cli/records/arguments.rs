//! The flags that name the records.

use std::path::PathBuf;

use clap::Args;

use super::moment::Moment;
use crate::cli::flag_values::{lookup_rate, region, whole_number};

/// Where the records come from.
#[derive(Debug, Clone, Args)]
pub struct RecordArguments {
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
