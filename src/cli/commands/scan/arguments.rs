//! The flags of `offhours scan`.

use clap::{Args, ColorChoice, ValueEnum};

use crate::cli::policies::PolicyArguments;
use crate::cli::records::RecordArguments;

/// The flags of `scan`.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct ScanArguments {
    /// The policies to judge by.
    #[command(flatten)]
    pub policies: PolicyArguments,

    /// Output format
    #[arg(short, long, value_enum, default_value_t = ScanOutput::Table, value_name = "FORMAT")]
    pub output: ScanOutput,

    /// When to color the output
    #[arg(long, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    pub color: ColorChoice,

    /// The records to read.
    #[command(flatten)]
    pub records: RecordArguments,
}

/// The output formats of `scan`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ScanOutput {
    /// One row per finding
    Table,
    /// The table with account, Region, team, kind, digest and object name
    Wide,
    /// A List of OffHoursUpload objects in JSON
    Json,
    /// The same List in YAML
    Yaml,
    /// Rows in the format of the Splunk search, to compare with it
    Csv,
}

const EXAMPLES: &str = "\
Examples:
  offhours scan --policy policy.yaml AWSLogs/
  aws cloudtrail lookup-events \\
    --lookup-attributes AttributeKey=EventName,AttributeValue=PutImage |
    offhours scan --policy policy.yaml -
  offhours scan --policy policy.yaml \\
    --lookup --since 30d --region eu-central-1,us-east-1
  kubectl get eup -A -o yaml |
    offhours scan --policy - --since 2026-11-01 AWSLogs/";
