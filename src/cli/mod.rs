//! The command line.

mod arguments;
mod config_maps;
mod controller_command;
mod crds_command;
mod diff;
mod difference;
mod exit;
mod explain;

mod heatmap;
mod holiday_years;
mod holidays;
mod input;
mod interruption;
mod learn;
mod manifest;
mod moment;
mod output;
mod policy_files;
mod scan;

pub use arguments::{Arguments, Command, ControllerArguments};
pub use controller_command::run_controller;
pub use crds_command::{CrdsArguments, print_crds};
pub use diff::{DiffArguments, diff};
pub use exit::{CommandError, Outcome, parse};
pub use explain::{ExplainArguments, explain};
pub use heatmap::{HeatmapArguments, heatmap};
pub use holidays::{HolidaysArguments, holidays};
pub use learn::{LearnArguments, learn};
pub use manifest::ManifestError;
pub use output::complain;
pub use policy_files::policy_of;
pub use scan::{ScanArguments, scan};
