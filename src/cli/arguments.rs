//! The command line as a whole: its commands, and what is printed when none of them can run.

use std::io::{ErrorKind, Write as _};

use clap::error::{ContextKind, ContextValue};
use clap::{Parser, Subcommand};

use super::commands::{
    ControllerArguments, CrdsArguments, DiffArguments, ExplainArguments, HeatmapArguments, HolidaysArguments,
    LearnArguments, ScanArguments,
};
use super::exit_status::Outcome;
use super::output::{OutputError, complain};

/// Finds container images pushed to Amazon ECR outside business hours.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 110, disable_help_subcommand = true, after_help = EXAMPLES)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the controller, which judges the pushes in CloudTrail and writes findings into the cluster
    ///
    /// It connects to the cluster of KUBECONFIG, or with the ServiceAccount of its Pod, and to AWS with the usual AWS
    /// variables, files and roles. It runs until SIGTERM or SIGINT.
    ///
    /// Exit status: 0 stopped, 2 an error.
    Controller(ControllerArguments),
    /// List the pushes that a policy finds in CloudTrail records, without a cluster
    ///
    /// Prints the same OffHoursUploads that the controller would write.
    ///
    /// Exit status: 0 no findings, 1 findings, 2 an error (even if there are findings too).
    Scan(ScanArguments),
    /// Explain why each push is or is not a finding
    ///
    /// Prints one row for each PutImage record and policy, ordered by time.
    ///
    /// Exit status: 0 success, 2 an error.
    Explain(ExplainArguments),
    /// Show which findings a change of policy adds and removes
    ///
    /// Judges each push by the current and the changed policies, and prints the findings that differ with both verdicts.
    ///
    /// Exit status: 0 no difference, 1 a difference, 2 an error.
    Diff(DiffArguments),
    /// Draw when people push, by local weekday and hour, next to the business hours
    ///
    /// Draws one heat map for the policy's own hours, and one for each team whose time zone or hours differ from them.
    ///
    /// Exit status: 0 success, 2 an error.
    Heatmap(HeatmapArguments),
    /// Propose a policy from past pushes: a time zone and business hours for each principal
    ///
    /// Prints an EcrUploadPolicy with teams. Review it before you apply it: pushes show habit, not permission. Standard error
    /// compares how many findings it and the default policy give in the same records.
    ///
    /// Exit status: 0 a proposal, 2 an error, or no proposal.
    Learn(LearnArguments),
    /// Print the public holidays that policies can name, by country and part of a country
    ///
    /// Reads no policy and no cluster: the holidays are compiled in. Use it to check them, and to turn them into a calendar of
    /// your own with corrections.
    ///
    /// Exit status: 0 success, 2 an error.
    Holidays(HolidaysArguments),
    /// Print the CustomResourceDefinitions as YAML
    ///
    /// Exit status: 0 success, 2 an error.
    Crds(CrdsArguments),
}

const EXAMPLES: &str = "\
Examples:
  offhours learn --office Europe/Berlin AWSLogs/ > policy.yaml
  offhours scan --policy policy.yaml AWSLogs/
  offhours scan --policy policy.yaml --lookup --since 30d --region eu-central-1
  offhours explain --policy policy.yaml --event-id ID AWSLogs/
  offhours diff --policy today.yaml --with tomorrow.yaml AWSLogs/
  offhours heatmap --policy policy.yaml AWSLogs/
  offhours holidays DE-BY --year 2027
  offhours crds | kubectl apply --server-side -f -
  offhours controller --default-source-regions eu-central-1,us-east-1

Run 'offhours COMMAND --help' for the flags of a command.";

/// The result of parsing the arguments of the program.
#[derive(Debug)]
pub enum Parsed {
    /// A command to run.
    Command(Command),
    /// Nothing to run: help, the version, or an error about a flag was printed.
    Printed(Outcome),
}

/// Parses the arguments of the program.
pub fn parse() -> Parsed {
    match Arguments::try_parse() {
        Ok(arguments) => Parsed::Command(arguments.command),
        Err(message) => Parsed::Printed(print(message)),
    }
}

/// Prints a message of clap. Help and the version are messages too, for standard output.
fn print(mut message: clap::Error) -> Outcome {
    add_example(&mut message);
    let printed = message.print().and_then(|()| std::io::stdout().flush());
    match printed {
        _ if message.use_stderr() => Outcome::Failed,
        Err(source) if source.kind() != ErrorKind::BrokenPipe => {
            complain(&OutputError::standard_output(source).to_string());
            Outcome::Failed
        }
        _ => Outcome::Clear,
    }
}

/// The name of a flag does not show what its value looks like.
fn add_example(error: &mut clap::Error) {
    let lacks_office = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::Strings(missing)) => missing.iter().any(|flag| flag.starts_with("--office")),
        _ => false,
    };
    if lacks_office && error.kind() == clap::error::ErrorKind::MissingRequiredArgument {
        let tip = "give the time zone of each office, such as '--office Europe/Berlin --office Asia/Tokyo'";
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
}
