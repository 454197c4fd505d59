//! What commands print.

pub mod csv;
pub mod objects;
pub mod proposal;
pub mod table;

use std::io::{self, Write as _};

use anstream::AutoStream;
use clap::ColorChoice;

use super::CommandError;

/// How far printing came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Printed {
    /// To the end.
    Whole,
    /// Until the reader had enough, as `head` has.
    Cut,
}

/// Prints to standard output. Colours in the text are left out where they are not wanted.
///
/// # Errors
/// When it can't be written, unless the reader went away.
pub fn print(text: &str, color: ColorChoice) -> Result<Printed, CommandError> {
    let choice = match color {
        ColorChoice::Auto => AutoStream::choice(&io::stdout()),
        ColorChoice::Always => anstream::ColorChoice::Always,
        ColorChoice::Never => anstream::ColorChoice::Never,
    };
    let mut stream = AutoStream::new(io::stdout().lock(), choice);
    match stream.write_all(text.as_bytes()).and_then(|()| stream.flush()) {
        Ok(()) => Ok(Printed::Whole),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Printed::Cut),
        Err(source) => Err(CommandError::Write { path: "standard output".to_owned(), source }),
    }
}

/// Text without control characters. Tags, session names and user agents are chosen by whoever pushes, and a terminal would
/// do what they say.
pub fn plain(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { '\u{fffd}' } else { character }).collect()
}
