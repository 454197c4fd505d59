//! `offhours heatmap`.

use std::path::PathBuf;

use clap::{Args, ColorChoice};

use super::input::{self, InputArguments};
use super::output::{Printed, complain, heat_map, print, say};
use super::policy_files::{PolicyArguments, read_policies};
use super::{CommandError, Outcome};

/// Flags of `heatmap`.
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
    pub input: InputArguments,
}

const EXAMPLES: &str = "\
Examples:
  offhours heatmap --policy policy.yaml AWSLogs/
  offhours heatmap --policy policy.yaml --svg pushes.svg --lookup --since 90d";

/// Draws when people push, beside the hours of each policy.
///
/// # Errors
/// When there is nothing to draw, or no policy, or the output can't be written.
pub fn heatmap(arguments: &HeatmapArguments) -> Result<Outcome, CommandError> {
    let files = read_policies(&arguments.policies, &arguments.input)?;
    let input = input::read(&arguments.input)?;
    for error in &input.reading.errors {
        complain(&error.to_string());
    }
    let panels = heat_map::panels(&files.policies, &input.reading.uploads);
    if let Some(path) = &arguments.svg {
        std::fs::write(path, heat_map::svg(&panels))
            .map_err(|source| CommandError::Write { path: path.display().to_string(), source })?;
    }
    if print(&heat_map::text(&panels), arguments.color)? == Printed::Whole {
        say(&input.summary());
    }
    Ok(Outcome::answered(files.is_whole && input.reading.errors.is_empty()))
}
