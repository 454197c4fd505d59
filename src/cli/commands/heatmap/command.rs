//! Runs `offhours heatmap`.

use super::arguments::HeatmapArguments;
use super::error::HeatmapError;
use super::panel::panels;
use super::{svg, terminal};
use crate::cli::exit_status::Outcome;
use crate::cli::output::{OutputError, Printed, print, say};
use crate::cli::policies::read_policies;
use crate::cli::records::read_records;

/// Draws when people push, beside the hours of each policy.
///
/// # Errors
/// When there is no policy, nothing can be read, or the output cannot be written.
pub fn heatmap(arguments: &HeatmapArguments) -> Result<Outcome, HeatmapError> {
    let policies = read_policies(&arguments.policies, &arguments.records.paths)?;
    let records = read_records(&arguments.records)?;
    let panels = panels(&policies.files, &records.uploads);
    if let Some(path) = &arguments.svg {
        std::fs::write(path, svg::picture(&panels)).map_err(|error| OutputError::file(path, error))?;
    }
    if print(&terminal::text(&panels), arguments.color)? == Printed::Whole {
        say(&records.summary());
    }
    Ok(Outcome::answered(policies.is_whole && records.is_whole))
}
