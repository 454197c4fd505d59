//! The `offhours` program.

use std::process::ExitCode;

use offhours::cli::{Command, CommandError, explain, learn, parse, print_crds, run_controller, scan};

fn main() -> ExitCode {
    let arguments = match parse() {
        Ok(arguments) => arguments,
        Err(status) => return ExitCode::from(status),
    };
    let result = match arguments.command {
        Command::Controller(arguments) => run_async(run_controller(arguments)).map(|()| 0),
        Command::Scan(arguments) => scan(&arguments),
        Command::Explain(arguments) => explain(&arguments),
        Command::Learn(arguments) => learn(&arguments),
        Command::Crds { output_dir } => print_crds(output_dir.as_deref()).map(|()| 0),
    };
    match result {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(error.exit_status())
        }
    }
}

fn run_async(command: impl Future<Output = Result<(), CommandError>>) -> Result<(), CommandError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(CommandError::Runtime)?;
    let result = runtime.block_on(command);
    // What is still running would be cut off at its next await anyway.
    runtime.shutdown_background();
    result
}
