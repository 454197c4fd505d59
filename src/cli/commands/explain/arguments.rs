//! The flags of `offhours explain`.

use clap::{Args, ColorChoice, ValueEnum};

use crate::cli::policies::PolicyArguments;
use crate::cli::records::RecordArguments;

/// The flags of `explain`.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct ExplainArguments {
    /// The policies to judge by.
    #[command(flatten)]
    pub policies: PolicyArguments,

    /// CloudTrail eventID of the only record to explain
    #[arg(long, value_name = "ID")]
    pub event_id: Option<String>,

    /// Output format
    #[arg(short, long, value_enum, default_value_t = ExplainOutput::Table, value_name = "FORMAT")]
    pub output: ExplainOutput,

    /// When to color the output
    #[arg(long, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    pub color: ColorChoice,

    /// The records to read.
    #[command(flatten)]
    pub records: RecordArguments,
}

/// The output formats of `explain`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExplainOutput {
    /// One row per PutImage record
    Table,
    /// A sentence per record, with the whole ARN, the finding and the eventID
    Wide,
    /// A JSON object per record, one per line
    Json,
}

const EXAMPLES: &str = "\
Examples:
  offhours explain --policy policy.yaml AWSLogs/
  offhours explain --policy policy.yaml \\
    --event-id 176cce57-1f51-5ce9-8cfd-30cd4191c830 AWSLogs/
  offhours explain --policy policy.yaml -o json --lookup --since 7d";
