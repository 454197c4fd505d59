//! The `offhours` program.

use std::process::ExitCode;

use offhours::cli::{
    Command, CommandError, Outcome, complain, diff, explain, heatmap, holidays, learn, parse, print_crds,
    run_controller, scan,
};

fn main() -> ExitCode {
    let arguments = match parse() {
        Ok(arguments) => arguments,
        Err(outcome) => return outcome.into(),
    };
    let outcome = match arguments.command {
        Command::Controller(arguments) => run_async(run_controller(arguments)).map(|()| Outcome::Clear),
        Command::Scan(arguments) => scan(&arguments),
        Command::Explain(arguments) => explain(&arguments),
        Command::Diff(arguments) => diff(&arguments),
        Command::Heatmap(arguments) => heatmap(&arguments),
        Command::Learn(arguments) => learn(&arguments),
        Command::Holidays(arguments) => holidays(&arguments),
        Command::Crds(arguments) => print_crds(&arguments),
    };
    let outcome = outcome.unwrap_or_else(|error| {
        complain(&error.to_string());
        Outcome::Failed
    });
    outcome.into()
}

fn run_async(command: impl Future<Output = Result<(), CommandError>>) -> Result<(), CommandError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(CommandError::Runtime)?;
    let result = runtime.block_on(command);
    // Tasks that are still running are cut off at their next await.
    runtime.shutdown_background();
    result
}
