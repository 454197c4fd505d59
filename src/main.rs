//! The `offhours` program.

use std::error::Error;
use std::process::ExitCode;

use offhours::cli::{
    Command, Outcome, Parsed, complain, controller, diff, explain, heatmap, holidays, learn, parse, print_crds, scan,
};

fn main() -> ExitCode {
    let outcome = match parse() {
        Parsed::Printed(outcome) => outcome,
        Parsed::Command(command) => run(command).unwrap_or_else(|error| {
            complain(&error.to_string());
            Outcome::Failed
        }),
    };
    outcome.into()
}

fn run(command: Command) -> Result<Outcome, Box<dyn Error>> {
    Ok(match command {
        Command::Controller(arguments) => controller(arguments)?,
        Command::Scan(arguments) => scan(&arguments)?,
        Command::Explain(arguments) => explain(&arguments)?,
        Command::Diff(arguments) => diff(&arguments)?,
        Command::Heatmap(arguments) => heatmap(&arguments)?,
        Command::Learn(arguments) => learn(&arguments)?,
        Command::Holidays(arguments) => holidays(&arguments)?,
        Command::Crds(arguments) => print_crds(&arguments)?,
    })
}
