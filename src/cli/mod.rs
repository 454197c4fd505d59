//! The command line.

mod arguments;
mod controller_command;
mod crds_command;
mod exit;

pub use arguments::{Arguments, Command, ControllerArguments};
pub use controller_command::run_controller;
pub use crds_command::print_crds;
pub use exit::{CommandError, EXIT_FAILURE, EXIT_USAGE, parse};
