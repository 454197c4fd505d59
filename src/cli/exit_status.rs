//! The exit statuses of the program, which are those of grep and `kubectl diff`.

use std::process::ExitCode;

/// The result of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Status 0: nothing was found, or the question was answered.
    Clear,
    /// Status 1: there are findings, or a difference.
    Found,
    /// Status 2: a wrong flag, or an error. Also when only some of the input could not be used, whatever was found in the
    /// rest.
    Failed,
}

/// The status of a program that Ctrl-C ended: 128 plus the number of SIGINT.
pub const INTERRUPTED: i32 = 130;

impl Outcome {
    /// The outcome of a command that answers a question. `is_whole` says that all of its input could be used.
    pub(super) fn answered(is_whole: bool) -> Self {
        if is_whole { Self::Clear } else { Self::Failed }
    }

    /// The outcome of a command that searches. `is_whole` says that all of its input could be used.
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
