//! The result of a command, on standard output.

use std::io::{self, Write as _};
use std::path::Path;

use anstream::AutoStream;
use clap::ColorChoice;

/// A result can't be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {place}: {source}")]
pub struct OutputError {
    /// A file, or standard output.
    place: String,
    source: io::Error,
}

impl OutputError {
    /// Standard output takes no more.
    pub fn standard_output(source: io::Error) -> Self {
        Self { place: "standard output".to_owned(), source }
    }

    /// A file that a flag names can't be written.
    pub fn file(path: &Path, source: io::Error) -> Self {
        Self { place: path.display().to_string(), source }
    }
}

/// How much of a text was printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Printed {
    /// All of it.
    Whole,
    /// What the reader wanted: `head`, for example, closes its input early.
    Cut,
}

/// Prints to standard output. Colours in the text are left out where they are not wanted.
///
/// # Errors
/// When it can't be written. It is no error that the reader closed its end.
pub fn print(text: &str, color: ColorChoice) -> Result<Printed, OutputError> {
    let choice = match color {
        ColorChoice::Auto => AutoStream::choice(&io::stdout()),
        ColorChoice::Always => anstream::ColorChoice::Always,
        ColorChoice::Never => anstream::ColorChoice::Never,
    };
    let mut stream = AutoStream::new(io::stdout().lock(), choice);
    match stream.write_all(text.as_bytes()).and_then(|()| stream.flush()) {
        Ok(()) => Ok(Printed::Whole),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Printed::Cut),
        Err(error) => Err(OutputError::standard_output(error)),
    }
}
