//! The flags of `offhours diff`.

use std::path::PathBuf;

use clap::{Args, ColorChoice, ValueEnum};

use crate::cli::policies::ConfigMapArguments;
use crate::cli::records::RecordArguments;

/// The flags of `diff`.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct DiffArguments {
    /// Current policies: a file, a folder, or - for standard input; repeatable
    ///
    /// YAML or JSON, read as kubectl reads it: several documents, a List (kubectl get eup -o yaml), or all *.yaml, *.yml and
    /// *.json files in a folder. Objects of other kinds are skipped with a note.
    #[arg(long = "policy", required = true, value_name = "FILE")]
    pub policies: Vec<PathBuf>,

    /// Changed policies, in the same formats; repeatable
    ///
    /// Each one replaces the current policy of the same name and namespace; one without a current policy counts as new. If
    /// there is exactly one policy on each side, their names may differ, so that you can try a copy.
    #[arg(long, required = true, value_name = "FILE")]
    pub with: Vec<PathBuf>,

    /// The calendars of the policies.
    #[command(flatten)]
    pub config_maps: ConfigMapArguments,

    /// Output format
    #[arg(short, long, value_enum, default_value_t = DiffOutput::Text, value_name = "FORMAT")]
    pub output: DiffOutput,

    /// When to color the output
    #[arg(long, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    pub color: ColorChoice,

    /// The records to read.
    #[command(flatten)]
    pub records: RecordArguments,
}

/// The output formats of `diff`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DiffOutput {
    /// A paragraph per finding that differs, with up to five of its pushes
    Text,
    /// The same with every push
    Wide,
    /// One JSON object with all findings that differ
    Json,
}

const EXAMPLES: &str = "\
Examples:
  offhours diff --policy today.yaml --with tomorrow.yaml AWSLogs/
  kubectl get eup -A -o yaml |
    offhours diff --policy - --with policies/ --lookup --since 30d";
