//! The command line.

mod arguments;
mod compare;
mod controller_command;
mod crds_command;
mod exit;
mod explain;
mod input;
mod manifest;
mod output;
mod policy_files;
mod scan;
mod since;

pub use arguments::{Arguments, Command, ControllerArguments, ExplainArguments, ScanArguments};
pub use controller_command::run_controller;
pub use crds_command::print_crds;
pub use exit::{CommandError, EXIT_FAILURE, EXIT_FINDINGS, EXIT_USAGE, parse};
pub use explain::explain;
pub use manifest::ManifestError;
pub use policy_files::policy_of;
pub use scan::scan;
