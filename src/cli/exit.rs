//! How the program ends: one line on standard error, and a status.

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser as _};

use super::Arguments;
use super::since::SinceError;
use crate::api::YamlError;
use crate::controller::ControllerError;
use crate::detect::PolicyError;
use crate::source::SourceError;
use crate::telemetry::ServerError;

/// The exit status of a command that failed.
pub const EXIT_FAILURE: u8 = 1;
/// The exit status for wrong flags or environment variables of the controller. Of other commands it is [`EXIT_FAILURE`],
/// since 2 is what `scan` ends with when it finds something.
pub const EXIT_USAGE: u8 = 2;
/// The exit status of `scan` when it found something.
pub const EXIT_FINDINGS: u8 = 2;

/// A command failed. Its text is one line that says what to do.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // The fields are the parts of the message.
pub enum CommandError {
    #[error("another TLS provider was installed before ours")]
    TlsProvider,
    #[error("no cluster: {}; set KUBECONFIG to a kubeconfig file, or run in a Pod with a ServiceAccount token", why_no_kubeconfig(.0))]
    NoCluster(#[source] kube::config::InferConfigError),
    #[error("cannot use the cluster configuration: {0}")]
    Client(#[source] kube::Error),
    #[error("cannot start the runtime: {0}")]
    Runtime(#[source] std::io::Error),
    #[error("cannot listen for signals: {0}")]
    Signals(#[source] std::io::Error),
    #[error(transparent)]
    Server(#[from] ServerError),
    #[error(transparent)]
    Controller(#[from] ControllerError),
    #[error(transparent)]
    Yaml(#[from] YamlError),
    #[error("there is no policy to judge by: correct the files given with --policy")]
    NoPolicy,
    #[error("--compare prints text or JSON: leave --output out, or write --output wide or --output json")]
    CompareOutput,
    #[error("--compare {name}: none of the policies of --policy has this name: give only the one that it replaces")]
    CompareWithWhich { name: String },
    #[error(
        "there is no push to learn from ({read}): give records of PutImage, or read an account with --lookup --since 90d"
    )]
    NothingToLearn { read: String },
    #[error(
        "no hours to propose, for the reasons given: read more records, lower --min-pushes or --min-days, or name the zones of the offices with --office"
    )]
    NothingLearned,
    #[error("the proposed policy is not valid, which is a defect of this program: {0}")]
    Proposal(#[source] PolicyError),
    #[error("cannot read the event history: {}", for_a_person(.0))]
    Lookup(#[source] SourceError),
    #[error(transparent)]
    Since(SinceError),
    #[error("no PutImage in the input has the eventID {0}")]
    NoSuchEvent(String),
    #[error("cannot write JSON: {0}")]
    Json(#[source] serde_json::Error),
    #[error("cannot write CSV: {0}")]
    Csv(#[source] csv::Error),
    #[error("cannot write {path}: {source}")]
    Write { path: String, source: std::io::Error },
}

/// In one line. That this is no Pod is known to whoever uses a kubeconfig; an excerpt of the file is not for a log.
fn why_no_kubeconfig(error: &kube::config::InferConfigError) -> String {
    let text = std::error::Error::source(error).unwrap_or(error).to_string();
    text.lines().next().unwrap_or_default().to_owned()
}

/// What to do without credentials.
const SET_CREDENTIALS: &str = "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, which eval \"$(aws configure \
                               export-credentials --format env)\" does for any profile of the AWS CLI";

/// The words of the source are for the controller where it is about its configuration.
pub(super) fn for_a_person(error: &SourceError) -> String {
    match error {
        SourceError::NoCredentials => format!("no AWS credentials; {SET_CREDENTIALS}"),
        // Left out of the build: the controller needs neither.
        SourceError::CredentialsNotLoaded { detail } if detail.contains("cargo feature") => {
            format!("no AWS credentials (the profile takes them from SSO or from a process); {SET_CREDENTIALS}")
        }
        SourceError::CredentialsNotLoaded { detail } => {
            format!("cannot get AWS credentials ({detail}); correct the AWS configuration, or {SET_CREDENTIALS}")
        }
        SourceError::Throttled { action, region } => {
            format!("AWS throttled {action} in {region} for minutes: others in the account use up its requests")
        }
        SourceError::NoRegion => "no Region; name those to read with --region, or set AWS_REGION".to_owned(),
        other => other.to_string(),
    }
}

impl CommandError {
    /// The exit status.
    pub fn exit_status(&self) -> u8 {
        EXIT_FAILURE
    }
}

/// The arguments of the program. Help and version go to standard output; a wrong flag is one line and status 2.
///
/// # Errors
/// The status to end with, once everything is printed.
pub fn parse() -> Result<Arguments, u8> {
    Arguments::try_parse().map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            // Nothing can be done about a closed standard output.
            let _ = error.print();
            if error.use_stderr() { usage_status() } else { 0 }
        }
        _ => {
            let text = error.to_string();
            let message: Vec<&str> = text
                .lines()
                .map(str::trim)
                .take_while(|line| !line.starts_with("Usage:"))
                .filter(|line| !line.is_empty() && !line.starts_with("For more information"))
                .collect();
            let command = command().map(|command| format!("{command} ")).unwrap_or_default();
            eprintln!("{} (see offhours {command}--help)", message.join(" "));
            usage_status()
        }
    })
}

/// The status for a wrong command line, by the command that it names.
fn usage_status() -> u8 {
    match command().as_deref() {
        Some("scan" | "explain" | "learn") => EXIT_FAILURE,
        _ => EXIT_USAGE,
    }
}

/// The command that the command line names, if there is one of that name.
fn command() -> Option<String> {
    let first = std::env::args().nth(1)?;
    Arguments::command().find_subcommand(&first).map(|command| command.get_name().to_owned())
}
