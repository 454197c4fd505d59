//! How the program ends: what is wrong on standard error, and a status.

use std::io::{ErrorKind, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use clap::error::{ContextKind, ContextValue};
use kube::config::KubeconfigError;

use super::Arguments;
use super::moment::RangeError;
use super::output::complain;
use crate::api::YamlError;
use crate::calendar::CountryError;
use crate::controller::ControllerError;
use crate::detect::PolicyError;
use crate::source::SourceError;
use crate::telemetry::ServerError;

/// What a command came to. The exit statuses are those of grep and `kubectl diff`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing was found, or the question was answered: 0.
    Clear,
    /// There are findings, or a difference: 1.
    Found,
    /// A wrong flag, or an error: 2. Also when only some of the input could not be used, whatever was found in the rest.
    Failed,
}

impl Outcome {
    /// Of a command that answers from what it could use of its input.
    pub(super) fn answered(is_whole: bool) -> Self {
        if is_whole { Self::Clear } else { Self::Failed }
    }

    /// Of a command that looks for something.
    pub(super) fn searched(is_whole: bool, is_found: bool) -> Self {
        match (is_whole, is_found) {
            (false, _) => Self::Failed,
            (true, true) => Self::Found,
            (true, false) => Self::Clear,
        }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        ExitCode::from(match outcome {
            Outcome::Clear => 0,
            Outcome::Found => 1,
            Outcome::Failed => 2,
        })
    }
}

/// A command failed. Its text is one line that says what to do.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // The fields are the parts of the message.
pub enum CommandError {
    #[error("cannot set up TLS: another provider was installed first")]
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
    #[error("{flag}: no EcrUploadPolicy found")]
    NoPolicy { flag: &'static str },
    #[error("{flag}: no policy is valid; correct the errors above")]
    NoValidPolicy { flag: &'static str },
    #[error("standard input (-) can be read only once: give it to {first} or to {second}")]
    StandardInputTwice { first: &'static str, second: &'static str },
    #[error("no pushes to learn from ({read}): give PutImage records, or read an account with --lookup --since 90d")]
    NothingToLearn { read: String },
    #[error("no hours to propose; {advice}")]
    NothingLearned { advice: String },
    #[error("the proposed policy is not valid, which is a bug in offhours: {0}")]
    Proposal(#[source] PolicyError),
    #[error("cannot read the event history: {}", for_a_person(.0))]
    Lookup(#[source] SourceError),
    #[error(transparent)]
    Range(#[from] RangeError),
    #[error(transparent)]
    Country(#[from] CountryError),
    #[error("-o ical prints holidays: name the countries or parts, such as DE-BY, and leave out --parts")]
    NoCodes,
    #[error("no PutImage record in the input has the eventID {0}")]
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
    let cause = std::error::Error::source(error);
    if let Some(KubeconfigError::ReadConfig(source, path)) = cause.and_then(|cause| cause.downcast_ref()) {
        return format!("cannot read the kubeconfig {}: {source}", path.display());
    }
    let text = cause.unwrap_or(error).to_string();
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
        SourceError::CredentialsNotLoaded { detail, .. } if detail.contains("cargo feature") => {
            format!("no AWS credentials (the profile takes them from SSO or from a process); {SET_CREDENTIALS}")
        }
        SourceError::CredentialsNotLoaded { detail, .. } => {
            format!("cannot get AWS credentials ({detail}); correct the AWS configuration, or {SET_CREDENTIALS}")
        }
        SourceError::Throttled { action, region, .. } => {
            format!("AWS throttled {action} in {region} for minutes: others in the account use up its requests")
        }
        SourceError::NoRegion => "no Region; name those to read with --region, or set AWS_REGION".to_owned(),
        other => other.to_string(),
    }
}

/// The arguments of the program. Help, version and what is wrong with a flag are printed.
///
/// # Errors
/// What the program came to when there is nothing to run.
pub fn parse() -> Result<Arguments, Outcome> {
    Arguments::try_parse().map_err(|mut error| {
        add_example(&mut error);
        let printed = error.print().and_then(|()| std::io::stdout().flush());
        match printed {
            _ if error.use_stderr() => Outcome::Failed,
            Err(source) if source.kind() != ErrorKind::BrokenPipe => {
                complain(&CommandError::Write { path: "standard output".to_owned(), source }.to_string());
                Outcome::Failed
            }
            _ => Outcome::Clear,
        }
    })
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
