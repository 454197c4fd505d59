//! The flags of `offhours heatmap`.

use std::path::PathBuf;

use clap::{Args, ColorChoice};

use crate::cli::policies::PolicyArguments;
use crate::cli::records::RecordArguments;

/// The flags of `heatmap`.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct HeatmapArguments {
    /// The policies to judge by.
    #[command(flatten)]
    pub policies: PolicyArguments,

    /// SVG file to write the heat maps to as a picture, in addition to printing them
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,

    /// When to color the output
    #[arg(long, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    pub color: ColorChoice,

    /// The records to read.
    #[command(flatten)]
    pub records: RecordArguments,
}

const EXAMPLES: &str = "\
Examples:
  offhours heatmap --policy policy.yaml AWSLogs/
  offhours heatmap --policy policy.yaml --svg pushes.svg --lookup --since 90d";
