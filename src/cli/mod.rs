//! The command line.

mod arguments;
mod compare;
mod controller_command;
mod crds_command;
mod difference;
mod exit;
mod explain;
mod heat_map;
mod input;
mod interruption;
mod learn;
mod manifest;
mod output;
mod policy_files;
mod scan;
mod since;

pub use arguments::{Arguments, Command, ControllerArguments, ExplainArguments, LearnArguments, ScanArguments};
pub use controller_command::run_controller;
pub use crds_command::print_crds;
pub use exit::{CommandError, EXIT_FAILURE, EXIT_FINDINGS, EXIT_USAGE, parse};
pub use explain::explain;
pub use learn::learn;
pub use manifest::ManifestError;
pub use policy_files::policy_of;
pub use scan::scan;
