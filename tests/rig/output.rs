//! The exit status and output of a program that has ended.

use std::process;

/// The exit status and the decoded output of a program.
#[derive(Debug, Clone)]
pub struct Output {
    /// The command, for messages.
    pub command: String,
    pub status: process::ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Output {
    /// Runs the command to its end, with empty standard input.
    ///
    /// # Panics
    /// When the program can't be started.
    pub fn of(command: &mut process::Command) -> Self {
        let shown = std::iter::once(command.get_program())
            .chain(command.get_args())
            .map(|word| word.to_string_lossy().into_owned())
            .collect::<Vec<_>>()
            .join(" ");
        let output = command
            .stdin(process::Stdio::null())
            .output()
            .unwrap_or_else(|error| panic!("cannot start `{shown}`: {error}"));
        Self {
            command: shown,
            status: output.status,
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    pub fn success(&self) -> bool {
        self.status.success()
    }

    /// Standard output.
    ///
    /// # Panics
    /// When the program failed, with everything it printed.
    #[track_caller]
    pub fn expect_success(self) -> String {
        assert!(self.success(), "`{}`: {}\n{}{}", self.command, self.status, self.stdout, self.stderr);
        self.stdout
    }

    /// Standard error.
    ///
    /// # Panics
    /// When the program succeeded, with everything it printed.
    #[track_caller]
    pub fn expect_failure(self) -> String {
        assert!(!self.success(), "`{}` succeeded\n{}{}", self.command, self.stdout, self.stderr);
        self.stderr
    }
}
