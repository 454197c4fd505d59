//! The command line: the commands, what they read, and what they print.

mod arguments;
mod async_runtime;
mod commands;
mod exit_status;
mod flag_values;
mod output;
mod policies;
mod records;
mod signals;
mod standard_input;
mod tls_provider;

pub use arguments::{Command, Parsed, parse};
pub use commands::{controller, diff, explain, heatmap, holidays, learn, print_crds, scan};
pub use exit_status::Outcome;
pub use output::complain;
pub use policies::{ManifestError, policy_of};
