//! What commands print.

mod columns;
pub mod csv;
pub mod differences;
pub mod explanations;
pub mod heat_map;
pub mod holidays;
pub mod objects;
pub mod proposal;
mod standard_error;
pub mod table;

use std::io::{self, Write as _};

use anstream::AutoStream;
use clap::ColorChoice;

pub use standard_error::{complain, note, say};

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

/// `1 push`, `2 pushes`.
pub fn counted(count: usize, noun: &str) -> String {
    let plural = if noun.ends_with("sh") { "es" } else { "s" };
    format!("{count} {noun}{}", if count == 1 { "" } else { plural })
}

/// Text without control characters, and without those that turn the direction of text or break a line. Tags, session names and
/// user agents are chosen by whoever pushes, and a terminal would do what they say.
pub fn plain(text: &str) -> String {
    let is_plain = |character: char| {
        let is_format = matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        !character.is_control() && !is_format
    };
    text.chars().map(|character| if is_plain(character) { character } else { '\u{fffd}' }).collect()
}

#[cfg(test)]
mod tests {
    use super::{counted, plain};

    #[test]
    fn one_is_singular_and_all_else_plural() {
        let counts =
            [(1, "push"), (0, "push"), (2, "push"), (1, "day"), (12, "half hour")].map(|(n, noun)| counted(n, noun));
        assert_eq!(counts, ["1 push", "0 pushes", "2 pushes", "1 day", "12 half hours"]);
    }

    #[test]
    fn nothing_that_a_terminal_obeys_is_left() {
        let (hostile, shown) = ("a\u{1b}[31mb\r\n\tc\u{9b}2Jd\u{202e}txe\u{2066}f\u{2028}", "a�[31mb���c�2Jd�txe�f�");
        assert_eq!(plain(hostile), shown);
        assert_eq!(plain("prod/日本:v1 – é"), "prod/日本:v1 – é");
    }
}
